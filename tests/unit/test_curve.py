"""The rate of orders: expected counts by hand. A profile of 1,440 a day is one order a minute."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.demand.curve import StepCurve, order_curve, profile_curve
from sim.scenario.scenario import Scenario
from tests.ledgers import world

HOUR, DAY = 60.0, 1440.0
EVENING = [1.0] * 18 + [3.0] * 6  # six evening hours at three times the rate of the others
RISING = [float(hour + 1) for hour in range(24)]


def shop(campaign: dict[str, Any] | None = None, days: float = 4.0, **profile: Any) -> Scenario:
    """A run from Monday; campaigns are given in hours from the start."""
    demand = {"profile": {"per_day": 1440.0, **profile}, "campaign": campaign}
    return world(window={"measure_to": 24.0 * days}, demand=demand)


def hourly(curve: StepCurve) -> list[float]:
    """Expected number in each hour."""
    hours = int(curve.edges[-1] // 60)
    return [curve.expected(60.0 * hour, 60.0 * (hour + 1)) for hour in range(hours)]


# --- the ordinary profile ---------------------------------------------------------------------------------------


def test_a_flat_profile_is_flat() -> None:
    curve = order_curve(shop())
    assert hourly(curve) == pytest.approx([60.0] * 96)


def test_hours_share_the_day_in_proportion() -> None:
    counts = hourly(order_curve(shop(hour_shares=EVENING, days=1)))
    assert counts == pytest.approx([1440 / 36] * 18 + [3 * 1440 / 36] * 6)


def test_only_ratios_of_hours_and_weekdays_count() -> None:
    one = order_curve(shop(hour_shares=EVENING, weekday_factors=[1, 2, 1, 1, 1, 1, 0.0], days=7))
    other = order_curve(shop(hour_shares=[7 * x for x in EVENING], weekday_factors=[3, 6, 3, 3, 3, 3, 0.0], days=7))
    np.testing.assert_allclose(one.rates, other.rates, rtol=1e-12)


def test_weekdays_keep_the_mean_of_the_week_and_follow_the_calendar() -> None:
    factors = [1.0, 2.0, 3.0, 1.0, 1.0, 0.0, 6.0]  # mean 2
    demand = {"profile": {"per_day": 100.0, "weekday_factors": factors}}
    thursday = order_curve(world(start="2026-01-08", window={"measure_to": 168.0}, demand=demand))
    days = [thursday.expected(DAY * day, DAY * (day + 1)) for day in range(7)]
    assert days == pytest.approx([50.0, 50.0, 0.0, 300.0, 50.0, 100.0, 150.0])
    assert sum(days) == pytest.approx(700.0)


def test_the_trend_compounds_by_the_week_from_the_start() -> None:
    curve = order_curve(shop(trend_per_week=0.1, days=15))
    days = [curve.expected(DAY * day, DAY * (day + 1)) for day in range(15)]
    assert days[0] == pytest.approx(1440.0)
    assert days[7] == pytest.approx(1440.0 * 1.1)
    assert days[14] == pytest.approx(1440.0 * 1.21)
    assert np.diff(np.log(days)) == pytest.approx([np.log(1.1) / 7] * 14)


def test_scale_multiplies_the_rate() -> None:
    curve = order_curve(world(scale=0.25, demand={"profile": {"per_day": 1440.0}}))
    assert hourly(curve) == pytest.approx([15.0] * 48)


def test_other_streams_have_profiles_of_their_own() -> None:
    scenario = shop({"start": 0.0, "end": 24.0, "uplift": 9.0})
    curve = profile_curve(scenario, scenario.demand.profile.model_copy(update={"per_day": 48.0}))
    assert hourly(curve) == pytest.approx([2.0] * 96)


# --- the campaign -----------------------------------------------------------------------------------------------


def test_a_plain_campaign_multiplies_its_hours_and_no_others() -> None:
    counts = hourly(order_curve(shop({"start": 10.0, "end": 14.0, "uplift": 3.0}, days=1)))
    assert counts == pytest.approx([60.0] * 10 + [180.0] * 4 + [60.0] * 10)


def test_local_dates_and_hours_from_the_start_are_the_same_moments() -> None:
    rest = {"uplift": 3.0, "opening": {"hours": 2.0, "weight": 4.0}}
    by_hours = order_curve(shop({"start": 24.0, "end": 40.5, **rest}))
    by_dates = order_curve(shop({"start": "2026-01-06", "end": "2026-01-06T16:30", **rest}))
    np.testing.assert_array_equal(by_hours.edges, by_dates.edges)
    np.testing.assert_array_equal(by_hours.rates, by_dates.rates)


def test_the_opening_rush_decays_in_quarters_of_an_hour() -> None:
    # 16, 8, 4, 2 in the first hour, then 1: 42 quarters of ordinary orders in 16, sold 2 x 16 times
    campaign = {"start": 10.0, "end": 14.0, "uplift": 2.0, "opening": {"hours": 1.0, "weight": 16.0}}
    curve = order_curve(shop(campaign))
    quarters = [curve.expected(600.0 + 15 * quarter, 615.0 + 15 * quarter) for quarter in range(16)]
    unit = 2.0 * 16 * 15 / 42
    assert quarters == pytest.approx([16 * unit, 8 * unit, 4 * unit, 2 * unit, *[unit] * 12])
    assert curve.at([599.9, 600.0]) == pytest.approx([1.0, 16 * unit / 15])


def test_the_closing_rush_mirrors_the_opening() -> None:
    rush = {"hours": 1.0, "weight": 16.0}
    opening = order_curve(shop({"start": 10.0, "end": 14.0, "uplift": 2.0, "opening": rush}))
    closing = order_curve(shop({"start": 10.0, "end": 14.0, "uplift": 2.0, "closing": rush}))
    first = [opening.expected(600.0 + 15 * quarter, 615.0 + 15 * quarter) for quarter in range(16)]
    last = [closing.expected(600.0 + 15 * quarter, 615.0 + 15 * quarter) for quarter in range(16)]
    assert last == pytest.approx(first[::-1])


def test_rushes_that_meet_do_not_add_up() -> None:
    rush = {"hours": 2.0, "weight": 16.0}
    curve = order_curve(shop({"start": 10.0, "end": 12.0, "uplift": 1.0, "opening": rush, "closing": rush}))
    quarters = np.array([curve.expected(600.0 + 15 * quarter, 615.0 + 15 * quarter) for quarter in range(8)])
    steps = 16.0 ** (1 - np.arange(8) / 8)
    np.testing.assert_allclose(quarters / quarters.max(), np.maximum(steps, steps[::-1]) / 16, rtol=1e-12)
    assert quarters.sum() == pytest.approx(120.0)


def test_a_rush_of_odd_length_has_steps_of_about_a_quarter() -> None:
    # 40 minutes: three steps of 13 1/3 minutes
    campaign = {"start": 10.0, "end": 11.0, "uplift": 1.0, "opening": {"hours": 2 / 3, "weight": 8.0}}
    curve = order_curve(shop(campaign))
    rates = curve.at([600 + 1, 600 + 14, 600 + 27, 600 + 41])
    np.testing.assert_allclose(rates / rates[-1], [8.0, 4.0, 2.0, 1.0], rtol=1e-12)


def test_a_rush_of_weight_one_or_no_length_changes_nothing() -> None:
    campaign = {"start": 10.0, "end": 34.0, "uplift": 2.0}
    plain = order_curve(shop(campaign, hour_shares=RISING))
    for rush in ({"hours": 5.0, "weight": 1.0}, {"hours": 0.0, "weight": 9.0}):
        same = order_curve(shop({**campaign, "opening": rush, "closing": rush}, hour_shares=RISING))
        np.testing.assert_allclose(hourly(same), hourly(plain), rtol=1e-12)


def test_teaser_and_aftermath_hold_their_hours_back_and_no_others() -> None:
    campaign = {
        "start": 10.0,
        "end": 12.0,
        "uplift": 2.0,
        "teaser": {"hours": 3.0, "factor": 0.5},
        "aftermath": {"hours": 1.5, "factor": 0.2},
    }
    curve = order_curve(shop(campaign, days=1))
    wanted = [60.0] * 7 + [30.0] * 3 + [120.0] * 2 + [12.0, 0.5 * 12 + 0.5 * 60] + [60.0] * 10
    assert hourly(curve) == pytest.approx(wanted)


def test_uplift_luck_multiplies_the_campaign_and_nothing_else() -> None:
    campaign = {"start": 10.0, "end": 12.0, "uplift": 2.0, "teaser": {"hours": 1.0, "factor": 0.5}}
    scenario = shop(campaign, days=1)
    plain, lucky = hourly(order_curve(scenario)), hourly(order_curve(scenario, 1.5))
    ratio = np.array(lucky) / np.array(plain)
    assert ratio.tolist() == pytest.approx([1.0] * 10 + [1.5] * 2 + [1.0] * 12)


def test_an_uplift_of_zero_stops_sales_and_one_changes_nothing() -> None:
    assert order_curve(shop({"start": 10.0, "end": 12.0, "uplift": 0.0})).expected(600, 720) == 0.0
    same = order_curve(shop({"start": 10.0, "end": 12.0}, hour_shares=RISING))
    assert hourly(same) == pytest.approx(hourly(order_curve(shop(hour_shares=RISING))))


def test_a_campaign_in_hours_without_orders_sells_nothing() -> None:
    closed = [0.0] * 8 + [1.0] * 16
    rush = {"hours": 1.0, "weight": 5.0}
    curve = order_curve(shop({"start": 2.0, "end": 6.0, "uplift": 5.0, "opening": rush}, hour_shares=closed))
    assert curve.expected(0, 480) == 0.0
    assert not np.isnan(curve.rates).any()


minutes = st.integers(0, 1800).map(lambda number: number / 60)
spikes = st.fixed_dictionaries({"hours": minutes, "weight": st.floats(1, 50)})


@settings(max_examples=60, deadline=None)
@given(
    start=st.floats(0, 90),
    length=st.floats(0.5, 40),
    uplift=st.floats(0, 20),
    opening=spikes,
    closing=spikes,
    own=st.none() | st.lists(st.floats(0.1, 10), min_size=24, max_size=24),
    shares=st.lists(st.floats(0.1, 10), min_size=24, max_size=24),
    weekdays=st.lists(st.floats(0.1, 5), min_size=7, max_size=7),
)
def test_a_campaign_sells_uplift_times_its_ordinary_orders_whatever_the_shape(
    start: float,
    length: float,
    uplift: float,
    opening: dict[str, float],
    closing: dict[str, float],
    own: list[float] | None,
    shares: list[float],
    weekdays: list[float],
) -> None:
    end = min(start + length, 96.0)
    campaign = {"start": start, "end": end, "uplift": uplift, "opening": opening, "closing": closing}
    scenario = shop({**campaign, "hour_shares": own}, hour_shares=shares, weekday_factors=weekdays, trend_per_week=0.2)
    ordinary, curve = profile_curve(scenario, scenario.demand.profile), order_curve(scenario)
    begin, stop = 60 * start, 60 * end
    assert curve.expected(begin, stop) == pytest.approx(uplift * ordinary.expected(begin, stop), rel=1e-9)
    assert curve.expected(0, begin) == pytest.approx(ordinary.expected(0, begin), rel=1e-9)
    assert curve.expected(stop, 4 * DAY) == pytest.approx(ordinary.expected(stop, 4 * DAY), rel=1e-9)
    assert (curve.rates >= 0).all()


# --- a campaign with hours of its own ---------------------------------------------------------------------------


def test_own_hours_replace_those_of_the_profile() -> None:
    campaign = {"start": 24.0, "end": 48.0, "uplift": 2.0, "hour_shares": EVENING}
    counts = hourly(order_curve(shop(campaign, hour_shares=RISING)))
    assert counts[24:48] == pytest.approx([2 * 1440 / 36] * 18 + [2 * 3 * 1440 / 36] * 6)


def test_own_hours_keep_the_level_of_each_day() -> None:
    week = [1.0, 3.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    campaign = {"start": 0.0, "end": 48.0, "uplift": 2.0, "hour_shares": EVENING}
    curve = order_curve(shop(campaign, hour_shares=RISING, weekday_factors=week))
    assert curve.expected(DAY, 2 * DAY) / curve.expected(0, DAY) == pytest.approx(3.0)


def test_own_hours_do_not_depend_on_how_finely_a_rush_cuts_them() -> None:
    campaign = {"start": 0.0, "end": 48.0, "uplift": 2.0, "hour_shares": EVENING}
    plain = order_curve(shop(campaign, hour_shares=RISING))
    cut = order_curve(shop({**campaign, "opening": {"hours": 6.0, "weight": 1.0}}, hour_shares=RISING))
    np.testing.assert_allclose(hourly(cut), hourly(plain), rtol=1e-12)


def test_own_hours_hold_on_a_day_that_the_campaign_covers_in_part() -> None:
    # From the evening rush of the first day to the end of the second, with flat hours of its own: flat throughout
    campaign = {"start": 20.0, "end": 48.0, "uplift": 2.0, "hour_shares": [1.0] * 24}
    counts = hourly(order_curve(shop(campaign, hour_shares=EVENING)))
    assert counts[20:48] == pytest.approx([counts[20]] * 28)


def test_own_hours_bring_orders_where_the_profile_has_none() -> None:
    asleep = [0.0] * 8 + [1.0] * 16
    campaign = {"start": 0.0, "end": 24.0, "uplift": 2.0, "hour_shares": [1.0] * 24}
    counts = hourly(order_curve(shop(campaign, hour_shares=asleep)))
    assert counts[:24] == pytest.approx([120.0] * 24)


# --- a campaign partly outside the run --------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "end"), [(-5.0, 3.0), (90.0, 120.0), (-9.0, 200.0)])
def test_the_part_of_a_plain_campaign_inside_the_run_counts(start: float, end: float) -> None:
    counts = hourly(order_curve(shop({"start": start, "end": end, "uplift": 3.0})))
    assert counts == pytest.approx([180.0 if start <= hour < end else 60.0 for hour in range(96)])


@pytest.mark.parametrize(("start", "end"), [(-9.0, -1.0), (96.0, 120.0), (300.0, 301.0)])
def test_a_campaign_outside_the_run_is_only_felt_around_it(start: float, end: float) -> None:
    edges = {"teaser": {"hours": 2.0, "factor": 0.5}, "aftermath": {"hours": 3.0, "factor": 0.5}}
    counts = hourly(order_curve(shop({"start": start, "end": end, "uplift": 3.0, **edges})))
    held = {-9.0: {0, 1}, 96.0: {94, 95}, 300.0: set()}[start]
    assert counts == pytest.approx([30.0 if hour in held else 60.0 for hour in range(96)])


@pytest.mark.parametrize("rush", ["opening", "closing"])
def test_a_later_horizon_does_not_change_the_orders_before_it(rush: str) -> None:
    campaign = {"start": 12.0, "end": 36.0, "uplift": 3.0, rush: {"hours": 4.0, "weight": 8.0}}
    short, long = order_curve(shop(campaign, days=1)), order_curve(shop(campaign, days=3))
    np.testing.assert_allclose(hourly(short), hourly(long)[:24], rtol=1e-12)


# --- step curves ------------------------------------------------------------------------------------------------

STEPS = StepCurve(np.array([0.0, 10.0, 25.0, 60.0]), np.array([2.0, 0.0, 4.0]))


def test_a_rate_holds_from_its_edge_to_the_next() -> None:
    assert STEPS.at([0.0, 9.999, 10.0, 24.0, 25.0, 59.0, 60.0]).tolist() == [2.0, 2.0, 0.0, 0.0, 4.0, 4.0, 4.0]
    assert STEPS.at(12.0) == 0.0


def test_expected_numbers_are_areas() -> None:
    assert STEPS.expected(0, 60) == 20 + 0 + 140
    assert STEPS.expected(5, 30) == 10 + 0 + 20
    assert STEPS.expected(26, 27) == 4.0
    assert STEPS.expected(-100, 1000) == 160.0
    assert STEPS.expected(70, 90) == 0.0
    assert STEPS.expected(7, 7) == 0.0


def test_peaks_are_the_highest_rate_of_each_block() -> None:
    assert STEPS.peaks(20.0, 3).tolist() == [2.0, 4.0, 4.0]
    assert STEPS.peaks(10.0, 6).tolist() == [2.0, 0.0, 4.0, 4.0, 4.0, 4.0]
    assert STEPS.peaks(15.0, 2).tolist() == [2.0, 4.0]  # blocks that end before the curve
    assert STEPS.peaks(50.0, 3).tolist() == [4.0, 4.0, 0.0]  # and after it


@settings(max_examples=50, deadline=None)
@given(
    widths=st.lists(st.floats(0.5, 90), min_size=1, max_size=12),
    block=st.floats(5, 200),
    data=st.data(),
)
def test_no_rate_lies_above_the_peak_of_its_block(widths: list[float], block: float, data: st.DataObject) -> None:
    rates = data.draw(st.lists(st.floats(0, 9), min_size=len(widths), max_size=len(widths)))
    curve = StepCurve(np.concatenate([[0.0], np.cumsum(widths)]), np.array(rates))
    blocks = int(curve.edges[-1] // block) + 1
    peaks = curve.peaks(block, blocks)
    minutes = np.linspace(0, curve.edges[-1], 200, endpoint=False)
    assert (curve.at(minutes) <= peaks[np.floor(minutes / block).astype(int)]).all()
    assert set(peaks) <= {*rates, 0.0}
