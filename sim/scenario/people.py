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

StageName = Literal["picking", "packing", "desk"]  # those that have a crew

EVERY_DAY: list[Weekday] = list(WEEKDAYS)


class Break(Model):
    """A pause of a whole shift; an order in hand is finished first."""

    start: Clock = quantity(..., "HH:MM", "begins")
    minutes: Positive = quantity(..., "min", "length")


class ShiftHours(Model):
    """Clock times of a group of workers."""

    start: Clock = quantity(..., "HH:MM", "begins")
    end: Clock = quantity(..., "HH:MM", "ends; over midnight write 30:00 for 6:00 the next day")
    weekdays: list[Weekday] = Field(EVERY_DAY, min_length=1, description="days on which they come")
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

    @property
    def work_min(self) -> float:
        """Minutes of work, breaks left out."""
        return self.end - self.start - sum(pause.minutes for pause in self.breaks)


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

    hours: Annotated[float, Field(strict=True, gt=0, le=24)] = quantity(..., "h", "length of the stretch")
    multiplier: Annotated[float, Field(strict=True, ge=1, le=100)] = quantity(..., "1", "pay against the regular wage")


_REGIMES: dict[str, dict[str, Any]] = {
    # Labor Standards Act of Taiwan; the number of the article behind each figure
    "taiwan": {
        "normal_day_h": 8.0,  # 30
        "normal_week_h": 40.0,  # 30
        "overtime_pay": [{"hours": 2.0, "multiplier": 4 / 3}, {"hours": 2.0, "multiplier": 5 / 3}],  # 24, paragraph 1
        "daily_cap_h": 12.0,  # 32, paragraph 2
        "monthly_cap_h": 46.0,  # 32; with the union's consent 54, within quarter_cap_h: 138
        "rest_between_shifts_h": 11.0,  # 34
        "days_off_per_week": 2,  # 36: a regular leave day and a rest day in every seven
        "rest_day_pay": [  # 24, paragraph 2; 36: all of it counts towards the cap of the month
            {"hours": 2.0, "multiplier": 4 / 3},
            {"hours": 6.0, "multiplier": 5 / 3},
            {"hours": 4.0, "multiplier": 8 / 3},
        ],
        "holiday_multiplier": 2.0,  # 39
    },
    # Fair Labor Standards Act of the United States, section 7: 1.5 x beyond 40 h a week, no cap, no rule by the day
    "us": {
        "normal_day_h": None,
        "normal_week_h": 40.0,
        "overtime_pay": [{"hours": 24.0, "multiplier": 1.5}],
    },
    "none": {"normal_day_h": None, "overtime_pay": [{"hours": 24.0, "multiplier": 1.0}]},
    "own": {},
}


class Labour(Model):
    """The law on working hours: caps, days off, and what hours pay. A named regime, any figure of it replaceable."""

    regime: Literal["taiwan", "us", "none", "own"] = Field("taiwan", description="named set of figures")
    normal_day_h: NonNegative | None = quantity(
        8.0, "h", "hours of a day beyond which work is overtime, on the roster or not; null: no rule by the day"
    )
    normal_week_h: NonNegative | None = quantity(
        None, "h", "hours of a week (Monday to Sunday) beyond which work is overtime; null: no rule by the week"
    )
    overtime_pay: list[PayStep] = Field(
        [], description="multiples of the wage by overtime hour of the day; hours beyond the last step are forbidden"
    )
    daily_cap_h: NonNegative | None = quantity(None, "h", "longest working day, overtime included; null: no cap")
    monthly_cap_h: NonNegative | None = quantity(None, "h", "overtime per head and calendar month; null: no cap")
    quarter_cap_h: NonNegative | None = quantity(
        None, "h", "overtime per head in a calendar month and the two before it; null: no cap"
    )
    rest_between_shifts_h: NonNegative | None = quantity(None, "h", "rest before the next shift; null: no rule")
    days_off_per_week: Annotated[int, Field(strict=True, ge=0, le=6)] | None = quantity(
        None,
        "days",
        "days off per head and week; one of them is the regular leave day, on which work is forbidden; "
        "null: no rule (people still work five days a week)",
    )
    rest_day_pay: list[PayStep] | None = Field(
        None,
        description="multiples by hour worked on another day off; beyond the last step forbidden. "
        "null: as any hours of the week",
    )
    holidays: list[Day] = Field([], description="public holidays")
    holiday_multiplier: Annotated[float, Field(strict=True, ge=1, le=100)] = quantity(
        1.0, "1", "pay of normal hours on a public holiday against the wage"
    )
    month_used_h: NonNegative = quantity(0.0, "h", "overtime per head worked this month before the start")
    quarter_used_h: NonNegative = quantity(
        0.0, "h", "overtime per head worked in the two calendar months before that of the start, half in each"
    )

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

    @property
    def workdays_per_week(self) -> int:
        """Most days of a week on which a person is rostered: five where the law has no rule on days off."""
        return 7 - (2 if self.days_off_per_week is None else self.days_off_per_week)
