"""Controls of demand: each puts a change of terms in force while it is active."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.draws import Draws
from sim.floor.measures.control import Floor, Setup
from sim.floor.terms import Change, Terms
from sim.ledger import SERVICE_CLASSES
from sim.scenario.measures import (
    DemandMeasure,
    LongerPromise,
    PauseCampaign,
    PurchaseLimit,
    StaggeredRelease,
    Throttle,
)


class DemandControl:
    """While active, orders to come are placed on other terms."""

    def __init__(self, floor: Floor, label: str, measure: DemandMeasure, number: int) -> None:
        self._line = floor.line
        self._number = number
        self._setup = Setup(floor, label, measure.setup_cost)
        self._change = change_of(measure, floor.draws)

    def start(self, now: float) -> None:
        """It holds for whoever orders from now on; set-up is paid the first time."""
        self._line.terms.begin(self._number, self._change, self._line.arrived)
        self._setup.pay(now)

    def stop(self, now: float) -> None:
        """It no longer holds; what was placed stays as agreed."""
        self._line.terms.end(self._number, self._line.arrived)


class StaggeredControl:
    """The turns were given before the start (see sim.floor.turns); what is left to do is to pay for them."""

    def __init__(self, floor: Floor, label: str, measure: StaggeredRelease, number: int) -> None:
        self._setup = Setup(floor, label, measure.setup_cost)

    def start(self, now: float) -> None:
        """Set-up is paid."""
        self._setup.pay(now)

    def stop(self, now: float) -> None:
        """It has no end but its last turn."""


# --- changes of terms -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FewerFromCampaign:
    """Of the campaign's customers a share still orders.

    Parameters
    ----------
    keep
        That share, in [0, 1].
    """

    draws: Draws
    keep: float

    def apply(self, terms: Terms, rows: slice) -> None:
        """Lower the share who order among those whom the campaign brings."""
        terms.keep[rows] *= np.where(self.draws.by_campaign[rows], self.keep, 1.0)


@dataclass(frozen=True)
class Limited:
    """Orders are cut to a size, and some of those who wanted more leave.

    The price of a unit stays. A limit of lines alone takes the units on the lines that fall away along with them.
    """

    measure: PurchaseLimit

    def apply(self, terms: Terms, rows: slice) -> None:
        """Cut lines, units and value, and lower the share who order among those whose order was cut."""
        lines, units = terms.lines[rows].copy(), terms.units[rows].copy()
        cut_lines, cut_units = lines, units
        if self.measure.lines is not None:
            cut_lines = np.minimum(lines, self.measure.lines)
            left = np.floor(units * (cut_lines / np.maximum(lines, 1)) + 0.5).astype(units.dtype)
            cut_units = np.where(cut_lines < lines, np.minimum(np.maximum(left, cut_lines), units), units)
        if self.measure.units is not None:
            cut_units = np.minimum(cut_units, self.measure.units)
            cut_lines = np.minimum(cut_lines, np.maximum(cut_units, 1))
        cut = (cut_lines < lines) | (cut_units < units)
        terms.lines[rows], terms.units[rows] = cut_lines, cut_units
        terms.value[rows] *= np.where(cut, cut_units / np.maximum(units, 1), 1.0)
        terms.keep[rows] *= np.where(cut, 1 - self.measure.leave_share, 1.0)


@dataclass(frozen=True)
class Later:
    """Some classes are promised so many working days more, and some of their customers do not order then."""

    draws: Draws
    measure: LongerPromise

    def apply(self, terms: Terms, rows: slice) -> None:
        """Add the days, and lower the share who order in these classes."""
        codes = [SERVICE_CLASSES.index(name) for name in dict.fromkeys(self.measure.classes)]
        for code in codes:
            terms.later_days[SERVICE_CLASSES[code]] += self.measure.days
        terms.keep[rows] *= np.where(np.isin(self.draws.express[rows], codes), 1 - self.measure.loss_share, 1.0)


def change_of(measure: DemandMeasure, draws: Draws) -> Change:
    """The change of terms that a measure makes while it is active."""
    if isinstance(measure, Throttle):
        return FewerFromCampaign(draws, 1 - measure.ads_share * (1 - measure.share))
    if isinstance(measure, PauseCampaign):
        return FewerFromCampaign(draws, measure.still_share)
    if isinstance(measure, PurchaseLimit):
        return Limited(measure)
    assert isinstance(measure, LongerPromise)
    return Later(draws, measure)
