"""Tuning and proof of needs: the search on written numbers, the tests by hand, what is set in a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast

import numpy as np
import pytest
from scipy import stats

from sim.compute import Engine
from sim.errors import InputError
from sim.experiment.laboratory.lab import Lab, consecutive
from sim.planning.needs.closed import closed_form
from sim.planning.needs.dates import Leads, key_dates, last_safe_order, missing, team_of
from sim.planning.needs.need import Amounts, Need, cut_of, figure_of
from sim.planning.needs.proof import cuts, prove, repaired
from sim.planning.needs.question import needs
from sim.planning.needs.stretches import planned_days
from sim.planning.needs.targets import SHIP, Target, met, targets_of
from sim.planning.needs.tuning import Trials, lowest, required, tune
from sim.planning.needs.values import values_of
from sim.scenario.plan import Plan
from sim.scenario.variation import Variations
from sim.statistics.paired_shares import at_least_bound, below_p_value, mcnemar_p_value
from tests.small_needs import small


def need(key: str, closed: int, *, price: float = 0.0, kind: Any = "stations", legs: tuple[str, ...] = (SHIP,)) -> Need:
    return Need(key, kind, "packing", "", legs, (closed,), (1,), (price,))


class Numbers:
    """Stands in for a laboratory: a replication succeeds where every need is at least what it asks for."""

    def __init__(self, asked: Sequence[dict[str, int]], needs: Sequence[Need]) -> None:
        self.asked, self.needs, self.targets = list(asked), list(needs), [Target(SHIP, 0.95)]
        self.days = range(1)
        self.ran = 0

    def variant(self, amounts: Amounts) -> Amounts:
        return amounts

    def by_target(self, amounts: Amounts, replications: Sequence[int]) -> np.ndarray:
        self.ran += len(replications)
        held = [all(amounts[key][0] >= least for key, least in self.asked[each].items()) for each in replications]
        return np.array(held).reshape(-1, 1)

    def success(self, amounts: Amounts, replications: Sequence[int]) -> np.ndarray:
        return self.by_target(amounts, replications).all(axis=1)

    def kpi(self, amounts: Amounts, name: str, replications: range) -> np.ndarray:
        return np.array([float(sum(self.asked[each].values())) for each in replications])


def trials(asked: Sequence[dict[str, int]], *needs: Need) -> Trials:
    return cast(Trials, Numbers(asked, needs))


def test_tuning_asks_for_a_standard_error_more() -> None:
    assert required(100, 0.9) == 93
    assert required(60, 0.9) == 57  # 54 + 2.32
    assert required(10, 0.99) == 10


@pytest.mark.parametrize(
    ("threshold", "start", "least", "step"), [(7, 20, 0, 1), (0, 9, 0, 1), (9, 9, 0, 1), (1, 2, 1, 1)]
)
def test_the_lowest_that_holds(threshold: int, start: int, least: int, step: int) -> None:
    assert lowest(lambda amount: amount >= threshold, start, least, step) == max(threshold, least)


def test_the_lowest_is_found_to_a_step_with_few_looks() -> None:
    looks: list[int] = []

    def holds(amount: int) -> bool:
        looks.append(amount)
        return amount >= 333

    found = lowest(holds, 1000, 1, 50)
    assert 333 <= found < 333 + 50
    assert len(looks) <= 9


def test_replications_that_follow_each_other_are_asked_for_together() -> None:
    assert list(consecutive([7, 1, 2, 3, 9])) == [range(1, 4), range(7, 8), range(9, 10)]


def test_needs_go_up_until_they_hold_and_down_as_far_as_they_do() -> None:
    asked = [{"a": 5, "b": 8}] * 36 + [{"a": 9, "b": 12}] * 4  # 38 of 40 are asked for
    found = tune(trials(asked, need("a", 3, price=1.0), need("b", 20, price=5.0)), range(40), 0.9)
    assert found.holds
    assert len(found.rounds) > 1
    assert found.amounts == {"a": (9,), "b": (12,)}
    assert found.shares == {SHIP: 1.0}
    few = [{"a": 5, "b": 8}] * 38 + [{"a": 9, "b": 12}] * 2
    assert tune(trials(few, need("a", 3), need("b", 20)), range(40), 0.9).amounts == {"a": (5,), "b": (8,)}


def test_what_no_amount_brings_is_told() -> None:
    found = tune(trials([{"a": 1000}] * 20, need("a", 3)), range(20), 0.9)
    assert not found.holds
    assert found.shares == {SHIP: 0.0}


def test_what_serves_no_target_stays() -> None:
    found = tune(trials([{"a": 2}] * 20, need("a", 5), need("b", 7, legs=())), range(20), 0.9)
    assert found.amounts == {"a": (2,), "b": (7,)}


def test_where_the_proof_fails_the_need_that_repairs_most_goes_up() -> None:
    asked = [{"a": 5, "b": 5}] * 160 + [{"a": 6, "b": 5}] * 30 + [{"a": 5, "b": 6}] * 10
    two = trials([*asked, *asked], need("a", 5), need("b", 5))
    assert repaired(two, {"a": (5,), "b": (5,)}, range(200), 186) == {"a": (6,), "b": (5,)}
    amounts, proofs = prove(two, {"a": (5,), "b": (5,)}, 0.9, 0, 200)
    assert amounts == {"a": (6,), "b": (5,)}
    assert [(each.successes, each.rejected) for each in proofs] == [(160, True), (190, False)]
    assert [each.replications for each in proofs] == [range(200), range(200, 400)]


def test_a_need_binds_where_its_cut_loses_significantly() -> None:
    asked = [{"a": 9, "b": 3}] * 20 + [{"a": 10, "b": 3}] * 20
    asked += ([{"a": 9, "b": 3}] * 9 + [{"a": 10, "b": 3}]) * 20
    held = trials(asked, need("a", 10), need("b", 10), need("c", 10, legs=()))
    amounts: Amounts = {"a": (10,), "b": (10,), "c": (10,)}
    by_key = {each.need.key: each for each in cuts(held, amounts, range(40), range(40, 240))}
    assert set(by_key) == {"a", "b"}
    assert (by_key["a"].lost, by_key["a"].gained, by_key["a"].share) == (20, 0, 0.9)
    assert by_key["a"].n == 200
    assert by_key["a"].p_holm == pytest.approx(3 * 0.5**20)  # three looks; the only cut that was tried
    assert by_key["a"].binding
    assert (by_key["b"].tried, by_key["b"].binding) == (False, False)


@pytest.mark.parametrize(
    ("fails_from", "n", "lost", "binds"),
    [
        (0, 50, 50, True),  # plain after a quarter
        (35, 50, 15, True),  # 3 x 2^-15 is below 0.1 %
        (49, 50, 1, False),  # next to nothing: not followed any further
        (45, 100, 55, True),  # 3 x 2^-5 does not suffice; half of them do
    ],
)
def test_a_cut_is_run_no_further_once_it_is_plain(fails_from: int, n: int, lost: int, binds: bool) -> None:
    search = [{"a": 10}] * 40
    held = trials([*search, *[{"a": 9}] * fails_from, *[{"a": 10}] * (200 - fails_from)], need("a", 10))
    (cut,) = cuts(held, {"a": (10,)}, range(40), range(40, 240))
    assert (cut.n, cut.lost, cut.gained, cut.binding) == (n, lost, 0, binds)
    assert cut.p_holm == pytest.approx(min(1.0, 3 * 0.5**lost))
    assert cut.share == pytest.approx(1 - lost / n)


def test_cuts_are_the_larger_of_one_and_fifteen_percent() -> None:
    assert [cut_of(each) for each in (1, 6, 13, 14, 20, 100)] == [1, 1, 1, 2, 3, 15]
    crowd = Need("a", "staff", "packing", "", (SHIP,), (9, 11), (0, 0), (1.0, 1.0))
    assert crowd.cut((9, 11)) == (8, 9)
    assert need("a", 1).cut((1,)) == (1,)  # a stage has a table


# --- tests of shares ------------------------------------------------------------------------------------------------


def test_tests_of_shares_are_those_of_scipy() -> None:
    assert below_p_value(170, 200, 0.9) == pytest.approx(
        stats.binomtest(170, 200, 0.9, alternative="less").pvalue, rel=1e-9
    )
    exact = stats.binomtest(170, 200, alternative="greater").proportion_ci(0.99, method="exact")
    assert at_least_bound(170, 200) == pytest.approx(exact.low, rel=1e-9)
    assert mcnemar_p_value(9, 2) == pytest.approx(stats.binomtest(9, 11, 0.5, alternative="greater").pvalue)
    assert mcnemar_p_value(0, 0) == 1.0
    assert mcnemar_p_value(5, 0) == 0.5**5


def test_a_failed_run_meets_nothing_and_nothing_to_measure_breaks_nothing() -> None:
    values, ran = np.array([0.95, 0.9499, np.nan, np.nan]), np.array([True, True, True, False])
    assert met(Target(SHIP, 0.95), values, ran).tolist() == [True, False, True, False]


# --- what is set ----------------------------------------------------------------------------------------------------


def test_needs_become_shifts_of_the_planned_days() -> None:
    scenario = small(window={"measure_from": "2026-03-03", "measure_to": "2026-03-05", "run_on_h": 168.0})
    closed = closed_form(scenario, targets_of(scenario), 0.9)
    amounts: dict[str, tuple[int, ...]] = {each.key: each.closed for each in closed.needs}
    amounts |= {"picking.20260303": (4,), "picking.20260306": (0,), "picking.20260309": (2,), "van.evening": (99,)}
    world = Variations(scenario, {}).world(values_of(scenario, closed.needs, amounts, planned_days(scenario)))
    shifts = world.site.picking.shifts
    assert {name: (each.headcount, each.first_day, each.last_day) for name, each in shifts.items()} == {
        "day": (2, None, date(2026, 3, 2)),
        "day_20260303": (4, date(2026, 3, 3), date(2026, 3, 5)),
        "day_20260309": (2, date(2026, 3, 9), date(2026, 3, 10)),
        "day_after": (2, date(2026, 3, 11), None),
    }
    assert shifts["day_20260303"].breaks == scenario.site.picking.shifts["day"].breaks
    assert world.carriers["van"].pickups["evening"].capacity == 99


@pytest.mark.parametrize("scale", [0.05, 0.3, 1.0])
def test_figures_bring_the_amount_at_any_scale_up_to_one(scale: float) -> None:
    for amount in (0, 1, 2, 7, 100):
        there = figure_of(amount, scale) * scale
        assert (max(1, int(there + 0.5)) if amount else int(there)) == amount


# --- dates ----------------------------------------------------------------------------------------------------------


def test_what_is_missing_is_booked_ahead_of_its_first_day() -> None:
    scenario = small()
    closed = closed_form(scenario, targets_of(scenario), 0.9)
    amounts = {each.key: each.present for each in closed.needs} | {"packing.20260303": (3,), "van.evening": (120,)}
    lacking = {each.key: missing(each, amounts) for each in closed.needs if missing(each, amounts)}
    assert lacking == {"packing.20260303": 2, "van.evening": 40}
    found = key_dates(scenario, closed.needs, amounts, closed.expected, Leads(floor_days=10, pickups_days=3))
    told = [(each.event, each.moment, each.team, each.missing) for each in found]
    assert told == [
        ("book", date(2026, 2, 21), "warehouse", 2),
        ("book", date(2026, 2, 28), "carriers", 40),
        ("peak", date(2026, 3, 3), "warehouse", 0),
        ("opens", datetime(2026, 3, 3), "marketing", 0),
        ("cutoff", datetime(2026, 3, 3, 14), "marketing", 0),
        ("closes", datetime(2026, 3, 6), "marketing", 0),
    ]
    assert team_of(closed.needs[0]) == "warehouse"


def test_the_last_safe_order_is_delivered_before_the_deadline() -> None:
    promise = {"standard": {"ship_within_days": 1, "deliver_within_days": 3}, "hard_deadline": "2026-03-09T22:00"}
    scenario = small(promise=promise)
    # three working days up to Monday 9 at 21:00: Wednesday 4 at the cut-off
    last = last_safe_order(scenario)
    assert last is not None
    assert scenario.local_time(last) == datetime(2026, 3, 4, 14)
    assert last_safe_order(small()) is None


# --- what is wrong, and the smallest whole question -----------------------------------------------------------------


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(InputError) as error:
        needs(small(promise=None, site={"picking": {"setup_min": 1.0}}), tuning=5, fresh=3, probability=1.0,
              desk_goal=2.0, leads=Leads(desk_days=-1))  # fmt: skip
    places = [each.place for each in error.value.problems]
    assert places == [
        "desk_goal",
        "probability",
        "leads.desk_days",
        "tuning",
        "fresh",
        "promise",
        "site.picking.shifts",
    ]


def test_the_same_question_gives_the_same_answer_and_runs_nothing_twice() -> None:
    scenario = small(desk=None, window={"measure_from": "2026-03-03", "measure_to": "2026-03-05", "run_on_h": 24.0})
    with Engine("serial") as engine:
        lab = Lab(scenario, {"none": Plan(name="none")}, 1, engine=engine)
        held = Trials(lab, "none", closed_form(scenario, targets_of(scenario), 0.9).needs, targets_of(scenario),
                      planned_days(scenario))  # fmt: skip
        one = tune(held, range(10), 0.8)
        ran = lab.ran
        assert tune(held, range(10), 0.8).amounts == one.amounts
        assert lab.ran == ran > 10
