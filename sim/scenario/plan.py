"""A plan: the measures we decide on, tried together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import combinations
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from sim.scenario.measures import (
    AnyMeasure,
    BackupCarrier,
    CrossTraining,
    PauseCampaign,
    PurchaseLimit,
    StaggeredRelease,
    Throttle,
    Trigger,
)
from sim.scenario.measures.carriers import MOST_BACKUP_CARRIERS
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
    def _without_contradictions(self) -> Plan:
        wrong = list(_contradictions(self.measures))
        if len(self.backup_carriers) > MOST_BACKUP_CARRIERS:
            wrong.append(f"a plan has at most {MOST_BACKUP_CARRIERS} backup carriers")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @property
    def backup_carriers(self) -> dict[str, BackupCarrier]:
        """Its backup carriers by label."""
        return {label: each for label, each in self.measures.items() if isinstance(each, BackupCarrier)}

    @property
    def heading(self) -> str:
        """Title, or the name where none was given."""
        return self.title or self.name


def _contradictions(measures: dict[str, AnyMeasure]) -> Iterator[str]:
    """Measures that can't be meant together."""
    for kind, remedy in (
        (StaggeredRelease, "an opening is spread once: keep one of them"),
        (PurchaseLimit, "an order has one limit: keep the stricter one, it takes both units and lines"),
    ):
        labels = [label for label, measure in measures.items() if isinstance(measure, kind)]
        if len(labels) > 1:
            yield f"measures.{labels[0]} and measures.{labels[1]}: {remedy}"
    moved_by: dict[str, str] = {}
    for label, measure in measures.items():
        for move in measure.moves if isinstance(measure, CrossTraining) else ():
            other = moved_by.setdefault(move.from_, label)
            if other != label:
                yield f"'{other}' and '{label}' both move the crew of {move.from_}: put their moves into one measure"
    for (label, one), (other, two) in combinations(measures.items(), 2):
        if {type(one), type(two)} == {PauseCampaign, Throttle} and not _apart(one, two):
            yield (
                f"measures.{label} and measures.{other}: a campaign that is paused has no ads to throttle: keep one of "
                "them, or end one (trigger.until) before the other begins (trigger.at), both as hours or both as dates"
            )


def _apart(one: AnyMeasure, two: AnyMeasure) -> bool:
    """Whether two measures can never be active at once, as far as their times tell."""
    return _before(one.trigger, two) or _before(two.trigger, one)


def _before(first: Trigger, second: AnyMeasure) -> bool:
    """Whether one ends before the other can begin."""
    end, begin = first.until, second.trigger.at
    if isinstance(end, datetime) and isinstance(begin, datetime):
        return end <= begin + timedelta(hours=second.delay_h)
    if isinstance(end, float) and isinstance(begin, float):
        return end <= begin + second.delay_h
    return False
