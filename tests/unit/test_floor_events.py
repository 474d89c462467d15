"""Event logs of tiny sites, worked out by hand: release, picking, packing, shifts, cancellation.

One picker from 08:00 (minute 480) who takes ten minutes an order, unless a test says otherwise.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.scenario.customers import Customers, Patience
from sim.scenario.people import Break, Labour, Skill
from sim.scenario.site import Release
from tests.small_sites import (
    DAY,
    MONDAY,
    NAN,
    assert_log,
    column,
    demand,
    packing,
    patience,
    picking,
    promise,
    run,
    shift,
    site,
    van,
    world,
)

TAIWAN = Labour()  # an hour after the shift costs 4/3 of the wage, the third and fourth hour 5/3

# --- who is served next -----------------------------------------------------------------------------------------


def test_one_picker_first_come_first_served(tmp_path: Path) -> None:
    ledger = run(world(tmp_path, [480, 481, 500]))
    assert_log(
        ledger,
        order_id=["0", "1", "2"],
        placed_min=[480, 481, 500],
        released_min=[480, 481, 500],
        pick_start_min=[480, 490, 500],
        pick_end_min=[490, 500, 510],
        pack_start_min=[NAN, NAN, NAN],
        picked_up_min=[490, 500, 510],  # no packing and no carriers: gone when it is picked
        delivered_min=[490, 500, 510],
        outcome=["delivered"] * 3,
        picker=[1, 1, 1],  # slot 0 is yesterday's
    )


@pytest.mark.parametrize(
    ("discipline", "starts"),
    [
        ("fifo", [480, 486, 496, 504]),
        ("express_first", [480, 494, 486, 504]),
        ("earliest_due", [480, 492, 502, 486]),  # 1 and 2 are due together: the earlier one first
        ("shortest", [480, 500, 492, 486]),
    ],
)
def test_disciplines(tmp_path: Path, discipline: Any, starts: list[float]) -> None:
    """Work of 6, 10, 8 and 6 minutes; the first order is begun before the others come."""
    pick = picking(setup_min=4.0, per_line_min=2.0, discipline=discipline)
    scenario = world(tmp_path, [(480, 1), (481, 3), (482, 2), (483, 1)], site=site(pick=pick))
    ledger = run(scenario, express=[False, False, True, False], due_ship_min=[1000, 1100, 1100, 1050])
    assert_log(ledger, pick_start_min=starts)


def test_packing_has_a_discipline_of_its_own(tmp_path: Path) -> None:
    """Two pickers and one packer; 1 and 2 come to packing together, and 2 is express."""
    places = site(
        pick=picking(shift(3)),
        pack=packing(setup_min=20.0, discipline="express_first"),
    )
    ledger = run(world(tmp_path, [480, 481, 481], site=places), express=[False, False, True])
    assert_log(ledger, pick_end_min=[490, 491, 491], pack_start_min=[490, 530, 510], pack_end_min=[510, 550, 530])


def test_without_a_promise_nothing_is_due_earlier(tmp_path: Path) -> None:
    ledger = run(world(tmp_path, [480, 481, 482], site=site(pick=picking(discipline="earliest_due"))))
    assert_log(ledger, pick_start_min=[480, 490, 500])


# --- release ----------------------------------------------------------------------------------------------------


def test_waves(tmp_path: Path) -> None:
    """An order of the very minute of a wave is too late for it; what is left over goes out the next day."""
    release = Release(mode="waves", times=["12:00", "09:00"])
    ledger = run(world(tmp_path, [480, 540, 541, 721], days=2, site=site(release=release)))
    assert_log(
        ledger,
        released_min=[540, 720, 720, DAY + 540],
        pick_start_min=[540, 720, 730, DAY + 540],
    )


# --- stations and batches ---------------------------------------------------------------------------------------


def test_no_more_pickers_work_than_there_are_stations(tmp_path: Path) -> None:
    ledger = run(world(tmp_path, [480] * 5, site=site(pick=picking(shift(3), stations=2))))
    assert_log(ledger, pick_start_min=[480, 480, 490, 490, 500])
    assert len(set(column(ledger, "picker"))) == 2


def test_a_station_is_free_when_a_worker_leaves_it(tmp_path: Path) -> None:
    """The early worker goes at 09:00 and leaves the only station to the late one."""
    pick = picking(shift(1, "08:00", "09:00"), shift(1, "08:00", "10:00"), setup_min=40.0, stations=1)
    ledger = run(world(tmp_path, [480] * 3, site=site(pick=pick)))
    assert_log(ledger, pick_start_min=[480, 520, 560])
    assert column(ledger, "picker").tolist() == [1, 1, 3]  # 0 and 2 are yesterday's


def test_a_batch_has_one_set_up_and_is_sorted(tmp_path: Path) -> None:
    """The first order goes alone; the next three together: 5 + (2 + 1 + 3) + 2 * 0.5 minutes; then the last."""
    pick = picking(setup_min=5.0, per_line_min=1.0, batch_size=3, batch_sort_min=0.5)
    orders = [(480, 1), (481, 2), (482, 1), (483, 3), (484, 1)]
    ledger = run(world(tmp_path, orders, site=site(pick=pick)))
    assert_log(ledger, pick_start_min=[480, 486, 486, 486, 498], pick_end_min=[486, 498, 498, 498, 504])


def test_a_batch_follows_the_discipline(tmp_path: Path) -> None:
    pick = picking(setup_min=5.0, per_line_min=1.0, batch_size=2, discipline="shortest")
    ledger = run(world(tmp_path, [(480, 1), (481, 9), (482, 2), (483, 1)], site=site(pick=pick)))
    assert_log(ledger, pick_start_min=[480, 494, 486, 486], pick_end_min=[486, 508, 494, 494])


# --- breaks -----------------------------------------------------------------------------------------------------


def with_break(minutes: float = 20.0) -> dict[str, Any]:
    return {"breaks": [Break(start="08:25", minutes=minutes)]}  # minute 505


def test_an_order_in_hand_is_finished_before_the_break(tmp_path: Path) -> None:
    """Five minutes run into the break. Of 9 h 45 min the last 1 h 45 min are overtime, on the roster or not."""
    pick = picking(shift(**with_break()), wage_per_h_cost=60.0)
    ledger = run(world(tmp_path, [480] * 4, site=site(pick=pick, labour=TAIWAN)))
    assert_log(ledger, pick_start_min=[480, 490, 500, 525], pick_end_min=[490, 500, 510, 535])
    assert_log(ledger, "staffing", start_min=[480, 525], end_min=[505, 1080], overrun_min=[5, 0])
    assert column(ledger, "cost", "staffing") == pytest.approx([30, 60 * (7.5 + 1.75 * 4 / 3)])


def test_an_order_may_outlast_the_break(tmp_path: Path) -> None:
    """Begun at 480, done at 540: the picker works through the break from 505 to 525 and goes on with the next."""
    ledger = run(world(tmp_path, [480, 480], site=site(pick=picking(shift(**with_break()), setup_min=60.0))))
    assert_log(ledger, pick_start_min=[480, 540])
    assert_log(ledger, "staffing", start_min=[480, 525], end_min=[505, 1080], overrun_min=[20, 0])


def test_a_crew_that_hands_over_finishes_before_a_break(tmp_path: Path) -> None:
    ledger = run(world(tmp_path, [480] * 4, site=site(pick=picking(shift(**with_break()), end_of_shift="hand_over"))))
    assert_log(ledger, pick_start_min=[480, 490, 500, 525])
    assert len(column(ledger, "slot", "handovers")) == 0


def test_nobody_begins_anything_in_a_break(tmp_path: Path) -> None:
    ledger = run(world(tmp_path, [505, 530], site=site(pick=picking(shift(**with_break(30.0))))))
    assert_log(ledger, pick_start_min=[535, 545])


# --- the end of a shift -----------------------------------------------------------------------------------------


def short_day(**more: Any) -> Any:
    """One picker from 08:00 to 09:00, 40 minutes an order, 60 an hour."""
    return picking(shift(1, "08:00", "09:00"), setup_min=40.0, wage_per_h_cost=60.0, **more)


def test_work_in_hand_is_finished_and_its_overrun_paid(tmp_path: Path) -> None:
    law = Labour(normal_day_h=1.0)  # so that the overrun is overtime
    ledger = run(world(tmp_path, [480] * 3, days=2, site=site(pick=short_day(), labour=law)))
    assert_log(ledger, pick_start_min=[480, 520, DAY + 480], pick_end_min=[520, 560, DAY + 520])
    assert_log(ledger, "staffing", day=[0, 1], overrun_min=[20, 0])
    assert column(ledger, "paid_h", "staffing") == pytest.approx([80 / 60, 1])
    assert column(ledger, "cost", "staffing") == pytest.approx([60 + 20 * 4 / 3, 60])


def test_work_in_hand_is_handed_over_with_the_rest_kept(tmp_path: Path) -> None:
    ledger = run(world(tmp_path, [480] * 3, days=2, site=site(pick=short_day(end_of_shift="hand_over"))))
    assert_log(
        ledger,
        pick_start_min=[480, 520, DAY + 500],
        pick_end_min=[520, DAY + 500, DAY + 540],
        picker=[1, 2, 2],
    )
    assert_log(ledger, "staffing", overrun_min=[0, 0], paid_h=[1, 1])
    assert_log(
        ledger,
        "handovers",
        order_row=[1],
        stage=["picking"],
        slot=[1],
        start_min=[520],
        end_min=[540],
        resumed_min=[DAY + 480],
    )


def test_what_nobody_takes_up_again_stays_open(tmp_path: Path) -> None:
    pick = picking(shift(1, "08:00", "09:00", last_day=MONDAY), setup_min=40.0, end_of_shift="hand_over")
    ledger = run(world(tmp_path, [480, 480], days=2, site=site(pick=pick)))
    assert_log(ledger, pick_end_min=[520, NAN], outcome=["delivered", "open"])
    assert_log(ledger, "handovers", resumed_min=[NAN])


def test_the_next_shift_takes_up_at_once_what_the_last_puts_down(tmp_path: Path) -> None:
    """Before it turns to the orders that wait: work in hand passes from shift to shift."""
    pick = picking(shift(1, "08:00", "09:00"), shift(1, "09:00", "12:00"), setup_min=70.0, end_of_shift="hand_over")
    ledger = run(world(tmp_path, [480, 480], site=site(pick=pick)))
    assert_log(ledger, pick_start_min=[480, 550], pick_end_min=[550, 620])
    assert_log(ledger, "handovers", end_min=[540], resumed_min=[540])


def test_the_rest_is_work_and_not_time(tmp_path: Path) -> None:
    """40 minutes of work: 15 minutes at half speed are 7.5 of it; the other 32.5 take 16.25 at double speed."""
    pick = picking(
        shift(1, "08:00", "08:15", productivity=0.5),
        shift(1, "09:00", "12:00", productivity=2.0),
        setup_min=40.0,
        end_of_shift="hand_over",
    )
    ledger = run(world(tmp_path, [480], site=site(pick=pick)))
    assert_log(ledger, pick_end_min=[540 + 16.25])


def test_a_batch_is_handed_over_whole(tmp_path: Path) -> None:
    """5 + 8 * 5 minutes from 500 on: at 540 five are left."""
    pick = picking(shift(1, "08:00", "09:00"), setup_min=5.0, per_line_min=5.0, batch_size=2, end_of_shift="hand_over")
    ledger = run(world(tmp_path, [(480, 3), (481, 4), (481, 4)], days=2, site=site(pick=pick)))
    assert_log(ledger, pick_start_min=[480, 500, 500], pick_end_min=[500, DAY + 485, DAY + 485])
    assert_log(ledger, "handovers", order_row=[1, 2], start_min=[500, 500], end_min=[540, 540])


def test_work_may_be_handed_over_again_and_again(tmp_path: Path) -> None:
    pick = picking(shift(1, "08:00", "09:00"), setup_min=150.0, end_of_shift="hand_over")
    ledger = run(world(tmp_path, [480], days=3, site=site(pick=pick)))
    assert_log(ledger, pick_start_min=[480], pick_end_min=[2 * DAY + 510])
    assert_log(
        ledger,
        "handovers",
        slot=[1, 2],
        start_min=[480, DAY + 480],
        end_min=[540, DAY + 540],
        resumed_min=[DAY + 480, 2 * DAY + 480],
    )


def test_who_is_still_at_work_at_the_horizon_is_paid_until_then(tmp_path: Path) -> None:
    """The clock stops at midnight, an hour and more after the end of the shift, with an order in hand."""
    pick = picking(shift(1, "22:00", "23:00"), setup_min=600.0, wage_per_h_cost=60.0)
    ledger = run(world(tmp_path, [1320], site=site(pick=pick, labour=Labour(regime="us", normal_week_h=5.0))))
    assert_log(ledger, "staffing", overrun_min=[60], paid_h=[2], cost=[60 + 90])


def over_midnight() -> Any:
    """One shift with a break from 23:30 to 00:30, while the clock stops at midnight."""
    pauses = [Break(start="23:30", minutes=60.0)]
    return shift(1, "22:00", "26:00", breaks=pauses, first_day=MONDAY)


def test_who_works_through_a_break_at_the_horizon_is_paid_for_it(tmp_path: Path) -> None:
    pick = picking(over_midnight(), setup_min=600.0, wage_per_h_cost=60.0)
    ledger = run(world(tmp_path, [1320], site=site(pick=pick, labour=Labour(regime="us"))))
    assert_log(ledger, "staffing", overrun_min=[30], paid_h=[2], cost=[120])


def test_a_break_is_kept_that_outlasts_the_horizon(tmp_path: Path) -> None:
    ledger = run(world(tmp_path, [1425], site=site(pick=picking(over_midnight()))))
    assert_log(ledger, pick_start_min=[NAN])
    assert_log(ledger, "staffing", end_min=[1410], overrun_min=[0])


# --- people -----------------------------------------------------------------------------------------------------


def test_skills_are_laid_over_the_shift_in_order(tmp_path: Path) -> None:
    """Of four, the first two work at half speed; the whole shift a quarter faster."""
    crew = shift(4, productivity=1.25)
    pick = picking(crew, skill_mix=[Skill(share=0.5, productivity=0.5)])
    ledger = run(world(tmp_path, [480] * 4, site=site(pick=pick)))
    assert_log(ledger, pick_end_min=[496, 496, 488, 488])
    assert_log(ledger, "staffing", productivity=[0.625, 0.625, 1.25, 1.25])


def test_absent_workers_do_not_work_and_are_not_paid(tmp_path: Path) -> None:
    """Chance of one half: of three workers the first (0.49) stays away."""
    pick = picking(shift(3), absence_share=0.5, wage_per_h_cost=60.0)
    luck = {("picking", "shift_0"): np.array([[0.9] * 3, [0.49, 0.5, 0.9]])}
    ledger = run(world(tmp_path, [480] * 3, site=site(pick=pick)), absence_u=luck)
    assert_log(ledger, pick_start_min=[480, 480, 490])
    assert_log(
        ledger,
        "staffing",
        absent=[False, False, True],
        paid_h=[10, 10, 0],
        cost=[600, 600, 0],
        start_min=[480] * 3,
    )


def test_a_shift_over_midnight_began_yesterday(tmp_path: Path) -> None:
    ledger = run(world(tmp_path, [10, 355, 1319], site=site(pick=picking(shift(1, "22:00", "30:00")))))
    assert_log(ledger, pick_start_min=[10, 355, 1320])
    assert_log(ledger, "staffing", day=[-1, 0], start_min=[0, 1320], end_min=[360, 1800], overrun_min=[5, 0])


def test_shifts_overlap(tmp_path: Path) -> None:
    pick = picking(shift(1, "08:00", "10:00"), shift(1, "09:30", "12:00"), setup_min=30.0)
    ledger = run(world(tmp_path, [480] * 6, site=site(pick=pick)))
    assert_log(ledger, pick_start_min=[480, 510, 540, 570, 570, 600])


def test_days_of_a_shift(tmp_path: Path) -> None:
    """Monday to Sunday; two shifts with days of their own."""
    pick = picking(
        shift(1, weekdays=["mon", "wed", "sun"]),
        shift(1, "19:00", "20:00", first_day=MONDAY + timedelta(days=2), last_day=MONDAY + timedelta(days=3)),
    )
    ledger = run(world(tmp_path, [480], days=7, site=site(pick=pick)))
    days, starts = column(ledger, "day", "staffing"), column(ledger, "start_min", "staffing") % DAY
    assert days[starts == 480].tolist() == [0, 2, 6]
    assert days[starts == 1140].tolist() == [2, 3]


@pytest.mark.parametrize(("headcount", "factor", "come"), [(3, 0.5, 2), (1, 0.5, 1), (1, 0.4, 0), (2, 1.25, 3)])
def test_headcount_factor_rounds_half_up(tmp_path: Path, headcount: int, factor: float, come: int) -> None:
    scenario = world(tmp_path, [480], site=site(pick=picking(shift(headcount), headcount_factor=factor)))
    assert len(column(run(scenario), "slot", "staffing")) == come


# --- cancellation -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("origin", "cancelled"), [("placed", 700 + 90), ("due_ship", 1080 + 90)])
def test_patience_counts_from(tmp_path: Path, origin: Any, cancelled: float) -> None:
    patient = Patience(share=1.0, counted_from=origin, mean_h=1.5, service="deterministic")
    nobody = site(pick=picking(shift(0)))
    scenario = world(tmp_path, [700], promise=promise(), site=nobody, customers=Customers(patience=patient))
    ledger = run(scenario)
    assert_log(
        ledger, cancelled_min=[cancelled], outcome=["cancelled"], end_reason=["impatience"], pick_start_min=[NAN]
    )


def test_a_place_in_the_queue_is_given_up(tmp_path: Path) -> None:
    ledger = run(world(tmp_path, [480, 481, 482]), **patience((1, 485.0)))
    assert_log(ledger, pick_start_min=[480, NAN, 490], cancelled_min=[NAN, 485, NAN])


def test_what_is_being_picked_is_put_aside_when_it_is_done(tmp_path: Path) -> None:
    ledger = run(world(tmp_path, [480, 481], site=site(pack=packing())), **patience((0, 485.0)))
    assert_log(
        ledger,
        pick_end_min=[490, 500],
        cancelled_min=[485, NAN],
        pack_start_min=[NAN, 500],
        outcome=["cancelled", "delivered"],
    )


def test_who_cancels_while_being_picked_has_cancelled_even_if_the_run_ends_before(tmp_path: Path) -> None:
    slow = site(pick=picking(setup_min=2000.0), pack=packing())
    ledger = run(world(tmp_path, [480], site=slow), **patience((0, 485.0)))
    assert_log(ledger, pick_start_min=[480], pick_end_min=[NAN], cancelled_min=[485], outcome=["cancelled"])


def test_who_waits_for_a_packer_can_cancel_and_who_is_being_packed_can_not(tmp_path: Path) -> None:
    """One packer takes an hour: 0 is packed from 490, 1 waits from 491."""
    places = site(pick=picking(shift(3)), pack=packing(setup_min=60.0))
    scenario = world(tmp_path, [480, 481, 482], site=places)
    ledger = run(scenario, **patience((0, 500.0), (1, 500.0)))
    assert_log(ledger, pack_start_min=[490, NAN, 550], cancelled_min=[NAN, 500, NAN])


def test_an_unreleased_order_is_cancelled_and_never_released(tmp_path: Path) -> None:
    release = Release(mode="waves", times=["09:00"])
    ledger = run(world(tmp_path, [480, 481], site=site(release=release)), **patience((0, 500.0)))
    assert_log(ledger, released_min=[NAN, 540], pick_start_min=[NAN, 540], cancelled_min=[500, NAN])


def test_at_the_hard_deadline_all_that_is_not_being_packed_is_cancelled(tmp_path: Path) -> None:
    """At 10:00 order 0 is on the dock, 1 is being packed, 2 waits for it, 3 is being picked, 4 waits; 5 comes later."""
    places = site(pick=picking(setup_min=20.0), pack=packing(setup_min=60.0))
    scenario = world(
        tmp_path,
        [480, 481, 530, 590, 595, 605],
        site=places,
        carriers={"van": van()},
        promise=promise(hard_deadline=10.0),
    )
    ledger = run(scenario)
    assert_log(
        ledger,
        pick_start_min=[480, 500, 530, 590, NAN, 610],
        pack_start_min=[500, 560, NAN, NAN, NAN, 630],
        cancelled_min=[NAN, NAN, 600, 600, 600, NAN],
        end_reason=["", "", "deadline", "deadline", "deadline", ""],
        picked_up_min=[1020, 1020, NAN, NAN, NAN, 1020],
    )


def test_orders_after_the_horizon_are_not_accepted(tmp_path: Path) -> None:
    """The file goes on for a day, the clock for half of it."""
    orders = demand(tmp_path, [480, DAY + 700, DAY + 720, DAY + 800], run_on_days=1)
    ledger = run(world(tmp_path, [], demand=orders, run_on_h=12.0))
    assert_log(ledger, placed_min=[480, DAY + 700])
