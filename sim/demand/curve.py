"""The rate of orders over time: ordinary orders x campaign curve, as a step function of the clock.

Ordinary orders repeat by the profile, or have the level of a forecast file on each day and the profile's hours.

What was planned and what comes are two curves: forecast errors and second waves change only the latter.

Assumes that the rate is constant within an hour of the profile, and that the rush at the opening and close of a
campaign decays geometrically in steps of a quarter of an hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.demand.forecast_file import orders_by_day
from sim.scenario.demand import Campaign, Profile
from sim.scenario.disturbances import ForecastError, SecondWave
from sim.scenario.scenario import Scenario
from sim.scenario.types import Moment

Floats = NDArray[np.float64]
SPIKE_STEP_MIN = 15.0
AS_EXPECTED: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True)
class StepCurve:
    """A rate that is constant between edges.

    Parameters
    ----------
    edges
        Clock minutes, rising, shape (k + 1,).
    rates
        Per minute, shape (k,); the rate in [edges[j], edges[j + 1]).
    """

    edges: Floats
    rates: Floats

    def at(self, minutes: Any) -> Floats:
        """Rate per minute at given clock minutes within the edges."""
        step = np.searchsorted(self.edges, minutes, side="right") - 1
        return np.asarray(self.rates[np.minimum(step, len(self.rates) - 1)])

    def expected(self, begin: float, end: float) -> float:
        """Expected number in [begin, end): the integral of the rate."""
        low = np.clip(self.edges[:-1], begin, end)
        high = np.clip(self.edges[1:], begin, end)
        return float(np.sum(self.rates * (high - low)))

    def peaks(self, block_min: float, blocks: int) -> Floats:
        """Highest rate in each of `blocks` stretches of `block_min` minutes, counted from minute 0."""
        peak = np.zeros(blocks)
        first = np.floor(self.edges[:-1] / block_min).astype(np.int64)
        last = np.ceil(self.edges[1:] / block_min).astype(np.int64) - 1
        for low, high, rate in zip(first, last, self.rates, strict=True):
            if high >= 0 and low < blocks:
                part = peak[max(low, 0) : high + 1]
                np.maximum(part, rate, out=part)
        return peak


def planned_curve(scenario: Scenario) -> StepCurve:
    """Rate of orders of a profile scenario as it was planned: days and campaign as forecast, no luck, nothing wrong."""
    return _campaign_curve(scenario, 1.0, None)


def ordinary_curve(scenario: Scenario, path: int | None = None) -> StepCurve:
    """Rate of orders without campaign: the profile's, or the forecast's on a sample path (None: its mean)."""
    return _ordinary_days(scenario, 0, scenario.days, path)


def order_curve(
    scenario: Scenario,
    uplift_luck: float = 1.0,
    demand_luck: Mapping[str, float] = AS_EXPECTED,
    *,
    path: int | None = None,
    pre_orders: bool = True,
) -> StepCurve:
    """Rate of orders of a profile scenario, campaign and disturbances included.

    Parameters
    ----------
    uplift_luck
        What the uplift turned out to be against what was planned; mean one.
    demand_luck
        The same of forecast errors and second waves, by label; one where a label is missing.
    path
        Sample path of the forecast that comes true, where the scenario has one; None: its mean.
    pre_orders
        False: without what the campaign's customers order ahead; the rest is as it is with them.
    """
    luck = uplift_luck * error_factor(scenario, "campaign", demand_luck)
    curve = _campaign_curve(scenario, luck, path, pre_orders=pre_orders)
    for label, each in scenario.disturbances.items():
        if isinstance(each, SecondWave):
            curve = _sum(curve, _added_by(scenario, each.campaign, demand_luck.get(label, 1.0), path))
    factor = error_factor(scenario, "all", demand_luck)
    return curve if factor == 1 else StepCurve(curve.edges, curve.rates * factor)


def ordinary_orders(scenario: Scenario, start: Moment, end: Moment) -> float:
    """Expected orders of a stretch of time without any campaign, also where it lies outside the run."""
    begin, stop = scenario.minute(start), scenario.minute(end)
    first, last = floor(begin / 1440), ceil(stop / 1440)
    return _ordinary_days(scenario, first, last, None).expected(begin, stop)


def error_factor(
    scenario: Scenario, applies_to: Literal["campaign", "all"], demand_luck: Mapping[str, float] = AS_EXPECTED
) -> float:
    """Orders / orders that were forecast, all forecast errors of one reach together."""
    factor = 1.0
    for label, each in scenario.disturbances.items():
        if isinstance(each, ForecastError) and each.applies_to == applies_to:
            factor *= each.factor * demand_luck.get(label, 1.0)
    return factor


def _campaign_curve(scenario: Scenario, uplift_luck: float, path: int | None, *, pre_orders: bool = True) -> StepCurve:
    campaign = scenario.demand.campaign
    if campaign is None:
        return ordinary_curve(scenario, path)
    whole = _whole_campaign(scenario, campaign, uplift_luck, path, pre_orders=pre_orders)
    return _within(whole, 0.0, scenario.days * 1440.0)


def _whole_campaign(
    scenario: Scenario, campaign: Campaign, luck: float, path: int | None, *, pre_orders: bool = True
) -> StepCurve:
    """Orders of the run and of a campaign, which as a whole has its uplift, whatever part of it lies within the run."""
    first = min(0, floor((scenario.minute(campaign.start) - campaign.ahead_min) / 1440))
    last = max(scenario.days, ceil(scenario.minute(campaign.end) / 1440))
    ordinary = _ordinary_days(scenario, first, last, path)
    return _with_campaign(scenario, ordinary, campaign, luck, pre_orders=pre_orders)


def _added_by(scenario: Scenario, wave: Campaign, luck: float, path: int | None) -> StepCurve:
    """What a second wave adds: the orders that it would have as a campaign, inside its window alone."""
    curve = _whole_campaign(scenario, wave, luck, path)
    middle = (curve.edges[:-1] + curve.edges[1:]) / 2
    inside = (middle >= scenario.minute(wave.start)) & (middle < scenario.minute(wave.end))
    added = StepCurve(curve.edges, np.where(inside, curve.rates, 0.0))
    return _within(added, 0.0, scenario.days * 1440.0)


def _sum(one: StepCurve, other: StepCurve) -> StepCurve:
    """Both rates together; the curves cover the same stretch."""
    edges = np.union1d(one.edges, other.edges)
    middle = (edges[:-1] + edges[1:]) / 2
    return StepCurve(edges, one.at(middle) + other.at(middle))


def profile_curve(scenario: Scenario, profile: Profile) -> StepCurve:
    """Hourly steps of a repeating profile from the start to the horizon, scaled by `scenario.scale`."""
    return _profile_days(scenario, profile, 0, scenario.days)


def _ordinary_days(scenario: Scenario, first: int, last: int, path: int | None) -> StepCurve:
    """Ordinary orders on days `first` to `last` - 1, counted from the start."""
    if scenario.demand.forecast is None:
        return _profile_days(scenario, scenario.demand.profile, first, last)
    level = orders_by_day(scenario, first, last, path) / 1440
    return _hourly_steps(scenario, scenario.demand.profile, first, level)


def _profile_days(scenario: Scenario, profile: Profile, first: int, last: int) -> StepCurve:
    """The profile on days `first` to `last` - 1, counted from the start."""
    days = np.arange(first, last)
    weekday = (scenario.first_day.weekday() + days) % 7
    factors = np.asarray(profile.weekday_factors)
    level = factors[weekday] / factors.mean() * (1 + profile.trend_per_week) ** (days / 7)
    return _hourly_steps(scenario, profile, first, level, profile.rate_per_min)


def _hourly_steps(scenario: Scenario, profile: Profile, first: int, level: Floats, rate: float = 1.0) -> StepCurve:
    """Hours of the day by the profile, each day at its `level` x `rate` per minute on average, from day `first` on."""
    shares = np.asarray(profile.hour_shares)
    hourly = level[:, None] * (shares / shares.mean())[None, :] * rate * scenario.scale
    hours = np.arange(first * 24.0, (first + len(level)) * 24 + 1)
    return StepCurve(hours * 60, np.asarray(hourly.ravel(), dtype=np.float64))


def _within(curve: StepCurve, begin: float, end: float) -> StepCurve:
    """The part of a curve between two of its edges."""
    low, high = np.searchsorted(curve.edges, [begin, end])
    return StepCurve(curve.edges[low : high + 1], curve.rates[low:high])


def _with_campaign(
    scenario: Scenario, ordinary: StepCurve, campaign: Campaign, luck: float, *, pre_orders: bool
) -> StepCurve:
    start, end = scenario.minute(campaign.start), scenario.minute(campaign.end)
    curve = _refine(ordinary, _campaign_edges(campaign, start, end))
    middle = (curve.edges[:-1] + curve.edges[1:]) / 2
    width = np.diff(curve.edges)
    rates = curve.rates.copy()
    rates[(middle >= start - campaign.teaser.hours * 60) & (middle < start)] *= campaign.teaser.factor
    rates[(middle >= end) & (middle < end + campaign.aftermath.hours * 60)] *= campaign.aftermath.factor

    inside = (middle >= start) & (middle < end)
    if inside.any():
        baseline = curve.rates[inside]
        shaped = baseline if campaign.hour_shares is None else _own_hours(campaign, middle[inside], ordinary)
        shaped = shaped * _rush(campaign, middle[inside], start, end)
        volume = np.sum(baseline * width[inside])
        total = np.sum(shaped * width[inside])
        # Normalised, so that the campaign as a whole sells `uplift` times the ordinary orders of its hours.
        sold = float(campaign.uplift * luck * volume)
        ahead = campaign.members_first.share + campaign.pre_orders.share
        rates[inside] = shaped * (sold * (1 - ahead) / total if total > 0 else 0.0)
        rates += _ahead(curve, start, campaign.members_first.hours * 60, campaign.members_first.share * sold)
        if pre_orders:
            rates += _ahead(curve, start, campaign.pre_orders.days * 1440, campaign.pre_orders.share * sold)
    return StepCurve(curve.edges, rates)


def _ahead(curve: StepCurve, start: float, length: float, orders: float) -> Floats:
    """Rates of so many orders before the opening, in proportion to the ordinary ones there, else evenly.

    Parameters
    ----------
    curve
        Ordinary rates, with edges where the stretch begins and ends.
    """
    if orders <= 0:
        return np.zeros(len(curve.rates))
    middle = (curve.edges[:-1] + curve.edges[1:]) / 2
    inside = (middle >= start - length) & (middle < start)
    weight = np.where(inside, curve.rates, 0.0)
    if not weight.any():
        weight = inside.astype(np.float64)
    return np.asarray(weight * (orders / np.sum(weight * np.diff(curve.edges))))


def _own_hours(campaign: Campaign, middle: Floats, ordinary: StepCurve) -> Floats:
    """Rates by the campaign's own hours of the day, each day at the level of its ordinary orders."""
    shares = np.asarray(campaign.hour_shares)
    day, minute = np.divmod(middle, 1440.0)
    days, place = np.unique(day, return_inverse=True)
    level = np.array([ordinary.expected(each * 1440, each * 1440 + 1440) / 1440 for each in days])
    return np.asarray(level[place] * shares[(minute / 60).astype(np.int64)] / shares.mean())


