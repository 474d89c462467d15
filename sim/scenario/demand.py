"""Demand: how many orders come, when, and how large they are; from a profile, a forecast or a file of real orders."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from sim.scenario.types import Day, Days, Hours, Model, Moment, NonNegative, Real, Share, quantity

Preset = Literal["generic", "shopify", "online_retail", "olist"]


def _twenty_four(values: list[float]) -> list[float]:
    if len(values) != 24:
        raise ValueError(f"needs 24 numbers, hours 0 to 23; got {len(values)}")
    if sum(values) <= 0:
        raise ValueError("at least one hour must have orders")
    return values


def _seven(values: list[float]) -> list[float]:
    if len(values) != 7:
        raise ValueError(f"needs 7 numbers, Monday to Sunday; got {len(values)}")
    if sum(values) <= 0:
        raise ValueError("at least one day must have orders")
    return values


HourShares = Annotated[list[NonNegative], AfterValidator(_twenty_four)]
WeekdayFactors = Annotated[list[NonNegative], AfterValidator(_seven)]
FLAT_DAY = [1.0] * 24
FLAT_WEEK = [1.0] * 7


class Profile(Model):
    """An arrival rate that repeats by hour of day and day of week, with a trend."""

    per_day: NonNegative = quantity(0.0, "1/day", "mean number on an average day")
    per_h: NonNegative | None = quantity(None, "1/h", "the same per hour of an average day, in place of per_day")
    hour_shares: HourShares = quantity(FLAT_DAY, "relative", "weight of each hour of the day; only ratios count")
    weekday_factors: WeekdayFactors = quantity(FLAT_WEEK, "relative", "weight of Monday to Sunday; only ratios count")
    trend_per_week: Annotated[float, Field(strict=True, gt=-1, le=10)] = quantity(
        0.0, "1/week", "relative growth from one week to the next, compounding from the start"
    )

    @model_validator(mode="before")
    @classmethod
    def _per_day_from_per_h(cls, value: Any) -> Any:
        if isinstance(value, dict) and "per_day" not in value:
            per_h = value.get("per_h")
            if isinstance(per_h, (int, float)) and not isinstance(per_h, bool) and per_h >= 0:
                return {**value, "per_day": 24.0 * per_h}
        return value

    @model_validator(mode="after")
    def _one_rate(self) -> Profile:
        if self.per_h is not None and abs(self.per_day - 24.0 * self.per_h) > 1e-6 * self.per_day:
            raise ValueError("give per_day or per_h, not both")
        return self

    @property
    def rate_per_min(self) -> float:
        """Mean number per minute."""
        return self.per_day / 1440.0


class Spike(Model):
    """A stretch at the opening or the close of a campaign in which orders come faster."""

    hours: Hours = quantity(0.0, "h", "length")
    weight: Annotated[float, Field(strict=True, gt=0, le=1000)] = quantity(
        1.0, "1", "rate at its peak against the plateau; it decays to 1 over the stretch"
    )


class Edge(Model):
    """A stretch before or after a campaign in which customers hold back, or have bought already."""

    hours: Hours = quantity(0.0, "h", "length")
    factor: NonNegative = quantity(1.0, "1", "rate against an ordinary hour")


class MembersFirst(Model):
    """A part of a campaign's orders that members may place before it opens to everybody."""

    share: Annotated[float, Field(strict=True, ge=0, lt=1)] = quantity(0.0, "share", "part of the campaign's orders")
    hours: Hours = quantity(24.0, "h", "how long before the opening, at the rhythm of ordinary orders")


class PreOrders(Model):
    """A part of a campaign's orders that customers place ahead; what is promised counts from the opening."""

    share: Annotated[float, Field(strict=True, ge=0, lt=1)] = quantity(0.0, "share", "part of the campaign's orders")
    days: Annotated[float, Field(strict=True, ge=0, le=366)] = quantity(
        7.0, "days", "how long before the opening, at the rhythm of ordinary orders"
    )


