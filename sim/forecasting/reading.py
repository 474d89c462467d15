"""Reading a history: an order file as a simulation replays it, or a table of counts per day or week.

Which of both a file is, is told by its columns. In an order file a day without orders is a day on which nothing was
sold; in a table of counts a missing day may be anything, so that somebody has to say what it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.demand.presets import PRESETS, choose_columns
from sim.demand.tables import locate, read_rows
from sim.demand.trace import OrderFile, read_all_orders
from sim.errors import InputError, Problem
from sim.forecasting.counts import COUNT_NAMES, ORDERS, choose_counts, counted
from sim.forecasting.history import Dates, Floats, Frequency, History, Ints, SkuHistory
from sim.forecasting.notes import Note

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Gaps = Literal["refuse", "zero", "fill"]
LEAST: dict[Frequency, int] = {"D": 21, "W": 12}
TOLD = (
    "bad_rows_skipped",
    "cancelled_orders",
    "orders_without_positive_quantity",
    "rows_without_positive_quantity",
    "times_skipped_by_clock_change",
    "times_twice_by_clock_change",
)


@dataclass(frozen=True)
class Reading:
    """How a history is read.

    Attributes
    ----------
    preset
        Of an order file (:data:`sim.demand.presets.PRESETS`); empty: told by its columns.
    columns
        Role -> column: those of order files, or ``date`` and ``count`` (and ``sku``, ``store``) of a table of counts.
    measure
        Of an order file: ``orders``, ``lines`` or ``units``.
    freq
        ``W`` adds days up to weeks from Monday to Sunday; empty: as the file has it.
    gaps
        Missing days of a table of counts: ``zero`` (nothing was sold) or ``fill`` (the mean of the same weekday before
        and after).
    skip_bad_rows
        Leave bad rows out, and count them.
    week_ends
        The dates of a weekly table are the last days of their weeks, not the first.
    since, until
        First and last day to use.
    timezone, file_timezone
        As in scenarios; a day begins at midnight of `timezone`.
    by_sku
        Whether to read what was sold, too.
    """

    preset: str = ""
    columns: Mapping[str, str] | None = None
    measure: Literal["orders", "lines", "units"] = "orders"
    freq: Literal["", "D", "W"] = ""
    gaps: Gaps = "refuse"
    skip_bad_rows: bool = False
    week_ends: bool = False
    since: date | None = None
    until: date | None = None
    timezone: str = "UTC"
    file_timezone: str = ""
    by_sku: bool = False


class _NotCounts(Exception):  # noqa: N818 - no error, but what was found out
    """The file is an order file of this preset."""

    def __init__(self, preset: str) -> None:
        self.preset = preset
        super().__init__(preset)


def read_history(file: str | Path, how: Reading | None = None) -> History:
    """Read a history.

    Parameters
    ----------
    file
        CSV (also gzip) or Parquet.
    how
        Default: everything told by the file.

    Raises
    ------
    InputError
        With every problem at once, each with what can still be done.
    """
    how = how or Reading()
    path, _, _ = locate("file", str(file))
    problems: list[Problem] = []
    try:
        history = _read(path, how, problems)
    except InputError as error:
        problems += [_own_words(problem) for problem in error.problems]
        raise InputError(problems, _own_text(error.heading)) from None
    if history is not None:
        problems += too_short(history)
    if problems or history is None:
        raise InputError(problems, f"{path.name} can't be used as a history")
    return history


def _read(path: Path, how: Reading, problems: list[Problem]) -> History | None:
    preset = how.preset
    if not preset:
        try:
            return _of_counts(path, how, problems)
        except _NotCounts as found:
            preset = found.preset
    return _of_orders(path, replace(how, preset=preset), problems)


def _of_counts(path: Path, how: Reading, problems: list[Problem]) -> History | None:
    mapped = dict(how.columns or {})

    def choose(columns: list[str]) -> Mapping[str, int]:
        if "date" not in mapped and "count" not in mapped:
            for preset in PRESETS:
                with suppress(InputError):
                    choose_columns(preset, mapped, columns, path.name)
                    raise _NotCounts(preset)
        chosen = choose_counts(mapped, columns, path.name, by_sku=how.by_sku)
        measured.append(columns[chosen["count"]].strip().casefold())
        return chosen

    measured: list[str] = []
    rows = read_rows(path, COUNT_NAMES | {name.casefold() for name in mapped.values()}, choose)
    table = counted(path, rows, "orders" if measured[0] in ORDERS else measured[0], how.skip_bad_rows, problems)
    if table is None:
        return None
    dates, values, notes = table.series(how.gaps, path.name, problems)
    if not len(dates):
        return None
    step = int((dates[1] - dates[0]).astype(int)) if len(dates) > 1 else 1
    shift = np.timedelta64(6 if step == 7 and how.week_ends else 0, "D")
    by_sku = table.skus(dates) if how.by_sku else None
    return _shaped(path, how, dates - shift, values, table.measure, notes, by_sku)


def _of_orders(path: Path, how: Reading, problems: list[Problem]) -> History | None:
    columns = dict(how.columns or {})

    def read(skip: bool) -> OrderFile:
        return read_all_orders(
            str(path),
            preset=how.preset,
            columns=columns,
            timezone=how.timezone,
            file_timezone=how.file_timezone,
            skip_bad_rows=skip,
            with_skus=how.by_sku,
        )

    try:
        orders = read(how.skip_bad_rows)
    except InputError as error:
        problems += [_own_words(problem) for problem in error.problems]
        if how.skip_bad_rows or "bad row" not in error.heading:
            return None
        offer = "mend the file, or leave bad rows out with bad_rows=skip"
        problems.append(Problem(path.name, "", offer))
        try:
            orders = read(True)  # to tell what else there is
        except InputError:
            return None
    day = (orders.placed_min // 1440).astype(np.int64)
    first, last = int(day[0]), int(day[-1])
    weights = {"orders": None, "lines": orders.lines, "units": orders.units}[how.measure]
    values = np.bincount(day - first, weights, last - first + 1).astype(np.float64)
    dates = np.arange(first, last + 1).astype("datetime64[D]")
    notes = [Note("reader", {"key": key, "value": orders.notes[key]}) for key in TOLD if orders.notes.get(key)]
    by_sku = _skus_of(orders, day - first, len(dates)) if how.by_sku and orders.skus is not None else None
    return _shaped(path, how, dates, values, how.measure, notes, by_sku)


def _skus_of(orders: OrderFile, day: Ints, periods: int) -> SkuHistory:
    from scipy.sparse import coo_array

    lines = orders.skus
    assert lines is not None
    when = np.repeat(day, np.diff(lines.first))
    units = coo_array((lines.units.astype(np.float64), (lines.sku, when)), shape=(len(lines.names), periods)).tocsr()
    return best_first(lines.names, units)


def best_first(names: Sequence[str], units: csr_array) -> SkuHistory:
    """SKUs by what they sold."""
    order = np.argsort(-np.asarray(units.sum(axis=1)).ravel(), kind="stable")
    return SkuHistory(tuple(names[place] for place in order.tolist()), units[order])


def _shaped(
    path: Path,
    how: Reading,
    dates: Dates,
    values: Floats,
    measure: str,
    notes: list[Note],
    by_sku: SkuHistory | None,
) -> History | None:
    """Cut to the days wanted, and added up to weeks where wanted."""
    chosen = np.ones(len(dates), dtype=np.bool_)
    if how.since:
        chosen &= dates >= np.datetime64(how.since)
    if how.until:
        chosen &= dates <= np.datetime64(how.until)
    if not chosen.any():
        given = f"{how.since or ''} to {how.until or ''}"
        remedy = f"{path.name} has nothing there; it covers {dates[0]} to {dates[-1]}"
        raise InputError([Problem("since and until", given, remedy)])
    step = int((dates[1] - dates[0]).astype(int)) if len(dates) > 1 else 1
    freq: Frequency = "W" if step == 7 else "D"
    units = by_sku.units[:, np.flatnonzero(chosen)] if by_sku is not None else None
    dates, values = dates[chosen], values[chosen]
    if how.freq == "W" and freq == "D":
        monday = int(-(dates[0].astype(int) + 3) % 7)
        weeks = (len(dates) - monday) // 7
        kept = slice(monday, monday + weeks * 7)
        dates, values, freq = dates[kept][::7], values[kept].reshape(weeks, 7).sum(axis=1), "W"
        units = _weeks(units, kept, weeks) if units is not None else None
    if not len(dates):
        raise InputError([Problem(path.name, "", "less than a whole week from Monday to Sunday")])
    name = path.name.split(".")[0]
    sold = replace(by_sku, units=units) if by_sku is not None and units is not None else None
    return History(name, freq, dates, values, measure, tuple(notes), sold)


def _weeks(units: csr_array, kept: slice, weeks: int) -> csr_array:
    from scipy.sparse import csr_array, kron

    add = kron(csr_array(np.eye(weeks)), np.ones((7, 1)), format="csr")
    return csr_array(units[:, np.arange(kept.start, kept.stop)] @ add)


def too_short(history: History) -> list[Problem]:
    """What is wrong with a history of which no forecast can be tested."""
    least = LEAST[history.freq]
    if len(history) >= least:
        return []
    unit = "days" if history.freq == "D" else "weeks"
    given = f"{len(history)} {unit}, {history.first} to {history.last}"
    remedy = f"at least {least} {unit} are needed to tell a pattern and to test it"
    if history.freq == "W":
        remedy += "; give days instead of weeks if you have them"
    else:
        remedy += "; until then set demand.profile.per_day of the scenario to their mean"
        remedy += f", {history.values.mean():.4g}"
    return [Problem(f"history {history.name}", given, remedy)]


def _own_text(text: str) -> str:
    """The reader of order files speaks of a scenario's settings; here they are our own."""
    return text.replace("demand.bad_rows", "bad_rows").replace("demand.columns", "columns").replace("demand.p", "p")


def _own_words(problem: Problem) -> Problem:
    return Problem(_own_text(problem.place), problem.given, _own_text(problem.remedy))
