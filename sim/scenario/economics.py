"""Money that does not hang on a worker or a carrier, and the targets that a plan is judged by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from sim.definitions import KPIS, Kpi
from sim.errors import nearest
from sim.scenario.types import Model, NonNegative, Positive, Real, Share, quantity


class Economics(Model):
    """Prices, margins and what disappointed customers cost."""

    currency: str = Field("TWD", pattern=r"^[A-Z]{3}$", description="three-letter code")
    exchange: dict[str, Positive] = quantity(
        {}, "currency", "worth of one unit of another currency, by its code; for plans whose prices are written in it"
    )
    price_per_unit: NonNegative = quantity(
        0.0, "currency", "revenue per unit; an order file with prices brings its own"
    )
    margin_share: Share = quantity(0.0, "share", "gross margin in the price, before fulfilment")
    packaging_cost: NonNegative = quantity(0.0, "currency", "material per packed order")
    ad_cost_per_order: NonNegative = quantity(
        0.0, "currency", "advertising per order that the campaign brings, on the mean over all of them; 0: not counted"
    )
    refund_handling_cost: NonNegative = quantity(0.0, "currency", "per cancelled order: payment fees and clerical work")
    worthless_writeoff_share: Share = quantity(
        0.0, "share", "part of the goods' cost written off when an order is lost or comes after the hard deadline"
    )
    future_margin_cost: NonNegative = quantity(0.0, "currency", "margin expected from a contented customer later on")
    storage_per_order_day_cost: NonNegative = quantity(
        0.0, "currency/day", "space taken by an order that waits to ship"
    )


class Bound(Model):
    """A target with its direction, for KPIs of which neither much nor little is good in itself."""

    at_least: Real | None = Field(None, description="the KPI reaches this, in its own unit")
    at_most: Real | None = Field(None, description="the KPI does not exceed this, in its own unit")

    @model_validator(mode="after")
    def _one_of_them(self) -> Bound:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueError("give either at_least or at_most")
        return self


Direction = Literal["at_least", "at_most"]
_BY_BETTER: dict[str, Direction] = {"high": "at_least", "low": "at_most"}
_NUMBER: TypeAdapter[float] = TypeAdapter(Real, config=ConfigDict(allow_inf_nan=False))
_MAY_BE_NEGATIVE = ("net_contribution", "net_contribution_per_order")


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of a team's scorecard: a KPI, which way it is judged, and the value it is held against."""

    team: str
    kpi: str
    direction: Direction
    target: float


def _read(given: object, _: ValidatorFunctionWrapHandler) -> float | Bound | None:
    """A bare number, or a bound where keys are given: one of them objects, where a plain union has both object."""
    if given is None:
        return None
    if isinstance(given, (Mapping, Bound)):
        return Bound.model_validate(given)
    return _NUMBER.validate_python(given)


def _directed(given: float | Bound, kpi: Kpi) -> tuple[Direction | None, float]:
    """Direction and value; None for a bare number on a KPI of which neither way is good."""
    if not isinstance(given, Bound):
        return _BY_BETTER.get(kpi.better), given
    return ("at_least", given.at_least) if given.at_least is not None else ("at_most", given.at_most or 0.0)


def _objection(given: float | Bound | None, name: str) -> str:
    """Why this can't be a target of the KPI; empty where it can."""
    if name not in KPIS:
        return f"no such KPI{nearest(name, KPIS) or '; docs/reference/kpis.md lists them'}"
    if given is None:
        return ""
    kpi = KPIS[name]
    direction, value = _directed(given, kpi)
    if direction is None:
        return "neither much nor little of it is good in itself: write {at_least: x} or {at_most: x}"
    if kpi.unit == "share" and not 0 <= value <= 1:
        return "must be between 0 and 1 (share)"
    if kpi.unit == "1-5" and not 1 <= value <= 5:
        return "must be between 1 and 5"
    if value < 0 and kpi.name not in _MAY_BE_NEGATIVE:
        return f"must be at least 0 ({kpi.unit})"
    return ""


def _possible(card: dict[str, float | Bound | None]) -> dict[str, float | Bound | None]:
    """Told at the place of each figure, not of the card."""
    found = [
        InitErrorDetails(type=PydanticCustomError("target", "{why}", {"why": why}), loc=(name,), input=given)
        for name, given in card.items()
        if (why := _objection(given, name))
    ]
    if found:
        raise ValidationError.from_exception_data("targets", found)
    return card


Team = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Given = Annotated[Real | Bound | None, WrapValidator(_read)]
KpiName = Annotated[str, WithJsonSchema({"type": "string", "enum": list(KPIS)})]  # so that editors complete it
Card = Annotated[dict[KpiName, Given], AfterValidator(_possible)]


class Targets(Model):
    """What a plan must reach to be called holding, and what each team is judged by."""

    service_level_ship: Share = quantity(0.95, "share", "shipped by the due time")
    warning_h: Positive = quantity(
        48.0, "h", "an alarm is false if no order falls late while it is on or within so many hours of it"
    )
    probability: Share = quantity(0.9, "share", "chance, over replications, with which the target must be met")
    fill_rate: Share | None = quantity(
        None,
        "share",
        "units supplied from stock when the order came, asked for beside service_level_ship in the same surge; null, "
        "or without stock: not asked for",
    )
    desk_answer_min: NonNegative = quantity(5.0, "min", "a call or chat answered within this is answered in time")
    teams: dict[Team, Card | None] = Field(
        {},
        description="scorecards: team -> KPI -> the value it is held against, in the KPI's own unit; null: none",
    )

    def goals(self, scale: float = 1.0) -> Iterator[Goal]:
        """Every line of every scorecard, in the order given.

        Parameters
        ----------
        scale
            Of the scenario. Targets on totals and numbers of orders are meant for 1 and shrink with it; shares,
            waits and rates stay.
        """
        for team, card in self.teams.items():
            for name, given in (card or {}).items():
                if given is None:
                    continue
                direction, value = _directed(given, KPIS[name])
                assert direction is not None  # refused when the card was read
                yield Goal(team, name, direction, value * scale if KPIS[name].grows else value)
