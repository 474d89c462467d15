"""What is needed of carriers, by closed form: room in each visit's vehicle, daily caps, contracted networks.

A visit finds what was packed since the one before; its vehicle holds the most that any planned day brings, with
square-root safety. What is not limited in the scenario is no need. A network delivers late, but takes what it is given:
only a target of the carriers' punctuality can ask for it. Where there is none it keeps its closed form; else a search
that looks at shipping alone would give every network up, and prepare a shop that delivers nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.planning.needs.flow import taken_by_visits
from sim.planning.needs.load import DAY_MIN, visits_of
from sim.planning.needs.need import Need
from sim.planning.needs.staffing import square_root_staff as with_root
from sim.planning.needs.targets import SHIP
from sim.scenario.scenario import Scenario

Floats = NDArray[np.float64]


def needs_of(scenario: Scenario, packed: Floats, deviations: float, legs: tuple[str, ...]) -> Iterator[Need]:
    """Needs of all carriers.

    Parameters
    ----------
    scenario
        At scale.
    packed
        Parcels of all carriers by half-hour.
    deviations
        Standard deviations of a Poisson count that are kept ready.
    legs
        What caps serve; a network serves those of them that are not shipping.
    """
    for name, carrier in scenario.carriers.items():
        visits = visits_of(scenario, carrier)
        found = taken_by_visits(packed * carrier.share, visits[:, 0], carrier.cutoff_min)
        for slot, (visit, pickup) in enumerate(carrier.pickups.items()):
            if pickup.capacity is not None:
                most = float(found[visits[:, 1] == slot].max(initial=0.0))
                key = f"{name}.{visit}"
                amount = max(1, with_root(most, deviations))
                yield Need(key, "pickup", name, visit, (SHIP,), (amount,), (pickup.capacity,), (0.0,))
        by_day = np.bincount((visits[:, 0] // DAY_MIN).astype(np.int64), weights=found)
        amount = max(1, with_root(float(by_day.max(initial=0.0)), deviations))
        if carrier.daily_parcel_cap is not None:
            key = f"{name}.daily_cap"
            yield Need(key, "daily_cap", name, "", legs, (amount,), (carrier.daily_parcel_cap,), (0.0,))
        if carrier.contracted_per_day is not None:
            agreed = max(1, int(carrier.contracted_per_day))
            late = tuple(leg for leg in legs if leg != SHIP)
            yield Need(f"{name}.network", "network", name, "", late, (amount,), (agreed,), (0.0,))
