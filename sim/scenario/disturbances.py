"""Disturbances: what goes wrong whatever we decide, so that plans can be tested against it.

One model per kind, told apart by `kind`. A disturbance changes the world and never the plan; whatever is random about
it is drawn with everything else, before the clock starts. Windows are half-open: what happens at their very end is
undisturbed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, model_validator

from sim.errors import nearest
from sim.scenario.demand import Campaign, HourShares, Spike
from sim.scenario.people import StageName
from sim.scenario.types import (
    LARGEST,
    Day,
    Flag,
    MeanShape,
    Model,
    Moment,
    NamedOnce,
    NonNegative,
    Positive,
    Shape,
    Share,
    quantity,
)

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

Place = Literal["picking", "packing", "desk", "dock", "release"]
Variation = Annotated[float, Field(strict=True, ge=0, le=3)]
Factor = Annotated[float, Field(strict=True, gt=0, le=100)]
MOST_OUTAGES = 50_000  # in one replication: a failure every ten minutes for a year
CREWED: tuple[StageName, ...] = ("picking", "packing", "desk")


class Disturbance(Model):
    """What all disturbances share."""

    about: str = Field("", description="one line for the report")


class Outage(Disturbance):
    """A station, the dock or the system stands still, at a time or at random."""

    kind: Literal["outage"] = "outage"
    stages: NamedOnce[Place] = Field(
        min_length=1, description="what stands still; release: the system, no order is let onto the floor"
    )
    start: Moment | None = Field(None, description="planned: begins at")
    hours: Positive | None = quantity(None, "h", "planned: length")
    mean_between_h: Annotated[float, Field(strict=True, ge=0.1, le=LARGEST)] | None = quantity(
        None, "h", "random: mean time from the end of one to the start of the next (exponential)"
    )
    mean_hours: Positive | None = quantity(None, "h", "random: mean length (exponential)")
    from_: Moment | None = Field(None, alias="from", description="random: none begins before; default: the start")
    to: Moment | None = Field(None, description="random: all are over by then; default: the end of the run")
    capacity_left_share: Share = quantity(
        0.0,
        "share",
        "part of the stations (without `stations`: of the workers there) that still work, rounded half up",
    )
    stops_work_in_hand: Flag = Field(
        False, description="work in hand is put down and its rest done afterwards; false: it is finished first"
    )

    @model_validator(mode="after")
    def _planned_or_random(self) -> Outage:
        planned = [self.start is not None, self.hours is not None]
        drawn = [self.mean_between_h is not None, self.mean_hours is not None]
        if not (all(planned) and not any(drawn)) and not (all(drawn) and not any(planned)):
            raise ValueError("give either start and hours, or mean_between_h and mean_hours")
        if all(planned) and (self.from_ is not None or self.to is not None):
            raise ValueError("from and to go with mean_between_h and mean_hours")
        uncrewed = [stage for stage in self.stages if stage not in CREWED]
        if uncrewed and (self.capacity_left_share > 0 or self.stops_work_in_hand):
            raise ValueError(
                f"capacity_left_share and stops_work_in_hand go with {', '.join(CREWED)}: "
                f"give {' and '.join(uncrewed)} an outage without them"
            )
        return self


class AbsenceWave(Disturbance):
    """More workers stay at home on some days: a flu, a festival, a storm."""

    kind: Literal["absence_wave"] = "absence_wave"
    stages: NamedOnce[StageName] = Field(["picking", "packing", "desk"], min_length=1, description="whose crews")
    first_day: Day = Field(description="first day; a shift belongs to the day on which it begins")
    last_day: Day = Field(description="last day, inclusive")
    absence_share: Share = quantity(
        ..., "share", "part of those who would have come that stay away; who is away anyway stays away"
    )
    regular_only: Flag = Field(False, description="spare temporary staff and added agents")

    @model_validator(mode="after")
    def _in_order(self) -> AbsenceWave:
        if self.last_day < self.first_day:
            raise ValueError("last_day lies before first_day")
        return self


class CarrierFailure(Disturbance):
    """A carrier does not come, or its network is slow."""

    kind: Literal["carrier_failure"] = "carrier_failure"
    carriers: NamedOnce[str] = Field([], description="names of carriers; empty: all of them")
    start: Moment = Field(description="begins at")
    hours: Positive = quantity(..., "h", "length")
    mode: Literal["no_show", "network"] = Field(
        "no_show", description="no_show: no pickup comes; network: what is handed over in that time is slow"
    )
    factor: Factor = quantity(1.0, "1", "network: multiplies the transit time of what is handed over then")
    capacity_factor: Annotated[float, Field(strict=True, ge=0, le=100)] = quantity(
        1.0, "1", "network: multiplies contracted_per_day while it lasts"
    )

    @model_validator(mode="after")
    def _one_mode(self) -> CarrierFailure:
        slow = self.factor != 1 or self.capacity_factor != 1
        if slow != (self.mode == "network"):
            raise ValueError("mode: network needs a factor or a capacity_factor other than 1, and they need it")
        return self


class LateReceipt(Disturbance):
    """A supplier is late: orders for its goods wait until they arrive."""

    kind: Literal["late_receipt"] = "late_receipt"
    share: Share = quantity(..., "share", "part of orders that hold one of these goods, drawn per order")
    from_: Moment = Field(alias="from", description="the goods are sold out: orders placed from then on wait")
    arrives: Moment = Field(description="the goods arrive, and the orders that wait are released")
    late_h: NonNegative = quantity(0.0, "h", "mean delay on top of that, drawn once per replication")
    late: MeanShape = Field(Shape(distribution="exponential"), description="how that delay scatters around its mean")


class ForecastError(Disturbance):
    """The forecast was wrong by a factor."""

    kind: Literal["forecast_error"] = "forecast_error"
    applies_to: Literal["campaign", "all"] = Field(
        "campaign", description="the hours of the campaign, or all orders of the run"
    )
    factor: Factor = quantity(..., "1", "orders / orders that were forecast")
    cv: Variation = quantity(0.0, "1", "uncertainty of the factor: lognormal, mean one, drawn per replication")


class SecondWave(Disturbance):
    """A second campaign that nobody planned: its orders come on top of all others."""

    kind: Literal["second_wave"] = "second_wave"
    start: Moment = Field(description="begins at")
    end: Moment = Field(description="ends at")
    uplift: NonNegative = quantity(..., "1", "orders it adds / ordinary orders in the same hours")
    uplift_cv: Variation = quantity(0.0, "1", "uncertainty of the uplift: lognormal, mean one, drawn per replication")
    hour_shares: HourShares | None = quantity(None, "relative", "its own hours of the day, in place of the profile's")
    opening: Spike = Field(Spike(), description="the rush when it begins")

    @property
    def campaign(self) -> Campaign:
        """The campaign whose orders inside its window are those that the wave adds."""
        return Campaign(
            start=self.start, end=self.end, uplift=self.uplift, hour_shares=self.hour_shares, opening=self.opening
        )


AnyDisturbance = Annotated[
    Outage | AbsenceWave | CarrierFailure | LateReceipt | ForecastError | SecondWave, Discriminator("kind")
]


def _label_is_a_name(value: Any) -> Any:
    if isinstance(value, dict):
        for label in value:
            if not isinstance(label, str) or not label.replace("_", "a").isalnum():
                raise ValueError(f"labels of disturbances are letters, digits and _; got {label!r}")
    return value


Disturbances = Annotated[dict[str, AnyDisturbance], BeforeValidator(_label_is_a_name)]


# --- when -------------------------------------------------------------------------------------------------------


def window_of(scenario: Scenario, each: AnyDisturbance) -> tuple[float, float]:
    """From when to when a disturbance may act, clock minutes; of a random one, the stretch in which it is drawn.

    Rounded to 2^-20 min like everything that is drawn, so that what is written as 8.35 hours is 501 minutes.
    """
    begin, end = _window_of(scenario, each)
    return round(begin * 2**20) / 2**20, round(end * 2**20) / 2**20


def _window_of(scenario: Scenario, each: AnyDisturbance) -> tuple[float, float]:
    if isinstance(each, Outage) and each.start is None:
        begin = 0.0 if each.from_ is None else scenario.minute(each.from_)
        return begin, scenario.horizon_min if each.to is None else scenario.minute(each.to)
    if isinstance(each, AbsenceWave):
        first = datetime.combine(each.first_day, time())
        return scenario.minute(first), scenario.minute(datetime.combine(each.last_day + timedelta(days=1), time()))
    if isinstance(each, LateReceipt):
        return scenario.minute(each.from_), scenario.minute(each.arrives)
    if isinstance(each, SecondWave):
        return scenario.minute(each.start), scenario.minute(each.end)
    if isinstance(each, ForecastError):
        campaign = scenario.demand.campaign
        if each.applies_to == "all" or campaign is None:
            return 0.0, scenario.horizon_min
        return scenario.minute(campaign.start), scenario.minute(campaign.end)
    assert each.start is not None
    assert each.hours is not None
    begin = scenario.minute(each.start)
    return begin, begin + each.hours * 60


def places_of(scenario: Scenario) -> list[Place]:
    """Where something can stand still in a scenario."""
    there: list[Place] = ["picking"]
    there += ["packing"] if scenario.site.packing is not None else []
    there += ["desk"] if scenario.desk is not None else []
    there += ["dock"] if scenario.carriers else []
    return [*there, "release"]


# --- whether they fit the scenario ------------------------------------------------------------------------------


def misplaced(scenario: Scenario) -> list[str]:
    """What the scenario's disturbances ask of it that it does not have: place, value, remedy; empty when all fit."""
    wrong = [
        f"disturbances.{label}{problem}"
        for label, each in scenario.disturbances.items()
        for check in (_window, _stages, _carriers, _demand)
        for problem in check(scenario, each)
    ]
    expected = sum(_outages(scenario, each) for each in scenario.disturbances.values() if isinstance(each, Outage))
    if expected > MOST_OUTAGES:
        wrong.append(
            f"disturbances: about {expected:,.0f} outages in one replication, at most {MOST_OUTAGES:,}, "
            "let them come less often (mean_between_h)"
        )
    return wrong


