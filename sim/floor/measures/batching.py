"""Picking in batches: while active, a picker takes several orders on one walk.

The station has been one for batches from the start, of the scenario's size, since the plan was known; its work is the
same as that of a plain one while the size is one. A batch that has begun keeps its size.
"""

from __future__ import annotations

from typing import cast

from sim.distributions import to_grid
from sim.floor.measures.control import Floor, Setup
from sim.floor.station import BatchStation
from sim.scenario.measures import BatchPicking


class BatchPickingControl:
    """While active, the largest batch size among the scenario and the plan's measures counts."""

    def __init__(self, floor: Floor, label: str, measure: BatchPicking, number: int) -> None:
        self._floor = floor
        self._measure = measure
        self._setup = Setup(floor, label, measure.setup_cost)

    def start(self, now: float) -> None:
        """Pick in batches from the next walk on; set-up is paid the first time."""
        self._setup.pay(now)
        self._floor.batching.append(self._measure)
        self._set()

    def stop(self, now: float) -> None:
        """Pick as before from the next walk on."""
        self._floor.batching.remove(self._measure)
        self._set()

    def _set(self) -> None:
        floor, own = self._floor, self._floor.scenario.site.picking
        station = cast(BatchStation, floor.line.picking)
        largest = max(floor.batching, key=lambda measure: measure.batch_size, default=None)
        if largest is None or largest.batch_size < own.batch_size:
            station.size, station.sort_min, floor.line.batch_pack_min = own.batch_size, own.batch_sort_min, 0.0
        else:
            station.size, station.sort_min = largest.batch_size, largest.sort_min
            floor.line.batch_pack_min = float(to_grid(largest.pack_sort_min))
