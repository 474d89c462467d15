"""What demand may turn out to be against what was planned: the doubt of the uplift, and of a forecast of the days.

Both are taken as lognormal of mean one. Of a forecast only the doubt that its days have in common counts here: the
standard deviation of the orders of the planned days over its sample paths. What a single day adds is left to the proof
by simulation, which follows the paths themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from sim.demand.forecast_file import doubt_of
from sim.planning.needs.load import luck_at
from sim.planning.needs.stretches import planned_days
from sim.scenario.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Turnout:
    """What demand turned out to be against what was planned, each a factor of mean one.

    Attributes
    ----------
    uplift
        Of the campaign's uplift.
    forecast
        Of the forecast that ordinary orders follow, if they do: of all its days alike.
    """

    uplift: float = 1.0
    forecast: float = 1.0


def turnout_at(scenario: Scenario, probability: float) -> Turnout:
    """Demand at a quantile of both doubts together, shared out between them in proportion to their variances.

    In a campaign's hours, where both multiply, orders are at their quantile, in the way that is likeliest (the design
    point of first-order reliability). Ordinary hours, where the forecast alone counts, are at less than their own.
    """
    uplift, forecast = doubts_of(scenario)
    if forecast == 0:
        return Turnout(uplift=luck_at(uplift, probability))
    spreads = np.sqrt(np.log1p(np.square([uplift, forecast])))
    logs = ndtri(probability) * spreads**2 / np.hypot(*spreads) - spreads**2 / 2
    own, common = np.exp(logs).tolist()
    return Turnout(own, common)


def doubts_of(scenario: Scenario) -> tuple[float, float]:
    """Standard deviation / mean of the uplift, and of the orders of the planned days over a forecast's paths."""
    campaign = scenario.demand.campaign
    uplift = 0.0 if campaign is None else campaign.uplift_cv
    return uplift, 0.0 if scenario.demand.forecast is None else doubt_of(scenario, planned_days(scenario))
