"""Random numbers: streams by key, and what `sample` makes of them.

Statistical bounds are for fixed seeds; a right sampler would fail one of them for less than one seed in 10,000.
"""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sim.demand.curve import order_curve, profile_curve
from sim.draws import ATTEMPTS, PLAN_CREWS, PLAN_POOL, Draws, sample
from sim.scenario.scenario import Scenario
from sim.streams import Stream, name_key
from tests.ledgers import CREW, world

RARE = 1e-4
Z = float(stats.norm.isf(RARE / 2))  # 3.9 standard errors
GRID = 2.0**20

# --- streams ----------------------------------------------------------------------------------------------------


def numbers(seed: int = 1, replication: int = 0, name: str = "arrivals", key: tuple[int, int] = (5, 2)) -> list[float]:
    return list(Stream(seed, replication, name).at(*key).random(6))


def test_a_stream_is_its_seed_replication_and_name() -> None:
    assert numbers() == numbers()
    others = [
        numbers(seed=2),
        numbers(replication=1),
        numbers(name="basket"),
        numbers(key=(6, 2)),
        numbers(key=(5, 3)),
        numbers(key=(2, 5)),
        numbers(seed=0, replication=1),
    ]
    drawn = [value for other in [numbers(), *others] for value in other]
    assert len(set(drawn)) == len(drawn)


def test_keys_of_names_are_the_same_in_every_process() -> None:
    # The first eight bytes of sha256("arrivals"); Python's own hash would differ from run to run
    assert name_key("arrivals") == int.from_bytes(bytes.fromhex("1b89b4c9812f8b34"), "little") >> 1
    assert 0 <= name_key("") < 2**63


def test_numbers_of_a_key_do_not_depend_on_what_was_drawn_before() -> None:
    wanted = numbers(key=(7, 1))
    stream = Stream(1, 0, "arrivals")
    stream.at(5, 2).random(1000)
    stream.at(5, 2).integers(0, 9, 3, dtype=np.uint32)  # leaves half a word buffered
    stream.at(3, 0).poisson(7.5)
    assert list(stream.at(7, 1).random(6)) == wanted
    stream.at(7, 1).standard_normal(3)
    assert list(stream.at(7, 1).random(6)) == wanted


def test_large_keys_are_told_apart() -> None:
    big = name_key("picking/day")
    drawn = [numbers(key=(738_000, second)) for second in (0, 1, big, big + 1)]
    assert len({tuple(each) for each in drawn}) == 4


def test_neighbouring_keys_are_unrelated_and_uniform() -> None:
    stream = Stream(3, 0, "arrivals")
    table = np.stack([stream.at(first).random(50) for first in range(2000)])
    assert stats.kstest(table.ravel(), "uniform").pvalue > RARE
    neighbours = [
        stats.pearsonr(table[:-1].ravel(), table[1:].ravel()).pvalue,
        stats.pearsonr(table[:, :-1].ravel(), table[:, 1:].ravel()).pvalue,
        stats.pearsonr(numbers_of(Stream(3, 1, "arrivals")), table.ravel()).pvalue,
    ]
    assert min(neighbours) > RARE


def numbers_of(stream: Stream) -> NDArray[np.float64]:
    return np.concatenate([stream.at(first).random(50) for first in range(2000)])


# --- a rich world -----------------------------------------------------------------------------------------------

