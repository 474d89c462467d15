"""People: shifts by the calendar, breaks, skills, and the labour law they work under."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sim.scenario.types import (
    WEEKDAYS,
    Clock,
    Count,
    Day,
    Model,
    NonNegative,
    Positive,
    Share,
    Weekday,
    quantity,
)

EVERY_DAY: list[Weekday] = list(WEEKDAYS)


class Break(Model):
    """A pause of a whole shift; an order in hand is finished first."""

    start: Clock = quantity(..., "HH:MM", "begins")
    minutes: Positive = quantity(..., "min", "length")


class ShiftHours(Model):
    """Clock times of a group of workers."""

    start: Clock = quantity(..., "HH:MM", "begins")
    end: Clock = quantity(..., "HH:MM", "ends; over midnight write 30:00 for 6:00 the next day")
    weekdays: list[Weekday] = Field(EVERY_DAY, description="days on which they come")
    breaks: list[Break] = Field([], description="pauses, unpaid")

    @model_validator(mode="after")
    def _fits(self) -> ShiftHours:
        if self.end <= self.start:
            raise ValueError("a shift ends after it starts; over midnight write 30:00 for 6:00 the next day")
        if self.end - self.start > 1440:
            raise ValueError("a shift lasts at most 24 hours")
        previous = self.start
        for pause in sorted(self.breaks, key=lambda item: item.start):
            if pause.start < previous or pause.start + pause.minutes > self.end:
                raise ValueError("breaks lie inside the shift and do not overlap")
            previous = pause.start + pause.minutes
        return self


class Shift(ShiftHours):
    """A group of workers who come at the same times on the same days."""

    headcount: Count = quantity(..., "workers", "on the roster, absentees included")
    first_day: Day | None = Field(None, description="first day it is worked; default: always")
    last_day: Day | None = Field(None, description="last day it is worked, inclusive; default: always")
    productivity: Positive = quantity(1.0, "1", "speed against a standard worker")

    @model_validator(mode="after")
    def _in_order(self) -> Shift:
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValueError("last_day lies before first_day")
        return self


class Skill(Model):
    """A part of the workforce with a speed of its own."""

    share: Share = quantity(..., "share", "part of each shift")
    productivity: Positive = quantity(..., "1", "speed against a standard worker")


class Crew(Model):
    """Who works at a stage: shifts, wages, skills, absence."""

    shifts: dict[str, Shift] = Field({}, description="shifts by name")
    headcount_factor: NonNegative = quantity(1.0, "1", "multiplies every headcount, rounded half up")
    wage_per_h_cost: NonNegative = quantity(0.0, "currency/h", "regular pay of one worker, on-costs included")
    absence_share: Share = quantity(0.0, "share", "chance that a rostered worker does not come, drawn per shift")
    skill_mix: list[Skill] = Field([], description="parts of each shift with their speeds; the rest has speed 1")
    overtime_productivity: Positive = quantity(1.0, "1", "speed in overtime against regular hours (fatigue)")
    end_of_shift: Literal["finish", "hand_over"] = Field(
        "finish",
        description="work in hand at the end: finished and its overrun paid, or handed over with the rest kept",
    )

    @model_validator(mode="after")
    def _skills_fit(self) -> Crew:
        if sum(skill.share for skill in self.skill_mix) > 1 + 1e-9:
            raise ValueError("the shares of skill_mix add up to at most 1")
        return self


class PayStep(Model):
    """A stretch of overtime hours of one day at one multiple of the wage."""

    hours: Positive = quantity(..., "h", "length of the stretch")
    multiplier: Annotated[float, Field(strict=True, ge=1)] = quantity(..., "1", "pay against the regular wage")


_REGIMES: dict[str, dict[str, Any]] = {
    # Labor Standards Act of Taiwan, articles 24 (pay), 32 (12 h a day, 46 h a month) and 34 (11 h between shifts)
    "taiwan": {
        "overtime_pay": [{"hours": 2.0, "multiplier": 4 / 3}, {"hours": 2.0, "multiplier": 5 / 3}],
        "daily_cap_h": 12.0,
        "monthly_cap_h": 46.0,
        "rest_between_shifts_h": 11.0,
    },
    # Fair Labor Standards Act: 1.5 x beyond 40 h a week, no cap (taken as: beyond the rostered shift)
    "us": {"overtime_pay": [{"hours": 24.0, "multiplier": 1.5}]},
    "none": {"overtime_pay": [{"hours": 24.0, "multiplier": 1.0}]},
    "own": {},
}


class Labour(Model):
    """The law on working hours: caps and what overtime pays. A named regime, any figure of it replaceable."""

    regime: Literal["taiwan", "us", "none", "own"] = Field("taiwan", description="named set of figures")
    overtime_pay: list[PayStep] = Field(
        [], description="multiples of the wage by overtime hour of the day; hours beyond the last step are forbidden"
    )
    daily_cap_h: NonNegative | None = quantity(None, "h", "longest working day, overtime included; null: no cap")
    monthly_cap_h: NonNegative | None = quantity(None, "h", "overtime per head and calendar month; null: no cap")
    rest_between_shifts_h: NonNegative | None = quantity(None, "h", "rest before the next shift; null: no rule")
    month_used_h: NonNegative = quantity(0.0, "h", "overtime per head worked this month before the start")

    @model_validator(mode="before")
    @classmethod
    def _figures_of_regime(cls, value: Any) -> Any:
        if isinstance(value, dict):
            regime = value.get("regime", "taiwan")
            return {**_REGIMES.get(regime, {}), **value} if isinstance(regime, str) else value
        return value

    @model_validator(mode="after")
    def _own_needs_pay(self) -> Labour:
        if not self.overtime_pay:
            raise ValueError("regime 'own' needs overtime_pay: a list of {hours, multiplier}")
        return self
