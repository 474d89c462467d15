"""Parcels that nobody collects, and by whose carrier each goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sim.floor.line import Line


def by_chosen_carrier(line: Line) -> NDArray[np.bool_]:
    """Whether a parcel goes by the carrier that its customer chose: ours do, and those of some third parties."""
    handed_over = [True, *(third.measure.transit is None for third in line.thirds)]
    return np.asarray(handed_over)[line.by_third]


def uncollected_after(line: Line, rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Minutes after delivery at which parcels that nobody collects come back; NaN: they are collected."""
    draws, nobody = line.draws, np.full(len(rows), np.nan)
    stays = draws.unclaimed[rows]
    if not stays.any():
        return nobody
    chosen = draws.carrier[rows]
    stays = stays & by_chosen_carrier(line)[rows]
    if line.dock is not None:
        stays &= (line.dock.carrier_codes[rows] == chosen) | (line.by_third[rows] > 0)
    after = np.array([carrier.unclaimed_after_days * 1440 for carrier in line.scenario.carriers.values()])
    return np.where(stays, after[chosen], nobody)
