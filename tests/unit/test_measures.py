"""Each measure does exactly what it says: hours, parcels, people and money worked out by hand.

The site has pickers from 08:00 to 17:00 with an hour's break at noon (eight hours) at 60 an hour; an order takes ten
minutes. Measures are on from the start unless a test says otherwise; triggers are in test_triggers.py.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.ledger import Ledger
from sim.scenario.alerts import AlertRule
from sim.scenario.measures import DeskReinforcement, Overtime, TemporaryStaff, Trigger
from sim.scenario.people import Break, Labour, ShiftHours
from sim.scenario.site import Picking
from tests.small_sites import (
    DAY,
    MONDAY,
    asks,
    assert_log,
    column,
    demand,
    desk,
    packing,
    picking,
    plan,
    promise,
    run,
    shift,
    site,
    world,
)

WORKWEEK = ["mon", "tue", "wed", "thu", "fri"]
LUNCH = [Break(start="12:00", minutes=60.0)]


def pickers(headcount: int = 1, end: str = "17:00", **more: Any) -> Picking:
    """Eight hours a day at 60 an hour."""
    return picking(shift(headcount, "08:00", end, breaks=LUNCH), wage_per_h_cost=60.0, **more)


def staffed(ledger: Ledger, kind: str) -> dict[str, list[float]]:
    """Rows of the staffing table of one kind."""
    rows = ledger.staffing[ledger.staffing["kind"] == kind]
    return {name: rows[name].tolist() for name in rows.columns}


def refused(ledger: Ledger) -> list[tuple[float, float]]:
    """Minute and worker-hours of each refusal."""
    rows = ledger.alerts[ledger.alerts["event"] == "refused"]
    return list(zip(rows["time_min"], rows["value"], strict=True))


# --- overtime ---------------------------------------------------------------------------------------------------


def overtime(folder: Path, hours: float, *, days: int = 1, law: Labour | None = None, **more: Any) -> Ledger:
    scenario = world(folder, [480], days=days, site=site(pick=pickers(**more), labour=law or Labour()))
    return run(scenario, plan(stay=Overtime(hours=hours)))


def test_overtime_of_three_hours_in_taiwan(tmp_path: Path) -> None:
    """Two hours at 4/3 and one at 5/3 of the wage: 4 1/3 hours' pay."""
    ledger = overtime(tmp_path, 3.0)
    rows = staffed(ledger, "overtime")
    assert (rows["start_min"], rows["end_min"], rows["paid_h"]) == ([1020], [1200], [3])
    assert rows["cost"] == pytest.approx([60 * 13 / 3])
    assert rows["slot"] == staffed(ledger, "regular")["slot"][:1]  # the same worker goes on
    assert refused(ledger) == []
    assert sim.kpis(ledger)["overtime_h"] == 3


@pytest.mark.parametrize(("regime", "pay"), [("us", 1.5 * 5), ("none", 5.0)])
def test_other_laws_have_other_prices_and_no_caps(tmp_path: Path, regime: Any, pay: float) -> None:
    ledger = overtime(tmp_path, 5.0, law=Labour(regime=regime))
    assert staffed(ledger, "overtime")["cost"] == pytest.approx([60 * pay])
    assert refused(ledger) == []


@pytest.mark.parametrize(
    ("hours", "law", "end", "allowed"),
    [
        (5.0, Labour(daily_cap_h=None), "17:00", 4.0),  # the law prices four hours
        (4.0, Labour(), "18:30", 2.5),  # twelve hours a day, nine and a half are worked
        (4.0, Labour(month_used_h=44.5), "17:00", 1.5),  # 46 hours a month
        (4.0, Labour(daily_cap_h=None), "19:00", 2.0),  # eleven hours of rest until 08:00
        (4.0, Labour(month_used_h=46.0), "17:00", 0.0),
        (4.0, Labour(month_used_h=50.0), "17:00", 0.0),
    ],
)
def test_overtime_that_the_law_forbids_is_not_worked(
    tmp_path: Path, hours: float, law: Labour, end: str, allowed: float
) -> None:
    ledger = overtime(tmp_path, hours, law=law, headcount=2, end=end)
    assert staffed(ledger, "overtime")["paid_h"] == ([allowed] * 2 if allowed else [])
    assert refused(ledger) == [(float(end[:2]) * 60 + float(end[3:]), 2 * (hours - allowed))]
    assert sim.kpis(ledger)["overtime_refused_h"] == 2 * (hours - allowed)


