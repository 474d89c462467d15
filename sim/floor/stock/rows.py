"""Rows of the stock tables, written while the clock runs: a column of plain numbers each, and no object per row."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import TABLES

_TYPES = {"f8": "d", "i8": "q", "i4": "i", "i1": "b", "?": "b"}


class Rows:
    """A growing table of the ledger.

    Attributes
    ----------
    columns
        By name; cells may be overwritten.
    """

    def __init__(self, table: str) -> None:
        self._described = TABLES[table]
        self.columns: dict[str, array[Any]] = {column.name: array(_TYPES[column.dtype]) for column in self._described}
        self._appends = [column.append for column in self.columns.values()]

    def __len__(self) -> int:
        return len(self.columns[self._described[0].name])

    def add(self, *values: float) -> int:
        """Add a row, values in the order of the columns; its number."""
        for append, value in zip(self._appends, values, strict=True):
            append(value)
        return len(self) - 1

    def table(self) -> dict[str, NDArray[Any]]:
        """Columns as arrays; what never happens is NaN."""
        table = {}
        for column in self._described:
            values = np.array(self.columns[column.name]).astype(column.dtype)
            if values.dtype.kind == "f":
                values[np.isinf(values)] = np.nan
            table[column.name] = values
        return table
