"""Terms on which customers order: what is copied when, what follows from which changes, and who still orders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.draws import Draws
from sim.floor.measures.demand import change_of
from sim.floor.queues import Ranked
from sim.floor.terms import Terms, ask_times, cancel_times
from sim.scenario.customers import Customers, Patience
from sim.scenario.demand import Demand, Profile
from sim.scenario.measures import DemandMeasure, LongerPromise, PauseCampaign, PurchaseLimit, Throttle
from sim.scenario.promise import RequestedDate
from sim.scenario.scenario import Scenario, Window
from tests.small_sites import DAY, asks, desk, drawn, patience, promise, site, world

AGREED = ("lines", "units", "value", "due_ship_min", "due_delivery_min")
WEEKDAYS = {"working_weekdays": ["mon", "tue", "wed", "thu", "fri"]}


def monday(folder: Path, **more: object) -> tuple[Scenario, Draws]:
    """Four orders on Monday at 08:00, 09:00, 15:00 and 16:00, two of them express; all the campaign's but the first."""
    scenario = world(folder, [(480, 1), (540, 4), (900, 2), (960, 6)], days=3, promise=promise(**WEEKDAYS), **more)
    return scenario, drawn(
        scenario,
        express=[False, True, False, True],
        by_campaign=[False, True, True, True],
        commit_u=[0.1, 0.3, 0.5, 0.7],
        value=[10.0, 40.0, 20.0, 60.0],
    )


def begun(scenario: Scenario, draws: Draws, *measures: DemandMeasure, first: int = 0) -> Terms:
    terms = Terms(scenario, draws, may_deter=True)
    for number, measure in enumerate(measures):
        terms.begin(number, change_of(measure, draws), first)
    return terms


def test_without_a_change_nothing_is_copied_and_everybody_orders(tmp_path: Path) -> None:
    scenario, draws = monday(tmp_path)
    terms = Terms(scenario, draws)
    assert all(getattr(terms, name) is getattr(draws, name) for name in AGREED)
    assert terms.keep.strides == (0,)
    assert not terms.may_deter
    assert not any(terms.deters(order) for order in range(4))


def test_a_change_never_touches_the_draws(tmp_path: Path) -> None:
    scenario, draws = monday(tmp_path)
    before = {name: getattr(draws, name).copy() for name in AGREED}
    begun(scenario, draws, PurchaseLimit(units=1), LongerPromise(days=2))
    for name in AGREED:
        np.testing.assert_array_equal(getattr(draws, name), before[name])


def test_orders_that_were_placed_keep_their_terms(tmp_path: Path) -> None:
    scenario, draws = monday(tmp_path)
    terms = begun(scenario, draws, PurchaseLimit(units=2), first=2)
    assert terms.units.tolist() == [1, 4, 2, 2]
    terms.end(0, 3)
    assert terms.units.tolist() == [1, 4, 2, 6]


def test_ending_a_change_brings_back_what_was_drawn(tmp_path: Path) -> None:
    scenario, draws = monday(tmp_path)
    terms = begun(scenario, draws, LongerPromise(days=1, loss_share=0.5), PurchaseLimit(lines=1, leave_share=0.25))
    terms.end(0, 0)
    terms.end(1, 0)
    for name in AGREED:
        np.testing.assert_array_equal(getattr(terms, name), getattr(draws, name))
    assert terms.keep.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_the_order_in_which_changes_began_does_not_matter(tmp_path: Path, order: tuple[int, ...]) -> None:
    scenario, draws = monday(tmp_path)
    measures = (PurchaseLimit(units=3, leave_share=0.3), LongerPromise(days=1, loss_share=0.1), Throttle(share=0.2))
    straight, other = Terms(scenario, draws), Terms(scenario, draws)
    for number in range(3):
        straight.begin(number, change_of(measures[number], draws), 1)
    for number in order:
        other.begin(number, change_of(measures[number], draws), 1)
    for name in (*AGREED, "keep"):
        np.testing.assert_array_equal(getattr(straight, name), getattr(other, name))


def test_listeners_are_told_of_sizes_and_due_times_only(tmp_path: Path) -> None:
    scenario, draws = monday(tmp_path)
    told: list[int] = []
    terms = Terms(scenario, draws)
    terms.on_change.append(told.append)
    terms.begin(0, change_of(Throttle(share=0.0), draws), 1)
    assert told == [], "who orders concerns nobody but the arrivals"
    terms.begin(1, change_of(PurchaseLimit(units=100), draws), 1)
    assert told == [], "a limit that cuts nothing changes nothing"
    terms.begin(2, change_of(LongerPromise(days=1), draws), 2)
    terms.end(2, 3)
    assert told == [2, 3]


