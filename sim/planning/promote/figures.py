"""What offers are reckoned with: how demand answers a price, where extra units come from, what unsold units are worth.

Every figure is research (R, with its source), or an assumption of ours with a range to sweep.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem

Floats = NDArray[np.float64]


class Uplift(Protocol):
    """What is needed of a model of uplift; one that was fitted to past promotions fits, too.

    Units at a depth d are units at full price x (1 - d) ** -elasticity; `elasticity` > 0 with its interval.
    """

    @property
    def elasticity(self) -> float:
        """Best guess."""

    @property
    def low(self) -> float:
        """Lower end of the interval."""

    @property
    def high(self) -> float:
        """Upper end."""

    @property
    def source(self) -> str:
        """Where it comes from."""


@dataclass(frozen=True, slots=True)
class ConstantElasticity:
    """An elasticity that does not depend on the depth.

    The default is the mean of 1,851 elasticities in 81 studies (R: Bijmolt, van Heerde and Pieters 2005, Journal of
    Marketing Research 42(2), 141-156); of short promotions the same authors report 3.63. The interval is an
    assumption, sweep 1-4.
    """

    elasticity: float = 2.62
    low: float = 1.5
    high: float = 3.63
    source: str = "Bijmolt, van Heerde and Pieters 2005; interval assumed"

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.elasticity <= self.high <= 20:
            given = f"{self.low:g} <= {self.elasticity:g} <= {self.high:g}"
            raise InputError([Problem("uplift", given, "0 <= low <= elasticity <= high <= 20")])


@dataclass(frozen=True, slots=True)
class Figures:
    """All but the elasticity.

    Parameters
    ----------
    depths
        Discounts that are tried, shares of the price. Assumption.
    substitute_share
        Of an offer's extra units, those that its buyers would else have bought of other SKUs of the shop: 22 % in daily
        data by SKU (R: Leeflang, Parreno Selva, van Dijk and Wittink 2008, Int. J. of Research in Marketing 25(3),
        201-214), about a third in weekly data by brand (R: van Heerde, Leeflang and Wittink 2004, Marketing Science
        23(3), 317-334); sweep 0.1-0.5. A substitute is taken to earn the margin of the SKU at full price: which SKUs
        are substitutes is not known.
    pulled_forward_share
        Of the extra units of goods without a deadline, those that would have been bought later at full price: 6 % and
        about a third in the same two studies (R); sweep 0.05-0.5.
    own_order_share
        Of the extra lines, those that come as orders of their own; the rest is added to orders that come anyway.
        Assumption, sweep 0.2-0.9.
    members_share
        Of the units sold, those that members buy. Assumption, sweep 0.1-0.6.
    holding_share
        Of its cost, what it costs to keep a unit for a year. Assumption, sweep 0.15-0.35.
    obsolete_share
        Chance that a unit kept for a year can't be sold at its price any more. Assumption, sweep 0.1-0.6.
    liquidation_share, donation_share
        Of its cost, what a unit brings from a liquidator, or in tax when it is given away. Assumptions, sweep 0-0.3.
    disposal_share, disposal_per_litre
        What it costs to have a unit destroyed: of its cost, and money per litre. Assumptions, sweep 0-0.1; 0 per litre
        where nothing is known.
    order_cost, line_cost
        Picking, packing and sending an extra order, or picking an extra line, in the shop's currency; 0: left to the
        simulation.
    least_share
        An offer has to bring at least this share of the money tied up in the SKU, and to sell at least one unit more:
        it has to be set up, shown and explained. Assumption, sweep 0-0.1.
    reach_share
        Orders within this share below a threshold may be stretched to it. Assumption, sweep 0.1-0.4.
    stretch_share
        Of these, those that are. Assumption, sweep as `stretch_range`.
    stretch_range
        Ends of the interval of `stretch_share`. Assumption.
    threshold_quantiles
        Values of orders, by their rank, at which a threshold is tried. Assumption.
    threshold_depths
        Discounts on orders that reach it. Assumption.
    gift_worth
        Least and largest price of a gift, shares of the threshold. Assumption.
    least_lift
        From where on two SKUs are taken to belong together. Assumption, sweep 1-2.
    """

    depths: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5)
    substitute_share: float = 0.22
    pulled_forward_share: float = 0.06
    own_order_share: float = 0.5
    members_share: float = 0.3
    holding_share: float = 0.25
    obsolete_share: float = 0.3
    liquidation_share: float = 0.1
    donation_share: float = 0.0
    disposal_share: float = 0.02
    disposal_per_litre: float = 0.0
    order_cost: float = 0.0
    line_cost: float = 0.0
    least_share: float = 0.02
    reach_share: float = 0.25
    stretch_share: float = 0.2
    stretch_range: tuple[float, float] = (0.05, 0.4)
    threshold_quantiles: tuple[float, ...] = (0.5, 0.65, 0.8)
    threshold_depths: tuple[float, ...] = (0.05, 0.1)
    gift_worth: tuple[float, float] = (0.05, 0.25)
    least_lift: float = 1.2

    def __post_init__(self) -> None:
        problems = []
        for each in fields(self):
            value = getattr(self, each.name)
            for single in value if isinstance(value, tuple) else (value,):
                share = each.name not in ("disposal_per_litre", "order_cost", "line_cost", "least_lift")
                if not (np.isfinite(single) and single >= 0) or (share and single > 1):
                    remedy = "must lie between 0 and 1" if share else "must be a number >= 0"
                    problems.append(Problem(f"figures.{each.name}", f"{single!r}", remedy))
        for name in ("depths", "threshold_depths"):
            bad = [depth for depth in getattr(self, name) if not 0 < depth < 1]
            problems += [
                Problem(f"figures.{name}", f"{depth!r}", "must lie between 0 and 1, excluded") for depth in bad
            ]
        if not problems and self.substitute_share + self.pulled_forward_share > 1:
            given = f"{self.substitute_share:g} + {self.pulled_forward_share:g}"
            remedy = "add up to at most 1: both are parts of the extra units"
            problems.append(Problem("figures.substitute_share, figures.pulled_forward_share", given, remedy))
        if problems:
            raise InputError(problems)


def factor(elasticity: float, depth: Floats) -> Floats:
    """Units at a depth / units at full price: (1 - depth) ** -elasticity."""
    return np.asarray((1 - depth) ** -elasticity)
