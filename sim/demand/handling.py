"""How much work an order is by what is in it: where its SKUs lie, and what they are packed in.

Picking a line or a unit costs the zone's factor, and every zone that an order has lines in costs its walk once.
Packing costs the packaging's factor likewise. An order goes into one parcel, in the packaging of its lines that takes
longest to set up (at a tie, the dearer one); set-up and material are that one's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.demand.baskets import Baskets
from sim.demand.catalogue import Catalogue
from sim.scenario.site import Picking, Stage

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def standard_work(stage: Stage, catalogue: Catalogue, baskets: Baskets) -> Floats:
    """Mean work of each order at a stage, at standard speed.

    Parameters
    ----------
    stage
        Picking or packing, with a mean work (durations from a file know no size).
    baskets
        Lines of n orders; one without lines is set up, and nothing else.

    Returns
    -------
    Minutes, shape (n,).
    """
    if isinstance(stage, Picking):
        factor = np.array([zone.pick_factor for zone in catalogue.zones])[catalogue.zone]
        more = _walks(catalogue, baskets)
    else:
        factor = np.array([kind.pack_factor for kind in catalogue.packagings])[catalogue.packaging]
        more = _of_parcels(catalogue, baskets, [kind.setup_min for kind in catalogue.packagings])
    lines, units = weighted_size(factor, baskets)
    return np.asarray(stage.setup_min + stage.per_line_min * lines + stage.per_unit_min * units + more)


class OneByOne:
    """The same for one order at a time, without arrays: for those that change while the clock runs.

    Parameters
    ----------
    stage, catalogue
        As in :func:`standard_work`.
    """

    def __init__(self, stage: Stage, catalogue: Catalogue) -> None:
        self._stage = stage
        if isinstance(stage, Picking):
            self._place = catalogue.zone.tolist()
            self._factors = [zone.pick_factor for zone in catalogue.zones]
            self._more = [zone.walk_min for zone in catalogue.zones]
            self._together: Callable[[Iterable[float]], float] = sum
        else:
            self._place = catalogue.packaging.tolist()
            self._factors = [kind.pack_factor for kind in catalogue.packagings]
            self._more = [kind.setup_min for kind in catalogue.packagings]
            self._together = max

    def minutes(self, lines: Sequence[tuple[int, int]]) -> float:
        """Mean work of an order of these lines: (SKU, units), at least one."""
        stage, total = self._stage, self._stage.setup_min
        places = [self._place[sku] for sku, _ in lines]
        for place, (_, units) in zip(places, lines, strict=True):
            total += self._factors[place] * (stage.per_line_min + stage.per_unit_min * units)
        return total + self._together(self._more[place] for place in set(places))


def work_of(catalogue: Catalogue | None, baskets: Baskets | None, orders: Mapping[str, Any], stage: Stage) -> Floats:
    """Mean work of each order at a stage: by what is in it, or by its lines and units where there is no stock."""
    if catalogue is not None and baskets is not None:
        return standard_work(stage, catalogue, baskets)
    return np.asarray(stage.setup_min + stage.per_line_min * orders["lines"] + stage.per_unit_min * orders["units"])


def packaging_costs(catalogue: Catalogue, baskets: Baskets) -> Floats:
    """Material of the parcel of each order, in site currency, shape (n,); nothing for an order without lines."""
    return _of_parcels(catalogue, baskets, [kind.cost for kind in catalogue.packagings])


def weighted_size(factor: Floats, baskets: Baskets) -> tuple[Floats, Floats]:
    """Lines and units of each order, each multiplied by the factor of its SKU; shape (n,) each."""
    if (factor == 1).all():
        return np.diff(baskets.first).astype(np.float64), baskets.per_order(baskets.units)
    own = factor[baskets.sku]
    return baskets.per_order(own), baskets.per_order(own * baskets.units)


def _walks(catalogue: Catalogue, baskets: Baskets) -> Floats:
    """Walks of each order to the zones in which it has lines."""
    total = np.zeros(len(baskets.first) - 1)
    walking = [(code, zone.walk_min) for code, zone in enumerate(catalogue.zones) if zone.walk_min]
    if walking:
        zone = catalogue.zone[baskets.sku]
        for code, walk_min in walking:
            total += walk_min * (baskets.per_order(zone == code) > 0)
    return total


def _of_parcels(catalogue: Catalogue, baskets: Baskets, figures: list[float]) -> Floats:
    """A figure of the packaging of each order's parcel."""
    if not any(figures):
        return np.zeros(len(baskets.first) - 1)
    kinds = catalogue.packagings
    by_rank = sorted(range(len(kinds)), key=lambda code: (kinds[code].setup_min, kinds[code].cost))
    rank = np.empty(len(kinds), dtype=np.int64)
    rank[by_rank] = np.arange(len(kinds))
    filled = np.diff(baskets.first) > 0
    found = np.zeros(len(filled))
    if filled.any():
        line_rank = rank[catalogue.packaging][baskets.sku]
        largest = np.maximum.reduceat(line_rank, baskets.first[:-1][filled])
        found[filled] = np.array(figures)[by_rank][largest]
    return found
