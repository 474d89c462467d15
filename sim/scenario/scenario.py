"""The scenario: everything that is true whatever we decide."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from sim.errors import InconsistentError, Problem
from sim.scenario.alerts import AlertRule
from sim.scenario.carriers import Carrier, TransitSpell
from sim.scenario.customers import Customers
from sim.scenario.demand import Demand
from sim.scenario.desk import Desk
from sim.scenario.disturbances import Disturbances, misplaced
from sim.scenario.economics import Economics, Targets
from sim.scenario.people import Crew
from sim.scenario.promise import Promise
from sim.scenario.roster_law import roster_problems
from sim.scenario.site import Site
from sim.scenario.stock import Stock
from sim.scenario.stock_problems import stock_problems
from sim.scenario.types import (
    MOST_NAMED,
    WEEKDAYS,
    Day,
    Model,
    Moment,
    Name,
    NonNegative,
    Positive,
    Real,
    Shape,
    minutes_since,
    quantity,
)

MOST_WORKER_DAYS = 5_000_000  # of all rosters in one run
MONTH_MIN = 31 * 1440  # a campaign further from the run than this is a slip of the pen
DEFAULT_START = date(2026, 1, 5)  # a Monday; only for scenarios built in Python that do not care


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("not a time zone name; write for example Asia/Taipei") from None
    return name


class Window(Model):
    """From when to when orders are measured, and how long the clock runs on."""

    measure_from: Moment | None = Field(None, description="first measured moment; default: the start, or demand.from")
    measure_to: Moment | None = Field(None, description="end of the measured window; default: the day after demand.to")
    run_on_h: NonNegative = quantity(0.0, "h", "the clock runs on after it, with ordinary orders, rosters and wages")


class Textbook(Model):
    """Knobs of the textbook scenarios; their files use them through ${textbook...}."""

    arrival_rate_per_h: Positive = quantity(..., "1/h", "Poisson arrivals")
    servers: Annotated[int, Field(strict=True, ge=1, le=100_000)] = quantity(
        ..., "servers", "parallel servers, never away"
    )
    mean_service_min: Positive = quantity(..., "min", "mean service time")
    service: Shape = Field(Shape(distribution="exponential"), description="how service scatters around the mean")
    mean_patience_min: Positive | None = quantity(None, "min", "desk variant: mean patience in the queue")
    warmup_h: NonNegative = quantity(..., "h", "left out of the measurement")
    horizon_h: Positive = quantity(..., "h", "end of the measurement; arrivals go on")

    @model_validator(mode="after")
    def _warm_up_first(self) -> Textbook:
        if self.horizon_h <= self.warmup_h:
            raise ValueError("horizon_h lies after warmup_h")
        return self


class Scenario(Model):
    """A site, a campaign, the customers and the carriers: the world in which plans are compared."""

    name: str = Field("unnamed", pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]*$", description="short name, as in scenario=NAME")
    title: str = Field("", description="name for readers; default: the short one")
    story: str = Field("", description="what happens, in a few sentences")
    start: Day | None = Field(
        None, description="first day; the clock starts at its midnight. Default: lead-in of the file"
    )
    timezone: Annotated[str, AfterValidator(_known_zone)] = Field("Asia/Taipei", description="local time of all dates")
    scale: Annotated[float, Field(strict=True, gt=0, le=1000)] = quantity(
        1.0, "1", "multiplies orders and capacities together: 0.1 runs the same story with a tenth of the orders"
    )
    window: Window = Field(Window(), description="what is measured")
    demand: Demand = Field(Demand(), description="orders")
    promise: Promise | None = Field(None, description="what customers were promised; null: nothing falls due")
    site: Site = Field(description="the warehouse")
    carriers: dict[Name, Carrier] = Field(
        {}, max_length=MOST_NAMED, description="carriers by name; none: orders leave when they are packed"
    )
    transit_calendar: list[TransitSpell] = Field([], description="days on which every network is slower")
    customers: Customers = Field(Customers(), description="customers")
    stock: Stock | None = Field(None, description="SKUs and their units; null: there is always enough of everything")
    desk: Desk | None = Field(None, description="the service desk; null: nobody asks")
    alerts: dict[Name, AlertRule] = Field({}, max_length=MOST_NAMED, description="early warning: alert rules by name")
    economics: Economics = Field(Economics(), description="prices and margins")
    targets: Targets = Field(Targets(), description="what a plan must reach")
    disturbances: Disturbances = Field({}, description="what goes wrong, by label")
    textbook: Textbook | None = Field(None, description="knobs of the textbook scenarios")
    sources: dict[str, str] = Field({}, description="where figures come from: path -> source", repr=False)
    follows: dict[str, str] = Field({}, description="figures that a file takes from others: path -> path", repr=False)

    @model_validator(mode="after")
    def _hangs_together(self) -> Scenario:
        wrong: list[str] = []
        if self.carriers and abs(sum(carrier.share for carrier in self.carriers.values()) - 1) > 1e-6:
            total = sum(carrier.share for carrier in self.carriers.values())
            wrong.append(f"the shares of carriers must add up to 1, they add up to {total:g}")
        if "3pl" in self.carriers:
            wrong.append("carriers.3pl: is what third parties' parcels go by, give the carrier another name")
        before = len(wrong)
        if self.site.staging_parcels is not None and not self.carriers:
            wrong.append("site.staging_parcels is room for parcels that wait for carriers, and there are none")
        if self.demand.file is None and self.window.measure_to is None:
            wrong.append("window.measure_to is needed unless demand.file gives the days")
        elif self.measure_to_min <= self.measure_from_min:
            wrong.append("window.measure_to lies after window.measure_from")
        elif self.measure_from_min < 0:
            wrong.append(f"window.measure_from lies before the start ({self.first_day})")
        elif self.horizon_min > 1440 * 366:
            wrong.append("from start to end of the run are at most 366 days")
        if len(wrong) == before:
            wrong += misplaced(self)
        campaign = self.demand.campaign
        if campaign is not None:
            opens, closes = self.minute(campaign.start), self.minute(campaign.end)
            if closes <= opens:
                wrong.append("demand.campaign.end lies after demand.campaign.start")
            elif closes - opens > 1440 * 366:
                wrong.append("a campaign lasts at most 366 days")
            elif not wrong and (closes <= -MONTH_MIN or opens >= self.horizon_min + MONTH_MIN):
                last = self.local_time(self.horizon_min)
                wrong.append(f"demand.campaign lies far from the run ({self.first_day} to {last:%Y-%m-%d %H:%M})")
        if (
            self.promise is None
            and self.customers.patience.share > 0
            and self.customers.patience.counted_from != "placed"
        ):
            wrong.append("customers.patience.counted_from: due_ship needs a promise")
        deadline = self.promise.hard_deadline if self.promise is not None else None
        if deadline is not None and self.minute(deadline) < 0:
            wrong.append(f"promise.hard_deadline lies before the start ({self.first_day})")
        if not wrong and self._worker_days() > MOST_WORKER_DAYS:
            wrong.append(f"the rosters ask for {self._worker_days():,.0f} worker-days, at most {MOST_WORKER_DAYS:,}")
        problems = [Problem("", "", text) for text in wrong] + self._unlawful() + stock_problems(self)
        if problems:
            raise InconsistentError(problems)
        return self

    def _unlawful(self) -> list[Problem]:
        """Shifts on the roster that break the labour law themselves."""
        places = {"picking": "site.picking", "packing": "site.packing", "desk": "desk"}
        return [
            problem
            for stage, crew in self.crews.items()
            for problem in roster_problems(places[stage], crew, self.site.labour)
        ]

    def _worker_days(self) -> float:
        crews = self.crews.values()
        heads = sum(shift.headcount * crew.headcount_factor for crew in crews for shift in crew.shifts.values())
        return heads * self.scale * self.days

    @property
    def heading(self) -> str:
        """Title, or the name where none was given."""
        return self.title or self.name

    @property
    def crews(self) -> dict[str, Crew]:
        """Crews by stage, of those stages that there are."""
        every = {"picking": self.site.picking, "packing": self.site.packing, "desk": self.desk}
        return {stage: crew for stage, crew in every.items() if crew is not None}

    @cached_property
    def first_day(self) -> date:
        """Day whose midnight is minute 0."""
        if self.start is not None:
            return self.start
        if self.demand.from_ is not None:
            return self.demand.from_ - timedelta(days=self.demand.lead_in_days)
        return DEFAULT_START

    def minute(self, moment: float | datetime) -> float:
        """Clock minute of a moment."""
        return minutes_since(self.first_day, moment)

    def local_time(self, minute: float) -> datetime:
        """Local date and time of a clock minute."""
        day = self.first_day
        return datetime(day.year, day.month, day.day) + timedelta(minutes=minute)

    def date_of(self, day: int) -> date:
        """Date of a day counted from the start."""
        return self.first_day + timedelta(days=day)

    def weekday_of(self, day: int) -> str:
        """Name of the weekday of a day counted from the start."""
        return WEEKDAYS[self.date_of(day).weekday()]

    @cached_property
    def measure_from_min(self) -> float:
        """First measured minute."""
        if self.window.measure_from is not None:
            return self.minute(self.window.measure_from)
        day = self.demand.from_ or self.first_day
        return self.minute(datetime(day.year, day.month, day.day))

    @cached_property
    def measure_to_min(self) -> float:
        """End of the measured window."""
        if self.window.measure_to is not None:
            return self.minute(self.window.measure_to)
        assert self.demand.to is not None
        day = self.demand.to + timedelta(days=1)
        return self.minute(datetime(day.year, day.month, day.day))

    @cached_property
    def horizon_min(self) -> float:
        """Minute at which the clock stops, the same for all plans."""
        return self.measure_to_min + self.window.run_on_h * 60

    @cached_property
    def days(self) -> int:
        """Calendar days that the run touches."""
        return max(1, int(-(-self.horizon_min // 1440)))


__all__ = ["Real", "Scenario", "Textbook", "Window"]
