"""Stock files: one row per SKU, what lies there, how fast it sells, what it costs and until when it can be sold.

Needed are `sku`, `on_hand` and `price`, and `cost` or `margin` (share of the price). `sales_per_day` may come from an
order file instead (:mod:`sim.planning.promote.sales`). All others are optional, and what can't be told without them is
noted. An empty cell of an optional column means that nothing is known.

Dates in one column have one format. Those with the year first or the month by name say all; 03/04/2026 does not, and is
read only where other dates of the column decide it, or where the planner says `day_first` or `month_first`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.demand.faults import Faults
from sim.demand.tables import Rows, Text, locate
from sim.demand.timestamps import DAY, REASONS, parse_stamps
from sim.demand.trace import NUMBER
from sim.errors import InputError, Problem, nearest
from sim.planning.promote.sheets import read_sheet

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]
DateOrder = Literal["day_first", "month_first"]
MOST_SKUS = 1_000_000
NEVER = np.datetime64("NaT", "D")
COLUMNS: dict[str, tuple[str, ...]] = {  # ours, and what else it goes by
    "sku": ("stock code", "stockcode", "product", "品號", "商品編號"),
    "on_hand": ("on hand", "stock", "quantity", "units", "庫存", "庫存量"),
    "sales_per_day": ("sales rate", "units per day", "日銷量", "日均銷量"),
    "cost": ("unit cost", "成本"),
    "price": ("unit price", "售價", "單價"),
    "margin": ("margin share", "毛利率"),
    "expiry": ("expires", "expiry date", "best before", "有效期限", "到期日"),
    "season_end": ("season end", "end of season", "季末"),
    "received": ("received on", "last received", "入庫日"),
    "volume": ("volume_l", "litres", "體積"),
    "name": ("title", "description", "品名", "商品名稱"),
}
DATES = ("expiry", "season_end", "received")
_FIGURES = ("on_hand", "sales_per_day", "cost", "price", "margin", "volume")
_NEEDED = ("sku", "on_hand", "price")
_CURRENCY = re.compile(r"[$€£¥₩₹]|NT\$|\b(?:TWD|USD|EUR|GBP|NTD)\b", re.IGNORECASE)
_SLASHED = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})\Z")
_NAMED = re.compile(r"[A-Za-z]{3}")
_WITHOUT = {  # what can't be told without a column
    "expiry": "near_expiry",
    "season_end": "out_of_season",
    "received": "what is too new to be judged",
    "volume": "disposal by volume",
}


@dataclass(frozen=True, eq=False)
class StockFile:
    """n SKUs; the arrays have shape (n,).

    Attributes
    ----------
    file
        Name of the file.
    sku, title
        Codes, each once; names, empty where there is none.
    on_hand
        Units, >= 0.
    sales_per_day
        Units a day at the present price, >= 0; NaN where neither the file nor an order file tells.
    cost, price
        Of a unit, in the shop's currency; cost >= 0, price > 0.
    expiry, season_end, received
        Days, NaT where nothing is known.
    volume
        Litres of a unit; NaN where nothing is known.
    notes
        What was read and left out: ``rows_read``, ``bad_rows_skipped``, ``without_rate``, ``sold_below_cost``.
    cannot
        What can't be told, for want of a column.
    """

    file: str
    sku: tuple[str, ...]
    title: tuple[str, ...]
    on_hand: Floats
    sales_per_day: Floats
    cost: Floats
    price: Floats
    expiry: Days
    season_end: Days
    received: Days
    volume: Floats
    notes: Mapping[str, int]
    cannot: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.sku)

    def with_rates(self, rates: Mapping[str, float]) -> StockFile:
        """The same with units a day where the file has none; a SKU that is not in `rates` has sold nothing."""
        found = np.array([rates.get(name, 0.0) for name in self.sku])
        return replace(self, sales_per_day=np.where(np.isnan(self.sales_per_day), found, self.sales_per_day))


def read_stock(
    name: str, *, dates: DateOrder | None = None, bad_rows: Literal["stop", "skip"] = "stop", rates: bool = False
) -> StockFile:
    """Read a stock file.

    Parameters
    ----------
    name
        Path of a CSV, CSV.gz, Parquet or .xlsx file.
    dates
        What 03/04/2026 means in it: ``day_first`` or ``month_first``; None: found out, and refused where it can't be.
    bad_rows
        Whether to stop at rows that can't be used, or to leave them out and count them.
    rates
        Whether units a day may be missing because an order file brings them.

    Raises
    ------
    InputError
        With all that is wrong with columns, or with rows, and what can be done all the same.
    """
    path, _, _ = locate("stock", name)
    if dates not in (None, "day_first", "month_first"):
        raise InputError([Problem("dates", repr(dates), "must be day_first or month_first")])
    known = frozenset(each for ours, others in COLUMNS.items() for each in (ours, *others))
    rows = read_sheet(path, known, lambda columns: _chosen(columns, path.name, rates))
    if not len(rows.numbers) and not rows.malformed:
        raise InputError([Problem(path.name, "", "a header and no rows: one row per SKU is needed")])
    if len(rows.numbers) > MOST_SKUS:
        raise InputError([Problem(path.name, f"{len(rows.numbers):,} rows", f"at most {MOST_SKUS:,} SKUs")])
    return _Reading(path, rows, dates).stock(bad_rows == "skip")


def _chosen(columns: Sequence[str], file: str, rates: bool) -> dict[str, int]:
    """Which column holds what; every missing or doubled one in one error."""
    given = [" ".join(column.strip().casefold().replace("_", " ").replace("-", " ").split()) for column in columns]
    chosen: dict[str, int] = {}
    problems = []
    for ours, others in COLUMNS.items():
        names = {each.replace("_", " ") for each in (ours, *others)}
        found = [place for place, name in enumerate(given) if name in names]
        if len(found) > 1:
            both = " and ".join(repr(columns[place][:40]) for place in found)
            problems.append(Problem(file, both, f"both are columns of {ours}: keep one"))
        elif found:
            chosen[ours] = found[0]
    needed = [*_NEEDED, *(() if rates else ("sales_per_day",))]
    unused = [columns[place] for place in range(len(columns)) if place not in chosen.values()]
    for ours in needed:
        if ours not in chosen:
            remedy = f"has no column {ours!r}{nearest(ours, unused)}"
            also = ", or give an order file (orders=FILE) to take it from" if ours == "sales_per_day" else ""
            problems.append(Problem(file, "", f"{remedy}; it is needed{also}"))
    if "cost" not in chosen and "margin" not in chosen:
        problems.append(Problem(file, "", "has neither 'cost' nor 'margin' (share of the price): one is needed"))
    if problems:
        listed = ", ".join(repr(column[:40]) for column in columns[:30])
        problems.append(Problem(file, "", f"its columns are {listed}"))
        raise InputError(problems, f"the columns of {file} can't be used")
    return chosen


class _Reading:
    """One pass over the rows, from text to stock."""

    def __init__(self, path: Path, rows: Rows, order: DateOrder | None) -> None:
        self.path, self.rows, self.order = path, rows, order
        self.faults = Faults(path, rows)
        self.whole: list[Problem] = []  # with a column as a whole: no row can be skipped to mend it
        self.count = len(rows.numbers)

    def stock(self, skip: bool) -> StockFile:
        names = self._names()
        figures = {column: self._figures(column) for column in _FIGURES}
        days = {column: self._days(column) for column in DATES}
        cost = self._cost(figures)
        if self.whole or (self.faults.count and not skip):
            raise self._refusal()
        kept = np.flatnonzero(~self.faults.bad)
        chosen = kept.tolist()
        if not chosen:
            raise InputError(self.faults.problems(), f"no row of {self.path.name} can be used")
        titles = self.rows.columns.get("name")
        return StockFile(
            file=self.path.name,
            sku=tuple(names.at(row) for row in chosen),
            title=tuple(titles.at(row) for row in chosen) if titles is not None else ("",) * len(kept),
            cost=cost[kept],
            on_hand=figures["on_hand"][kept],
            sales_per_day=figures["sales_per_day"][kept],
            price=figures["price"][kept],
            volume=figures["volume"][kept],
            expiry=days["expiry"][kept],
            season_end=days["season_end"][kept],
            received=days["received"][kept],
            notes={
                "rows_read": self.count + len(self.rows.malformed),
                "bad_rows_skipped": self.faults.count,
                "without_rate": int(np.isnan(figures["sales_per_day"][kept]).sum()),
                "sold_below_cost": int((figures["price"][kept] < cost[kept]).sum()),
            },
            cannot=tuple(what for column, what in _WITHOUT.items() if column not in self.rows.columns),
        )

    def _refusal(self) -> InputError:
        good = self.count - int(self.faults.bad.sum())
        offer = ""
        if self.faults.count:
            able = f"{good:,} of {self.count:,} SKUs can be used"
            offer = f"; mend the file, or leave bad rows out with bad_rows=skip: {able}"
        return InputError(
            [*self.whole, *self.faults.problems()], f"the stock file {self.path.name} can't be used{offer}"
        )

    def _names(self) -> Text:
        names = self.rows.columns["sku"]
        empty = np.array([not value for value in names.values], dtype=np.bool_)[names.codes]
        self.faults.add_values("sku", names, empty, "is empty")
        _, first, place = np.unique(names.codes, return_index=True, return_inverse=True)
        earlier = first[place.reshape(-1)]
        self.faults.add(
            np.flatnonzero((earlier != np.arange(self.count)) & ~empty),
            lambda row: f"sku {names.at(row)[:40]!r}: is already in row {self.rows.numbers[earlier[row]]}",
        )
        return names

    def _flag(self, column: str, text: Text, test: Callable[[int], bool], reason: str) -> None:
        flagged = np.array([test(code) for code in range(len(text.values))], dtype=np.bool_)
        if flagged.any():
            self.faults.add_values(column, text, flagged[text.codes], reason)

    def _figures(self, column: str) -> Floats:
        """A column of numbers; NaN where it is empty or can't be used."""
        text = self.rows.columns.get(column)
        if text is None:
            return np.full(self.count, np.nan)
        values = np.array([float(each) if NUMBER.match(each) else np.nan for each in text.values])
        filled = [bool(each) for each in text.values]
        unread = np.isnan(values)
        money = [bool(_CURRENCY.search(each)) for each in text.values]
        self._flag(column, text, lambda code: money[code], "has a currency sign: write the number alone")
        reason = "is no number: write digits, with a point before decimals and nothing between thousands"
        self._flag(column, text, lambda code: filled[code] and unread[code] and not money[code], reason)
        self._flag(column, text, lambda code: values[code] < 0, "must be at least 0")
        if column == "price":
            self._flag(column, text, lambda code: values[code] == 0, "must be above 0: nothing can be taken off it")
        if column == "margin":
            self._flag(column, text, lambda code: values[code] > 1, "must be a share of the price, from 0 to 1")
        if column in ("on_hand", "price"):
            self._flag(column, text, lambda code: not filled[code], "is empty")
        return np.where(values >= 0, values, np.nan)[text.codes]

    def _cost(self, figures: Mapping[str, Floats]) -> Floats:
        """Cost of a unit: as given, else from the margin."""
        from_margin = figures["price"] * (1 - figures["margin"])
        cost = np.where(np.isnan(figures["cost"]), from_margin, figures["cost"])
        unknown = np.isnan(cost) & ~self.faults.bad
        self.faults.add(np.flatnonzero(unknown), lambda row: "neither cost nor margin is given")
        with np.errstate(invalid="ignore"):
            apart = ~self.faults.bad & (np.abs(from_margin - cost) > 0.02 * figures["price"])
        self.faults.add(
            np.flatnonzero(apart),
            lambda row: (
                f"cost {cost[row]:g} and margin {figures['margin'][row]:g} contradict each other at price "
                f"{figures['price'][row]:g}: give one, or the right ones"
            ),
        )
        return np.asarray(cost)

    # --- dates ---------------------------------------------------------------------------------------------------

    def _days(self, column: str) -> Days:
        text = self.rows.columns.get(column)
        if text is None:
            return np.full(self.count, NEVER)
        found, problem = parse_days(text.values, self.order)
        if problem is not None:
            row = int(self.rows.numbers[np.flatnonzero(np.isin(text.codes, problem.codes))[0]])
            self.whole.append(
                Problem(f"{self.path.name}, column {column}, from row {row} on", problem.given, problem.remedy)
            )
            return np.full(self.count, NEVER)
        for reason, codes in found.reasons.items():
            self.faults.add_values(column, text, np.isin(text.codes, codes), reason)
        return found.days[text.codes]