def _outages(scenario: Scenario, each: Outage) -> float:
    """About how many outages of single stages are drawn."""
    if each.mean_between_h is None or each.mean_hours is None:
        return len(each.stages)
    begin, end = window_of(scenario, each)
    return len(each.stages) * max(0.0, end - begin) / 60 / (each.mean_between_h + each.mean_hours)


def _window(scenario: Scenario, each: AnyDisturbance) -> Iterator[str]:
    begin, end = window_of(scenario, each)
    if end <= begin:
        yield " ends before it begins"
    elif end - begin > 1440 * 366:
        yield " lasts longer than 366 days"
    elif end <= 0 or begin >= scenario.horizon_min:
        last = scenario.local_time(scenario.horizon_min)
        when = f"{scenario.local_time(begin):%Y-%m-%d %H:%M} to {scenario.local_time(end):%Y-%m-%d %H:%M}"
        yield f" ({when}) lies outside the run ({scenario.first_day} to {last:%Y-%m-%d %H:%M})"


def _stages(scenario: Scenario, each: AnyDisturbance) -> Iterator[str]:
    if not isinstance(each, Outage) and not isinstance(each, AbsenceWave):
        return
    if isinstance(each, AbsenceWave) and "stages" not in each.model_fields_set:
        return  # the crews that there are
    chosen: list[Place] = [*each.stages]
    for stage in chosen:
        if stage not in places_of(scenario):
            lacks = "carriers, so no dock" if stage == "dock" else stage
            yield f".stages: {stage}: the scenario has no {lacks}, leave it out"


