"""Order files: the orders of a real shop, read once and placed on the scenario's clock.

The file is one row per order or one row per order line; rows with the same order number are added up. Which column
says what is in :mod:`sim.demand.presets`, which files can be read in :mod:`sim.demand.tables`, which dates and how
time zones are treated in :mod:`sim.demand.timestamps`.

What is left out, and counted in the notes: cancelled orders and lines, lines with no positive quantity, orders
outside the window. What stays: lines without a price or with a price of zero, postage, the same product twice.

Lines of one order may be stamped up to a minute apart (shops write them one after the other); the order is placed
at the earliest. A line further off is a bad row, as is a repeated order number in a file with one row per order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from sim.demand import presets, timestamps
from sim.demand.faults import Faults
from sim.demand.order_lines import OrderLines, lines_of
from sim.demand.presets import PRESETS, choose_columns
from sim.demand.tables import Rows, Text, locate, read_rows
from sim.demand.timestamps import DAY, EPOCH, MINUTE, Flags, Ints, Stamps, parse_stamps, to_wall_clock
from sim.errors import InputError, Problem
from sim.scenario.scenario import Scenario

TICK = 2.0**-20  # minutes; times are multiples of it, so that sums of them are exact
MOST_PER_ROW = 1_000_000  # units or lines; more is a mistake
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2099, 12, 31)  # of orders that are read without a scenario
_OF_A_WINDOW = ("days_without_orders", "orders_outside_window", "orders", "cancelled_orders_in_window")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?\Z")


@dataclass(frozen=True, eq=False)
class OrderFile:
    """Orders of a file within the window, in order of time. The arrays are read-only.

    Parameters
    ----------
    order_id
        The file's order numbers, text.
    placed_min
        Minutes since midnight of the scenario's first day, wall clock of its time zone; multiples of 2**-20, ascending,
        ties in order of first appearance.
    lines, units
        Order lines, and units on all of them.
    value
        Revenue, in the file's currency; NaN where the file has no price for it.
    skus
        Order lines by SKU, where the scenario has stock and the file says what was sold.
    notes
        What was read and what was left out. Counts of the whole file: ``rows_read`` (blank ones not counted),
        ``blank_rows``, ``bad_rows_skipped``, ``cancelled_rows``, ``rows_without_positive_quantity``,
        ``cancelled_orders``, ``orders_without_positive_quantity``, ``orders_in_file`` (kept), of which
        ``orders_outside_window`` and ``orders`` (in the window). Of the window: ``cancelled_orders_in_window``,
        ``days_without_orders``, ``orders_without_price``, ``orders_with_lines_a_minute_apart``,
        ``times_skipped_by_clock_change`` and ``times_twice_by_clock_change`` (orders). Text: ``file`` (its name),
        ``preset``, ``file_from`` and ``file_to`` (first and last day with orders), ``date_order`` (day first or
        month first, where that had to be found out).
    """

    order_id: NDArray[np.object_]
    placed_min: NDArray[np.float64]
    lines: NDArray[np.int32]
    units: NDArray[np.int32]
    value: NDArray[np.float64]
    skus: OrderLines | None = None
    notes: dict[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Settings:
    """What of a scenario decides how its order file is read; hashable, and the key of the cache."""

    preset: str
    columns: tuple[tuple[str, str], ...]
    timezone: str
    file_timezone: str
    skip_bad_rows: bool
    with_skus: bool
    first_day: date
    from_day: date
    to_day: date
    end_day: date  # exclusive
    days_do: bool = False  # no time of day is needed


def read_all_orders(
    name: str,
    *,
    preset: str = "generic",
    columns: Mapping[str, str] | None = None,
    timezone: str = "UTC",
    file_timezone: str = "",
    skip_bad_rows: bool = False,
    with_skus: bool = False,
) -> OrderFile:
    """All orders of a file, without a scenario; times are minutes since 1970, and days without times do.

    Parameters
    ----------
    name
        Of the file.
    preset, columns, file_timezone, skip_bad_rows
        As `demand.preset` and so on.
    timezone
        On whose wall clock a day begins; matters for times with an offset from UTC.
    with_skus
        Whether to read what was sold, too.

    Raises
    ------
    InputError
        As :func:`read_orders`.
    """
    first, last = EPOCH.date(), date(2199, 12, 31)
    settings = _Settings(
        preset=preset,
        columns=tuple((columns or {}).items()),
        timezone=timezone,
        file_timezone=file_timezone or timezone,
        skip_bad_rows=skip_bad_rows,
        with_skus=with_skus,
        first_day=first,
        from_day=first,
        to_day=last,
        end_day=last + timedelta(days=1),
        days_do=True,
    )
    path, modified_ns, size = locate("file", name)
    return _load(path, modified_ns, size, settings)


def read_orders(scenario: Scenario) -> OrderFile:
    """Orders of the scenario's order file, from its first day to `demand.to` + `demand.run_on_days`.

    The result is kept in memory as long as the file and the settings stay the same. `demand.resample` is not applied.

    Parameters
    ----------
    scenario
        With `demand.file`.

    Returns
    -------
    The orders and notes on what was left out.

    Raises
    ------
    InputError
        A file that isn't there or can't be read, unknown or missing columns, bad rows (unless they may be skipped),
        no orders in the window. Bad rows are listed by row number and reason.
    """
    demand = scenario.demand
    assert demand.file is not None, "read_orders needs a scenario with demand.file"
    first, last = demand.days
    settings = _Settings(
        preset=demand.preset,
        columns=tuple(demand.columns.items()),
        timezone=scenario.timezone,
        file_timezone=demand.file_timezone or scenario.timezone,
        skip_bad_rows=demand.bad_rows == "skip",
        with_skus=scenario.stock is not None,
        first_day=scenario.first_day,
        from_day=first,
        to_day=last,
        end_day=last + timedelta(days=1 + demand.run_on_days),
    )
    path, modified_ns, size = locate("demand.file", demand.file)
    orders = _load(path, modified_ns, size, settings)
    return replace(orders, notes=dict(orders.notes))


def read_order_lines(
    name: str, *, preset: str = "generic", columns: Mapping[str, str] | None = None, bad_rows: str = "stop"
) -> OrderFile:
    """All orders of a file with their SKUs, without a scenario; `placed_min` counts from :data:`FIRST_DAY`.

    Parameters
    ----------
    name
        Path of the file.
    preset, columns, bad_rows
        As `demand.preset`, `demand.columns` and `demand.bad_rows`.

    Returns
    -------
    The orders; without the notes that are about a window.

    Raises
    ------
    InputError
        As :func:`read_orders`.
    """
    settings = _Settings(
        preset=preset,
        columns=tuple((columns or {}).items()),
        timezone="UTC",
        file_timezone="UTC",
        skip_bad_rows=bad_rows == "skip",
        with_skus=True,
        first_day=FIRST_DAY,
        from_day=FIRST_DAY,
        to_day=LAST_DAY,
        end_day=LAST_DAY + timedelta(days=1),
    )
    orders = _load(*locate("orders", name), settings)
    return replace(orders, notes={key: value for key, value in orders.notes.items() if key not in _OF_A_WINDOW})


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        remedy = "not a time zone name; write for example Europe/London"
        raise InputError([Problem("demand.file_timezone", repr(name), remedy)]) from None


@lru_cache(maxsize=4)
def _load(path: Path, modified_ns: int, size: int, settings: _Settings) -> OrderFile:
    """Read and check the file; `modified_ns` and `size` are there so that a changed file is read again."""
    file_zone = _zone(settings.file_timezone)
    mapped = dict(settings.columns)
    known = {name for preset in PRESETS.values() for names in preset.columns.values() for name in names}
    rows = read_rows(
        path,
        frozenset(name.casefold() for name in known | set(mapped.values())),
        lambda columns: _wanted(choose_columns(settings.preset, mapped, columns, path.name), settings, columns, path),
    )
    if not len(rows.numbers) and not rows.malformed:
        remedy = "a header and no rows: one row per order or order line is needed"
        raise InputError([Problem(path.name, "", remedy)], f"the order file {path.name} can't be used")
    return _Reading(path, settings, rows).orders(file_zone, ZoneInfo(settings.timezone))


def _wanted(chosen: dict[str, int], settings: _Settings, columns: Sequence[str], path: Path) -> dict[str, int]:
    """The columns to read: that of SKUs only where there is stock, so that other runs pay nothing for it."""
    if not settings.with_skus:
        chosen.pop("sku", None)
    elif "sku" in chosen and "lines" in chosen:
        remedy = (
            f"{path.name} has a SKU on each row, and a number of lines ({columns[chosen['lines']]!r}) too: a row with "
            "a SKU is one line, so switch one of them off with demand.columns.lines='' or demand.columns.sku=''"
        )
        problem = Problem("demand.columns.sku", repr(columns[chosen["sku"]]), remedy)
        raise InputError([problem], f"the columns of {path.name} can't be used")
    return chosen


def _flags(text: Text, test: Callable[[str], bool]) -> Flags:
    """Per row, whether its value passes a test; each distinct value is tested once."""
    return np.array([test(value) for value in text.values], dtype=bool)[text.codes]


class _Reading:
    """One pass over the rows of a file, from text to orders."""

    def __init__(self, path: Path, settings: _Settings, rows: Rows) -> None:
        self.path, self.settings, self.rows = path, settings, rows
        self.convention = PRESETS[settings.preset]
        self.columns: dict[str, Text] = dict(rows.columns)
        self.ids = self.columns["order_id"]
        self.faults = Faults(path, rows)
        self.notes: dict[str, int | str] = {"file": path.name, "preset": settings.preset}

    @property
    def count(self) -> int:
        return len(self.rows.numbers)

    def orders(self, file_zone: ZoneInfo, zone: ZoneInfo) -> OrderFile:
        """Everything, in the order in which it has to happen."""
        if self.convention.order_fields_once:
            self._inherit_times()
        cancelled = self._cancelled()
        stamps = self._stamps(cancelled)
        distinct_wall, distinct_skipped, distinct_twice = to_wall_clock(stamps, file_zone, zone)
        placed = self.columns["placed"].codes
        wall, skipped, twice = distinct_wall[placed], distinct_skipped[placed], distinct_twice[placed]
        lines, units, value = self._sizes(cancelled)
        if "sku" in self.columns:
            text = self.columns["sku"]
            nameless = ~_flags(text, bool) & ~cancelled & (units > 0)
            self.faults.add_values("sku", text, nameless, "is empty: which product was sold?")
        empty = ~cancelled & ~self.faults.bad & ((units <= 0) | (lines <= 0))
        self._check_repeats(wall, ~cancelled & ~self.faults.bad & ~empty)
        if not self.settings.skip_bad_rows:
            self.faults.stop()
        kept = np.flatnonzero(~cancelled & ~self.faults.bad & ~empty)
        self._count_rows(cancelled, empty)
        self._count_left_out(cancelled, empty, kept, wall)
        table = _group(self.ids, kept, wall, lines, units, value, skipped, twice)
        orders, ids = self._within_window(table)
        if "sku" not in self.columns:
            return orders
        sold = lines_of(self.columns["sku"], self.ids.codes, ids, kept, units, value, self.rows.numbers)
        return replace(orders, skus=sold)

    def _inherit_times(self) -> None:
        """Give rows without a time that of the first row of their order."""
        placed = self.columns["placed"]
        filled = np.flatnonzero(_flags(placed, bool))
        first = np.full(len(self.ids.values), -1, dtype=np.int64)
        first[self.ids.codes[filled[::-1]]] = filled[::-1]
        source = first[self.ids.codes]
        takes = ~_flags(placed, bool) & (source >= 0) & _flags(self.ids, bool)
        codes = placed.codes.copy()
        codes[takes] = placed.codes[source[takes]]
        self.columns["placed"] = Text(codes, placed.values)

    def _cancelled(self) -> Flags:
        """Rows that the file says are cancelled."""
        flags = np.zeros(self.count, dtype=bool)
        if self.convention.cancelled_prefix:
            flags |= _flags(self.ids, lambda value: value.startswith(self.convention.cancelled_prefix))
        if "status" in self.columns:
            flags |= _flags(self.columns["status"], lambda value: value.casefold() in presets.CANCELLED_WORDS)
        if "cancelled" in self.columns:
            flags |= _flags(self.columns["cancelled"], lambda v: v.casefold() not in presets.NOT_CANCELLED_WORDS)
        if self.convention.order_fields_once:
            flags = np.bincount(self.ids.codes[flags], minlength=len(self.ids.values))[self.ids.codes] > 0
        return flags

    def _stamps(self, cancelled: Flags) -> Stamps:
        """Parsed times of the distinct texts; rows that have none are faults."""
        placed = self.columns["placed"]
        self.faults.add_values("order_id", self.ids, ~_flags(self.ids, bool) & ~cancelled, "is empty")
        stamps = parse_stamps(placed.values)
        if stamps.problem is not None:
            problem = replace(stamps.problem, place=f"{self.path.name}, column of demand.columns.placed")
            raise InputError([problem], f"the dates of {self.path.name} can't be read")
        fault = stamps.fault[placed.codes]
        for code, reason in timestamps.REASONS.items():
            self.faults.add_values("placed", placed, (fault == code) & ~cancelled, reason)
        if not self.settings.days_do and not stamps.timed.any() and not (stamps.fault > 0).all():
            given = repr(next(value for value, code in zip(placed.values, stamps.fault, strict=True) if not code))
            remedy = "days without a time of day: the simulation needs to know when on the day an order came"
            raise InputError([Problem(f"{self.path.name}, column of demand.columns.placed", given, remedy)])
        if stamps.order:
            self.notes["date_order"] = stamps.order
        return stamps

    def _numbers(self, role: str, cancelled: Flags) -> NDArray[np.float64]:
        """A column of numbers; NaN where empty or a fault (marked as such, but for empty prices)."""
        text = self.columns[role]
        numbers = _to_numbers(text.values)
        unread = np.isnan(numbers)
        filled = np.array([bool(value) for value in text.values], dtype=np.bool_)
        reasons = {
            "is no number; write digits, with a point before decimals and nothing between thousands": unread & filled
        }
        if role in ("units", "lines"):
            with np.errstate(invalid="ignore"):
                reasons["must be a whole number"] = ~unread & (numbers != np.floor(numbers))
                reasons[f"must be at most {MOST_PER_ROW:,}"] = ~unread & (np.abs(numbers) > MOST_PER_ROW)
            reasons["is empty"] = ~filled
        for reason, flagged in reasons.items():
            self.faults.add_values(role, text, flagged[text.codes] & ~cancelled, reason)
        return np.asarray(numbers[text.codes], dtype=np.float64)

    def _sizes(self, cancelled: Flags) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Lines, units and value of each row."""
        lines = self._numbers("lines", cancelled) if "lines" in self.columns else np.ones(self.count)
        units = self._numbers("units", cancelled) if "units" in self.columns else lines
        if "value" in self.columns:
            value = self._numbers("value", cancelled)
        elif "price" in self.columns:
            value = self._numbers("price", cancelled) * units
        else:
            value = np.full(self.count, np.nan)
        return lines, units, value

    def _check_repeats(self, wall: Ints, usable: Flags) -> None:
        """Rows that repeat an order number in a way that lines of one order don't."""
        rows = np.flatnonzero(usable)
        first = np.full(len(self.ids.values), -1, dtype=np.int64)
        first[self.ids.codes[rows[::-1]]] = rows[::-1]
        earlier = first[self.ids.codes]
        repeats = usable & (earlier != np.arange(self.count))
        if self.convention.one_row_per_order or "lines" in self.columns:
            self.faults.add(
                np.flatnonzero(repeats),
                lambda row: (
                    f"order_id {self.ids.at(row)[:40]!r} is already in row {self.rows.numbers[earlier[row]]}; "
                    "this file has one row per order"
                ),
            )
            return
        apart = repeats & (np.abs(wall - wall[earlier]) > MINUTE)
        self.faults.add(
            np.flatnonzero(apart),
            lambda row: (
                f"order_id {self.ids.at(row)[:40]!r} placed {_moment(wall[row])}, but {_moment(wall[earlier[row]])} "
                f"in row {self.rows.numbers[earlier[row]]}; lines of one order lie at most a minute apart"
            ),
        )

    def _count_rows(self, cancelled: Flags, empty: Flags) -> None:
        self.notes["rows_read"] = self.count + len(self.rows.malformed)
        self.notes["blank_rows"] = self.rows.blank
        self.notes["bad_rows_skipped"] = self.faults.count
        self.notes["cancelled_rows"] = int(cancelled.sum())
        self.notes["rows_without_positive_quantity"] = int(empty.sum())

    def _count_left_out(self, cancelled: Flags, empty: Flags, kept: NDArray[np.intp], wall: Ints) -> None:
        """Orders of which nothing is left, by reason."""
        left = np.zeros(len(self.ids.values), dtype=bool)
        left[self.ids.codes[kept]] = True
        start, end = self._window()
        inside = (wall >= start) & (wall < end)

        def gone(rows: Flags) -> int:
            return len(np.unique(self.ids.codes[rows & ~left[self.ids.codes]]))

        self.notes["cancelled_orders"] = gone(cancelled)
        self.notes["cancelled_orders_in_window"] = gone(cancelled & inside)
        self.notes["orders_without_positive_quantity"] = gone(empty)

    def _window(self) -> tuple[int, int]:
        return _micros(self.settings.first_day), _micros(self.settings.end_day)

    def _within_window(self, table: Mapping[str, NDArray[Any]]) -> tuple[OrderFile, Ints]:
        """Orders of the window on the scenario's clock, and the code of each order's number."""
        wall = table["wall"]
        if not len(wall):
            remedy = "; ".join(f"{key} {self.notes[key]}" for key in self.notes if key not in ("file", "preset"))
            problem = Problem(self.path.name, "", f"no order is left of its rows ({remedy})")
            raise InputError([problem], f"the order file {self.path.name} can't be used")
        largest = int(np.argmax(np.maximum(table["units"], table["lines"])))
        if max(table["units"][largest], table["lines"][largest]) > np.iinfo(np.int32).max:
            given = repr(self.ids.values[int(table["id"][largest])][:40])
            raise InputError([Problem(f"{self.path.name}, order_id", given, "more than two thousand million units")])
        start, end = self._window()
        inside = (wall >= start) & (wall < end)
        measured = (wall >= _micros(self.settings.from_day)) & (wall < _micros(self.settings.to_day) + DAY)
        if not (inside & measured).any():
            raise self._nothing_there(wall)
        minutes = np.round((wall - start) / (MINUTE * TICK)) * TICK
        minutes = np.minimum(minutes, (end - start) / MINUTE - TICK)  # rounding must not carry past the last midnight
        chosen = np.flatnonzero(inside)
        chosen = chosen[np.argsort(minutes[chosen], kind="stable")]
        self.notes |= _window_notes(table, chosen, start, end)
        ids = table["id"][chosen]
        orders = OrderFile(
            order_id=_frozen(np.array(self.ids.values, dtype=object)[ids]),
            placed_min=_frozen(minutes[chosen]),
            lines=_frozen(table["lines"][chosen].astype(np.int32)),
            units=_frozen(table["units"][chosen].astype(np.int32)),
            value=_frozen(table["value"][chosen]),
            notes=self.notes,
        )
        return orders, ids

    def _nothing_there(self, wall: Ints) -> InputError:
        first, last = self.settings.from_day, self.settings.to_day
        remedy = f"no order lies there; {self.path.name} covers {_day(wall.min())} to {_day(wall.max())}"
        return InputError([Problem("demand.from and demand.to", f"{first} to {last}", remedy)])