def _rush(campaign: Campaign, middle: Floats, start: float, end: float) -> Floats:
    """Weight of the opening and closing rush against the plateau (= 1)."""
    weight = np.ones_like(middle)
    for spike, distance in ((campaign.opening, middle - start), (campaign.closing, end - middle)):
        length = spike.hours * 60
        if length > 0:
            steps = max(1.0, round(length / SPIKE_STEP_MIN))
            passed = np.floor(distance / (length / steps)) / steps
            weight = np.where(distance < length, np.maximum(weight, spike.weight ** (1 - passed)), weight)
    return weight


def _campaign_edges(campaign: Campaign, start: float, end: float) -> Floats:
    edges = [start, end, start - campaign.teaser.hours * 60, end + campaign.aftermath.hours * 60]
    if campaign.ahead_min > 0:
        edges += [start - campaign.members_first.hours * 60, start - campaign.pre_orders.days * 1440]
    for spike, origin, sign in ((campaign.opening, start, 1), (campaign.closing, end, -1)):
        length = spike.hours * 60
        steps = max(1, round(length / SPIKE_STEP_MIN))
        edges += [origin + sign * length * step / steps for step in range(steps + 1)]
    return np.asarray(edges)


def _refine(curve: StepCurve, extra: Floats) -> StepCurve:
    """The same curve with more edges."""
    inside = extra[(extra > curve.edges[0]) & (extra < curve.edges[-1])]
    edges = np.unique(np.concatenate([curve.edges, inside]))
    return StepCurve(edges, curve.at((edges[:-1] + edges[1:]) / 2))