def test_rest_is_asked_for_only_before_a_shift_on_the_next_day(tmp_path: Path) -> None:
    """Until 22:00, ten hours at the plain wage; Tuesday is free, so Monday's crew may stay."""
    crew = shift(1, "12:00", "22:00", weekdays=["mon", "wed", "thu"])
    pick = picking(crew, wage_per_h_cost=60.0)
    law = Labour(normal_day_h=10.0, normal_week_h=None, daily_cap_h=None, rest_between_shifts_h=12.0)
    scenario = world(tmp_path, [480], days=4, site=site(pick=pick, labour=law))
    ledger = run(scenario, plan(stay=Overtime(hours=3.0)))
    assert staffed(ledger, "overtime")["paid_h"] == [3, 2, 2]  # Thursday ends with the clock, at midnight of day 4
    assert refused(ledger) == [(2 * DAY + 1320, 1)]


def test_hours_are_counted_by_calendar_month(tmp_path: Path) -> None:
    """From Friday 30 January on: half an hour is left of January, February is fresh."""
    friday = date(2026, 1, 30)
    orders = demand(tmp_path, [480], days=4, start=friday)
    law = Labour(month_used_h=45.5)
    crew = shift(1, "08:00", "17:00", breaks=LUNCH, weekdays=["fri", "sat", "sun", "mon"])  # nobody need rotate
    pick = picking(crew, wage_per_h_cost=60.0)
    ledger = run(world(tmp_path, [], demand=orders, site=site(pick=pick, labour=law)), plan(stay=Overtime(hours=2.0)))
    assert staffed(ledger, "overtime")["paid_h"] == [0.5, 2, 2]
    assert refused(ledger) == [(1020, 1.5), (DAY + 1020, 2)]


def test_hours_are_counted_per_head(tmp_path: Path) -> None:
    """Two crews with accounts of their own; half of each stays, so their hour counts half, and fills it slowly."""
    crews = (shift(2, "08:00", "12:00", weekdays=WORKWEEK), shift(2, "13:00", "17:00", weekdays=WORKWEEK))
    pick = picking(*crews, wage_per_h_cost=60.0)
    law = Labour(normal_day_h=4.0, monthly_cap_h=1.25, rest_between_shifts_h=None)
    scenario = world(tmp_path, [480], days=4, site=site(pick=pick, labour=law))
    ledger = run(scenario, plan(stay=Overtime(hours=1.0, share=0.5)))
    assert staffed(ledger, "overtime")["paid_h"] == [1, 1, 0.75, 0.75, 0.375, 0.375, 0.1875, 0.1875]
    assert refused(ledger)[:2] == [(DAY + 720, 0.25), (DAY + 1020, 0.25)]


def test_an_overrun_uses_up_hours_of_the_month(tmp_path: Path) -> None:
    """Monday's last order takes an hour too long; of the two hours of the month one is left for Tuesday."""
    pick = picking(shift(1, "07:00", "08:00", weekdays=WORKWEEK), setup_min=65.0)
    law = Labour(normal_day_h=1.0, monthly_cap_h=2.0, rest_between_shifts_h=None)
    scenario = world(tmp_path, [475], days=3, site=site(pick=pick, labour=law))
    ledger = run(scenario, plan(stay=Overtime(hours=1.0, trigger=Trigger(when="time", at=9.0))))
    assert staffed(ledger, "overtime")["day"] == [1]
    assert refused(ledger) == [(2 * DAY + 480, 1)]


def test_part_of_the_crew_stays_and_tires(tmp_path: Path) -> None:
    """Of three, half (two, rounded half up) stay; at 80 % of their speed from their next order on."""
    pick = pickers(3, overtime_productivity=0.8)
    orders = [1015, 1016, 1017, 1018, 1019, 1019]
    ledger = run(world(tmp_path, orders, site=site(pick=pick, labour=Labour())), plan(stay=Overtime(share=0.5)))
    assert_log(
        ledger,
        pick_start_min=[1015, 1016, 1017, 1025, 1026, 1037.5],
        pick_end_min=[1025, 1026, 1027, 1037.5, 1038.5, 1050],
    )
    assert staffed(ledger, "overtime")["productivity"] == [0.8, 0.8]
    assert_log(ledger, "staffing", overrun_min=[0, 0, 0, 0, 0, 7, 0, 0])


def test_only_the_stages_asked_stay(tmp_path: Path) -> None:
    places = site(pick=pickers(), pack=packing(shift(2)), labour=Labour())
    scenario = world(tmp_path, [480], site=places, desk=desk(shift(3)), promise=promise())
    ledger = run(scenario, plan(stay=Overtime(stages=["packing", "desk"])))
    assert staffed(ledger, "overtime")["stage"] == ["packing"] * 2 + ["desk"] * 3