# --- who still orders -------------------------------------------------------------------------------------------


def test_who_orders_is_told_by_a_customers_own_number(tmp_path: Path) -> None:
    """Half of the campaign's customers are kept: those below 0.5, not the one at it; the first is no campaign's."""
    scenario, draws = monday(tmp_path)
    terms = begun(scenario, draws, PauseCampaign(still_share=0.5))
    assert [terms.deters(order) for order in range(4)] == [False, False, True, True]


def test_a_customer_whose_number_was_rounded_to_one_still_orders_where_all_do(tmp_path: Path) -> None:
    scenario, draws = monday(tmp_path)
    draws.commit_u[:] = 1.0
    assert not any(begun(scenario, draws, Throttle(share=1.0)).deters(order) for order in range(4))


def test_what_a_throttle_keeps(tmp_path: Path) -> None:
    """Ads bring 0.6 of the campaign's orders and are cut to a quarter: 1 - 0.6 x 0.75 = 0.55 come."""
    scenario, draws = monday(tmp_path)
    terms = begun(scenario, draws, Throttle(share=0.25, ads_share=0.6))
    np.testing.assert_allclose(terms.keep, [1, 0.55, 0.55, 0.55])


def test_two_reasons_to_leave_act_one_after_the_other(tmp_path: Path) -> None:
    scenario, draws = monday(tmp_path)
    measures = (Throttle(share=0.0, ads_share=0.5), LongerPromise(classes=["express"], loss_share=0.2))
    np.testing.assert_allclose(begun(scenario, draws, *measures).keep, [1, 0.4, 0.5, 0.4])


@dataclass
class Keep:
    """A change that keeps a share of everybody."""

    share: float

    def apply(self, terms: Terms, rows: slice) -> None:
        terms.keep[rows] *= self.share


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(one=st.floats(0, 1), other=st.floats(0, 1), commit=st.lists(st.floats(0, 1, width=32), min_size=1, max_size=8))
def test_keeping_less_keeps_a_subset(one: float, other: float, commit: list[float]) -> None:
    scenario = Scenario(window=Window(measure_to=24.0), site=site(), demand=Demand(profile=Profile(per_day=50.0)))
    draws = sim.sample(scenario)
    draws.commit_u[: len(commit)] = commit
    stay = []
    for share in sorted((one, other)):
        terms = Terms(scenario, draws)
        terms.begin(0, Keep(share), 0)
        stay.append({order for order in range(len(draws)) if not terms.deters(order)})
    assert stay[0] <= stay[1]


# --- sizes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "lines", "units", "value"),
    [
        ({"units": 3}, [1, 3, 2, 3], [1, 3, 2, 3], [10, 30, 20, 30]),
        ({"lines": 3}, [1, 3, 2, 3], [1, 3, 2, 3], [10, 30, 20, 30]),
        ({"units": 1, "lines": 4}, [1, 1, 1, 1], [1, 1, 1, 1], [10, 10, 10, 10]),
    ],
)
def test_a_limit_cuts_orders_above_it(
    tmp_path: Path, limit: dict[str, int], lines: list[int], units: list[int], value: list[float]
) -> None:
    scenario, draws = monday(tmp_path)
    terms = begun(scenario, draws, PurchaseLimit(**limit, leave_share=0.25))
    assert (terms.lines.tolist(), terms.units.tolist()) == (lines, units)
    np.testing.assert_allclose(terms.value, value)
    cut = np.asarray(units) < [1, 4, 2, 6]
    np.testing.assert_allclose(terms.keep, np.where(cut, 0.75, 1.0))


def test_a_limit_of_lines_takes_the_units_on_them_along(tmp_path: Path) -> None:
    """Ten units on four lines: two lines keep half of them; seven on two lines stay."""
    scenario, _ = monday(tmp_path)
    draws = drawn(scenario, lines=[1, 4, 2, 4], units=[1, 10, 7, 5], value=[1.0, 100.0, 70.0, 50.0])
    terms = begun(scenario, draws, PurchaseLimit(lines=2))
    assert terms.lines.tolist() == [1, 2, 2, 2]
    assert terms.units.tolist() == [1, 5, 7, 3]  # 2.5 is rounded half up
    np.testing.assert_allclose(terms.value, [1, 50, 70, 30])