def _to_numbers(texts: list[str]) -> NDArray[np.float64]:
    """Numbers of texts, NaN where they aren't any."""
    return np.array([float(text) if NUMBER.match(text) else np.nan for text in texts], dtype=np.float64)


def _group(
    ids: Text,
    kept: NDArray[np.intp],
    wall: Ints,
    lines: NDArray[np.float64],
    units: NDArray[np.float64],
    value: NDArray[np.float64],
    skipped: Flags,
    twice: Flags,
) -> dict[str, NDArray[Any]]:
    """Add rows up to orders, in order of first appearance."""
    codes, first, order = np.unique(ids.codes[kept], return_index=True, return_inverse=True)
    order = order.reshape(-1)
    count = len(codes)
    earliest = wall[kept[first]]
    latest = earliest.copy()
    np.minimum.at(earliest, order, wall[kept])
    np.maximum.at(latest, order, wall[kept])
    by_appearance = np.argsort(first, kind="stable")
    table: dict[str, NDArray[Any]] = {
        "id": codes,
        "wall": earliest,
        "apart": latest > earliest,
        "lines": np.bincount(order, lines[kept], count),
        "units": np.bincount(order, units[kept], count),
        "value": np.bincount(order, value[kept], count),
        "skipped": skipped[kept[first]],
        "twice": twice[kept[first]],
    }
    return {name: column[by_appearance] for name, column in table.items()}


def _window_notes(
    table: Mapping[str, NDArray[Any]], chosen: NDArray[np.intp], start: int, end: int
) -> dict[str, int | str]:
    wall = table["wall"]
    days = (end - start) // DAY
    return {
        "orders_in_file": len(wall),
        "orders_outside_window": len(wall) - len(chosen),
        "orders": len(chosen),
        "days_without_orders": int(days - len(np.unique((wall[chosen] - start) // DAY))),
        "orders_without_price": int(np.isnan(table["value"][chosen]).sum()),
        "orders_with_lines_a_minute_apart": int(table["apart"][chosen].sum()),
        "times_skipped_by_clock_change": int(table["skipped"][chosen].sum()),
        "times_twice_by_clock_change": int(table["twice"][chosen].sum()),
        "file_from": _day(wall.min()),
        "file_to": _day(wall.max()),
    }


def _micros(day: date) -> int:
    return (day - EPOCH.date()).days * DAY


def _moment(micros: Any) -> str:
    return (EPOCH + timedelta(microseconds=int(micros))).isoformat(" ", "seconds")


def _day(micros: Any) -> str:
    return _moment(micros)[:10]


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array
