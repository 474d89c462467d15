"""Rules that decide: due times against hand-picked and independently counted days, and the small rules."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.rules import (
    combined,
    discipline_key,
    due_times,
    learning,
    next_review,
    responds,
)
from sim.scenario.scenario import Scenario
from tests.ledgers import world

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SHIP_BY = 18 * 60.0
NEXT_DAY = {"ship_within_days": 1, "deliver_within_days": 1}


def shop(ship: int = 1, deliver: int = 3, **promise: Any) -> Scenario:
    """A shop with a promise; the run starts on Monday, 5 January 2026."""
    days = {"ship_within_days": ship, "deliver_within_days": deliver}
    return world(promise={"standard": days, **promise})


def at(text: str) -> float:
    """Clock minute of "tue 14:00" of the first week, or "+tue 14:00" of the second."""
    name, time = text.lstrip("+").split()
    hour, minute = time.split(":")
    week = text.count("+")
    return (7 * week + WEEK.index(name)) * 1440 + int(hour) * 60 + float(minute)


def due(scenario: Scenario, *placed: float, express: bool = False, wish: int = 0) -> tuple[list[float], list[float]]:
    minutes = np.array(placed)
    ship, deliver = due_times(
        scenario, minutes, np.full(len(minutes), express), np.full(len(minutes), wish, dtype=np.int64)
    )
    return ship.tolist(), deliver.tolist()


# --- due times --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("placed", "days", "shipped_by"),
    [
        ("mon 10:00", 0, "mon 18:00"),
        ("mon 14:00", 0, "mon 18:00"),  # the cut-off itself is in time
        ("mon 14:00.001", 0, "tue 18:00"),
        ("mon 23:59", 0, "tue 18:00"),
        ("fri 14:01", 0, "+mon 18:00"),
        ("sat 10:00", 0, "+mon 18:00"),
        ("sat 15:00", 0, "+mon 18:00"),
        ("sun 23:59", 0, "+mon 18:00"),
        ("mon 10:00", 1, "tue 18:00"),
        ("mon 15:00", 1, "wed 18:00"),
        ("thu 15:00", 1, "+mon 18:00"),
        ("fri 10:00", 1, "+mon 18:00"),
        ("fri 15:00", 1, "+tue 18:00"),
        ("sat 10:00", 1, "+tue 18:00"),  # Monday counts as the order day
        ("mon 10:00", 3, "thu 18:00"),
        ("wed 10:00", 3, "+mon 18:00"),
        ("wed 15:00", 3, "+tue 18:00"),
        ("fri 15:00", 3, "+thu 18:00"),
    ],
)
def test_shipping_falls_due_on_the_nth_working_day(placed: str, days: int, shipped_by: str) -> None:
    assert due(shop(days, 9), at(placed))[0] == [at(shipped_by)]


def test_delivery_counts_from_the_same_day_with_its_own_clock_time() -> None:
    assert due(shop(1, 3), at("wed 15:00")) == ([at("fri 18:00")], [at("+tue 21:00")])


def test_clock_times_of_the_promise_are_taken_as_given() -> None:
    scenario = shop(1, 1, express=NEXT_DAY, order_cutoff="20:00", ship_by="12:30", deliver_by="23:00")
    assert due(scenario, at("mon 20:00")) == ([at("tue 12:30")], [at("tue 23:00")])


def test_holidays_do_not_count() -> None:
    scenario = shop(1, 3, holidays=["2026-01-06", "2026-01-12"])  # this Tuesday, next Monday
    assert due(scenario, at("mon 10:00")) == ([at("wed 18:00")], [at("fri 21:00")])
    assert due(scenario, at("mon 15:00"))[0] == [at("thu 18:00")]
    assert due(scenario, at("fri 10:00"))[0] == [at("+tue 18:00")]
    assert due(scenario, at("tue 10:00"))[0] == [at("thu 18:00")]  # placed on the holiday: Wednesday is the order day


def test_a_holiday_on_a_weekend_changes_nothing() -> None:
    plain, with_holiday = shop(1, 3), shop(1, 3, holidays=["2026-01-10"])
    assert due(plain, at("fri 10:00")) == due(with_holiday, at("fri 10:00"))


def test_working_saturdays_count() -> None:
    scenario = shop(1, 1, working_weekdays=["mon", "tue", "wed", "thu", "fri", "sat"])
    assert due(scenario, at("fri 10:00"))[0] == [at("sat 18:00")]
    assert due(scenario, at("fri 15:00"))[0] == [at("+mon 18:00")]
    assert due(scenario, at("sat 10:00"))[0] == [at("+mon 18:00")]
    assert due(scenario, at("sat 15:00"))[0] == [at("+tue 18:00")]


def test_days_follow_the_calendar_wherever_the_run_starts() -> None:
    thursday = world(start="2026-01-08", promise={"standard": {"ship_within_days": 1, "deliver_within_days": 1}})
    assert due(thursday, 600.0, 1440 + 600.0)[0] == [1440 + SHIP_BY, 4 * 1440 + SHIP_BY]


def test_each_class_has_its_own_days() -> None:
    scenario = shop(2, 4, express={"ship_within_days": 0, "deliver_within_days": 1})
    placed = np.full(2, at("mon 10:00"))
    ship, deliver = due_times(scenario, placed, np.array([True, False]), np.zeros(2, dtype=np.int64))
    assert ship.tolist() == [at("mon 18:00"), at("wed 18:00")]
    assert deliver.tolist() == [at("tue 21:00"), at("fri 21:00")]


def test_nothing_falls_due_without_a_promise() -> None:
    ship, deliver = due_times(world(), np.array([0.0, 5.0]), np.zeros(2, dtype=bool), np.zeros(2, dtype=np.int64))
    assert np.isnan(ship).all()
    assert np.isnan(deliver).all()
    assert ship is not deliver


def test_no_orders_no_due_times() -> None:
    assert due(shop()) == ([], [])


@pytest.mark.parametrize(
    ("wish", "ship", "deliver"),
    [
        (1, "tue 18:00", "thu 21:00"),  # sooner than promised: the promise stands
        (3, "tue 18:00", "thu 21:00"),  # the promised day itself
        (4, "wed 18:00", "fri 21:00"),
        (5, "wed 18:00", "sat 21:00"),  # delivered on the Saturday asked for; two working days before its Friday
        (6, "wed 18:00", "sun 21:00"),
        (7, "thu 18:00", "+mon 21:00"),
        (9, "+mon 18:00", "+wed 21:00"),
    ],
)
def test_a_wished_date_moves_both_due_times(wish: int, ship: str, deliver: str) -> None:
    assert due(shop(1, 3), at("mon 10:00"), wish=wish) == ([at(ship)], [at(deliver)])


def test_a_wish_never_makes_anything_due_earlier() -> None:
    scenario = shop(2, 4, holidays=["2026-01-08", "2026-01-09"])
    before = due(scenario, at("mon 10:00"))
    for wish in range(1, 25):
        ship, deliver = due(scenario, at("mon 10:00"), wish=wish)
        assert ship >= before[0]
        assert deliver >= before[1]
        assert ship <= deliver


def test_wishes_of_express_customers_keep_their_own_gap() -> None:
    scenario = shop(1, 3, express={"ship_within_days": 0, "deliver_within_days": 1})
    assert due(scenario, at("mon 10:00"), express=True, wish=3) == ([at("wed 18:00")], [at("thu 21:00")])


def test_the_hard_deadline_cuts_both_due_times() -> None:
    scenario = shop(1, 3, hard_deadline="2026-01-07T12:00")  # Wednesday noon
    assert due(scenario, at("mon 10:00")) == ([at("tue 18:00")], [at("wed 12:00")])
    assert due(scenario, at("tue 10:00")) == ([at("wed 12:00")], [at("wed 12:00")])
    assert due(scenario, at("mon 10:00"), wish=8) == ([at("wed 12:00")], [at("wed 12:00")])


def test_orders_after_the_deadline_have_the_ordinary_promise() -> None:
    scenario = shop(1, 3, hard_deadline="2026-01-07T12:00")
    assert due(scenario, at("wed 12:00")) == ([at("thu 18:00")], [at("+mon 21:00")])


def _working(day: date, weekdays: frozenset[str], holidays: frozenset[date]) -> bool:
    return WEEK[day.weekday()] in weekdays and day not in holidays


def _counted_by_hand(minute: float, days: int, weekdays: frozenset[str], holidays: frozenset[date]) -> datetime:
    """Day by day, as one would on a wall calendar."""
    placed = datetime(2026, 1, 5) + timedelta(minutes=minute)
    day = placed.date()
    if _working(day, weekdays, holidays) and placed > datetime(day.year, day.month, day.day, 14):
        day += timedelta(days=1)
    while not _working(day, weekdays, holidays):
        day += timedelta(days=1)
    for _ in range(days):
        day += timedelta(days=1)
        while not _working(day, weekdays, holidays):
            day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, 18)


@settings(max_examples=60, deadline=None)
@given(
    quarters=st.lists(st.integers(0, 60 * 96 - 1), min_size=1, max_size=20),
    days=st.integers(0, 6),
    weekdays=st.frozensets(st.sampled_from(WEEK), min_size=1),
    holidays=st.frozensets(st.integers(0, 40), max_size=8),
)
def test_due_times_agree_with_counting_days_and_never_overtake(
    quarters: list[int], days: int, weekdays: frozenset[str], holidays: frozenset[int]
) -> None:
    off = frozenset(date(2026, 1, 5) + timedelta(days=day) for day in holidays)
    scenario = shop(days, days, working_weekdays=sorted(weekdays), holidays=sorted(off))
    placed = sorted(15.0 * quarter for quarter in quarters)
    ship, _ = due(scenario, *placed)
    wanted = [_counted_by_hand(minute, days, weekdays, off) for minute in placed]
    assert [scenario.local_time(minute) for minute in ship] == wanted
    assert ship == sorted(ship)


# --- who is served next -----------------------------------------------------------------------------------------


def test_disciplines_sort_as_they_are_called() -> None:
    express = np.array([False, True, False])
    due_ship = np.array([300.0, np.nan, 100.0])
    work = np.array([2.0, 9.0, 5.0])
    assert discipline_key("fifo", express, due_ship, work) is None
    orders = {}
    for name in ("express_first", "earliest_due", "shortest"):
        key = discipline_key(name, express, due_ship, work)
        assert key is not None
        assert not np.isnan(key).any()
        orders[name] = np.argsort(key, kind="stable").tolist()
    assert orders == {"express_first": [1, 0, 2], "earliest_due": [2, 0, 1], "shortest": [0, 2, 1]}


# --- reviews ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "every", "review"), [(0.0, 60.0, 60.0), (59.9, 60.0, 60.0), (60.0, 60.0, 120.0), (61.0, 7.5, 67.5)]
)
def test_reviews_come_at_multiples_of_the_interval(now: float, every: float, review: float) -> None:
    assert next_review(now, every) == review


@pytest.mark.parametrize("every", [1.1, 7.3, 12.4, 33.3, 100 / 3, 1440 / 7, 13.251083656922212])
def test_the_next_review_lies_after_now_whatever_the_interval(every: float) -> None:
    now = 0.0
    for number in range(1, 2001):
        later = next_review(now, every)
        assert later > now, f"review {number} of {every} min would be repeated for ever"
        assert later == pytest.approx(number * every, rel=1e-12)
        now = later


# --- customers and learners -------------------------------------------------------------------------------------


def test_an_offer_keeps_its_share_of_customers() -> None:
    margins = (np.arange(1000) + 0.5) / 1000
    for reduction in (0.0, 0.25, 1.0):
        assert np.mean([responds(margin, reduction) for margin in margins]) == pytest.approx(1 - reduction)


def test_a_stronger_offer_never_makes_anybody_respond() -> None:
    cuts = np.linspace(0, 1, 21)
    for margin in (0.0, 0.3, 0.999999):
        answers = [responds(margin, cut) for cut in cuts]
        assert answers == sorted(answers, reverse=True)


def test_two_offers_act_one_after_the_other() -> None:
    assert combined(0.2, 0.5) == pytest.approx(0.6)
    assert combined(0.5, 0.2) == pytest.approx(0.6)
    assert combined(0.0, 0.3) == pytest.approx(0.3)
    assert combined(1.0, 0.3) == 1.0
    np.testing.assert_allclose(combined(np.array([0.0, 0.5]), 0.5), [0.5, 0.75])


def test_learners_start_slow_and_approach_full_speed() -> None:
    assert learning(0.0, 0.6, 0.95, 3.0) == pytest.approx(0.6)
    assert learning(3.0, 0.6, 0.95, 3.0) == pytest.approx(0.95 - 0.35 / math.e)
    assert learning(300.0, 0.6, 0.95, 3.0) == pytest.approx(0.95)
    speeds = [learning(day, 0.6, 0.95, 3.0) for day in range(30)]
    assert speeds == sorted(speeds)
