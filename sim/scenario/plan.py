"""A plan: the measures we decide on, tried together."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from sim.scenario.measures import AnyMeasure, CrossTraining
from sim.scenario.types import Model


def _label_is_a_name(value: Any) -> Any:
    if isinstance(value, dict):
        for label in value:
            if not isinstance(label, str) or not label.replace("_", "a").isalnum():
                raise ValueError(f"labels of measures are letters, digits and _; got {label!r}")
    return value


class Plan(Model):
    """Contingency measures that are tried together."""

    name: str = Field("unnamed", pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]*$", description="short name, as in plan=NAME")
    title: str = Field("", description="name for readers; default: the short one")
    about: str = Field("", description="the idea in a sentence or two")
    currency: str | None = Field(
        None, pattern=r"^[A-Z]{3}$", description="currency its prices are written in; null: the site's"
    )
    measures: Annotated[dict[str, AnyMeasure], BeforeValidator(_label_is_a_name)] = Field(
        {}, description="measures by label"
    )
    sources: dict[str, str] = Field({}, description="where figures come from: path in the plan -> source", repr=False)

    @model_validator(mode="after")
    def _nobody_is_moved_by_two(self) -> Plan:
        moved_by: dict[str, str] = {}
        for label, measure in self.measures.items():
            for move in measure.moves if isinstance(measure, CrossTraining) else ():
                other = moved_by.setdefault(move.from_, label)
                if other != label:
                    remedy = "put their moves into one measure"
                    raise ValueError(f"'{other}' and '{label}' both move the crew of {move.from_}: {remedy}")
        return self

    @property
    def heading(self) -> str:
        """Title, or the name where none was given."""
        return self.title or self.name
