"""Tables of counts: a date and a figure per row; rows of several stores or SKUs are added up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.demand.faults import Faults
from sim.demand.tables import Rows, Text
from sim.demand.timestamps import DAY, REASONS, parse_stamps
from sim.demand.trace import NUMBER
from sim.errors import InputError, Problem, nearest
from sim.forecasting.history import Dates, Flags, Floats, Ints
from sim.forecasting.notes import Note

if TYPE_CHECKING:
    from sim.forecasting.history import SkuHistory

NAMES: dict[str, tuple[str, ...]] = {
    "date": ("date", "day", "ds", "week"),
    "count": ("orders", "order_count", "count", "units", "y", "sales", "weekly_sales"),
    "sku": ("sku", "stockcode", "product"),
    "store": ("store", "shop", "warehouse"),
}
COUNT_NAMES = frozenset(name for names in NAMES.values() for name in names)
ORDERS = frozenset({"orders", "order_count", "count"})
CURRENCY = "$€£¥₩₹元NT"
MOST_SHOWN = 5


def choose_counts(mapped: Mapping[str, str], columns: Sequence[str], file: str, *, by_sku: bool) -> dict[str, int]:
    """Which column plays which role.

    Raises
    ------
    InputError
        With all columns that are missing, unknown or named for an unknown role.
    """
    available = [name.strip().casefold() for name in columns]
    shown = ", ".join(repr(name[:40]) for name in columns[:30])
    problems: list[Problem] = []
    chosen: dict[str, int] = {}
    for role in mapped:
        if role not in NAMES:
            remedy = f"no such role of a table of counts{nearest(role, NAMES)}; roles are {', '.join(NAMES)}"
            problems.append(Problem(f"columns.{role}", repr(mapped[role]), remedy))
    for role, usual in NAMES.items():
        names = (mapped[role].strip().casefold(),) if role in mapped else usual
        found = next((available.index(name) for name in names if name in available), None)
        if found is not None:
            chosen[role] = found
        elif mapped.get(role) or role in ("date", "count"):
            what = repr(mapped[role]) if role in mapped else ""
            remedy = f"{file} has no column {' or '.join(map(repr, names[:4]))}; say which it is with columns.{role}; "
            remedy += f"the file's columns are {shown}"
            if role == "count":
                remedy += ". An order file needs order_id and placed instead, or a preset"
            problems.append(Problem(f"columns.{role}", what, remedy))
    if by_sku and "sku" not in chosen:
        problems.append(Problem("columns.sku", "", f"a forecast by SKU needs a column of SKUs; {file} has {shown}"))
    if problems:
        raise InputError(problems, f"the columns of {file} can't be used")
    return chosen


@dataclass(frozen=True, eq=False)
class Counts:
    """Rows of a table that can be used: day (since 1970), figure and SKU of each."""

    day: Ints
    value: Floats
    sku: Text | None
    measure: str
    bad: int

    def series(
        self, gaps: Literal["refuse", "zero", "fill"], file: str, problems: list[Problem]
    ) -> tuple[Dates, Floats, list[Note]]:
        """Days (or weeks) without gaps and their figures; what is missing is a problem, or is filled and noted."""
        notes = [Note("reader", {"key": "bad_rows_skipped", "value": self.bad})] if self.bad else []
        days = np.unique(self.day)
        if not len(days):
            problems.append(Problem(file, "", "no row is left that can be used"))
            return days.astype("datetime64[D]"), np.zeros(0), notes
        apart = np.diff(days)
        step = 7 if len(apart) and (apart % 7 == 0).all() else 1
        if step == 1 and len(apart) > 2 and int(np.median(apart)) >= 7:
            odd = int(np.flatnonzero(apart % 7)[0])
            given = f"{_day(days[odd])} and {_day(days[odd + 1])}"
            remedy = "neither days nor weeks: give one row per day, or per week on one and the same weekday"
            problems.append(Problem(f"{file}, dates", given, remedy))
            return days[:0].astype("datetime64[D]"), np.zeros(0), notes
        every = np.arange(days[0], days[-1] + 1, step)
        values: Floats = np.bincount((self.day - days[0]) // step, self.value, len(every)).astype(np.float64)
        missing = np.setdiff1d(every, days)
        if len(missing):
            values = self._mended(values, (missing - days[0]) // step, 7 // step, gaps)
            unit = "days" if step == 1 else "weeks"
            note = _gap_note(missing, step, unit, gaps)
            if gaps == "refuse":
                remedy = (
                    f"missing {unit}; if nothing was sold, say gaps=zero; else gaps=fill puts the mean of the same "
                )
                remedy += "weekday before and after there"
                problems.append(Problem(f"{file}, gaps", f"{len(missing)}: {_ranges(missing, step)}", remedy))
            notes.append(note)
        return every.astype("datetime64[D]"), values, notes

    @staticmethod
    def _mended(values: Floats, missing: Ints, season: int, gaps: str) -> Floats:
        if gaps != "fill":
            return values
        filled = values.copy()
        gone = np.zeros(len(values), dtype=np.bool_)
        gone[missing] = True
        for place in missing.tolist():
            same = np.arange(place % season, len(values), season)
            there = same[~gone[same]]
            before, after = there[there < place][-1:], there[there > place][:1]
            near = np.concatenate([before, after])
            filled[place] = values[near].mean() if len(near) else values[~gone].mean()
        return filled

    def skus(self, dates: Dates) -> SkuHistory | None:
        """Units by SKU in the periods of `dates`."""
        if self.sku is None:
            return None
        from scipy.sparse import coo_array

        from sim.forecasting.reading import best_first

        first = int(dates[0].astype(np.int64))
        step = int((dates[1] - dates[0]).astype(int)) if len(dates) > 1 else 1
        shape = (len(self.sku.values), len(dates))
        units = coo_array((self.value, (self.sku.codes, (self.day - first) // step)), shape=shape).tocsr()
        return best_first(self.sku.values, units)


def counted(path: Path, rows: Rows, measure: str, skip_bad_rows: bool, problems: list[Problem]) -> Counts | None:
    """Check every row; what is wrong goes to `problems` and is left out."""
    faults = Faults(path, rows)
    when, amount = rows.columns["date"], rows.columns["count"]
    stamps = parse_stamps(when.values)
    if stamps.problem is not None:
        problems.append(Problem(f"{path.name}, column of dates", stamps.problem.given, stamps.problem.remedy))
        return None
    for code, reason in REASONS.items():
        faults.add_values("date", when, (stamps.fault == code)[when.codes], reason)
    value = np.array([float(text) if NUMBER.match(text) else np.nan for text in amount.values])
    for reason, test in _REFUSED.items():
        flagged = np.array([test(text, each) for text, each in zip(amount.values, value.tolist(), strict=True)], bool)
        faults.add_values("count", amount, flagged[amount.codes], reason)
    day = (stamps.micros // DAY)[when.codes]
    _repeated(faults, rows, day)
    if faults.count and not skip_bad_rows:
        problems += faults.problems()
        problems.append(Problem(path.name, "", "mend the rows, or leave bad rows out with bad_rows=skip"))
    good = ~faults.bad
    sku = rows.columns.get("sku")
    return Counts(day[good], value[amount.codes][good], sku.take(good) if sku else None, measure, faults.count)


_REFUSED: dict[str, Callable[[str, float], bool]] = {
    "is empty; leave the row out, or write 0 where nothing was sold": lambda text, value: not text,
    "has a currency sign: write digits only": lambda text, value: bool(text) and any(c in CURRENCY for c in text),
    "is no number; write digits, with a point before decimals and nothing between thousands": lambda text, value: (
        bool(text) and not any(c in CURRENCY for c in text) and not np.isfinite(value)
    ),
    "is below zero: returns are not demand; give what was ordered": lambda text, value: value < 0,
}


def _repeated(faults: Faults, rows: Rows, day: Ints) -> None:
    """The same day twice, for the same store and SKU."""
    keys = [day, *(rows.columns[role].codes for role in ("store", "sku") if role in rows.columns)]
    good = np.flatnonzero(~faults.bad)
    _, first, group = np.unique(np.column_stack(keys)[good], axis=0, return_index=True, return_inverse=True)
    earlier = np.arange(len(day))
    earlier[good] = good[first[group.reshape(-1)]]
    again: Flags = earlier != np.arange(len(day))
    faults.add(np.flatnonzero(again), lambda row: f"{_day(day[row])} is already in row {rows.numbers[earlier[row]]}")


def _day(day: int | np.integer) -> str:
    return str(np.datetime64(int(day), "D"))


def _ranges(days: Ints, step: int) -> str:
    """Days as ranges, the first few of them."""
    pieces = np.split(days, np.flatnonzero(np.diff(days) != step) + 1)
    told = [_day(each[0]) if len(each) == 1 else f"{_day(each[0])} to {_day(each[-1])}" for each in pieces[:MOST_SHOWN]]
    return ", ".join(told) + (f" and {len(pieces) - MOST_SHOWN} more stretches" if len(pieces) > MOST_SHOWN else "")


def _gap_note(missing: Ints, step: int, unit: str, gaps: str) -> Note:
    how = "taken for nothing sold" if gaps == "zero" else "filled from the same weekday before and after"
    return Note("gaps", {"count": len(missing), "unit": unit, "which": _ranges(missing, step), "how": how})
