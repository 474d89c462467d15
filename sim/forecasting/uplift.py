"""What promotions bring: the elasticity of demand to a price cut, or the plain uplift of an offer without one.

A promotion of depth d multiplies demand by (1 - d) ** -elasticity (constant elasticity; Tellis 1988). The elasticity is
fitted together with trend, weekdays, season and holidays (:mod:`sim.forecasting.effects`), so that a campaign before
Christmas is not paid for Christmas. Its interval is widened by what following days err together. Demand that a campaign
only took from the weeks behind it is not taken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.errors import InputError, Problem
from sim.forecasting.calendar import Campaign
from sim.forecasting.effects import explain
from sim.forecasting.history import UNITS, History
from sim.forecasting.surroundings import Surroundings, key_of

LEAST_SEEN = 3  # periods of a kind of campaign
Z_95 = 1.959964


@dataclass(frozen=True)
class UpliftModel:
    """What one kind of promotion brings.

    Attributes
    ----------
    kind
        Type of campaign; with `` (price)`` behind it where something is taken off the price.
    elasticity
        Exponent of 1 / (1 - depth); for kinds without a depth, the logarithm of the uplift.
    low, high
        95 % interval.
    source
        Where it is from.
    priced
        Whether it goes by depth.
    """

    kind: str
    elasticity: float
    low: float
    high: float
    source: str
    priced: bool = True

    def factor(self, depth: float, elasticity: float | None = None) -> float:
        """What demand is multiplied by at a depth in [0, 1); `elasticity`: in place of the mean, such as `low`."""
        value = self.elasticity if elasticity is None else elasticity
        return float(np.exp(value * (-np.log1p(-depth) if self.priced else 1.0)))


def fit_uplift(history: History, campaigns: Sequence[Campaign], known: Surroundings | None = None) -> list[UpliftModel]:
    """Fit what each kind of past campaign brought.

    Parameters
    ----------
    history
        Of orders, or of units of what was promoted.
    campaigns
        Past ones; later ones don't matter.
    known
        Holidays and figures from outside.

    Returns
    -------
    One model per kind seen on at least three periods.

    Raises
    ------
    InputError
        If no kind of campaign was seen so often.
    """
    base = known or Surroundings(history.first, history.step)
    around = Surroundings(base.first, base.step, base.holidays, tuple(campaigns), base.outside)
    fit = explain(history, around, 1)
    priced = {key_of(each): each.depth > 0 for each in campaigns}
    models = [
        UpliftModel(
            column.name,
            value,
            value - Z_95 * error,
            value + Z_95 * error,
            f"fitted on {seen} {UNITS[history.freq]} of {history.name}, {history.first} to {history.last}",
            priced[column.name],
        )
        for column, value, error, seen in fit.effects
        if column.kind == "campaign" and seen >= LEAST_SEEN
    ]
    if not models:
        remedy = f"no kind of campaign lies on {LEAST_SEEN} or more {UNITS[history.freq]} of the history "
        remedy += f"({history.first} to {history.last}): use an elasticity from the literature, with its source"
        raise InputError([Problem("campaigns", f"{len(campaigns)}", remedy)], "no uplift can be fitted")
    return models
