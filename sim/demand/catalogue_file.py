"""Catalogue files: SKUs from a CSV, one row each, with a column `sku` and one for each figure that differs.

Read as order files are (encodings, separators, gzip, Parquet: :mod:`sim.demand.tables`). An empty cell means the
default of the figure, as in `stock.skus`. All that is wrong is told at once, by row and column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError, create_model

from sim.demand.faults import Faults
from sim.demand.tables import Rows, locate, read_rows
from sim.demand.trace import NUMBER
from sim.errors import InputError, Problem, nearest
from sim.scenario.problems import problems_of
from sim.scenario.scale import scaled_size
from sim.scenario.scenario import Scenario
from sim.scenario.stock import CATALOGUE_COLUMNS, MOST_SKUS, Lot, Reorder, Sku, Supply
from sim.scenario.stock_problems import KINDS, known_names, unknown
from sim.scenario.types import Model

PLACE = "stock.catalogue"
LONGEST_NAME = 100
_FIELDS = {column: model.model_fields[name] for column, (model, name) in CATALOGUE_COLUMNS.items()}
_SCALES = {
    column
    for column, field in _FIELDS.items()
    if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("scales")
}
_TEXT = frozenset({"rule", "made_by", "zone", "packaging", "expires"})  # never read as numbers
_USUAL = Sku()
# A figure alone, checked by the same bounds and told in the same words as in `stock.skus`.
_FIGURES: type[Model] = create_model(
    "Figures", __base__=Model, **{column: (field.annotation, field) for column, field in _FIELDS.items()}
)  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class _Settings:
    """What of a scenario decides how its catalogue is read; hashable, and part of the key of the cache."""

    factor: float
    first_day: date
    taken: frozenset[str]
    known: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class FileSkus:
    """SKUs of a file, at the scenario's scale, and what is wrong with them."""

    models: dict[str, Sku]
    problems: tuple[Problem, ...]


def read_catalogue(scenario: Scenario) -> FileSkus:
    """SKUs of the scenario's catalogue file, kept in memory as long as the file and the settings stay the same.

    Parameters
    ----------
    scenario
        With `stock.catalogue`.

    Returns
    -------
    The SKUs in the order of the file, and all problems with place and remedy. A SKU whose row has a problem is there
    with its defaults, so that nobody is told that it is missing.

    Raises
    ------
    InputError
        A file that isn't there or is not a table.
    """
    stock = scenario.stock
    assert stock is not None
    assert stock.catalogue is not None
    settings = _Settings(
        scenario.scale,
        scenario.first_day,
        frozenset(stock.skus),
        tuple((field, tuple(names)) for field, names in known_names(stock).items()),
    )
    return _load(*locate(PLACE, stock.catalogue), settings)


@lru_cache(maxsize=4)
def _load(path: Path, _modified_ns: int, _size: int, settings: _Settings) -> FileSkus:
    wrong: list[Problem] = []
    known = frozenset(("sku", *CATALOGUE_COLUMNS))
    rows = read_rows(path, known, lambda columns: _chosen(columns, path.name, wrong))
    if len(rows.numbers) > MOST_SKUS:
        remedy = f"{len(rows.numbers):,} rows, at most {MOST_SKUS:,} SKUs"
        raise InputError([*wrong, Problem(path.name, "", remedy)], f"the catalogue {path.name} can't be used")
    if not len(rows.numbers) and not rows.malformed:
        wrong.append(Problem(path.name, "", "a header and no rows: one row per SKU is needed"))
    reading = _Reading(path, rows, settings)
    models = reading.models()
    return FileSkus(models, (*wrong, *reading.faults.problems()))


def _chosen(columns: Sequence[str], file_name: str, wrong: list[Problem]) -> dict[str, int]:
    """Which column holds which figure; what is no figure goes to `wrong`."""
    chosen: dict[str, int] = {}
    valid = ("sku", *CATALOGUE_COLUMNS)
    for number, column in enumerate(columns):
        figure = column.strip().casefold()
        if figure not in valid:
            hint = nearest(figure, valid) or f"; columns are {', '.join(valid)}"
            wrong.append(Problem(f"{file_name}, column {number + 1}", repr(column[:40]), f"no figure of a SKU{hint}"))
        elif figure in chosen:
            wrong.append(Problem(f"{file_name}, column {number + 1}", repr(column[:40]), "is there twice: keep one"))
        else:
            chosen[figure] = number
    if "sku" not in chosen:
        wrong.append(Problem(file_name, "", "has no column 'sku', which names the SKU of each row"))
        raise InputError(wrong, f"the catalogue {file_name} can't be used")
    return chosen