def _carriers(scenario: Scenario, each: AnyDisturbance) -> Iterator[str]:
    if not isinstance(each, CarrierFailure):
        return
    if not scenario.carriers:
        yield ": the scenario has no carriers that could fail, leave it out"
    for name in each.carriers:
        if name not in scenario.carriers and scenario.carriers:
            known, hint = ", ".join(scenario.carriers), nearest(name, scenario.carriers).replace("; ", ", ")
            yield f".carriers: {name}: no such carrier, there are: {known}{hint}"
        elif name in scenario.carriers:
            uncongested = scenario.carriers[name].contracted_per_day is None
            if each.capacity_factor != 1 and uncongested:
                yield f".capacity_factor: the carrier {name} is never congested, give it a contracted_per_day"


def _demand(scenario: Scenario, each: AnyDisturbance) -> Iterator[str]:
    demand = scenario.demand
    if isinstance(each, SecondWave) and demand.file is not None:
        yield (
            ": an order file has no ordinary rate that a second wave could raise, take forecast_error with "
            "applies_to: all, or a profile in place of demand.file"
        )
    if isinstance(each, ForecastError) and each.applies_to == "campaign" and demand.campaign is None:
        why = "an order file does not say which orders are a campaign's" if demand.file else "there is no campaign"
        yield f".applies_to: campaign: {why}, write applies_to: all"
