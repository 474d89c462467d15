"""Room for packed parcels, by closed form: the most that wait on the dock in the fluid, with square-root safety."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.planning.needs.flow import on_dock
from sim.planning.needs.load import visits_of
from sim.planning.needs.need import Need
from sim.planning.needs.staffing import square_root_staff as with_root
from sim.planning.needs.targets import SHIP
from sim.scenario.scenario import Scenario

Floats = NDArray[np.float64]


def dock_level(scenario: Scenario, packed: Floats) -> Floats:
    """Parcels on the dock by half-hour, shape (bins,).

    Parameters
    ----------
    packed
        Parcels of all carriers by half-hour.
    """
    level = np.zeros(len(packed))
    for carrier in scenario.carriers.values():
        level += on_dock(packed * carrier.share, visits_of(scenario, carrier)[:, 0], carrier.cutoff_min)
    return level


def needs_of(scenario: Scenario, packed: Floats, deviations: float) -> Iterator[Need]:
    """The need of room, where it is limited."""
    present = scenario.site.staging_parcels
    if present is not None:
        most = float(dock_level(scenario, packed).max(initial=0.0))
        yield Need("storage", "room", "", "", (SHIP,), (max(1, with_root(most, deviations)),), (present,), (0.0,))