DAYS = 21
PROFILE = {
    "per_day": 2400.0,
    "hour_shares": [0.2] * 8 + [1.0] * 8 + [2.0] * 8,
    "weekday_factors": [1.0, 1.2, 1.0, 1.0, 1.3, 0.8, 0.5],
}
CARRIERS = {
    "home": {"share": 0.6, "pickups": {"evening": {"time": "18:00"}}, "cod_share": 0.1},
    "store": {
        "share": 0.4,
        "kind": "store",
        "pickups": {"noon": {"time": "12:00"}},
        "cod_share": 0.5,
        "unclaimed_share": 0.2,
    },
}
CHANNELS = {
    "phone": {
        "kind": "call",
        "share": 0.7,
        "handle_min": 5.0,
        "patience_min": 3.0,
        "handle": {"distribution": "gamma", "cv": 0.5},
    },
    "mail": {"kind": "message", "share": 0.3, "handle_min": 9.0, "repeat_after_min": 240.0},
}
RICH: dict[str, Any] = {
    "window": {"measure_to": 24.0 * DAYS},
    "demand": {
        "profile": PROFILE,
        "campaign": {"start": 120.0, "end": 156.0, "uplift": 3.0, "opening": {"hours": 2.0, "weight": 5.0}},
        "basket": {"lines_mean": 2.5, "units_per_line_mean": 1.6},
    },
    "promise": {"express_share": 0.15, "requested_date": {"share": 0.08, "days_ahead_min": 20, "days_ahead_max": 24}},
    "site": {
        "picking": {**CREW, "per_line_min": 0.5, "service": {"distribution": "lognormal", "cv": 0.6}},
        "packing": {**CREW, "setup_min": 2.0, "per_unit_min": 0.25, "service": {"distribution": "gamma", "cv": 0.4}},
    },
    "carriers": CARRIERS,
    "customers": {
        "patience": {"share": 0.3, "mean_h": 30.0, "counted_from": "placed"},
        "asking": {"before_due_share": 0.05, "late_share": 0.4, "late_lag_h": 6.0},
    },
    "desk": {"shifts": CREW["shifts"], "channels": CHANNELS, "general": {"per_day": 300.0}},
    "economics": {"price_per_unit": 20.0},
}


@cache
def rich(seed: int = 1, replication: int = 0) -> Draws:
    return sample(rich_world(), seed, replication)


@cache
def rich_world() -> Scenario:
    return world(**RICH)


def within(observed: float, expected: float, error: float) -> bool:
    """Whether a figure lies within the bound for one of about twenty tested together."""
    return abs(observed - expected) <= float(stats.norm.isf(RARE / 2 / 20)) * error


def mean_is(values: Any, expected: float) -> bool:
    values = np.asarray(values, dtype=np.float64)
    return within(values.mean(), expected, values.std(ddof=1) / np.sqrt(len(values)))


def share_is(rows: Any, expected: float) -> bool:
    rows = np.asarray(rows)
    return within(rows.mean(), expected, np.sqrt(expected * (1 - expected) / len(rows)))


# --- arrivals ---------------------------------------------------------------------------------------------------


def test_the_number_of_orders_is_as_expected() -> None:
    curve = order_curve(rich_world())
    for begin, end in ((0.0, 30240.0), (0.0, 7200.0), (7200.0, 7320.0), (7320.0, 9360.0), (9360.0, 30240.0)):
        expected = curve.expected(begin, end)
        count = int(np.sum((rich().placed_min >= begin) & (rich().placed_min < end)))
        assert abs(count - expected) < Z * np.sqrt(expected), (begin, end)


