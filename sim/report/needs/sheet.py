"""A sheet of the workbook, and the number formats of its columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

WHOLE, ONE, TWO, MONEY, SHARE, DATE, TEXT = "#,##0", "0.0", "0.00", "#,##0", "0.0%", "yyyy-mm-dd", "@"


@dataclass(frozen=True)
class Sheet:
    """A sheet: heads, number format of each column, rows."""

    title: str
    heads: Sequence[str]
    formats: Sequence[str]
    rows: Sequence[Sequence[Any]]


def rows_of(table: pd.DataFrame, names: Iterable[str]) -> list[tuple[Any, ...]]:
    """Some columns of a table as rows."""
    found: list[tuple[Any, ...]] = list(table[list(names)].itertuples(index=False, name=None))
    return found