@dataclass(frozen=True)
class Unclear:
    """Why a column of dates can't be read: positions in it, the dates, and what to do."""

    codes: list[int]
    given: str
    remedy: str


@dataclass(frozen=True)
class Found:
    """Days of texts (NaT where empty or unreadable), and positions of those that can't be read, by reason."""

    days: Days
    reasons: Mapping[str, list[int]]


def parse_days(texts: Sequence[str], order: DateOrder | None) -> tuple[Found, Unclear | None]:
    """Read a column of dates that has to have one format.

    Parameters
    ----------
    texts
        Its distinct values; empty ones are no dates.
    order
        What numbers with the year last mean; where it is given, other formats may stand beside them.
    """
    filled = [code for code, value in enumerate(texts) if value]
    formats: dict[str, list[int]] = {}
    for code in filled:
        formats.setdefault(_format(texts[code]), []).append(code)
    empty = Found(np.full(len(texts), NEVER), {})
    if order is None and len(formats) > 1:
        given = ", ".join(f"{texts[codes[0]]!r} ({name})" for name, codes in formats.items())
        remedy = f"{len(formats)} formats in one column: write all with the year first, as 2026-11-30"
        if "day and month by number" in formats:
            remedy += ", or say dates=day_first or dates=month_first"
        return empty, Unclear([codes[0] for codes in formats.values()], given, remedy)
    plain = [_year_first(texts[code], order) for code in filled]
    stamps = parse_stamps(plain)
    if stamps.problem is not None:
        remedy = "it can't be told whether day or month comes first: write the year first, as 2026-11-30"
        return empty, Unclear(filled, stamps.problem.given, f"{remedy}, or say dates=day_first or dates=month_first")
    days = np.full(len(texts), NEVER)
    days[filled] = (stamps.micros // DAY).astype("datetime64[D]")
    reasons: dict[str, list[int]] = {}
    for code, fault in zip(filled, stamps.fault.tolist(), strict=True):
        if fault:
            reasons.setdefault(REASONS[fault], []).append(code)
            days[code] = NEVER
    return Found(days, reasons), None


def _format(text: str) -> str:
    if _NAMED.search(text):
        return "month by name"
    return "day and month by number" if _SLASHED.match(text.split(" ")[0]) else "year first"


def _year_first(text: str, order: DateOrder | None) -> str:
    match = _SLASHED.match(text)
    if order is None or match is None:
        return text
    day, month = (match[1], match[3]) if order == "day_first" else (match[3], match[1])
    return f"{match[4]}-{month:0>2}-{day:0>2}"


def stock_of(columns: Mapping[str, Any], file: str = "") -> StockFile:
    """Stock from columns in memory: those of :class:`StockFile`, lists or arrays; what is missing is not known."""
    count = len(columns["sku"])

    def numbers(name: str) -> Floats:
        return np.asarray(columns.get(name, np.full(count, np.nan)), dtype=np.float64)

    def days(name: str) -> Days:
        return np.asarray(columns.get(name, np.full(count, NEVER)), dtype="datetime64[D]")

    return StockFile(
        file=file,
        sku=tuple(columns["sku"]),
        title=tuple(columns.get("title", ("",) * count)),
        on_hand=numbers("on_hand"),
        sales_per_day=numbers("sales_per_day"),
        cost=numbers("cost"),
        price=numbers("price"),
        volume=numbers("volume"),
        expiry=days("expiry"),
        season_end=days("season_end"),
        received=days("received"),
        notes={"rows_read": count},
    )