# --- promises ---------------------------------------------------------------------------------------------------


def test_two_longer_promises_add_up_by_class(tmp_path: Path) -> None:
    """Everything is due on Monday at 18:00; express gets one day more, and all get two."""
    scenario, draws = monday(tmp_path)
    terms = begun(scenario, draws, LongerPromise(days=2), LongerPromise(days=1, classes=["express"]))
    days = np.array([2, 3, 2, 3])
    np.testing.assert_array_equal(terms.due_ship_min, 1080 + days * DAY)
    np.testing.assert_array_equal(terms.due_delivery_min, 1080 + days * DAY)


def test_days_are_working_days(tmp_path: Path) -> None:
    """Five working days after Monday is the next Monday."""
    scenario, draws = monday(tmp_path)
    terms = begun(scenario, draws, LongerPromise(days=5, classes=["standard"]))
    np.testing.assert_array_equal(terms.due_ship_min, 1080 + np.array([7, 0, 7, 0]) * DAY)


def test_a_hard_deadline_stays(tmp_path: Path) -> None:
    """It comes on Tuesday at noon, 36 hours from the start."""
    scenario = world(tmp_path, [480, 540], days=3, promise=promise(hard_deadline=36.0))
    terms = begun(scenario, drawn(scenario), LongerPromise(days=3))
    assert terms.due_ship_min.tolist() == [2160, 2160]


def test_a_date_that_was_asked_for_stays_where_it_lies_later(tmp_path: Path) -> None:
    """The first customer wants it in two days, the second in one: a day more moves neither beyond what it says."""
    wish = RequestedDate(share=0.5, days_ahead_min=1, days_ahead_max=2)
    scenario = world(tmp_path, [480, 540], days=3, promise=promise(requested_date=wish))
    draws = drawn(scenario, wished_days=[2, 0], due_ship_min=[1080 + 2 * DAY, 1080], due_delivery_min=[3960, 1080])
    terms = begun(scenario, draws, LongerPromise(days=1))
    assert terms.due_delivery_min.tolist() == [1080 + 2 * DAY, 1080 + DAY]


def test_without_a_promise_nothing_falls_due(tmp_path: Path) -> None:
    scenario = world(tmp_path, [480])
    terms = begun(scenario, drawn(scenario), LongerPromise(days=1))
    assert np.isnan(terms.due_ship_min).all()


# --- what customers do on other terms ---------------------------------------------------------------------------


@pytest.mark.parametrize(("counted_from", "expected"), [("due_ship", [1190.0, 1490.0]), ("placed", [1100.0, 1460.0])])
def test_patience_is_counted_from_its_own_moment(tmp_path: Path, counted_from: str, expected: list[float]) -> None:
    """Orders are placed none and 60 minutes later, and due 90 minutes later."""
    impatient = Customers(patience=Patience(share=0.5, counted_from=counted_from))
    scenario, _ = monday(tmp_path, customers=impatient)
    draws = drawn(scenario, **patience((0, 1100), (1, 1400)))
    placed = draws.placed_min + np.array([0, 60, 0, 0])
    times = cancel_times(scenario, draws, np.arange(2), placed, draws.due_ship_min + 90)
    assert times.tolist() == expected


def test_contacts_move_with_the_due_time(tmp_path: Path) -> None:
    """Order 0 (08:00, due 18:00): a third of the way at 680 becomes a third of 600 + 1440; late ones keep their lag."""
    scenario, _ = monday(tmp_path, desk=desk())
    draws = drawn(scenario, **asks(scenario, [(-1, 500), (0, 680), (0, 1100), (1, 1200)]))
    draws.ask_late[2:] = True
    due = draws.due_delivery_min + np.array([DAY, 0, 0, 0])
    times = ask_times(draws, np.arange(4), draws.placed_min, due)
    assert times.tolist() == [500, 480 + 2040 / 3, 1100 + DAY, 1200]


def test_a_queue_is_served_by_new_ranks() -> None:
    state = bytearray(4)
    queue = Ranked(state, 0, rank=[0, 1, 2, 3], job_at=[0, 1, 2, 3])
    for job in (0, 1, 3):
        queue.push(job)
    queue.rerank(rank=[3, 1, 0, 2], job_at=[2, 1, 3, 0])
    queue.push(2)
    state[1] = 9  # has left
    assert [queue.pop() for _ in range(4)] == [2, 3, 0, -1]