def test_what_was_begun_before_overtime_is_handed_over_with_its_true_rest(tmp_path: Path) -> None:
    """Begun at full speed at 07:50, 120 minutes of work; after an hour of overtime 50 are left, tired or not."""
    pick = picking(shift(1, "07:00", "08:00"), setup_min=120.0, end_of_shift="hand_over", overtime_productivity=0.5)
    scenario = world(tmp_path, [470], days=2, site=site(pick=pick, labour=Labour()))
    ledger = run(scenario, plan(stay=Overtime(hours=1.0)))
    assert_log(ledger, "handovers", end_min=[540], resumed_min=[DAY + 420])
    assert_log(ledger, pick_end_min=[DAY + 470])


# --- more agents ------------------------------------------------------------------------------------------------


def test_more_agents(tmp_path: Path) -> None:
    """One at half speed beside ours (who has the lower number), 50 a head once, 30 an hour, on hours of their own."""
    hours = ShiftHours(start="10:00", end="12:00", weekdays=["mon"])
    measure = DeskReinforcement(headcount=1, hours=hours, productivity=0.5, wage_per_h_cost=30.0, cost_per_head=50.0)
    scenario = world(tmp_path, [0], days=2, desk=desk(wage_per_h_cost=60.0), promise=promise())
    ledger = run(scenario, plan(agents=measure), **asks(scenario, [(-1, 599.0), (-1, 600.0), (-1, 601.0)]))
    assert_log(ledger, "contacts", answered_min=[599, 600, 609], ended_min=[609, 620, 619])
    rows = staffed(ledger, "reinforcement")
    assert (rows["start_min"], rows["productivity"], rows["cost"]) == ([600], [0.5], [60])
    assert_log(ledger, "charges", time_min=[600], line=["setup"], cost=[50])


def test_more_agents_as_a_share_of_the_largest_shift(tmp_path: Path) -> None:
    """Half of three (1.5, rounded half up), with that shift and at the crew's wage."""
    crews = (shift(1, "06:00", "09:00"), shift(3, "10:00", "11:00"))
    scenario = world(tmp_path, [0], desk=desk(*crews, wage_per_h_cost=60.0), promise=promise())
    rows = staffed(run(scenario, plan(agents=DeskReinforcement(headcount_share=0.5))), "reinforcement")
    assert (rows["start_min"], rows["end_min"], rows["cost"]) == ([600] * 2, [660] * 2, [60] * 2)


def test_more_agents_without_a_desk_are_nobody(tmp_path: Path) -> None:
    ledger = run(world(tmp_path, [480]), plan(agents=DeskReinforcement(headcount=3, cost_per_head=50.0)))
    assert staffed(ledger, "reinforcement")["slot"] == []
    assert len(column(ledger, "cost", "charges")) == 0


# --- temporary staff --------------------------------------------------------------------------------------------


def temps(**figures: Any) -> TemporaryStaff:
    """One picker."""
    return TemporaryStaff(**{"stages": ["picking"], "headcount": 1, **figures})


def test_temporary_staff_come_after_the_lead_time(tmp_path: Path) -> None:
    """Decided on Monday at 10:00, a day's notice: too late for Tuesday's shift, so from Wednesday on."""
    measure = temps(trigger=Trigger(when="time", at=10.0), delay_h=24.0, cost_per_head=50.0, wage_per_h_cost=20.0)
    scenario = world(tmp_path, [480], days=4, site=site(pick=pickers()))
    ledger = run(scenario, plan(help=measure))
    rows = staffed(ledger, "temporary")
    assert rows["start_min"] == [2 * DAY + 480, 2 * DAY + 780, 3 * DAY + 480, 3 * DAY + 780]
    assert rows["cost"] == [80, 80, 80, 80]  # four hours before lunch, four after
    assert_log(ledger, "charges", time_min=[2 * DAY + 480], line=["setup"], cost=[50])


def test_temporary_staff_learn(tmp_path: Path) -> None:
    """From 0.6 towards 0.95, two thirds of a working day's gap left after each day (time constant 1 / ln 1.5)."""
    measure = temps(learning_days=1 / np.log(1.5), headcount=2)
    crew = shift(1, weekdays=["mon", "wed", "thu"])  # they learn by days worked, not by days on the calendar
    ledger = run(world(tmp_path, [480], days=4, site=site(pick=picking(crew))), plan(help=measure))
    learnt = [0.95 - 0.35 * (2 / 3) ** day for day in (0, 0, 1, 1, 2, 2)]
    assert staffed(ledger, "temporary")["productivity"] == pytest.approx(learnt)


def test_temporary_staff_work(tmp_path: Path) -> None:
    measure = temps(start_productivity=0.5)
    ledger = run(world(tmp_path, [480] * 4, site=site(pick=pickers())), plan(help=measure))
    assert_log(ledger, pick_start_min=[480, 480, 490, 500], pick_end_min=[490, 500, 500, 520])