class _Reading:
    """One pass over the rows of a catalogue, from text to SKUs."""

    def __init__(self, path: Path, rows: Rows, settings: _Settings) -> None:
        self.rows, self.settings = rows, settings
        self.parts: dict[tuple[Any, ...], Reorder | Supply] = {}
        self.faults = Faults(path, rows)
        self.names = rows.columns["sku"]
        self.values = {column: self._parsed(column) for column in rows.columns if column != "sku"}
        self.readable = ~self.faults.bad  # rows whose figures can be held against each other

    def models(self) -> dict[str, Sku]:
        """SKUs by name; rows that say the same share a model."""
        self._check_names()
        self._check_rules()
        self._check_expiry()
        bad = self.faults.bad.tolist()
        columns = [self.rows.columns[column].codes.tolist() for column in self.values]
        made: dict[tuple[int, ...], Sku] = {}
        found: dict[str, Sku] = {}
        for row, name in enumerate(self.names.codes.tolist()):
            key = tuple(column[row] for column in columns)
            sku = _USUAL if bad[row] else made.get(key)
            if sku is None:
                made[key] = sku = self._made(key)
            found.setdefault(self.names.values[name], sku)
        found.pop("", None)
        return found

    def _parsed(self, column: str) -> list[Any]:
        """Value of each distinct text of a column, None where it is empty or can't be used."""
        text = self.rows.columns[column]
        known = dict(self.settings.known).get(column)
        values: list[Any] = []
        reasons: dict[str, list[int]] = {}
        for code, shown in enumerate(text.values):
            value, reason = _figure(column, shown)
            if not reason and value is not None and known is not None and value not in known:
                reason = unknown(value, known, KINDS[column])
            if reason:
                reasons.setdefault(reason, []).append(code)
            values.append(None if reason else value)
        for reason, several in reasons.items():
            self.faults.add_values(column, text, np.isin(text.codes, several), reason)
        return values

    def _numbers(self, column: str, default: float) -> NDArray[np.float64]:
        if column not in self.values:
            return np.full(len(self.rows.numbers), default)
        distinct = [default if value is None else value for value in self.values[column]]
        return np.array(distinct, dtype=np.float64)[self.rows.columns[column].codes]

    def _check_names(self) -> None:
        """Every row names a SKU that no other row and no SKU of the scenario has."""
        names, taken = self.names, self.settings.taken
        empty = np.array([not value for value in names.values], dtype=np.bool_)[names.codes]
        self.faults.add_values("sku", names, empty, "is empty")
        long = np.array([len(value) > LONGEST_NAME for value in names.values], dtype=np.bool_)[names.codes]
        self.faults.add_values("sku", names, long, f"has more than {LONGEST_NAME} characters")
        twice = np.array([value in taken for value in names.values], dtype=np.bool_)[names.codes]
        self.faults.add_values("sku", names, twice, "is in stock.skus too: describe it once")
        _, first, place = np.unique(names.codes, return_index=True, return_inverse=True)
        earlier = first[place.reshape(-1)]
        self.faults.add(
            np.flatnonzero((earlier != np.arange(len(names.codes))) & ~empty),
            lambda row: f"sku {names.at(row)[:40]!r}: is already in row {self.rows.numbers[earlier[row]]}",
        )

    def _check_rules(self) -> None:
        """Reorder rules have the figures that they need."""
        if "rule" not in self.values:
            return
        rule = np.array(self.values["rule"], dtype=object)[self.rows.columns["rule"].codes]
        point, up_to = self._numbers("point", 0), self._numbers("up_to", 0)
        levels = np.flatnonzero(self.readable & (rule == "s_S") & (up_to <= point))
        self.faults.add(levels, lambda row: f"rule s_S: needs up_to > point; {up_to[row]:g} <= {point[row]:g}")
        lots = np.flatnonzero(self.readable & (rule == "R_Q") & (self._numbers("lot_size", 0) < 1))
        self.faults.add(lots, lambda row: "rule R_Q: needs lot_size >= 1")

    def _check_expiry(self) -> None:
        if "expires" not in self.values:
            return
        text, start = self.rows.columns["expires"], self.settings.first_day
        early = [value is not None and value < start for value in self.values["expires"]]
        flags = np.array(early, dtype=np.bool_)[text.codes]
        self.faults.add_values("expires", text, flags, f"lies before the run begins ({start})")
        given = np.array([value is not None for value in self.values["expires"]], dtype=np.bool_)[text.codes]
        nothing = given & self.readable & (self._numbers("on_hand", 0) == 0)
        self.faults.add_values("expires", text, nothing, "belongs to units on hand: give on_hand too")

    def _made(self, codes: tuple[int, ...]) -> Sku:
        """The SKU of a row, given by the code of its value in each column, at the scenario's scale."""
        own: dict[type, dict[str, Any]] = {Sku: {}, Reorder: {}, Supply: {}, Lot: {}}
        for (column, values), code in zip(self.values.items(), codes, strict=True):
            value = values[code]
            if value is not None:
                model, name = CATALOGUE_COLUMNS[column]
                own[model][name] = scaled_size(value, self.settings.factor) if column in _SCALES else value
        changes = own[Sku]
        if own[Lot]:
            changes["lots"] = [Lot.model_construct(units=changes.pop("on_hand"), expires=own[Lot]["expires"])]
        if own[Reorder]:
            changes["reorder"] = self._shared(_USUAL.reorder, own[Reorder])
        if own[Supply]:
            changes["supply"] = self._shared(_USUAL.supply, own[Supply])
        return _USUAL.model_copy(update=changes)

    def _shared(self, usual: Reorder | Supply, changes: dict[str, Any]) -> Reorder | Supply:
        """A part with some figures changed, the same object for the same figures."""
        key = (type(usual), *changes.items())
        if key not in self.parts:
            self.parts[key] = usual.model_copy(update=changes)
        return self.parts[key]


def _figure(column: str, text: str) -> tuple[Any, str]:
    """Value of a cell (None where it is empty) and what is wrong with it."""
    if not text:
        return None, ""
    given: Any = text
    if column not in _TEXT and NUMBER.match(text):
        number = float(text)
        given = int(number) if number.is_integer() else number
    try:
        return getattr(_FIGURES.model_validate({column: given}), column), ""
    except ValidationError as error:
        return None, problems_of(error, _FIGURES, {column: given})[0].remedy
