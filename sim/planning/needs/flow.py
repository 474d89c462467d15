"""Parcels on the dock, by closed form: a fluid of orders through the floor, waiting in lanes for visits.

Every half-hour as much is packed as has come and as the people booked can do, first come first served. A visit takes
what was packed by its cut-off.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.planning.needs.load import BIN_MIN

Floats = NDArray[np.float64]


def output(coming: Floats, can: Floats) -> Floats:
    """Orders that leave a step in each bin, in order of coming.

    Parameters
    ----------
    coming
        Orders that come in each bin, shape (bins,).
    can
        Most that can leave in each bin, shape (bins,).
    """
    leaving = np.empty_like(coming)
    waiting = 0.0
    for place, (more, most) in enumerate(zip(coming.tolist(), can.tolist(), strict=True)):
        waiting += more
        leaving[place] = min(waiting, most)
        waiting -= leaving[place]
    return leaving


def taken_by_visits(packed: Floats, visits_min: Floats, cutoff_min: float) -> Floats:
    """Parcels that each visit finds, if each takes all: those packed since the cut-off of the one before.

    Parameters
    ----------
    packed
        Parcels of the lane by bin, shape (bins,).
    visits_min
        Rising, shape (v,).
    """
    upto = _upto(packed, visits_min - cutoff_min)
    return np.diff(np.concatenate([[0.0], upto]))


def on_dock(packed: Floats, visits_min: Floats, cutoff_min: float) -> Floats:
    """Parcels that wait at the end of each bin, shape (bins,)."""
    ends = np.arange(1, len(packed) + 1) * BIN_MIN
    gone = np.concatenate([[0.0], _upto(packed, visits_min - cutoff_min)])
    return np.asarray(np.cumsum(packed) - gone[np.searchsorted(visits_min, ends, side="right")])


def _upto(packed: Floats, minutes: Floats) -> Floats:
    edges = np.arange(len(packed) + 1) * BIN_MIN
    upto = np.concatenate([[0.0], np.cumsum(packed)])
    return np.asarray(np.interp(minutes, edges, upto), dtype=np.float64)
