"""Ceilings of tiny shops by hand, and of patterns that are written down."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import sim
from sim.compute import Engine
from sim.errors import InputError
from sim.experiment.questions.constraint import Constraint
from sim.planning.ceiling.binding import twice
from sim.planning.ceiling.forecast import sees_the_forecast
from sim.planning.ceiling.question import Ceilings, Search, ceiling
from sim.planning.ceiling.shapes import Figures, shapes_of
from sim.planning.ceiling.sizes import Ladder, ladder, mean_units, measure_of
from sim.scenario.demand import Basket
from sim.scenario.economics import Economics, Targets
from sim.scenario.measures import Overtime
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from tests.small_sites import demand, packing, picking, promise, shift, site, world

NONE = Plan(name="none")


def bench(folder: Path, pickers: int = 1, **more: Any) -> Scenario:
    """Ten orders at eight; each takes a picker ten minutes and a packer one, so that a picker does 60 by 18:00.

    Replayed x times, x between 6 and 7, they are 60 + Binomial(10, x - 6) orders; with a target of 95 % up to 63 are
    met in time, since 60 / 63 is more than 95 % and 60 / 64 is less.
    """
    where = site(pick=picking(shift(pickers)), pack=packing(shift(), setup_min=1.0 / 64))
    usual: dict[str, Any] = {
        "site": where,
        "promise": promise("18:01"),
        "targets": Targets(service_level_ship=0.95, probability=0.9),
    }
    return world(folder, [480.0] * 10, **{**usual, **more})


def asked(scenario: Scenario, plans: list[Plan] | None = None, **more: Any) -> Ceilings:
    usual: dict[str, Any] = {"low": 2.0, "high": 16.0, "points": 5, "width": 0.05, "replications": 6, "first": 3}
    with Engine("serial") as engine:
        return ceiling(scenario, plans or [NONE], Search(**{**usual, **more}), seed=3, engine=engine)


# --- by hand -------------------------------------------------------------------------------------------------------


def test_the_ceiling_of_a_bench_by_hand(tmp_path: Path) -> None:
    found = asked(bench(tmp_path))
    (each,) = found.found
    assert each.verdict == "bracket"
    # P(Binomial(10, q) <= 3) is 0.9 at q = 0.187; the sequential test calls 0.85 to 0.95 either: q from 0.150 to 0.215
    law = {q: stats.binom(10, q).cdf(3) for q in (0.150, 0.187, 0.215)}
    assert list(law.values()) == pytest.approx([0.95, 0.90, 0.85], abs=0.005)
    assert each.low <= 6.215
    assert each.high >= 6.150
    assert each.high / each.low < 1.2
    assert each.low_confirmed
    assert each.high_confirmed
    row = found.ceilings.iloc[0]
    assert (row["orders_low"], row["orders_high"]) == pytest.approx((10 * each.low, 10 * each.high))
    assert not row["integrated"]
    np.testing.assert_allclose(found.stretches["first"], [2.0])


def test_twice_the_pickers_bear_twice_as_much(tmp_path: Path) -> None:
    one, two = (asked(bench(tmp_path, pickers)).found[0] for pickers in (1, 2))
    assert two.low / one.low == pytest.approx(2.0, rel=0.06)


def test_one_more_of_what_binds_and_of_what_does_not(tmp_path: Path) -> None:
    found = asked(bench(tmp_path), worth=True)
    worth = found.worth.set_index("resource")
    assert found.worth_of == "none"
    # a second picker: from about 6.3 to 12.6 times the file, ten orders each
    assert worth.loc["picking.shift_0", "gain_orders"] == pytest.approx(63.0, rel=0.1)
    assert worth.loc["picking.shift_0", "clear"]
    assert worth.loc["picking.shift_0", "ceiling_gain_low"] > 5
    # another packer changes nothing in any draw
    for name in ("gain", "gain_low", "gain_high", "ceiling_gain", "ceiling_gain_low", "ceiling_gain_high"):
        assert worth.loc["packing.shift_0", name] == 0
    assert not worth.loc["packing.shift_0", "clear"]
    assert next(iter(worth.index)) == "picking.shift_0"


def test_only_some_resources(tmp_path: Path) -> None:
    found = asked(bench(tmp_path), worth=True, only=("packing",), binding=False)
    assert list(found.worth["resource"]) == ["packing.shift_0"]


def test_what_binds_and_what_binds_next(tmp_path: Path) -> None:
    """A picker does 60 orders by six, a packer who takes eight minutes 75: picking binds, then packing."""
    where = site(pick=picking(), pack=packing(shift(), setup_min=8.0))
    found = asked(bench(tmp_path, site=where))
    table = found.binding.set_index("step")
    assert list(table["resource"]) == ["picking", "packing"]
    assert list(table["share"]) == [1.0, 1.0]
    assert table.loc[1, "breaks_at"] < table.loc[2, "breaks_at"]
    # 75 orders in time are 95 % of 78.9
    assert table.loc[2, "breaks_at_orders"] == pytest.approx(79.0, rel=0.06)


def test_nothing_binds_where_there_is_no_more_to_be_had(tmp_path: Path) -> None:
    scenario = bench(tmp_path)
    assert twice(scenario, "release") == {}
    assert twice(scenario, "desk") == {}
    assert twice(scenario, "picking") == {"site.picking.headcount_factor": 2.0}


def test_answers_in_words_at_both_ends_of_the_range(tmp_path: Path) -> None:
    idle, buried = (asked(bench(tmp_path), low=low, high=high).found[0] for low, high in ((1.0, 3.0), (8.0, 16.0)))
    assert (idle.verdict, buried.verdict) == ("holds_to_the_largest", "not_at_the_smallest")
    assert idle.low == pytest.approx(3.0)
    assert idle.low_confirmed
    assert np.isnan(idle.high)
    assert buried.high == pytest.approx(8.0)
    assert buried.high_confirmed
    assert np.isnan(buried.low)


def test_a_promise_that_nothing_measures_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="promises nothing"):
        asked(bench(tmp_path, promise=None))


def test_another_constraint(tmp_path: Path) -> None:
    """At most 120 orders behind at once: twelve times the file, all of which come at eight."""
    scenario = bench(tmp_path)
    with Engine("serial") as engine:
        found = ceiling(
            scenario,
            [NONE],
            Search(low=2.0, high=32.0, points=5, replications=4, first=3, binding=False),
            constraint=Constraint("peak_backlog_orders", 120.0),
            engine=engine,
        )
    (each,) = found.found
    assert each.low <= 12.0 <= each.high
    assert each.high / each.low < 1.2


def test_net_contribution_beyond_the_best_size_is_lost(tmp_path: Path) -> None:
    """Every order beyond 60 is late, and a late order is written off: what is best is where most are in time."""
    economics = Economics(price_per_unit=100.0, margin_share=0.5, packaging_cost=60.0)
    found = asked(bench(tmp_path, economics=economics), binding=False)
    net = found.curve[found.curve["kpi"] == "net_contribution"].set_index("size")
    best = net.loc[net["mean"].idxmax()]
    alike = net[net["n"] == best["n"]]  # means over the same draws
    assert best["lost"] == 0
    assert len(alike) > 3
    np.testing.assert_allclose(alike["lost"], best["mean"] - alike["mean"], atol=1e-6)
    assert alike["lost"].iloc[-1] > 0


# --- asked again ---------------------------------------------------------------------------------------------------


def test_asked_again_nothing_is_run(tmp_path: Path) -> None:
    scenario, store = bench(tmp_path), sim.Store(tmp_path / "kept")
    search = Search(low=2.0, high=16.0, points=5, replications=4, first=2, worth=True)
    with Engine("serial") as engine:
        first, again = (ceiling(scenario, [NONE], search, store=store, engine=engine) for _ in range(2))
    assert first.ran > 0
    assert again.ran == 0
    for name in ("ceilings", "shares", "curve", "binding", "worth"):
        assert getattr(first, name).equals(getattr(again, name)), name


# --- sizes and shapes ----------------------------------------------------------------------------------------------


def test_rungs_are_in_equal_ratios_and_reach_both_ends() -> None:
    found = ladder(1.0, 8.0, 0.1, 5)
    assert found.sizes[0] == 1.0
    assert found.sizes[-1] == pytest.approx(8.0)
    assert found.ratio <= 1.05
    assert found.coarse[-1] == found.rungs - 1
    assert len(found.coarse) == 5
    assert Ladder(1.0, 2.0, 5, 3).coarse == [0, 2, 4]
    assert Ladder(1.0, 2.0, 3, 9).coarse == [0, 1, 2]


def test_units_of_an_order_by_hand() -> None:
    assert mean_units(Basket(lines_mean=1.0, units_per_line_mean=2.5)) == 2.5
    # geometric from 1 with mean 2, cut at 2: half of the orders have one line, the others two
    assert mean_units(Basket(lines_mean=2.0, lines_max=2)) == pytest.approx(1.5)


def campaign(**more: Any) -> Scenario:
    return sim.load_scenario("double11", overrides=[f"demand.campaign.{name}={value}" for name, value in more.items()])


def test_size_in_orders_and_revenue() -> None:
    scenario = campaign()
    measure = measure_of(scenario)
    curve_orders = sim.load_scenario("double11", overrides=["demand.campaign.uplift=1"])
    ordinary = measure_of(curve_orders).orders
    assert measure.orders == ordinary
    assert measure.of(4.5, "orders") == pytest.approx(4.5 * ordinary)
    assert measure.size(measure.of(3.0, "revenue"), "revenue") == pytest.approx(3.0)


def test_longer_sells_as_much() -> None:
    scenario = campaign()
    planned, longer = shapes_of(scenario, ["as_planned", "longer"], Figures(longer=2.0))
    ordinary = measure_of(sim.load_scenario("double11", overrides=["demand.campaign.end=2026-11-17"])).orders
    # beyond the ordinary ones of its hours: (u - 1) x those of the planned hours
    assert (longer.own(4.0) - 1) * ordinary == pytest.approx(3.0 * planned.measure.orders)
    assert longer.size(longer.own(4.0)) == pytest.approx(4.0)
    assert longer.figures["window.measure_to"] == planned.figures["window.measure_to"]


def test_what_is_sold_ahead_is_measured() -> None:
    planned, ahead = shapes_of(campaign(), ["as_planned", "pre_orders"], Figures(pre_order_days=5.0))
    assert planned.figures["window.measure_from"] == ahead.figures["window.measure_from"] == 24.0
    with pytest.raises(InputError, match="begins too late"):
        shapes_of(campaign(), ["pre_orders"], Figures(pre_order_days=7.0))


def test_who_sees_the_forecast() -> None:
    scenario = campaign()
    trigger = {"when": "metric", "metric": "orders_against_plan", "above": 1.3}
    watching = Plan(name="watching", measures={"floor": Overtime(trigger=trigger, hours=2.0)})  # type: ignore[arg-type]
    assert sees_the_forecast(scenario, watching)
    assert not sees_the_forecast(scenario, sim.load_plan("overtime"))


# --- refused -------------------------------------------------------------------------------------------------------


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        asked(bench(tmp_path), low=9.0, high=3.0, shapes=("longr", "longer"), of="nobody", worth=True, only=("pickin",))
    told = str(caught.value)
    for words in ("longr", "did you mean", "order file", "nobody", "pickin"):
        assert words in told, words
    with pytest.raises(InputError, match="higher one"):
        asked(bench(tmp_path), low=9.0, high=3.0)


def test_neither_campaign_nor_file() -> None:
    scenario = sim.load_scenario("steady")
    with pytest.raises(InputError, match="no campaign whose size") as caught:
        ceiling(scenario, [NONE])
    assert len(caught.value.problems) == 1


def test_a_plan_that_needs_another_world_is_refused_before_any_run(tmp_path: Path) -> None:
    scenario = bench(tmp_path, demand=demand(tmp_path, [480.0] * 10))
    with pytest.raises(InputError):
        ceiling(scenario, [sim.load_plan("pause_campaign")])
    assert replace(Search(), width=0.1).width == 0.1
