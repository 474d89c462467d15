"""What the tables of an explanation have in common: adjusted p-values, and the order of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.statistics.intervals import holm

if TYPE_CHECKING:
    import pandas as pd

CLEAR_BELOW = 0.05  # p-value, adjusted for all that were tried


def adjust(table: pd.DataFrame, family: list[str], difference: pd.Series[float]) -> None:
    """Adjust p-values within each family of rows for their number, and say which differences are told from nothing.

    What came out exactly the same in every replication is known, and not one of the family.
    """
    adjusted = np.full(len(table), np.nan)
    for _, part in table.groupby(family, sort=False):
        varies = part.index[part["p_value"].notna() & ((part["p_value"] < 1) | (difference.loc[part.index] != 0))]
        adjusted[varies] = holm(table.loc[varies, "p_value"].to_numpy(dtype=np.float64))
    place = list(table.columns).index("p_value") + 1
    table.insert(place, "p_holm", adjusted)
    table.insert(place + 1, "clear", adjusted < CLEAR_BELOW)


def in_order(table: pd.DataFrame, names: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Sorted by columns of names in the orders given, otherwise as it was."""

    def places(column: pd.Series[Any]) -> pd.Series[Any]:
        return column.map({name: number for number, name in enumerate(names[str(column.name)])})

    return table.sort_values(list(names), key=places, kind="stable", ignore_index=True)