class Campaign(Model):
    """A promotion: a window of time, how much more it sells, and the shape of the curve."""

    start: Moment = Field(description="opens at (local date-time, or hours from the start)")
    end: Moment = Field(description="closes at")
    uplift: NonNegative = quantity(1.0, "1", "orders in the campaign / ordinary orders in the same hours")
    uplift_cv: Annotated[float, Field(strict=True, ge=0, le=3)] = quantity(
        0.0, "1", "uncertainty of the uplift: lognormal, mean one, drawn per replication"
    )
    hour_shares: HourShares | None = quantity(None, "relative", "its own hours of the day, in place of the profile's")
    opening: Spike = Field(Spike(), description="the rush when it opens")
    closing: Spike = Field(Spike(), description="the rush in the last hours")
    teaser: Edge = Field(Edge(), description="before it opens: announced, customers wait")
    aftermath: Edge = Field(Edge(), description="after it closes: customers have bought already")
    members_first: MembersFirst = Field(MembersFirst(), description="what members place before it opens")
    pre_orders: PreOrders = Field(PreOrders(), description="what is ordered ahead and promised from the opening on")

    @model_validator(mode="after")
    def _something_ahead(self) -> Campaign:
        if self.members_first.share + self.pre_orders.share >= 1:
            raise ValueError(
                "members_first.share and pre_orders.share add up to less than 1: the rest comes when it is open"
            )
        if self.members_first.share > 0 and self.members_first.hours <= 0:
            raise ValueError("members_first.share needs members_first.hours above 0")
        if self.pre_orders.share > 0 and self.pre_orders.days <= 0:
            raise ValueError("pre_orders.share needs pre_orders.days above 0")
        return self

    @property
    def ahead_min(self) -> float:
        """Minutes before the opening from which on orders of the campaign come."""
        members = self.members_first.hours * 60 if self.members_first.share > 0 else 0.0
        return max(members, self.pre_orders.days * 1440 if self.pre_orders.share > 0 else 0.0)


class Basket(Model):
    """Size of an order: lines, and units on each line."""

    lines_mean: Annotated[float, Field(strict=True, ge=1, le=10_000)] = quantity(
        1.0, "lines", "mean lines per order (geometric)"
    )
    lines_max: Annotated[int, Field(strict=True, ge=1, le=10_000)] = quantity(200, "lines", "longest order")
    units_per_line_mean: Annotated[float, Field(strict=True, ge=1, le=10_000)] = quantity(
        1.0, "units", "mean units per line"
    )


class Demand(Model):
    """Either a profile with an optional campaign, its days by a forecast where there is one, or an order file."""

    profile: Profile = Field(Profile(), description="ordinary orders")
    campaign: Campaign | None = Field(None, description="the campaign on top of them")
    forecast: str | None = Field(
        None, description="forecast file (CSV) whose days replace the profile's; hours of the day stay the profile's"
    )
    basket: Basket = Field(Basket(), description="size of an order; an order file brings its own")

    file: str | None = Field(None, description="order file (CSV, CSV.gz or Parquet) replayed in place of the profile")
    preset: Preset = Field("generic", description="column names and conventions of the order file")
    columns: dict[str, str] = Field({}, description="our name: the file's column, on top of the preset")
    file_timezone: str | None = Field(None, description="time zone of times without an offset; default: the scenario's")
    from_: Day | None = Field(None, alias="from", description="first day replayed and measured")
    to: Day | None = Field(None, description="last day replayed and measured, inclusive")
    lead_in_days: Days = quantity(0, "days", "days before `from`, read from the same file, that fill the floor first")
    run_on_days: Days = quantity(0, "days", "days after `to`, read from the same file, that keep it busy")
    resample: Annotated[float, Field(strict=True, gt=0, le=100)] = quantity(
        1.0, "1", "orders per order in the file: 2 doubles each, 0.5 keeps half, chosen at random"
    )
    bad_rows: Literal["stop", "skip"] = Field("stop", description="what to do about rows that can't be read")

    @model_validator(mode="after")
    def _profile_or_file(self) -> Demand:
        if self.file is None:
            given = [name for name, value in (("from", self.from_), ("to", self.to)) if value is not None]
            if given:
                raise ValueError(f"{' and '.join(given)} choose days of an order file: give demand.file too")
        else:
            if self.forecast is not None:
                raise ValueError(
                    "give demand.file or demand.forecast: one replays the past, the other draws what may come"
                )
            if self.campaign is not None:
                raise ValueError("an order file brings its own campaign: set demand.campaign to null")
            if self.from_ is None or self.to is None:
                raise ValueError("an order file needs demand.from and demand.to (dates, both inclusive)")
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise ValueError(f"demand.to ({self.to}) lies before demand.from ({self.from_})")
        return self

    @property
    def days(self) -> tuple[date, date]:
        """First and last day of an order file's window."""
        assert self.from_ is not None
        assert self.to is not None
        return self.from_, self.to


__all__ = [
    "FLAT_DAY",
    "FLAT_WEEK",
    "Basket",
    "Campaign",
    "Demand",
    "Edge",
    "MembersFirst",
    "PreOrders",
    "Preset",
    "Profile",
    "Real",
    "Share",
    "Spike",
]
