"""A carrier's network: a fluid that is worked off at the contracted rate, over night and at weekends too.

What a carrier is handed beyond one day's contracted parcels waits. The delay of a parcel is the time until those
before it are through. While the network fails, the rate is another.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass
class Network:
    """The part of a carrier's network that is shared with nobody: what waits in it beyond the contract.

    Parameters
    ----------
    contracted_per_day
        Parcels; None: never congested.
    """

    contracted_per_day: float | None
    backlog: float = 0.0
    seen_min: float = 0.0

    def delays(self, count: int, now: float) -> Floats:
        """Minutes that `count` parcels handed over now lose, in the order in which they are taken, shape (count,)."""
        if self.contracted_per_day is None:
            return np.zeros(count)
        self._work_off(now)
        place = self.backlog + np.arange(1, count + 1)
        self.backlog += count
        return np.asarray(np.maximum(0.0, place - self.contracted_per_day) / (self.contracted_per_day / 1440))

    def agree(self, contracted_per_day: float, now: float) -> None:
        """From now on another number of parcels is contracted, where any is."""
        self._work_off(now)
        self.contracted_per_day = contracted_per_day

    def _work_off(self, now: float) -> None:
        if self.contracted_per_day is not None:
            self.backlog = max(0.0, self.backlog - self._could_do(self.seen_min, now))
        self.seen_min = now

    def _could_do(self, begin: float, end: float) -> float:
        """Parcels that can be worked off between two minutes."""
        assert self.contracted_per_day is not None
        return self.contracted_per_day / 1440 * (end - begin)


class FailingNetwork(Network):
    """A network whose capacity changes while it fails.

    A parcel whose turn comes within a day loses nothing, as in a network that does not fail: there the first
    `contracted_per_day` parcels are the work of a day.

    Parameters
    ----------
    edges
        Clock minutes from 0 on, rising, shape (k,).
    factors
        On the contracted rate, from each edge on, shape (k,); the last one holds for good and is above 0.
    """

    def __init__(self, contracted_per_day: float, edges: Floats, factors: Floats) -> None:
        super().__init__(contracted_per_day)
        self._edges = edges
        self._factors = factors
        self._count_rates(contracted_per_day)

    def _count_rates(self, contracted_per_day: float) -> None:
        self._rates = contracted_per_day / 1440 * self._factors  # parcels per minute
        self._done = np.concatenate([[0.0], np.cumsum(np.diff(self._edges) * self._rates[:-1])])  # through by edge

    def delays(self, count: int, now: float) -> Floats:
        """Minutes that `count` parcels handed over now lose, in the order in which they are taken, shape (count,)."""
        self._work_off(now)
        place = self.backlog + np.arange(1, count + 1)
        self.backlog += count
        return np.asarray(np.maximum(0.0, self._when(np.asarray(self._through(now) + place)) - now - 1440))

    def agree(self, contracted_per_day: float, now: float) -> None:
        """From now on another number of parcels is contracted; what fails, fails of it."""
        super().agree(contracted_per_day, now)
        self._count_rates(contracted_per_day)

    def _could_do(self, begin: float, end: float) -> float:
        return self._through(end) - self._through(begin)

    def _through(self, minute: float) -> float:
        """Parcels that the network could have worked off from minute 0 to another."""
        step = int(np.searchsorted(self._edges, minute, side="right")) - 1
        return float(self._done[step] + self._rates[step] * (minute - self._edges[step]))

    def _when(self, parcels: Floats) -> Floats:
        """Minute by which so many are worked off."""
        step = np.searchsorted(self._done, parcels, side="left") - 1  # the stretch in which the last of them is
        return np.asarray(self._edges[step] + (parcels - self._done[step]) / self._rates[step])
