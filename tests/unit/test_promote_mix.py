"""The best mix against all mixes of small cases; and what a mix does to demand and to the warehouse."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.compute import Engine
from sim.demand.forecast_file import read_forecast
from sim.errors import InputError
from sim.experiment.laboratory.lab import Lab
from sim.experiment.questions.constraint import Constraint
from sim.planning.promote.demand import dealt, elasticities, extra_paths, ordinary_paths, with_offers
from sim.planning.promote.figures import ConstantElasticity
from sim.planning.promote.mix import best_mix
from sim.planning.promote.offers import KINDS, Candidates, Window, price_offers
from sim.planning.promote.pressure import pressure
from sim.planning.promote.shipping import Search, shipping_in
from sim.planning.promote.stock_file import stock_of
from tests.unit.promote_fixture import PLAIN, TODAY, in_days, pressed

WINDOW = Window(TODAY, date(2026, 3, 11))
LENIENT = Constraint(tolerance=0.09)  # fewer replications to be sure
UPLIFT = ConstantElasticity(2.0, 1.0, 3.0, "by hand")


def drawn(seed: int, skus: int = 4) -> Candidates:
    """Near-expiry offers of some SKUs at three depths, and two thresholds, one of them with a gift of the first SKU."""
    generator = np.random.default_rng(seed)
    state = pressed(
        on_hand=np.round(generator.uniform(100, 400, skus)).tolist(),
        sales_per_day=generator.uniform(2, 9, skus).tolist(),
        price=generator.uniform(5, 20, skus).tolist(),
        cost=[4.0] * skus,
        expiry=[in_days(16)] * skus,
    )
    figures = replace(PLAIN, depths=(0.2, 0.35, 0.5))
    found = price_offers(state, WINDOW, figures, UPLIFT)
    rows = np.append(np.arange(len(found)), [0, 0])
    found = found.take(rows)
    kind, sku = found.kind.copy(), found.sku.copy()
    kind[-2:] = [KINDS.index("threshold_gift"), KINDS.index("threshold_discount")]
    sku[-1] = -1
    amounts = {name: values.copy() for name, values in found.amounts.items()}
    amounts["contribution"][-2:] = generator.uniform(0, 600, 2)
    amounts["orders_per_day"][-2:] = 0
    return replace(found, kind=kind, sku=sku, amounts=amounts)


def by_force(found: Candidates, budget: float, capacity: float) -> float:
    """The best of all mixes: per SKU one offer or none, and at most one threshold."""
    net, spent, orders = (found.amounts[name] for name in ("contribution", "budget", "orders_per_day"))
    plain = found.kind < KINDS.index("threshold_gift")
    skus = range(len(found.pressed.stock))
    choices = [[-1, *np.flatnonzero((found.sku == sku) & plain)] for sku in skus]
    best = 0.0
    for threshold in [-1, *np.flatnonzero(~plain)]:
        for picked in product(*choices):
            if threshold >= 0 and found.sku[threshold] >= 0 and picked[found.sku[threshold]] >= 0:
                continue  # the gift's SKU has an offer of its own
            rows = [row for row in (*picked, threshold) if row >= 0]
            if spent[rows].sum() <= budget and orders[rows].sum() <= capacity:
                best = max(best, float(net[rows].sum()))
    return best


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("budget", "capacity"), [(np.inf, np.inf), (1500.0, np.inf), (np.inf, 12.0), (2000.0, 15.0)])
def test_the_mix_is_the_best_of_all(seed: int, budget: float, capacity: float) -> None:
    found = drawn(seed)
    mix = best_mix(found, budget=budget, capacity=capacity, gap=0.0)
    assert mix.contribution == pytest.approx(by_force(found, budget, capacity))
    assert mix.contribution == pytest.approx(found.amounts["contribution"][mix.rows].sum())
    assert mix.spent <= budget * (1 + 1e-9)
    assert mix.orders_per_day <= capacity * (1 + 1e-9)


def test_no_capacity_leaves_offers_without_orders_of_their_own() -> None:
    found = drawn(1)
    mix = best_mix(found, capacity=0.0)
    assert mix.orders_per_day == 0
    assert set(mix.chosen.kind) <= {KINDS.index("threshold_gift"), KINDS.index("threshold_discount")}
    assert mix.contribution == pytest.approx(by_force(found, np.inf, 0.0))


def test_offers_that_bring_next_to_nothing_are_not_made() -> None:
    found = price_offers(pressed(on_hand=10, sales_per_day=0.0), WINDOW, PLAIN, UPLIFT)
    assert (found.amounts["contribution"] > 0).any()
    assert len(best_mix(found).rows) == 0  # less than a unit more
    state = pressed(on_hand=200, sales_per_day=10.0, expiry=in_days(8))  # brings 500, of 750 tied up
    for share, offers in ((0.6, 1), (0.7, 0)):
        figures = replace(PLAIN, least_share=share)
        assert len(best_mix(price_offers(state, WINDOW, figures, UPLIFT)).rows) == offers


def test_the_solver_keeps_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    _, found = shop(per_day=2000.0)
    top = best_mix(found).orders_per_day
    os.write(1, b"before\n")
    for part in range(1, 64, 6):
        best_mix(found, capacity=top * part / 64)
    os.write(1, b"after\n")
    assert capfd.readouterr().out.splitlines() == ["before", "after"]


def test_skus_that_are_left_out_are_told() -> None:
    found = drawn(2)
    every, some = best_mix(found, gap=0.0), best_mix(found, most_skus=2)
    assert every.left_out == 0
    assert some.left_out > 0
    assert some.contribution + some.left_out >= every.contribution - 1e-6


def test_units_that_offers_sell_are_not_written_off() -> None:
    state = pressed(on_hand=200, sales_per_day=10.0, expiry=in_days(8))
    mix = best_mix(price_offers(state, WINDOW, PLAIN, UPLIFT))
    assert mix.sold_extra.tolist() == [150]


def test_limits_below_zero_are_refused() -> None:
    with pytest.raises(InputError) as error:
        best_mix(drawn(0), budget=-1, capacity=float("nan"))
    assert [problem.place for problem in error.value.problems] == ["budget", "capacity"]


# --- demand --------------------------------------------------------------------------------------------------------


def shop(*, days: int = 4, per_day: float = 20_000.0) -> tuple[sim.Scenario, Candidates]:
    """A normal week at a small scale, with goods that expire in it; so many orders that not all can be shipped."""
    scenario = sim.load_scenario("steady", overrides=["scale=0.02"])
    generator = np.random.default_rng(3)
    skus, start = 60, date(2026, 3, 17)
    rate = generator.lognormal(1.0, 0.5, skus)
    rate *= per_day / rate.sum()
    stock = stock_of(
        {
            "sku": [f"S{number}" for number in range(skus)],
            "on_hand": np.round(rate * generator.uniform(15, 40, skus)),
            "sales_per_day": rate,
            "price": np.full(skus, 400.0),
            "cost": np.full(skus, 200.0),
            "expiry": np.full(skus, np.datetime64("2026-03-30")),
        }
    )
    window = Window(start, date(2026, 3, 16 + days))
    return scenario, price_offers(pressure(stock, start), window, replace(PLAIN, depths=(0.2, 0.4)), UPLIFT)


def test_elasticities_of_paths_have_the_median_and_the_interval() -> None:
    found = elasticities(UPLIFT, 999)
    assert found[499] == pytest.approx(2.0)
    assert (np.diff(found) > 0).all()
    assert ((found >= 1) & (found <= 3)).mean() == pytest.approx(0.95, abs=0.002)


def test_a_mix_becomes_a_forecast_that_the_scenario_reads(tmp_path: Path) -> None:
    scenario, found = shop()
    mix = best_mix(found)
    path = with_offers(scenario, mix.chosen, tmp_path / "offers.csv")
    demand = scenario.demand.model_copy(update={"forecast": str(path)})
    forecast = read_forecast(scenario.model_copy(update={"demand": demand}))
    ordinary = ordinary_paths(scenario)
    assert ordinary[0, :7].sum() == pytest.approx(7 * scenario.demand.profile.per_day)
    first = (date(2026, 3, 17) - scenario.first_day).days
    assert [name == "offers" for name in forecast.campaigns] == [
        first <= day < first + 4 for day in range(scenario.days)
    ]
    paths = extra_paths(scenario, mix.chosen, len(ordinary))
    middle = found.take(mix.rows).at(float(dealt(scenario, UPLIFT, 100)[70]))["orders_per_day"].sum()
    assert paths[70, first] == pytest.approx(middle)
    assert forecast.paths[70, first] == pytest.approx(ordinary[70, first] + middle, abs=1e-3)
    assert (np.diff(paths[:, first]) >= 0).all()  # the more elastic, the more orders
    assert paths[:, first - 1].max() == paths[:, first + 4].max() == 0


def test_an_offer_that_ends_early_adds_a_part_of_its_last_day() -> None:
    scenario, found = shop()
    short = replace(found, days=np.full(len(found), 2.5)).take(np.array([0]))
    first = (date(2026, 3, 17) - scenario.first_day).days
    paths = extra_paths(scenario, short, 3)
    assert paths[:, first + 2] == pytest.approx(paths[:, first] / 2)
    assert paths[:, first + 3].max() == 0


def test_names_in_the_forecast_are_no_formulas(tmp_path: Path) -> None:
    scenario, found = shop()
    base = with_offers(scenario, found.take(np.empty(0, dtype=np.intp)), tmp_path / "base.csv")
    rows = list(csv.reader(base.read_text(encoding="utf-8").splitlines()))
    rows[2][4] = "=1+1"
    with base.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    demand = scenario.demand.model_copy(update={"forecast": str(base)})
    again = with_offers(scenario.model_copy(update={"demand": demand}), found.take(np.array([0])), tmp_path / "b.csv")
    assert list(csv.reader(again.read_text(encoding="utf-8").splitlines()))[2][4] == "'=1+1"


def test_what_offers_can_not_be_added_to_is_told_at_once() -> None:
    _, found = shop()
    surge = sim.load_scenario("double11", overrides=["scale=0.02"])
    with Engine("serial") as engine, pytest.raises(InputError) as error:
        shipping_in(Lab(surge, {"none": sim.load_plan("none")}, 1, engine=engine), found)
    assert [problem.place for problem in error.value.problems] == ["demand.campaign", "start, end"]
    with pytest.raises(InputError) as error:
        Search(replications=1, alpha=0.9)
    assert [problem.place for problem in error.value.problems] == ["replications", "alpha"]


# --- the warehouse -------------------------------------------------------------------------------------------------


def test_offers_that_can_not_be_shipped_are_cut_back(tmp_path: Path) -> None:
    scenario, found = shop(per_day=2000.0)
    search = Search(replications=5, width=0.34, fresh=5, at_most=60)
    with Engine("serial") as engine:
        lab = Lab(scenario, {"none": sim.load_plan("none")}, 1, engine=engine)
        answer = shipping_in(lab, found, search, constraint=LENIENT, folder=tmp_path)
    assert answer.verdict == "cut_back"
    assert answer.confirmed
    table = answer.table.set_index("choice")
    assert 0 < table.loc["shipped", "orders_per_day"] < table.loc["unchecked", "orders_per_day"]
    assert table.loc["nothing", "net"] == 0
    assert table.loc["shipped", "kept"] > table.loc["unchecked", "kept"]
    assert table.loc["shipped", "net"] > 0
    assert table.loc["unchecked", "reckoned"] >= table.loc["shipped", "reckoned"]  # before anybody asks the warehouse
    assert answer.unchecked.contribution >= answer.mix.contribution
    days = answer.days.set_index("date")
    assert (days["shipped"] <= days["unchecked"] + 1e-9).all()
    hours = answer.hours.groupby("date")[["ordinary", "shipped"]].sum()
    assert hours["shipped"].to_numpy() == pytest.approx(days.loc[hours.index, "shipped"].to_numpy())


def test_few_orders_all_ship_and_cost_what_shipping_costs(tmp_path: Path) -> None:
    scenario, found = shop(per_day=50.0)
    with Engine("serial") as engine:
        lab = Lab(scenario, {"none": sim.load_plan("none")}, 1, engine=engine)
        search = Search(replications=3, fresh=5, at_most=60)
        answer = shipping_in(lab, found, search, constraint=LENIENT, folder=tmp_path)
    assert answer.verdict == "all_ships"
    table = answer.table.set_index("choice")
    assert table.loc["shipped", "orders_per_day"] == table.loc["unchecked", "orders_per_day"]
    assert table.loc["shipped", "kept"] == 1
    assert len(list(tmp_path.glob("offers-*.csv"))) >= 2
