"""How many minutes each parcel takes to pick and to pack: as drawn, then by what is left of its order.

An order that is cut to a size, or goes in two parcels, keeps its luck: its work shrinks as the mean work of its size.
"""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import NDArray

from sim.distributions import to_grid
from sim.draws import Draws
from sim.floor.columns import column
from sim.floor.terms import Terms
from sim.scenario.scenario import Scenario
from sim.scenario.site import Picking, Stage

Floats = NDArray[np.float64]


class Work:
    """Minutes of work at standard speed.

    Attributes
    ----------
    minutes
        By stage, of each order and second parcel.
    """

    def __init__(self, scenario: Scenario, draws: Draws) -> None:
        self._draws = draws
        self.minutes: dict[str, array[float]] = {
            "picking": column(draws.pick_work_min),
            "packing": column(draws.pack_work_min),
        }
        stages = (
            ("picking", scenario.site.picking, draws.pick_work_min),
            ("packing", scenario.site.packing, draws.pack_work_min),
        )
        # Durations from a file know no size.
        self._by_size = [(name, stage, drawn) for name, stage, drawn in stages if stage and stage.service.file is None]

    def renew(self, terms: Terms, rows: slice) -> None:
        """Sizes of some orders have changed."""
        draws = self._draws
        for name, stage, drawn in self._by_size:
            before = _standard_work(stage, draws.lines[rows], draws.units[rows])
            after = _standard_work(stage, terms.lines[rows], terms.units[rows])
            factor = np.divide(after, before, out=np.ones(len(before)), where=before > 0)
            np.frombuffer(self.minutes[name])[rows] = to_grid(drawn[rows] * factor)

    def resize(self, row: int, order: int, lines: int, units: int) -> None:
        """A parcel has so many lines and units of its order."""
        draws = self._draws
        for name, stage, drawn in self._by_size:
            before, after = (
                stage.setup_min + stage.per_line_min * many + stage.per_unit_min * each
                for many, each in ((int(draws.lines[order]), int(draws.units[order])), (lines, units))
            )
            part = after / before if before > 0 else 1.0
            self.minutes[name][row] = float(to_grid(float(drawn[order]) * part))

    def setup_part(self, stage: Picking) -> Floats:
        """The part of each order's work that is its set-up (the walk), on the grid like the work; whatever its size."""
        draws = self._draws
        total = _standard_work(stage, draws.lines, draws.units)
        share = np.divide(stage.setup_min, total, out=np.zeros(len(total)), where=total > 0)
        return to_grid(draws.pick_work_min * share)


def _standard_work(stage: Stage, lines: NDArray[np.int32], units: NDArray[np.int32]) -> Floats:
    """Minutes of work that orders of a size take on the mean, shape (n,)."""
    return np.asarray(stage.setup_min + stage.per_line_min * lines + stage.per_unit_min * units, dtype=np.float64)
