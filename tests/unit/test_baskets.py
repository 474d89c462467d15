"""Baskets: numbers of lines against published ones, popularity by chi-square, and luck that stays with the order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sim.demand.baskets import Baskets, chosen, drawn_baskets, line_uniforms, spread
from sim.demand.catalogue import Catalogue, catalogue_of
from sim.draws import Draws, sample
from sim.scenario.scenario import Scenario
from tests.ledgers import world

RARE = 1e-6
RNG = np.random.default_rng(7)
Ints = NDArray[np.int64]


def shop(per_day: float = 2000.0, days: float = 2.0, **more: Any) -> Scenario:
    """A shop with twenty generated SKUs, unless told otherwise."""
    demand = {"profile": {"per_day": per_day}, "basket": {"lines_mean": 2.5, "units_per_line_mean": 1.5}}
    demand |= more.pop("demand", {})
    stock = more.pop("stock", {"assortment": {"count": 20}})
    return world(window={"measure_to": 24 * days}, demand=demand, stock=stock, **more)


def catalogue(**assortment: Any) -> Catalogue:
    return catalogue_of(shop(stock={"assortment": {"count": 50, **assortment}}))


def drawn(lines: Any, by_campaign: Any = None, mean: float = 1.5, seeds: Any = None, **assortment: Any) -> Baskets:
    lines = np.asarray(lines, dtype=np.int64)
    flags = np.zeros(len(lines), dtype=bool) if by_campaign is None else np.asarray(by_campaign)
    luck = np.random.default_rng(3).random((len(lines), 2)) if seeds is None else seeds
    return drawn_baskets(catalogue(**assortment), lines, flags, mean, luck)


# --- the numbers of a line --------------------------------------------------------------------------------------

# First outputs of Vigna's splitmix64.c from the state 1234567
REFERENCE = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]


def test_numbers_of_lines_are_those_of_splitmix64() -> None:
    state = np.array([[0.0, 1234567 / 2**32]])
    found = line_uniforms(state, np.array([0, 5]), 1)
    assert found[:, 0].tolist() == [(value >> 11) * 2.0**-53 for value in REFERENCE]
    in_pairs = line_uniforms(state, np.array([0, 2]), 2)
    assert in_pairs.ravel().tolist() == found[:4, 0].tolist()


def test_both_parts_of_a_seed_count() -> None:
    seeds = np.array([[0.5, 0.25], [0.5, 0.75], [0.25, 0.25]])
    found = line_uniforms(seeds, np.arange(4), 2)
    assert len(np.unique(found)) == 6


def test_numbers_of_lines_are_uniform_and_independent_of_their_neighbours() -> None:
    seeds = RNG.random((40_000, 2))
    found = line_uniforms(seeds, np.arange(0, 120_001, 3), 2)
    assert found.min() >= 0
    assert found.max() < 1
    for column in found.T:
        assert stats.kstest(column, "uniform").pvalue > RARE
    per_order = found.reshape(40_000, 6)
    correlation = np.corrcoef(np.column_stack([per_order, seeds]), rowvar=False)
    assert np.abs(correlation - np.eye(8)).max() < 5 / np.sqrt(40_000)


# --- popularity -------------------------------------------------------------------------------------------------


def chi_square(sku: NDArray[Any], shares: NDArray[np.float64]) -> float:
    counts = np.bincount(sku, minlength=len(shares))
    return float(stats.chisquare(counts, shares * len(sku)).pvalue)


@pytest.mark.parametrize("exponent", [0.0, 0.7, 1.0, 1.6])
def test_lines_follow_zipf(exponent: float) -> None:
    found = drawn(np.full(20_000, 2), exponent=exponent)
    shares = np.arange(1, 51) ** -exponent
    assert chi_square(found.sku, shares / shares.sum()) > RARE
    assert chi_square(found.sku, shares**1.1 / np.sum(shares**1.1)) < RARE or exponent == 0


def test_the_campaign_bends_popularity_of_its_own_orders_only() -> None:
    by_campaign = np.arange(30_000) % 3 == 0
    found = drawn(np.full(30_000, 2), by_campaign, exponent=0.5, campaign_exponent=1.5)
    rows = by_campaign[found.order]
    ranks = np.arange(1, 51)
    usual, bent = ranks**-0.5, ranks**-1.5
    assert chi_square(found.sku[~rows], usual / usual.sum()) > RARE
    assert chi_square(found.sku[rows], bent / bent.sum()) > RARE


def test_a_skus_campaign_factor_bends_too() -> None:
    skus = {"bread": {"popularity": 3.0}, "cake": {"popularity": 1.0, "campaign_factor": 6.0}}
    found = catalogue_of(shop(stock={"skus": skus}))
    assert found.popularity.tolist() == [0.75, 0.25]
    assert found.campaign_popularity.tolist() == [3 / 9, 6 / 9]


def test_units_of_a_line_are_geometric() -> None:
    units = drawn(np.full(30_000, 2), mean=2.5).units
    counts = np.bincount(units)[1:12]
    shares = 0.4 * 0.6 ** np.arange(11)
    observed, expected = np.append(counts, len(units) - counts.sum()), np.append(shares, 1 - shares.sum())
    assert stats.chisquare(observed, expected * len(units)).pvalue > RARE


def test_a_sku_without_popularity_is_never_chosen() -> None:
    luck = np.append(RNG.random(1000), [0.0, 1 - 2.0**-53])
    found = chosen(np.array([0.0, 0.3, 0.0, 0.7, 0.0]), luck)
    assert set(found.tolist()) == {1, 3}
    assert chosen(np.array([0.25, 0.75]), np.array([0.0, 0.2499, 0.25, 0.9])).tolist() == [0, 0, 1, 1]


# --- luck stays with the order ----------------------------------------------------------------------------------


def lines_of(baskets: Baskets, order: int) -> list[tuple[int, int]]:
    rows = slice(baskets.first[order], baskets.first[order + 1])
    return list(zip(baskets.sku[rows].tolist(), baskets.units[rows].tolist(), strict=True))


def test_an_order_with_more_lines_keeps_its_first_ones() -> None:
    seeds = RNG.random((200, 2))
    lines = RNG.integers(1, 5, 200)
    fewer, more = drawn(lines, seeds=seeds), drawn(lines + np.arange(200) % 3, seeds=seeds)
    for order in range(200):
        kept = lines_of(fewer, order)
        assert lines_of(more, order)[: len(kept)] == kept


def test_baskets_do_not_depend_on_the_other_orders() -> None:
    seeds = RNG.random((100, 2))
    lines = RNG.integers(1, 6, 100)
    some = RNG.permutation(100)[:37]
    alone, among = drawn(lines[some], seeds=seeds[some]), drawn(lines, seeds=seeds).take(some)
    for name in ("first", "sku", "units"):
        np.testing.assert_array_equal(getattr(alone, name), getattr(among, name))


def by_time(draws: Draws) -> dict[float, list[tuple[int, int]]]:
    assert draws.stock is not None
    return {float(time): lines_of(draws.stock.baskets, order) for order, time in enumerate(draws.placed_min)}


def test_a_higher_uplift_keeps_the_baskets_of_the_orders_both_have() -> None:
    def surge(uplift: float) -> Draws:
        campaign = {"start": 12.0, "end": 36.0, "uplift": uplift}
        stock = {"assortment": {"count": 20, "campaign_exponent": 2.0}}
        return sample(shop(stock=stock, demand={"campaign": campaign}), seed=4)

    low, high = by_time(surge(2.0)), by_time(surge(3.0))
    assert len(high) > 1.2 * len(low)
    assert all(high[time] == lines for time, lines in low.items())


def test_a_sku_at_the_end_that_nobody_wants_changes_nothing() -> None:
    skus = {f"box {number}": {"popularity": 1.0 / (1 + number)} for number in range(7)}
    before = sample(shop(stock={"skus": skus}), seed=4)
    after = sample(shop(stock={"skus": {**skus, "dust": {"popularity": 0.0}}}), seed=4)
    assert by_time(before) == by_time(after)
    assert before.stock is not None
    assert after.stock is not None
    np.testing.assert_array_equal(before.stock.supply_u, after.stock.supply_u[:7])
    np.testing.assert_array_equal(before.value, after.value)


def test_stock_moves_no_other_luck() -> None:
    plain, stocked = sample(shop(stock=None), seed=4), sample(shop(), seed=4)
    for name in ("placed_min", "lines", "carrier", "express", "transit_u", "commit_u", "absence_u"):
        np.testing.assert_equal(getattr(plain, name), getattr(stocked, name))
    assert stocked.stock is not None
    assert plain.stock is None
    baskets = stocked.stock.baskets
    np.testing.assert_array_equal(stocked.lines, np.diff(baskets.first))
    np.testing.assert_array_equal(stocked.units, baskets.per_order(baskets.units))


# --- baskets as a table -----------------------------------------------------------------------------------------


def table() -> Baskets:
    """Three orders: two lines, none, one."""
    return Baskets(np.array([0, 2, 2, 3]), np.array([4, 1, 4], dtype=np.int32), np.array([5, 1, 2], dtype=np.int32))


def test_sums_and_rows_of_orders() -> None:
    baskets = table()
    assert baskets.order.tolist() == [0, 0, 2]
    assert baskets.per_order(baskets.units).tolist() == [6, 0, 2]


def test_taking_orders_copies_and_reorders_them() -> None:
    taken = table().take(np.array([2, 0, 0, 1]))
    assert taken.first.tolist() == [0, 1, 3, 5, 5]
    assert taken.sku.tolist() == [4, 4, 1, 4, 1]
    assert taken.units.tolist() == [2, 5, 1, 5, 1]


# --- units of a file shared out over drawn lines ----------------------------------------------------------------


def test_units_that_are_spread_add_up_whatever_the_luck() -> None:
    lines, units = RNG.integers(1, 9, 500), RNG.integers(0, 2000, 500)
    first = np.concatenate([[0], np.cumsum(lines)])
    found = spread(units, first, RNG.random(first[-1]), RNG.random(500))
    assert found.min() >= 0
    np.testing.assert_array_equal(np.add.reduceat(found, first[:-1]), units)


def test_every_line_gets_the_same_on_average() -> None:
    orders = 30_000
    first = np.arange(0, 3 * orders + 1, 3)
    for units in (1, 2, 7):
        found = spread(np.full(orders, units), first, RNG.random(3 * orders), RNG.random(orders)).reshape(orders, 3)
        error = found.std(axis=0) / np.sqrt(orders)
        assert (np.abs(found.mean(axis=0) - units / 3) < 5 * error).all()


def test_spreading_by_hand() -> None:
    """Weights ln 2 and 2 ln 2 are a third and two thirds: of 6 units 2 and 4, of 1 unit the rounding decides."""
    luck = np.array([0.5, 0.75, 0.5, 0.75, 0.5, 0.75])
    found = spread(np.array([6, 1, 1]), np.array([0, 2, 4, 6]), luck, np.array([0.1, 0.7, 0.6]))
    assert found.tolist() == [2, 4, 1, 0, 0, 1]