def test_hourly_counts_scatter_like_a_poisson_process() -> None:
    curve = order_curve(rich_world())
    expected = np.array([curve.expected(60.0 * hour, 60.0 * hour + 60) for hour in range(24 * DAYS)])
    counts = np.bincount((rich().placed_min // 60).astype(int), minlength=24 * DAYS)
    statistic = float(np.sum((counts - expected) ** 2 / expected))
    assert RARE < stats.chi2.cdf(statistic, len(expected)) < 1 - RARE
    residual = (counts - expected) / np.sqrt(expected)
    assert stats.pearsonr(residual[:-1], residual[1:]).pvalue > RARE  # neighbouring hours are independent


def test_orders_are_spread_evenly_where_the_rate_is_flat() -> None:
    draws = sample(world(window={"measure_to": 24.0 * 10}, demand={"profile": {"per_day": 3000.0}}), seed=5)
    assert stats.kstest(draws.placed_min / 14400, "uniform").pvalue > RARE
    gaps = np.diff(draws.placed_min)
    assert stats.kstest(gaps, "expon", args=(0, 1440 / 3000)).pvalue > RARE


def test_counts_of_replications_scatter_as_they_should() -> None:
    scenario = world(demand={"profile": {"per_day": 300.0}})
    counts = np.array([len(sample(scenario, 1, replication)) for replication in range(120)])
    assert abs(counts.mean() - 600) < Z * np.sqrt(600 / 120)
    dispersion = float(np.sum((counts - counts.mean()) ** 2) / 600)
    assert RARE < stats.chi2.cdf(dispersion, 119) < 1 - RARE


def test_orders_stop_at_the_horizon() -> None:
    scenario = world(window={"measure_to": 20.5, "run_on_h": 0.25}, demand={"profile": {"per_day": 20000.0}})
    placed = sample(scenario).placed_min
    assert 20.7 * 60 < placed.max() < 20.75 * 60


# --- attributes -------------------------------------------------------------------------------------------------


def test_attributes_have_the_shares_and_means_asked_for() -> None:
    draws = rich()
    home = draws.carrier == 0
    assert share_is(draws.express, 0.15)
    assert share_is(home, 0.6)
    assert share_is(draws.cod[home], 0.1)
    assert share_is(draws.cod[~home], 0.5)
    assert not draws.unclaimed[home].any()
    assert not draws.unclaimed[~draws.cod].any()
    assert share_is(draws.unclaimed[~home & draws.cod], 0.2)
    assert mean_is(draws.lines, 2.5)
    assert draws.lines.min() == 1
    assert (draws.units >= draws.lines).all()
    assert mean_is(draws.units - 1.6 * draws.lines, 0.0)
    np.testing.assert_allclose(draws.value, 20.0 * draws.units)
    for uniforms in (draws.transit_u, draws.route_u, draws.redeem_u):
        assert stats.kstest(uniforms, "uniform").pvalue > RARE


def test_work_follows_the_size_of_the_order() -> None:
    draws = rich()
    pick = draws.pick_work_min / (6.0 + 0.5 * draws.lines)
    pack = draws.pack_work_min / (2.0 + 0.25 * draws.units)
    assert mean_is(pick, 1.0)
    assert mean_is(pack, 1.0)
    assert mean_is((pick - 1) ** 2, 0.36)
    assert mean_is((pack - 1) ** 2, 0.16)


def test_wished_dates_are_as_frequent_and_as_far_off_as_asked_for() -> None:
    # wishes lie so far ahead that they always move the due time, and are seen in it
    draws = rich()
    ahead = np.floor(draws.due_delivery_min / 1440) - np.floor(draws.placed_min / 1440)
    wished = ahead >= 20
    assert share_is(wished, 0.08)
    assert set(np.unique(ahead[wished])) == {20.0, 21.0, 22.0, 23.0, 24.0}
    assert mean_is(ahead[wished], 22.0)


def test_attributes_are_unrelated_to_each_other() -> None:
    draws = rich()
    columns = [draws.express, draws.carrier == 0, draws.lines, draws.pick_work_min / (6 + 0.5 * draws.lines)]
    columns += [draws.pack_work_min / (2 + 0.25 * draws.units), draws.transit_u, draws.route_u, draws.redeem_u]
    ranks = np.stack([stats.rankdata(column) for column in columns])
    matrix = np.corrcoef(ranks)
    off = np.abs(matrix[np.triu_indices(len(columns), 1)])
    assert off.max() * np.sqrt(len(draws)) < stats.norm.isf(RARE / 2 / len(off))


def test_customers_who_would_cancel() -> None:
    draws = rich()
    wait = draws.cancel_min - draws.placed_min[draws.cancel_order]
    everybody = np.zeros(len(draws), dtype=bool)
    everybody[draws.cancel_order] = True
    assert share_is(everybody, 0.3)
    assert len(np.unique(draws.cancel_order)) == len(draws.cancel_order)
    assert (wait >= 0).all()
    assert mean_is(wait, 30 * 60.0)
    assert (np.diff(draws.cancel_min) >= 0).all()
    assert stats.kstest(draws.cancel_margin, "uniform").pvalue > RARE


def test_contacts_that_may_arise() -> None:
    draws = rich()
    general, late = draws.ask_order < 0, draws.ask_late
    early = ~general & ~late
    count = len(draws)
    assert (np.diff(draws.ask_min) >= 0).all()
    assert within(early.sum() / count, 0.05, np.sqrt(0.05 * 0.95 / count))
    assert within(late.sum() / count, 0.4, np.sqrt(0.24 / count))
    assert within(general.sum(), 300.0 * DAYS, np.sqrt(300.0 * DAYS))
    asked_early = np.zeros(count, dtype=bool)
    asked_early[draws.ask_order[early]] = True
    assert share_is(asked_early[draws.ask_order[late]], 0.05)  # who asks early is no likelier to ask late
    lag = draws.ask_min[late] - draws.due_delivery_min[draws.ask_order[late]]
    assert (lag >= 0).all()
    assert stats.kstest(lag, "expon", args=(0, 360.0)).pvalue > RARE
    rows = draws.ask_order[early]
    part = (draws.ask_min[early] - draws.placed_min[rows]) / (draws.due_delivery_min - draws.placed_min)[rows]
    assert stats.kstest(part, "uniform").pvalue > RARE
    assert stats.kstest(draws.ask_margin[late], "uniform").pvalue > RARE
    phone = draws.ask_channel == 0
    assert share_is(phone, 0.7)
    assert mean_is(draws.ask_handle_min[phone].ravel(), 5.0)
    assert mean_is(draws.ask_handle_min[~phone].ravel(), 9.0)
    assert mean_is(draws.ask_patience_min[phone].ravel(), 3.0)
    assert np.isinf(draws.ask_patience_min[~phone]).all()
    assert mean_is(draws.ask_after_min[phone].ravel(), 60.0)
    assert mean_is(draws.ask_after_min[~phone].ravel(), 240.0)
    assert stats.kstest(draws.ask_again_u.ravel(), "uniform").pvalue > RARE


def test_no_customer_acts_before_ordering() -> None:
    # The tightest promise there may be: due on the minute of the cut-off
    promise = {
        "order_cutoff": "14:00",
        "ship_by": "14:00",
        "deliver_by": "14:00",
        "express_share": 1.0,
        "express": {"ship_within_days": 0, "deliver_within_days": 0},
    }
    scenario = world(
        demand={"profile": {"per_day": 3000.0}},
        promise=promise,
        customers={
            "patience": {"share": 1.0, "mean_h": 0.01},
            "asking": {"before_due_share": 0.5, "late_share": 0.5, "late_lag_h": 0.01},
        },
        desk={"channels": CHANNELS},
    )
    draws = sample(scenario)
    assert (draws.due_ship_min >= draws.placed_min).all()
    assert (draws.cancel_min >= draws.placed_min[draws.cancel_order]).all()
    about = draws.ask_order >= 0
    assert about.any()
    assert (draws.ask_min[about] >= draws.placed_min[draws.ask_order[about]]).all()


# --- the uplift's luck ------------------------------------------------------------------------------------------


def luck(cv: float, seed: int) -> float:
    campaign = {"start": 10.0, "end": 12.0, "uplift": 2.0, "uplift_cv": cv}
    return sample(world(window={"measure_to": 24.0}, demand={"campaign": campaign}), seed).uplift_luck


def test_the_luck_of_the_uplift_is_lognormal_with_mean_one() -> None:
    drawn = np.array([luck(0.4, seed) for seed in range(400)])
    sigma = np.sqrt(np.log(1.16))
    assert abs(drawn.mean() - 1) < Z * 0.4 / np.sqrt(400)
    assert stats.kstest(np.log(drawn), "norm", args=(-sigma * sigma / 2, sigma)).pvalue > RARE


def test_without_uncertainty_or_campaign_there_is_no_luck() -> None:
    assert luck(0.0, 1) == 1.0
    assert sample(world()).uplift_luck == 1.0


def test_luck_moves_the_campaign_and_leaves_the_other_orders_as_they_are() -> None:
    def draw(cv: float) -> Draws:
        campaign = {"start": 10.0, "end": 14.0, "uplift": 2.0, "uplift_cv": cv}
        return sample(world(demand={"profile": {"per_day": 4000.0}, "campaign": campaign}), seed=8)

    sure, unsure = draw(0.0), draw(1.0)
    assert abs(unsure.uplift_luck - 1) > 0.1

    def outside(draws: Draws) -> NDArray[np.bool_]:
        return (draws.placed_min < 600) | (draws.placed_min >= 840)

    for name in ("placed_min", "lines", "pick_work_min", "transit_u"):
        np.testing.assert_array_equal(getattr(sure, name)[outside(sure)], getattr(unsure, name)[outside(unsure)])
    inside = np.sum(~outside(unsure))
    expected = 2 * unsure.uplift_luck * 4000 / 6
    assert abs(inside - expected) < Z * np.sqrt(expected)


# --- who is who, whatever else changes --------------------------------------------------------------------------

PER_ORDER = (
    "lines",
    "units",
    "express",
    "carrier",
    "cod",
    "unclaimed",
    "pick_work_min",
    "pack_work_min",
    "transit_u",
    "route_u",
    "redeem_u",
    "due_ship_min",
)


def changed(**demand: Any) -> Draws:
    return sample(world(**{**RICH, "demand": {**RICH["demand"], **demand}}))


def assert_keeps(small: Draws, large: Draws) -> None:
    """All orders of the one are orders of the other, the same in every respect."""
    place = np.searchsorted(large.placed_min, small.placed_min)
    assert len(np.unique(small.placed_min)) == len(small)  # no ties: the place says who it is
    np.testing.assert_array_equal(large.placed_min[place], small.placed_min)
    for name in PER_ORDER:
        np.testing.assert_array_equal(getattr(large, name)[place], getattr(small, name), err_msg=name)


@pytest.mark.parametrize("factor", [1.05, 3.3])
def test_a_higher_rate_keeps_all_customers_and_adds_some(factor: float) -> None:
    more = changed(profile={**PROFILE, "per_day": factor * PROFILE["per_day"]})
    assert len(more) > 1.02 * len(rich())
    assert_keeps(rich(), more)


def test_a_campaign_keeps_the_customers_of_ordinary_days() -> None:
    assert_keeps(changed(campaign=None), rich())


def test_a_later_end_keeps_what_came_before() -> None:
    longer = sample(world(**{**RICH, "window": {"measure_to": 24.0 * (DAYS + 2)}}))
    count = len(rich())
    for name in ("placed_min", *PER_ORDER):
        np.testing.assert_array_equal(getattr(longer, name)[:count], getattr(rich(), name))


def test_an_earlier_start_keeps_the_customers_of_each_date() -> None:
    later = sample(world(start="2026-01-06", demand={"profile": {"per_day": 500.0}}), seed=3)
    earlier = sample(world(window={"measure_to": 72.0}, demand={"profile": {"per_day": 500.0}}), seed=3)
    rest = earlier.placed_min >= 1440
    np.testing.assert_allclose(earlier.placed_min[rest] - 1440, later.placed_min, atol=1 / GRID)
    np.testing.assert_array_equal(earlier.transit_u[rest], later.transit_u)


@pytest.mark.parametrize(
    ("part", "value", "moved"),
    [
        ("customers", {}, {"cancel_", "ask_"}),
        ("desk", None, {"ask_", "absence_u ('desk'"}),
        ("promise", {"express_share": 0.5}, {"express", "due_", "ask_"}),
        ("carriers", {"home": {**CARRIERS["home"], "share": 1.0}}, {"carrier", "cod", "unclaimed", "pickup_u"}),
        ("economics", {}, {"value"}),
    ],
)
def test_what_concerns_one_thing_moves_no_other(part: str, value: Any, moved: set[str]) -> None:
    other = sample(world(**{**RICH, part: value}))
    for name, here in arrays(rich()).items():
        if not any(name.startswith(prefix) for prefix in moved):
            np.testing.assert_array_equal(arrays(other)[name], here, err_msg=name)


def arrays(draws: Draws) -> dict[str, NDArray[Any]]:
    """All arrays of draws by name, those of tables by name and key."""
    found: dict[str, NDArray[Any]] = {}
    for each in fields(draws):
        value = getattr(draws, each.name)
        if isinstance(value, np.ndarray):
            found[each.name] = value
        elif each.name in {"absence_u", "pickup_u"}:
            found |= {f"{each.name} {key}": table for key, table in value.items()}
    return found


def test_the_same_key_gives_the_same_bytes_whatever_was_drawn_between() -> None:
    first = arrays(rich())
    sample(rich_world(), 1, 1)
    again = arrays(sample(rich_world(), 1, 0))
    assert first.keys() == again.keys()
    for name, values in first.items():
        assert values.tobytes() == again[name].tobytes() or values.dtype == object, name


def test_seeds_and_replications_are_different_worlds() -> None:
    scenario = world(demand={"profile": {"per_day": 500.0}})
    worlds = [sample(scenario, seed, replication) for seed in (1, 2) for replication in (0, 1)]
    times = np.concatenate([each.placed_min for each in worlds])
    assert len(np.unique(times)) == len(times)
    assert [(each.seed, each.replication) for each in worlds] == [(1, 0), (1, 1), (2, 0), (2, 1)]


# --- people and pickups -----------------------------------------------------------------------------------------


def crew(**shifts: int) -> Scenario:
    made = {name: {"start": "08:00", "end": "16:00", "headcount": count} for name, count in shifts.items()}
    return world(site={"picking": {**CREW, "shifts": made}})


def test_absence_has_one_number_per_roster_slot() -> None:
    table = sample(crew(day=3, late=0)).absence_u
    assert set(table) == {("picking", name) for name in ("day", "late", *PLAN_CREWS)}
    assert table["picking", "day"].shape == (3, 3)  # the day before the start, and two days
    assert table["picking", "late"].shape == (3, 0)
    assert all(table["picking", name].shape == (3, PLAN_POOL) for name in PLAN_CREWS)
    everything = np.concatenate([values.ravel() for values in table.values()])
    assert len(np.unique(everything)) == len(everything)


def test_more_people_and_more_shifts_change_nobody_elses_luck() -> None:
    few, many = sample(crew(day=3)).absence_u, sample(crew(day=9, late=4)).absence_u
    np.testing.assert_array_equal(many["picking", "day"][:, :3], few["picking", "day"])
    for name in PLAN_CREWS:
        np.testing.assert_array_equal(many["picking", name], few["picking", name])


def test_headcount_factors_are_rounded_half_up() -> None:
    scenario = world(site={"picking": {**CREW, "headcount_factor": 1.25}})  # 2 x 1.25
    assert sample(scenario).absence_u["picking", "day"].shape[1] == 3


def test_luck_of_people_and_pickups_belongs_to_the_date() -> None:
    early = world(carriers={"home": {**CARRIERS["home"], "share": 1.0}})
    late = early.model_copy(update={"start": early.first_day.replace(day=6)})
    late = Scenario.model_validate(late.model_dump(by_alias=True))
    one, other = sample(early), sample(late)
    np.testing.assert_array_equal(one.pickup_u["home"][1:], other.pickup_u["home"][:-1])
    np.testing.assert_array_equal(one.absence_u["picking", "day"][1:], other.absence_u["picking", "day"][:-1])


def test_pickups_have_one_number_per_quarter_of_an_hour_and_carrier() -> None:
    table = rich().pickup_u
    assert {name: values.shape for name, values in table.items()} == {"home": (DAYS, 96), "store": (DAYS, 96)}
    assert not np.intersect1d(table["home"], table["store"]).size


# --- types, shapes and the empty cases --------------------------------------------------------------------------

TYPES = {
    "lines": np.int32,
    "units": np.int32,
    "express": np.bool_,
    "carrier": np.int8,
    "cod": np.bool_,
    "unclaimed": np.bool_,
    "route_u": np.float32,
    "redeem_u": np.float32,
    "cancel_order": np.int64,
    "cancel_margin": np.float32,
    "ask_order": np.int64,
    "ask_late": np.bool_,
    "ask_margin": np.float32,
    "ask_channel": np.int8,
    "ask_again_u": np.float32,
}


def assert_documented(draws: Draws) -> None:
    """Types and shapes as the class documents them, for any scenario."""
    for each in fields(draws):
        values = getattr(draws, each.name)
        if not isinstance(values, np.ndarray) or each.name == "order_id":
            continue
        assert values.dtype == TYPES.get(each.name, np.float64), each.name
        if each.name.startswith("ask_"):
            count = len(draws.ask_min)
            square = each.name.endswith(("handle_min", "patience_min", "after_min", "again_u"))
            assert values.shape == ((count, ATTEMPTS) if square else (count,)), each.name
        elif each.name.startswith("cancel_"):
            assert values.shape == draws.cancel_min.shape, each.name
        else:
            assert values.shape == (len(draws),), each.name
        if each.name.endswith("_u") or each.name.endswith("_margin"):
            assert ((values >= 0) & (values < 1)).all(), each.name
        if each.name.endswith("_min"):
            known = values[np.isfinite(values)]
            assert (known * GRID == np.round(known * GRID)).all(), f"{each.name} leaves the grid"
    assert len(draws.order_id) == len(draws)
    assert (np.diff(draws.placed_min) >= 0).all()


def test_arrays_are_as_documented() -> None:
    assert_documented(rich())


@pytest.mark.parametrize("part", ["promise", "desk"])
def test_what_a_scenario_lacks_leaves_nothing_behind(part: str) -> None:
    draws = sample(world(**{**RICH, part: None}), seed=4)
    assert_documented(draws)
    if part == "promise":
        assert np.isnan(draws.due_ship_min).all()
        assert np.isnan(draws.due_delivery_min).all()
        assert not draws.express.any()
        assert (draws.ask_order == -1).all()  # nothing falls due: general questions only
    else:
        assert len(draws.ask_min) == 0
        assert not any(role == "desk" for role, _ in draws.absence_u)


def test_without_carriers_nobody_has_one() -> None:
    draws = sample(world(**{**RICH, "carriers": {}}))
    assert_documented(draws)
    assert (draws.carrier == -1).all()
    assert not draws.cod.any()
    assert not draws.unclaimed.any()
    assert draws.pickup_u == {}


def test_without_packing_there_is_no_work_there() -> None:
    draws = sample(world(demand={"profile": {"per_day": 500.0}}))
    assert_documented(draws)
    assert not draws.pack_work_min.any()
    assert (draws.pick_work_min == 6.0).all()
    assert (draws.lines == 1).all()
    assert (draws.units == 1).all()


def test_a_scenario_without_orders_can_be_drawn() -> None:
    bare = sample(world())
    everything = sample(world(**{**RICH, "demand": {"profile": {"per_day": 0.0}}}))
    for draws in (bare, everything):
        assert len(draws) == 0
        assert_documented(draws)
    assert len(bare.ask_min) == 0
    assert (everything.ask_order == -1).all()


def test_orders_may_be_limited_in_length() -> None:
    basket = {"lines_mean": 3.0, "lines_max": 4}
    draws = sample(world(demand={"profile": {"per_day": 5000.0}, "basket": basket}))
    assert draws.lines.max() == 4
    assert share_is(draws.lines == 1, 1 / 3)  # geometric: a third have one line
    assert share_is(draws.lines == 4, (2 / 3) ** 3)


def test_scale_draws_that_part_of_the_same_customers() -> None:
    tenth = sample(world(**RICH, scale=0.1))
    expected = order_curve(rich_world()).expected(0, 1440.0 * DAYS) / 10
    assert abs(len(tenth) - expected) < Z * np.sqrt(expected)
    place = np.searchsorted(rich().placed_min, tenth.placed_min)
    np.testing.assert_array_equal(rich().placed_min[place], tenth.placed_min)


def test_general_questions_follow_their_own_profile() -> None:
    scenario = world(
        window={"measure_to": 168.0},
        desk={"channels": CHANNELS, "general": {"per_h": 30.0, "hour_shares": [0.0] * 9 + [1.0] * 9 + [0.0] * 6}},
    )
    draws = sample(scenario, seed=2)
    assert scenario.desk is not None
    expected = profile_curve(scenario, scenario.desk.general).expected(0, 7 * 1440)
    assert expected == pytest.approx(7 * 720)
    assert abs(len(draws.ask_min) - expected) < Z * np.sqrt(expected)
    minute = draws.ask_min % 1440
    assert ((minute >= 540) & (minute < 1080)).all()
