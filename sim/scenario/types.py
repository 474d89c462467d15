"""Types shared by all nouns of a scenario: numbers with bounds, clock times, moments, weekdays, distributions.

Numbers are strict: ``true`` and ``'3'`` are not numbers. Times of day go through :data:`Clock`, because YAML
reads ``14:00`` as 840, ``08:30`` as text and ``14:00:00`` as 50400. Moments are either hours from the
scenario's start or a local date, with or without a time.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# Bounds that no shop comes near: beyond them sums overflow and memory runs out before anything is told.
LARGEST = 1e9
YEARS = range(1900, 2200)
MOST_HOURS = 100_000
D = TypeVar("D", bound=date)
T = TypeVar("T")
Real = Annotated[float, Field(strict=True, ge=-LARGEST, le=LARGEST)]
NonNegative = Annotated[float, Field(strict=True, ge=0, le=LARGEST)]
Positive = Annotated[float, Field(strict=True, gt=0, le=LARGEST)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Count = Annotated[int, Field(strict=True, ge=0, le=10**9)]
PositiveCount = Annotated[int, Field(strict=True, ge=1, le=10**9)]
Days = Annotated[int, Field(strict=True, ge=0, le=366)]
Hours = Annotated[float, Field(strict=True, ge=0, le=366 * 24)]
Flag = Annotated[bool, Field(strict=True)]


def _each_once(values: list[T]) -> list[T]:
    for number, value in enumerate(values):
        if value in values[:number]:
            raise ValueError(f"{value} is named twice")
    return values


NamedOnce = Annotated[list[T], AfterValidator(_each_once)]
Name = Annotated[str, Field(min_length=1, max_length=60)]  # key of what a planner names: carriers, channels, alerts
MOST_NAMED = 100  # carriers, channels or alert rules; the ledger's codes of them are one byte


class Model(BaseModel):
    """Base of everything a planner writes: unknown keys refused, values frozen once validated."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)


def quantity(default: Any, unit: str, about: str, *, scales: bool = False, **more: Any) -> Any:
    """Declare a field with its unit (shown by ``surgesim show``, the JSON schema and the reference).

    What `scales` is an absolute size: it is multiplied by `scenario.scale`, as orders are.
    """
    extra: dict[str, Any] = {"unit": unit, "scales": True} if scales else {"unit": unit}
    return Field(default, description=about, json_schema_extra=extra, **more)


def parse_clock(value: Any) -> float:
    """Minutes after midnight of ``HH:MM`` or ``HH:MM:SS``, also as YAML 1.1 mangles them; up to 48:00."""
    if isinstance(value, str):
        match = re.fullmatch(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d))?", value.strip())
        if match is None:
            raise ValueError("write a clock time as HH:MM, for example '14:00'")
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        total = hours * 60 + minutes + seconds / 60
    elif isinstance(value, int) and not isinstance(value, bool) and value >= 60:
        total = value if value <= 2880 else value / 60  # YAML reads HH:MM as minutes, HH:MM:SS as seconds
    elif isinstance(value, float) and 0 <= value <= 2880:
        total = value  # already parsed: a model built from another model's value
    else:
        raise ValueError("write a clock time as HH:MM, for example '14:00'")
    if total > 2880:
        raise ValueError("a clock time goes up to 48:00 (over midnight, write 30:00 for 6:00 the next day)")
    return float(total)


def show_clock(minutes: float) -> str:
    """``HH:MM`` (or ``HH:MM:SS``) of minutes after midnight."""
    seconds = round(minutes * 60)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    return f"{text}:{seconds % 60:02d}" if seconds % 60 else text


def parse_date(value: Any) -> date:
    """A calendar day written as YYYY-MM-DD."""
    if isinstance(value, datetime) or not isinstance(value, (str, date)):
        raise ValueError("write a date as YYYY-MM-DD")
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value.strip())
    except ValueError:
        raise ValueError("write a date as YYYY-MM-DD") from None
    return _in_our_time(day)


def _in_our_time(day: D) -> D:
    if day.year not in YEARS:
        raise ValueError(f"dates lie between {YEARS[0]} and {YEARS[-1]}")
    return day


def parse_moment(value: Any) -> float | datetime:
    """Hours from the scenario's start as a number, or a local date or date-time as text."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if abs(value) > MOST_HOURS:
            raise ValueError(f"a moment lies within {MOST_HOURS:,} hours of the start")
        return float(value)
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day)
    elif isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            raise ValueError(
                "write hours from the start as a number, or a local date or time as YYYY-MM-DD or YYYY-MM-DDTHH:MM"
            ) from None
    else:
        raise ValueError("write hours from the start as a number, or a local date as YYYY-MM-DD")
    if moment.tzinfo is not None:
        raise ValueError("give local time without an offset; the scenario's timezone applies")
    return _in_our_time(moment)


Clock = Annotated[
    float,
    BeforeValidator(parse_clock, json_schema_input_type=str),
    PlainSerializer(show_clock, return_type=str, when_used="json"),
]
Day = Annotated[date, BeforeValidator(parse_date, json_schema_input_type=str)]
Moment = Annotated[float | datetime, BeforeValidator(parse_moment, json_schema_input_type=float | str)]


def minutes_since(start: date, moment: float | datetime) -> float:
    """Clock minutes of a moment, counted from midnight of the scenario's first day."""
    if isinstance(moment, float):
        return moment * 60.0
    return (moment - datetime(start.year, start.month, start.day)) / timedelta(minutes=1)


ShapeName = Literal["lognormal", "gamma", "exponential", "deterministic", "empirical"]


class Shape(Model):
    """How a duration scatters around its mean, by name; a bare name is enough where no figure is needed."""

    distribution: ShapeName = Field("deterministic", description="name of the distribution")
    cv: Annotated[float, Field(strict=True, ge=0, le=100)] = quantity(
        0.5, "1", "standard deviation / mean; used by lognormal and gamma"
    )
    file: str | None = Field(None, description="CSV or text file with one observed duration in minutes per row")

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:
        return {"distribution": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _file_goes_with_empirical(self) -> Shape:
        if (self.distribution == "empirical") != (self.file is not None):
            raise ValueError("'file' goes with distribution: empirical, and empirical needs it")
        return self


def _without_file(shape: Shape) -> Shape:
    if shape.file is not None:
        raise ValueError("scatters around a mean given beside it; take a distribution with a mean, not a file")
    return shape


MeanShape = Annotated[Shape, AfterValidator(_without_file)]
