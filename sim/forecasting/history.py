"""What demand was: a figure per day or per week without gaps, and, where it is known, each SKU's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.forecasting.notes import Note

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Dates = NDArray[np.datetime64]
Frequency = Literal["D", "W"]
DAYS: dict[Frequency, int] = {"D": 1, "W": 7}
UNITS: dict[Frequency, str] = {"D": "days", "W": "weeks"}
NEVER = 0.05  # share of its days with orders up to which a weekday counts as closed


@dataclass(frozen=True, eq=False)
class SkuHistory:
    """Units of s SKUs in n periods.

    Attributes
    ----------
    names
        SKUs, the best-selling first.
    units
        Sparse, shape (s, n).
    """

    names: tuple[str, ...]
    units: csr_array


@dataclass(frozen=True, eq=False)
class History:
    """A figure per period; the arrays are read-only.

    Attributes
    ----------
    name
        For titles; a file's name without its ending.
    freq
        ``D`` or ``W``.
    dates
        First day of each of the n periods (as the file has it, for weeks), without gaps.
    values
        Orders, or whatever `measure` says, >= 0, shape (n,).
    measure
        ``orders``, ``units``, or the name of the file's column.
    notes
        What was read and what was left out.
    by_sku
        Units by SKU; None where the file does not tell, or nobody asked.
    """

    name: str
    freq: Frequency
    dates: Dates
    values: Floats
    measure: str = "orders"
    notes: tuple[Note, ...] = ()
    by_sku: SkuHistory | None = None

    def __post_init__(self) -> None:
        dates = self.dates.astype("datetime64[D]")
        values = np.asarray(self.values, dtype=np.float64)
        whole = (
            len(dates) == len(values) and len(dates) > 0 and bool((np.diff(dates.astype(np.int64)) == self.step).all())
        )
        if not whole or not np.isfinite(values).all() or (values < 0).any():
            remedy = "a history has one finite figure >= 0 per period, and no gaps"
            raise InputError([Problem(self.name, "", remedy)])
        for name, array in (("dates", dates.copy()), ("values", values.copy())):
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def step(self) -> int:
        """Days of a period."""
        return DAYS[self.freq]

    @property
    def first(self) -> date:
        """First day."""
        return _date(self.dates[0])

    @property
    def last(self) -> date:
        """First day of the last period."""
        return _date(self.dates[-1])

    @property
    def season(self) -> int:
        """Periods after which the pattern returns: 7 days; 52 weeks where there are so many and more, else 1."""
        return 7 if self.freq == "D" else 52 if len(self) > 52 else 1

    @cached_property
    def closed_weekdays(self) -> tuple[int, ...]:
        """Weekdays (0 is Monday) on which, over at least four weeks, there was hardly ever an order; days only."""
        if self.freq != "D" or len(self) < 28:
            return ()
        days = weekdays(self.dates)
        closed = [day for day in range(7) if (self.values[days == day] > 0).mean() <= NEVER]
        return tuple(closed) if len(closed) < 7 else ()

    def ahead(self, periods: int) -> Dates:
        """First days of the periods that follow."""
        return np.asarray(self.dates[-1] + np.arange(1, periods + 1) * np.timedelta64(self.step, "D"))

    def until(self, end: int) -> History:
        """The first `end` periods: all that somebody knew then."""
        return replace(self, dates=self.dates[:end], values=self.values[:end], by_sku=None)


def weekdays(dates: Dates) -> Ints:
    """0 for Monday to 6 for Sunday; 1970-01-01 was a Thursday."""
    return np.asarray((dates.astype("datetime64[D]").astype(np.int64) + 3) % 7, dtype=np.int64)


def _date(day: np.datetime64) -> date:
    found = day.astype("datetime64[D]").astype(object)
    assert isinstance(found, date)
    return found
