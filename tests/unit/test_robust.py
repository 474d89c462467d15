"""Regret and choices in several futures, by hand: first on numbers that are written down, then on tiny sites."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

import sim
from sim.compute import Engine
from sim.errors import InputError
from sim.experiment.questions.futures import WEIGHTS, Future, default_futures, fitting, futures_of
from sim.experiment.questions.robust import NET, RULES, Robustness, _Judged, _Worlds, robust
from sim.scenario.disturbances import AbsenceWave, CarrierFailure, ForecastError
from sim.scenario.economics import Economics
from sim.scenario.measures import ExtraStorage
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.variation import Variations
from tests.small_sites import SAME_DAY, packing, picking, promise, shift, site, van, world

NONE = Plan(name="none")


class Numbers:
    """Stands in for the runs: a table of values by future and plan, one per replication."""

    def __init__(self, weights: Mapping[str, float], values: Mapping[tuple[str, str], list[float]]) -> None:
        self.futures = [Future(name, {}, weight) for name, weight in weights.items()]
        self.variants = dict.fromkeys(values)
        plans = dict.fromkeys(plan for _, plan in values)
        self.eligible = [plan for plan in plans if all((name, plan) in values for name in weights)]
        self._values = values

    def kpi(self, key: tuple[str, str], name: str, replications: range) -> np.ndarray:
        return np.array(self._values[key][replications.start : replications.stop], dtype=np.float64)


def judged(weights: Mapping[str, float], values: Mapping[tuple[str, str], list[float]], **more: Any) -> _Judged:
    usual = {"kpi": NET, "replications": range(2), "level": 0.9, **more}
    return _Judged(cast(_Worlds, Numbers(weights, values)), **usual)


# calm comes with 0.75, storm with 0.25; bold is best in calm, safe in storm, meek lies between in both
WEIGHTED = {"calm": 0.75, "storm": 0.25}
VALUES = {
    ("calm", "bold"): [90.0, 110.0],
    ("calm", "safe"): [60.0, 60.0],
    ("calm", "meek"): [80.0, 70.0],
    ("storm", "bold"): [-60.0, -40.0],
    ("storm", "safe"): [20.0, 40.0],
    ("storm", "meek"): [0.0, 10.0],
}


def test_regret_is_what_the_best_plan_there_brings_beyond_on_the_same_draws() -> None:
    found = judged(WEIGHTED, VALUES)
    assert found.best == {"calm": "bold", "storm": "safe"}
    assert {key: list(values) for key, values in found.regret.items()} == {
        ("calm", "bold"): [0.0, 0.0],
        ("calm", "safe"): [30.0, 50.0],
        ("calm", "meek"): [10.0, 40.0],
        ("storm", "bold"): [80.0, 80.0],
        ("storm", "safe"): [0.0, 0.0],
        ("storm", "meek"): [20.0, 30.0],
    }


def test_over_all_futures() -> None:
    bold = judged(WEIGHTED, VALUES).summary("bold")
    assert bold["expected"] == pytest.approx(0.75 * 100 + 0.25 * -50)
    # by replication 0.75 x 90 - 0.25 x 60 = 52.5 and 0.75 x 110 - 0.25 x 40 = 72.5; t(0.975, 1) = 12.7062 times 10
    assert bold["expected_high"] - bold["expected"] == pytest.approx(127.062, abs=1e-3)
    assert (bold["worst"], bold["worst_future"]) == (-50.0, "storm")
    assert (bold["largest_regret"], bold["regret_future"]) == (80.0, "storm")
    assert bold["expected_regret"] == pytest.approx(20.0)
    # each draw of storm has 0.125, so that the worst tenth is of the -60 alone
    assert bold["cvar"] == pytest.approx(-60.0)
    assert bold["cvar_regret"] == pytest.approx(80.0)


def test_the_worst_fifth_takes_a_part_of_the_next_draw() -> None:
    bold = judged(WEIGHTED, VALUES, level=0.8).summary("bold")
    assert bold["cvar"] == pytest.approx((0.125 * -60 + 0.075 * -40) / 0.2)
    meek = judged(WEIGHTED, VALUES, level=0.5).summary("meek")
    # regret of meek: 10 and 40 with 0.375 each, 20 and 30 with 0.125: the worst half is 0.375 x 40 + 0.125 x 30
    assert meek["cvar_regret"] == pytest.approx((0.375 * 40 + 0.125 * 30) / 0.5)


def test_each_rule_chooses_by_its_own() -> None:
    found = judged(WEIGHTED, VALUES)
    assert {rule: found.chosen(rule) for rule in RULES} == {
        "minimax_regret": "meek",  # 25, against 40 of safe and 80 of bold
        "expected": "bold",  # 62.5, against 52.5 of safe and 57.5 of meek
        "cvar": "safe",  # 20, against 0 and -60
    }


def test_where_less_is_better_all_of_it_turns_round() -> None:
    turned = {key: [-value for value in values] for key, values in VALUES.items()}
    found, high = judged(WEIGHTED, turned, kpi="total_cost"), judged(WEIGHTED, VALUES)
    assert {rule: found.chosen(rule) for rule in RULES} == {rule: high.chosen(rule) for rule in RULES}
    one, other = found.summary("meek"), high.summary("meek")
    for name in ("expected", "worst", "cvar"):
        assert one[name] == pytest.approx(-other[name])
    for name in ("expected_regret", "largest_regret", "cvar_regret"):
        assert one[name] == pytest.approx(other[name])


def test_a_plan_that_is_missing_in_a_future_is_not_chosen_but_may_be_the_best_of_another() -> None:
    values = {key: each for key, each in VALUES.items() if key != ("storm", "bold")}
    found = judged(WEIGHTED, values)
    assert found.best["calm"] == "bold"
    assert np.isnan(found.summary("bold")["expected"])
    assert {rule: found.chosen(rule) for rule in RULES} == {
        "minimax_regret": "meek",
        "expected": "meek",
        "cvar": "safe",
    }
    none = judged(WEIGHTED, {("calm", "bold"): [1.0, 2.0], ("storm", "safe"): [1.0, 2.0]})
    assert [none.chosen(rule) for rule in RULES] == [None] * 3


def test_a_replication_that_failed_takes_no_weight_from_its_future() -> None:
    values = {**VALUES, ("storm", "bold"): [-60.0, float("nan")]}
    bold = judged(WEIGHTED, values, level=0.8).summary("bold")
    assert bold["cvar"] == pytest.approx(-60.0)  # all 0.25 of the storm lie on it


def test_fresh_draws_are_held_against_the_plans_that_were_best_before() -> None:
    more = {key: [*values, 100.0 if key[1] == "meek" else 0.0] for key, values in VALUES.items()}
    again = judged(WEIGHTED, more, replications=range(2, 3), best={"calm": "bold", "storm": "safe"}, plans=["meek"])
    assert again.score("minimax_regret", "meek") == -100.0  # the best ones of before do worse there


# --- futures ------------------------------------------------------------------------------------------------------


def test_futures_that_come_with_a_campaign() -> None:
    scenario = sim.load_scenario("double11_storm")
    found = {each.name: each for each in default_futures(scenario)}
    assert {name: each.weight for name, each in found.items()} == pytest.approx(WEIGHTS)
    assert found["as_planned"].figures == {}
    worlds = {name: Variations(scenario, {}).world(each.figures).disturbances for name, each in found.items()}
    for name, factor in (("demand_70", 0.7), ("demand_130", 1.3), ("demand_160", 1.6)):
        wrong = worlds[name]["wrong_forecast"]
        assert isinstance(wrong, ForecastError)
        assert (wrong.factor, wrong.applies_to) == (factor, "campaign")
    failure, wave = worlds["carrier_fails"]["largest_carrier"], worlds["staff_absent"]["many_ill"]
    assert isinstance(failure, CarrierFailure)
    assert (failure.carriers, failure.mode, str(failure.start)) == (["store"], "no_show", "2026-11-12 00:00:00")
    assert isinstance(wave, AbsenceWave)
    assert (str(wave.first_day), str(wave.last_day)) == ("2026-11-12", "2026-11-14")
    assert all("store_lorry" in each for each in worlds.values())  # what goes wrong anyway still does


def test_without_campaign_and_carriers_what_is_there_can_still_go_wrong(tmp_path: Path) -> None:
    found = {each.name: each for each in default_futures(world(tmp_path, [480.0], days=3))}
    assert set(found) == set(WEIGHTS) - {"carrier_fails"}
    assert sum(each.weight for each in found.values()) == pytest.approx(1.0)
    (content,) = found["demand_130"].figures.values()
    assert content["applies_to"] == "all"


def test_a_carrier_fails_on_a_day_on_which_it_comes() -> None:
    scenario = sim.load_scenario("double11", ["demand.campaign.start=2026-11-14", "demand.campaign.end=2026-11-16"])
    failing = next(each for each in default_futures(scenario) if each.name == "carrier_fails")
    (content,) = failing.figures.values()
    assert content["start"] == "2026-11-16T00:00"  # the second day is a Sunday


def test_weights_are_relative_and_a_shipped_name_stands_for_its_figures(tmp_path: Path) -> None:
    scenario = world(tmp_path, [480.0], days=3)
    given = {"as_planned": {"weight": 3}, "demand_130": {}, "slow": {"figures": {"site.picking.setup_min": 20}}}
    found = futures_of(scenario, given)
    assert [each.weight for each in found] == pytest.approx([0.6, 0.2, 0.2])
    shipped = {each.name: each.figures for each in default_futures(scenario)}
    assert [dict(each.figures) for each in found] == [{}, shipped["demand_130"], {"site.picking.setup_min": 20}]


def test_all_that_is_wrong_with_futures_is_said_at_once(tmp_path: Path) -> None:
    given = {"a b": {"weight": 0}, "much": {"figure": {}, "weight": "high"}, "no": 3, "flat": {"figures": [1]}}
    with pytest.raises(InputError) as caught:
        futures_of(world(tmp_path, [480.0]), given)
    places = {each.place for each in caught.value.problems}
    assert places == {
        "futures.a b",
        "futures.a b.weight",
        "futures.much.figure",
        "futures.much.weight",
        "futures.no",
        "futures.flat.figures",
    }
    assert "did you mean 'figures'?" in str(caught.value)


def test_figures_that_can_not_be_are_refused_with_their_future(tmp_path: Path) -> None:
    given = {"one": {"figures": {"site.pickin.setup_min": 1, "plan.non.title": "x"}}, "two": {"figures": {"scale": -1}}}
    with Engine("serial") as engine, pytest.raises(InputError) as caught:
        robust(world(tmp_path, [480.0]), [NONE], futures=given, kpis=["orders_due"], level=1.0, engine=engine)
    places = {each.place for each in caught.value.problems}
    assert {"kpis", "level", "futures.two: scale", "futures.one: plan.non.title"} <= places
    assert any(place.startswith("futures.one: site.pickin") for place in places)
    assert "did you mean 'none'?" in str(caught.value)


# --- on tiny sites ------------------------------------------------------------------------------------------------


def shop(folder: Path, *, pickers: int = 1, **more: Any) -> Scenario:
    """40 orders at 08:00; a picker takes 10 min, a packer 5, all before 18:00."""
    usual: dict[str, Any] = {
        "site": site(pick=picking(shift(pickers), setup_min=10.0), pack=packing(setup_min=5.0)),
        "promise": promise("18:00", SAME_DAY),
        "economics": Economics(price_per_unit=100.0, margin_share=0.5),
    }
    return world(folder, [480.0 + 0.001 * number for number in range(40)], **{**usual, **more})


def asked(scenario: Scenario, plans: list[Plan], **more: Any) -> Robustness:
    with Engine("serial") as engine:
        return robust(scenario, plans, 2, engine=engine, **more)


def test_outcomes_of_each_future_are_those_of_its_world(tmp_path: Path) -> None:
    futures = {"usual": {"weight": 3}, "slow": {"figures": {"site.picking.setup_min": 20.0}}}
    found = asked(shop(tmp_path), [NONE], futures=futures)
    level = found.outcomes[found.outcomes["kpi"] == "service_level_ship"].set_index("future")["mean"]
    assert level.to_dict() == {"usual": 1.0, "slow": pytest.approx(29 / 40)}
    summary = found.summary.set_index("kpi").loc["service_level_ship"]
    assert summary["expected"] == pytest.approx(0.75 + 0.25 * 29 / 40)
    assert (summary["worst"], summary["worst_future"]) == (pytest.approx(29 / 40), "slow")
    assert found.reached.set_index("future")["share"].to_dict() == {"usual": 1.0, "slow": 0.0}
    assert (found.regret["mean"] == 0).all()
    assert {found.choice(rule) for rule in RULES} == {"none"}
    assert found.ran == 2 * 2 + 2 * 2  # two futures, two draws, and two fresh ones


def test_a_plan_that_can_not_be_applied_in_a_future_is_named_and_not_chosen(tmp_path: Path) -> None:
    """Without a limit to the room on the dock there is none to be extended."""
    room = Plan(name="room", measures={"yard": ExtraStorage(parcels=20)})
    small = site(pick=picking(), pack=packing(), staging_parcels=5)
    scenario = shop(tmp_path, site=small, carriers={"home": van()}, promise=promise("18:00", SAME_DAY))
    futures = {"usual": {}, "wide": {"figures": {"site.staging_parcels": None}}}
    found = asked(scenario, [NONE, room], futures=futures, fresh=0)
    (misfit,) = found.misfits
    assert (misfit.future, misfit.plan) == ("wide", "room")
    assert "site.staging_parcels" in misfit.reason
    assert {found.choice(rule) for rule in RULES} == {"none"}
    assert set(zip(found.regret["future"], found.regret["plan"], strict=True)) == {
        ("usual", "none"),
        ("usual", "room"),
        ("wide", "none"),
    }
    assert found.choices["fresh_value"].isna().all()
    assert fitting(scenario, {"none": NONE}, list(found.futures)) == []