def test_temporary_staff_in_both_stages_as_a_share_of_the_largest_shift(tmp_path: Path) -> None:
    """0.6 of four pickers (2.4) and of three packers (1.8): two of each; a fee for each of the four."""
    places = site(pick=picking(shift(1), shift(4)), pack=packing(shift(3)))
    measure = TemporaryStaff(headcount_share=0.6, cost_per_head=50.0)
    ledger = run(world(tmp_path, [480], site=places), plan(help=measure))
    assert sorted(staffed(ledger, "temporary")["stage"]) == ["packing"] * 2 + ["picking"] * 2
    assert column(ledger, "cost", "charges").tolist() == [100, 100]


@pytest.mark.parametrize(("own", "come"), [(None, 1), (0.2, 2), (0.7, 0)])
def test_temporary_staff_may_not_come(tmp_path: Path, own: float | None, come: int) -> None:
    """Luck of 0.3 and 0.6; the crew's chance is 0.5 where the measure has none of its own."""
    places = site(pick=picking(absence_share=0.5))
    luck = {("picking", "shift_0"): np.full((2, 1), 0.9), ("picking", "temporary_staff"): np.tile([0.3, 0.6], (2, 1))}
    ledger = run(world(tmp_path, [480], site=places), plan(help=temps(headcount=2, absence_share=own)), absence_u=luck)
    rows = staffed(ledger, "temporary")
    assert rows["absent"].count(False) == come
    assert rows["absent"].count(True) == 2 - come


def test_people_of_a_second_measure_have_luck_of_their_own(tmp_path: Path) -> None:
    luck = {("picking", "shift_0"): np.full((2, 1), 0.9), ("picking", "temporary_staff"): np.tile([0.3, 0.6], (2, 1))}
    one, other = (temps(absence_share=0.5) for _ in range(2))
    ledger = run(world(tmp_path, [480]), plan(one=one, other=other), absence_u=luck)
    assert sorted(staffed(ledger, "temporary")["absent"]) == [False, True]


def test_temporary_staff_leave_when_called_off(tmp_path: Path) -> None:
    """Who is at work finishes the day."""
    ledger = run(world(tmp_path, [480], days=3), plan(help=temps(trigger=Trigger(until=DAY / 60 + 9))))
    assert staffed(ledger, "temporary")["day"] == [0, 1]
    assert staffed(ledger, "temporary")["end_min"] == [1080, DAY + 1080]


@pytest.mark.parametrize(("decided_h", "days"), [(0.0, [0, 1]), (8.0, [0, 1]), (12.0, [1, 2])])
def test_temporary_staff_stay_for_the_days_they_are_booked(tmp_path: Path, decided_h: float, days: list[int]) -> None:
    """Two days from the day they come; decided after the start of a shift, they come the day after."""
    measure = temps(stay_days=2, trigger=Trigger(when="time", at=decided_h), cost_per_head=50.0)
    ledger = run(world(tmp_path, [480], days=5), plan(help=measure))
    assert staffed(ledger, "temporary")["day"] == days
    assert column(ledger, "cost", "charges").tolist() == [50]


def test_who_is_booked_stays_though_called_off(tmp_path: Path) -> None:
    measure = temps(stay_days=2, trigger=Trigger(until=9.0))
    ledger = run(world(tmp_path, [480], days=4), plan(help=measure))
    assert staffed(ledger, "temporary")["day"] == [0, 1]


def test_the_largest_shift_is_one_that_is_worked(tmp_path: Path) -> None:
    """A larger shift of last year says nothing of today."""
    old = shift(9, "20:00", "22:00", last_day=MONDAY - timedelta(days=300))
    scenario = world(tmp_path, [480], site=site(pick=picking(old, shift(2))))
    rows = staffed(run(scenario, plan(help=TemporaryStaff(headcount_share=1.0, stages=["picking"]))), "temporary")
    assert rows["start_min"] == [480, 480]


@pytest.mark.parametrize(
    "calls", [Trigger(when="metric", metric="backlog_orders", above=1.0), Trigger(when="alert", alert="pile")]
)
def test_temporary_staff_are_booked_again_while_the_metric_calls_for_them(tmp_path: Path, calls: Trigger) -> None:
    """Two days at a time; the order is done on the fourth morning, so two bookings and no more."""
    long_work = picking(shift(1, "08:00", "09:00"), setup_min=220.0, end_of_shift="hand_over")
    pile = AlertRule(metric="backlog_orders", above=1.0)
    scenario = world(tmp_path, [30], days=7, site=site(pick=long_work), alerts={"pile": pile})
    helper = temps(trigger=calls, start_productivity=0.01, full_productivity=0.01, stay_days=2, cost_per_head=50.0)
    ledger = run(scenario, plan(help=helper))
    assert_log(ledger, pick_end_min=[3 * DAY + 520])
    assert staffed(ledger, "temporary")["day"] == [0, 1, 2, 3]
    assert_log(ledger, "charges", cost=[50])
