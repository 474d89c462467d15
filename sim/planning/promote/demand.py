"""What a mix of offers does to the demand of a scenario: a forecast file of its days, with the doubt of the elasticity.

Each sample path has one elasticity for all offers and days: if customers answer prices less than was thought, they do
so all the time. The paths take even quantiles of a distribution whose median is the elasticity and whose 95 % interval
is that of the model (lognormal on either side). Path k has the same elasticity in the file of every mix, so that mixes
meet the same customers in the same replication. Where the scenario has a forecast, its paths are kept, and elasticities
are dealt to them at random.

Assumes that extra orders come at one pace as long as an offer's stock lasts, at the hours of ordinary orders.
"""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.demand.curve import planned_curve
from sim.demand.forecast_file import read_forecast
from sim.errors import InputError, Problem
from sim.files import harmless, told, written_whole
from sim.planning.promote.figures import Floats, Uplift
from sim.planning.promote.offers import Candidates
from sim.scenario.scenario import Scenario

PATHS = 100
CAMPAIGN = "offers"
_TAIL = float(ndtri(0.975))
_DEAL = 20_260  # seed: which elasticity goes with which path of a forecast


def elasticities(uplift: Uplift, paths: int) -> Floats:
    """Elasticity of each path, rising, shape (paths,)."""
    z = ndtri((np.arange(paths) + 0.5) / paths)
    middle = max(uplift.elasticity, 1e-6)
    below, above = max(uplift.low, 1e-6) / middle, max(uplift.high, 1e-6) / middle
    return np.asarray(middle * np.where(z < 0, below ** (-z / _TAIL), above ** (z / _TAIL)))


def demand_problems(scenario: Scenario, candidates: Candidates) -> list[Problem]:
    """Why offers can't be added to a scenario's demand."""
    demand, window = scenario.demand, candidates.window
    problems = []
    if demand.file is not None:
        remedy = "replays what was ordered: offers need a profile (demand.profile) or a forecast (demand.forecast)"
        problems.append(Problem("demand.file", demand.file, remedy))
    if demand.campaign is not None:
        remedy = "offers take its place: set demand.campaign=null, or forecast with it (demand.forecast)"
        problems.append(Problem("demand.campaign", f"{demand.campaign.start} to {demand.campaign.end}", remedy))
    first = scenario.date_of(int(scenario.measure_from_min // 1440))
    last = scenario.date_of(int(-(-scenario.measure_to_min // 1440)) - 1)
    if not first <= window.start <= window.end <= last:
        remedy = f"must lie within the measured window of the scenario, {first} to {last}"
        problems.append(Problem("start, end", f"{window.start} to {window.end}", remedy))
    return problems


def ordinary_paths(scenario: Scenario) -> Floats:
    """Expected orders of each day of the run without offers, before `scenario.scale`; shape (paths, days)."""
    if scenario.demand.forecast is not None:
        forecast = read_forecast(scenario)
        rows = (scenario.first_day - forecast.first).days + np.arange(scenario.days)
        if rows[0] < 0:
            remedy = f"begins on {forecast.first}; for offers it must cover the run from {scenario.first_day} on"
            raise InputError([Problem("demand.forecast", forecast.name, remedy)])
        return np.asarray(forecast.paths[:, rows])
    curve = planned_curve(scenario)
    days = [curve.expected(day * 1440.0, day * 1440.0 + 1440) / scenario.scale for day in range(scenario.days)]
    return np.tile(np.array(days), (PATHS, 1))


def dealt(scenario: Scenario, uplift: Uplift, paths: int) -> Floats:
    """Elasticity of each path of a scenario's demand, shape (paths,)."""
    found = elasticities(uplift, paths)
    return found if scenario.demand.forecast is None else np.random.default_rng(_DEAL).permutation(found)


def extra_paths(scenario: Scenario, chosen: Candidates, paths: int) -> Floats:
    """Extra orders of each day of the run on each path, before `scenario.scale`; shape (paths, days)."""
    since = np.arange(scenario.days) - (chosen.window.start - scenario.first_day).days
    found = np.zeros((paths, scenario.days))
    for path, elasticity in enumerate(dealt(scenario, chosen.uplift, paths).tolist()):
        offers = chosen.at(elasticity)
        running = np.clip(offers["lasts"][:, None] - since[None, :], 0.0, 1.0)  # (offers, days)
        found[path] = offers["orders_per_day"] @ np.where(since >= 0, running, 0.0)
    return found


def with_offers(scenario: Scenario, chosen: Candidates, path: Path) -> Path:
    """Write the forecast file of a scenario's demand with a mix of offers.

    Parameters
    ----------
    chosen
        The offers of the mix; none: ordinary demand.
    path
        Where to; `demand.forecast` reads it.

    Raises
    ------
    InputError
        If it can't be written.
    """
    ordinary = ordinary_paths(scenario)
    orders = ordinary + extra_paths(scenario, chosen, len(ordinary))
    labels = _labels(scenario, chosen)
    head = ["date", "mean", "low_80", "high_80", "campaign", *(f"path_{n}" for n in range(1, len(orders) + 1))]
    figures = np.vstack([orders.mean(axis=0), *np.quantile(orders, (0.1, 0.9), axis=0)])
    with (
        told(path, "the demand with offers could not be written"),
        written_whole(path) as partial,
        partial.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(head)
        for day in range(scenario.days):
            cells = [f"{value:.4f}" for value in (*figures[:, day], *orders[:, day])]
            writer.writerow([scenario.date_of(day).isoformat(), *cells[:3], labels[day], *cells[3:]])
    return path


def _labels(scenario: Scenario, chosen: Candidates) -> list[str]:
    """Campaign of each day: that of the forecast, else the offers'."""
    days = [scenario.date_of(day) for day in range(scenario.days)]
    known = dict.fromkeys(days, "")
    if scenario.demand.forecast is not None:
        forecast = read_forecast(scenario)
        known |= {forecast.first + timedelta(days=row): name for row, name in enumerate(forecast.campaigns)}
    window = chosen.window
    during = CAMPAIGN if len(chosen) else ""
    return [str(harmless(known[day])) or (during if window.start <= day <= window.end else "") for day in days]


def extra_by_day(scenario: Scenario, chosen: Candidates) -> NDArray[np.float64]:
    """Extra orders of each day of the run, the mean over what the elasticity may be; shape (days,)."""
    return np.asarray(extra_paths(scenario, chosen, PATHS).mean(axis=0))
