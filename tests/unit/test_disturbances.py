"""Each disturbance does exactly what it says, at its very minute too: event logs worked out by hand.

One picker from 08:00 (minute 480), ten minutes an order, unless a test says otherwise. What the models refuse is in
test_disturbance_models.py, what is drawn in test_disturbance_draws.py, carriers are in test_carrier_failures.py.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.ledger import Ledger
from sim.scenario.carriers import Pickup
from sim.scenario.disturbances import AbsenceWave, LateReceipt, Outage
from sim.scenario.measures import DeskReinforcement, Overflow3PL, Overtime, TemporaryStaff, Trigger
from sim.scenario.people import Break
from sim.scenario.site import Release
from tests.small_sites import (
    DAY,
    MONDAY,
    NAN,
    asks,
    assert_log,
    column,
    desk,
    packing,
    patience,
    picking,
    plan,
    promise,
    run,
    shift,
    site,
    troubled,
    van,
)

FOUR = [480.0] * 4


def outage(begin: float, end: float, *stages: str, **more: Any) -> Outage:
    """A planned outage of picking, unless other stages are named; minutes."""
    return Outage.model_validate(
        {"stages": list(stages) or ["picking"], "start": begin / 60, "hours": (end - begin) / 60, **more}
    )


# --- outages of a station ---------------------------------------------------------------------------------------


def test_work_in_hand_is_finished_and_nothing_is_begun(tmp_path: Path) -> None:
    """The order begun at 490 is done at 500, within the outage from 495 to 530."""
    ledger = run(troubled(tmp_path, FOUR, outage(495, 530)))
    assert_log(ledger, pick_start_min=[480, 490, 530, 540], pick_end_min=[490, 500, 540, 550])
    assert len(column(ledger, "slot", "handovers")) == 0


def test_work_in_hand_is_put_down_with_its_rest_kept(tmp_path: Path) -> None:
    """Five of ten minutes are done at 495; the other five follow at 530, before anything new."""
    ledger = run(troubled(tmp_path, FOUR, outage(495, 530, stops_work_in_hand=True)))
    assert_log(ledger, pick_start_min=[480, 490, 535, 545], pick_end_min=[490, 535, 545, 555])
    assert_log(ledger, "handovers", order_row=[1], start_min=[490], end_min=[495], resumed_min=[530])


@pytest.mark.parametrize("stops", [False, True])
def test_what_ends_as_the_outage_begins_has_ended(tmp_path: Path, stops: bool) -> None:
    ledger = run(troubled(tmp_path, FOUR, outage(490, 530, stops_work_in_hand=stops)))
    assert_log(ledger, pick_start_min=[480, 530, 540, 550], pick_end_min=[490, 540, 550, 560])
    assert len(column(ledger, "slot", "handovers")) == 0


def test_an_order_placed_as_the_outage_begins_waits_and_as_it_ends_does_not(tmp_path: Path) -> None:
    ledger = run(troubled(tmp_path, [500, 530], outage(500, 520), outage(540, 560)))
    assert_log(ledger, pick_start_min=[520, 530])
    ledger = run(troubled(tmp_path, [520], outage(500, 520)))
    assert_log(ledger, pick_start_min=[520])


def test_outages_overlap_and_the_smallest_share_counts(tmp_path: Path) -> None:
    """Four pickers, of whom two work from 490 to 530 and none from 500 to 510; then four again."""
    pick = picking(shift(4))
    troubles = outage(490, 530, capacity_left_share=0.5), outage(500, 510)
    ledger = run(troubled(tmp_path, [480.0] * 12, *troubles, site=site(pick=pick)))
    assert column(ledger, "pick_start_min").tolist() == [480] * 4 + [490] * 2 + [510] * 2 + [520] * 2 + [530] * 2


def test_an_outage_that_begins_as_another_ends_leaves_no_gap(tmp_path: Path) -> None:
    ledger = run(troubled(tmp_path, FOUR, outage(490, 510), outage(510, 530)))
    assert_log(ledger, pick_start_min=[480, 530, 540, 550])


def test_the_later_of_two_outages_decides(tmp_path: Path) -> None:
    ledger = run(troubled(tmp_path, FOUR, outage(485, 520), outage(488, 505)))
    assert_log(ledger, pick_start_min=[480, 520, 530, 540])


@pytest.mark.parametrize(
    ("share", "stations", "starts"),
    [
        (0.5, None, [480, 480, 480, 490, 490, 500, 500]),  # one and a half of three workers are two
        (0.34, None, [480, 480, 480, 490, 500, 500, 500]),
        (0.1, None, [480, 480, 480, 500, 500, 500, 510]),  # nobody
        (0.5, 2, [480, 480, 490, 500, 500, 510, 510]),  # stations are what is left, however many workers there are
        (0.2, 2, [480, 480, 500, 500, 510, 510, 520]),
    ],
)
def test_a_share_of_the_places_is_left(tmp_path: Path, share: float, stations: int | None, starts: list[float]) -> None:
    """From 485 to 500: of the stations, or of the workers there, rounded half up."""
    pick = picking(shift(3), stations=stations)
    trouble = outage(485, 500, capacity_left_share=share)
    ledger = run(troubled(tmp_path, [480.0] * 7, trouble, site=site(pick=pick)))
    assert column(ledger, "pick_start_min").tolist() == starts


def test_the_last_slots_put_down_their_work(tmp_path: Path) -> None:
    """Two of three stop at 485; at 490 the third takes up the first of what was put down."""
    pick = picking(shift(3))
    trouble = outage(485, 500, capacity_left_share=0.34, stops_work_in_hand=True)
    ledger = run(troubled(tmp_path, [480.0] * 4, trouble, site=site(pick=pick)))
    assert_log(ledger, pick_end_min=[490, 495, 500, 510], pick_start_min=[480, 480, 480, 500])
    assert_log(ledger, "handovers", order_row=[1, 2], end_min=[485, 485], resumed_min=[490, 495])


def test_workers_who_come_and_go_change_what_is_left(tmp_path: Path) -> None:
    """Half of two workers until 500, half of four from then on; at 520 two leave, and one is left."""
    pick = picking(shift(2, "08:00", "09:00"), shift(2, "08:20", "08:40"))
    trouble = outage(480, 540, capacity_left_share=0.5)
    ledger = run(troubled(tmp_path, [480.0] * 8, trouble, site=site(pick=pick)))
    assert column(ledger, "pick_start_min").tolist() == [480, 490, 500, 500, 510, 510, 520, 530]


def test_who_comes_during_an_outage_waits_for_its_end(tmp_path: Path) -> None:
    """The shift begins at 480 in an outage from 470; and one that begins as the outage ends."""
    ledger = run(troubled(tmp_path, [460, 461], outage(470, 490)))
    assert_log(ledger, pick_start_min=[490, 500])
    ledger = run(troubled(tmp_path, [460, 461], outage(470, 480)))
    assert_log(ledger, pick_start_min=[480, 490])
    ledger = run(troubled(tmp_path, [460, 461], outage(480, 490)))
    assert_log(ledger, pick_start_min=[490, 500])


def test_the_end_of_a_shift_during_an_outage(tmp_path: Path) -> None:
    """09:00 lies within the outage from 525 to 600: nobody stays, and all are paid to the end."""
    pick = picking(shift(1, "08:00", "09:00"), setup_min=40.0, wage_per_h_cost=60.0)
    ledger = run(troubled(tmp_path, [480] * 3, outage(515, 600), days=2, site=site(pick=pick)))
    assert_log(ledger, pick_start_min=[480, DAY + 480, DAY + 520], pick_end_min=[520, DAY + 520, DAY + 560])
    assert_log(ledger, "staffing", overrun_min=[0, 20], paid_h=[1, 80 / 60])


@pytest.mark.parametrize("mode", ["finish", "hand_over"])
def test_what_an_outage_put_down_is_taken_up_by_the_next_shift(tmp_path: Path, mode: Any) -> None:
    pick = picking(shift(1, "08:00", "09:00"), setup_min=40.0, end_of_shift=mode)
    trouble = outage(500, 600, stops_work_in_hand=True)
    ledger = run(troubled(tmp_path, [480], trouble, days=2, site=site(pick=pick)))
    assert_log(ledger, pick_start_min=[480], pick_end_min=[DAY + 500], picker=[2])
    assert_log(ledger, "handovers", end_min=[500], resumed_min=[DAY + 480])
    assert_log(ledger, "staffing", overrun_min=[0, 0])


def test_an_outage_that_ends_as_the_shift_ends_brings_no_work(tmp_path: Path) -> None:
    pick = picking(shift(1, "08:00", "09:00"), shift(1, "09:00", "10:00"))
    ledger = run(troubled(tmp_path, [480, 481], outage(480, 540), site=site(pick=pick)))
    assert_log(ledger, pick_start_min=[540, 550], picker=[3, 3])


def test_an_outage_that_begins_as_the_shift_ends(tmp_path: Path) -> None:
    """The order begun at 530 goes on to 570 where work is finished; else the outage, not the shift, stops it."""
    pick = picking(shift(1, "08:00", "09:00"), shift(1, "09:00", "12:00"), setup_min=50.0)
    ledger = run(troubled(tmp_path, [480, 481], outage(540, 600), site=site(pick=pick)))
    assert_log(ledger, pick_start_min=[480, 530], pick_end_min=[530, 580])
    assert column(ledger, "overrun_min", "staffing").tolist() == [40, 0]
    trouble = outage(540, 600, stops_work_in_hand=True)
    ledger = run(troubled(tmp_path, [480, 481], trouble, site=site(pick=pick)))
    assert_log(ledger, pick_end_min=[530, 640], picker=[1, 3])
    assert column(ledger, "overrun_min", "staffing").tolist() == [0, 0]


def test_who_stays_for_overtime_as_an_outage_begins_works_when_it_ends(tmp_path: Path) -> None:
    pick = picking(shift(1, "08:00", "09:00"), setup_min=50.0)
    trouble = outage(540, 560, stops_work_in_hand=True)
    ledger = run(troubled(tmp_path, [480, 481], trouble, site=site(pick=pick)), plan(stay=Overtime(hours=1.0)))
    assert_log(ledger, pick_end_min=[530, 600], picker=[1, 1])


def test_an_outage_over_a_break(tmp_path: Path) -> None:
    """Break from 505 to 525, outage from 503 to 515 and from 520 to 540; the order in hand is finished at 510."""
    pick = picking(shift(breaks=[Break(start="08:25", minutes=20.0)]))
    ledger = run(troubled(tmp_path, FOUR, outage(503, 515), outage(520, 540), site=site(pick=pick)))
    assert_log(ledger, pick_start_min=[480, 490, 500, 540], pick_end_min=[490, 500, 510, 550])
    assert_log(ledger, "staffing", overrun_min=[5, 0])


def test_work_put_down_in_a_break_ends_the_overrun(tmp_path: Path) -> None:
    """The picker works into the break until 508, when the outage stops it; two minutes are left at 525."""
    pick = picking(shift(breaks=[Break(start="08:25", minutes=20.0)]), wage_per_h_cost=60.0)
    ledger = run(troubled(tmp_path, FOUR, outage(508, 515, stops_work_in_hand=True), site=site(pick=pick)))
    assert_log(ledger, pick_start_min=[480, 490, 500, 527], pick_end_min=[490, 500, 527, 537])
    assert_log(ledger, "staffing", overrun_min=[3, 0], cost=[28, 555])
    assert_log(ledger, "handovers", end_min=[508], resumed_min=[525])


def test_a_batch_is_put_down_whole(tmp_path: Path) -> None:
    """The batch of two from 490 on takes 20 minutes; 15 are left when the outage begins at 495."""
    pick = picking(setup_min=0.0, per_line_min=10.0, batch_size=2)
    orders = [480, 481, 482, 483]
    ledger = run(troubled(tmp_path, orders, outage(495, 530, stops_work_in_hand=True), site=site(pick=pick)))
    assert_log(ledger, pick_start_min=[480, 490, 490, 545], pick_end_min=[490, 545, 545, 555])
    assert_log(ledger, "handovers", order_row=[1, 2], end_min=[495, 495], resumed_min=[530, 530])
    ledger = run(troubled(tmp_path, orders, outage(495, 530), site=site(pick=pick)))
    assert_log(ledger, pick_start_min=[480, 490, 490, 530], pick_end_min=[490, 510, 510, 540])


def test_an_order_cancelled_while_it_lies_put_down_is_put_aside_when_it_is_done(tmp_path: Path) -> None:
    trouble = outage(485, 530, stops_work_in_hand=True)
    ledger = run(troubled(tmp_path, [480, 480], trouble), **patience((0, 500)))
    assert_log(ledger, pick_end_min=[535, 545], cancelled_min=[500, NAN], outcome=["cancelled", "delivered"])


def test_an_outage_of_packing_leaves_picking_alone(tmp_path: Path) -> None:
    ledger = run(troubled(tmp_path, [480, 480], outage(488, 520, "packing"), site=site(pack=packing())))
    assert_log(ledger, pick_end_min=[490, 500], pack_start_min=[520, 525])


def test_at_an_outage_of_the_desk_callers_wait_and_give_up(tmp_path: Path) -> None:
    trouble = outage(600, 640, "desk")
    scenario = troubled(tmp_path, [480], trouble, promise=promise(), desk=desk())
    calls = asks(scenario, [(-1, 595), (-1, 610), (-1, 615)], patience=[[60.0] * 3, [60.0] * 3, [20.0] * 3])
    ledger = run(scenario, **calls)
    assert_log(ledger, "contacts", answered_min=[595, 640, NAN], ended_min=[605, 650, NAN], gave_up_min=[NAN, NAN, 635])


def test_workers_at_an_outage_are_paid(tmp_path: Path) -> None:
    pick = picking(shift(2, "08:00", "12:00"), wage_per_h_cost=60.0)
    ledger = run(troubled(tmp_path, FOUR, outage(480, 720), site=site(pick=pick)))
    assert_log(ledger, pick_start_min=[NAN] * 4)
    assert_log(ledger, "staffing", paid_h=[4, 4], cost=[240, 240])


# --- outages of the system and of the dock ----------------------------------------------------------------------


def test_nothing_is_released_while_the_system_is_down(tmp_path: Path) -> None:
    """In the order of placing as it works again; what is on the floor goes on."""
    ledger = run(troubled(tmp_path, [480, 481, 490, 500, 515], outage(490, 510, "release")))
    assert_log(ledger, released_min=[480, 481, 510, 510, 515], pick_start_min=[480, 490, 510, 520, 530])


def test_whoever_cancels_before_release_is_not_released(tmp_path: Path) -> None:
    ledger = run(troubled(tmp_path, [490, 491], outage(485, 510, "release")), **patience((0, 500)))
    assert_log(ledger, released_min=[NAN, 510], outcome=["cancelled", "delivered"])


def test_a_wave_missed_in_an_outage_is_released_at_its_end(tmp_path: Path) -> None:
    """Waves at 09:00 and 12:00: the first falls into the outage; an outage without a wave changes nothing."""
    waves = site(release=Release(mode="waves", times=["09:00", "12:00"]))
    orders = [500, 560, 700]
    ledger = run(troubled(tmp_path, orders, outage(530, 570, "release"), site=waves))
    assert_log(ledger, released_min=[570, 570, 720])
    ledger = run(troubled(tmp_path, orders, outage(545, 570, "release"), site=waves))
    assert_log(ledger, released_min=[540, 720, 720])
    ledger = run(troubled(tmp_path, orders, outage(540, 570, "release"), site=waves))
    assert_log(ledger, released_min=[570, 570, 720])
    ledger = run(troubled(tmp_path, orders, outage(530, 540, "release"), site=waves))
    assert_log(ledger, released_min=[540, 720, 720])


def test_a_third_party_is_offered_what_the_outage_held_back(tmp_path: Path) -> None:
    trouble = outage(490, 510, "release")
    third = Overflow3PL(daily_capacity=1, lead_time_h=0.0)
    ledger = run(troubled(tmp_path, [495, 500], trouble), plan(other=third), route_u=[0.0, 0.0])
    assert_log(ledger, released_min=[510, 510], route=["3pl", "site"])


def test_no_vehicle_is_loaded_while_the_dock_stands_still(tmp_path: Path) -> None:
    """Pickups as it begins, within it, and as it ends; they come and are paid, and are no no-shows."""
    carrier = van(*(Pickup(time=clock) for clock in ("09:00", "09:30", "10:00")), cost_per_pickup=100.0)
    ledger = run(troubled(tmp_path, [480], outage(540, 600, "dock"), carriers={"red": carrier}))
    assert_log(ledger, picked_up_min=[600])
    assert_log(ledger, "pickups", taken=[0, 0, 1], left=[1, 1, 0], no_show=[False] * 3, cost=[100] * 3)


# --- late goods -------------------------------------------------------------------------------------------------


def late(begin: float, arrives: float, share: float = 1.0, **more: Any) -> LateReceipt:
    return LateReceipt.model_validate({"share": share, "from": begin / 60, "arrives": arrives / 60, **more})


def test_orders_for_late_goods_wait_until_they_arrive(tmp_path: Path) -> None:
    """From the minute in which they are sold out to the one before they arrive; then in the order of placing."""
    ledger = run(troubled(tmp_path, [480, 500, 510, 560, 565], late(500, 560)))
    assert_log(ledger, released_min=[480, 560, 560, 560, 565], pick_start_min=[480, 560, 570, 580, 590])


def test_only_some_orders_hold_late_goods(tmp_path: Path) -> None:
    scenario = troubled(tmp_path, [480, 481, 482], late(480, 560, 0.5))
    ledger = run(scenario, held_until_min=[NAN, 560, NAN])
    assert_log(ledger, released_min=[480, 560, 482])


def test_an_order_with_two_late_goods_waits_for_the_later(tmp_path: Path) -> None:
    goods = late(470, 520), late(475, 560)
    for each in (goods, goods[::-1]):
        assert_log(run(troubled(tmp_path, [480, 540], *each)), released_min=[560, 560])


def test_late_goods_that_never_come(tmp_path: Path) -> None:
    scenario = troubled(tmp_path, [480], late(470, 1439), days=1)
    ledger = run(scenario, held_until_min=[1440.0])
    assert_log(ledger, released_min=[NAN], outcome=["open"])


def test_orders_with_late_goods_go_with_the_wave_of_the_very_minute(tmp_path: Path) -> None:
    waves = site(release=Release(mode="waves", times=["09:00", "12:00"]))
    ledger = run(troubled(tmp_path, [480, 481], late(481, 540), site=waves))
    assert_log(ledger, released_min=[540, 540])
    ledger = run(troubled(tmp_path, [480, 481], late(481, 541), site=waves))
    assert_log(ledger, released_min=[540, 720])


def test_goods_that_arrive_while_the_system_is_down_wait_for_it(tmp_path: Path) -> None:
    ledger = run(troubled(tmp_path, [480], late(470, 520), outage(510, 530, "release")))
    assert_log(ledger, released_min=[530])


def test_orders_that_wait_for_goods_can_be_cancelled_and_count_as_unreleased(tmp_path: Path) -> None:
    """Two wait and one has cancelled by 09:00: two tens of minutes for one picker, a third of an hour."""
    watch = Overtime(hours=1.0, trigger=Trigger(when="metric", metric="backlog_hours", above=0.3))
    scenario = troubled(tmp_path, [480, 481, 482], late(470, 600))
    ledger = run(scenario, plan(stay=watch), **patience((1, 500)))
    assert_log(ledger, released_min=[600, NAN, 600], outcome=["delivered", "cancelled", "delivered"])
    assert column(ledger, "time_min", "alerts")[0] == 540
    assert column(ledger, "value", "alerts")[0] == pytest.approx(20 / 60)


# --- absence ----------------------------------------------------------------------------------------------------

U = [0.05, 0.2, 0.4, 0.6, 0.8]


def present(ledger: Ledger, kind: str = "regular") -> list[int]:
    """Workers who came, day by day."""
    rows = ledger.staffing[(ledger.staffing["kind"] == kind) & ~ledger.staffing["absent"]]
    return [int((rows["day"] == day).sum()) for day in range(3)]


def wave(share: float = 0.5, **more: Any) -> AbsenceWave:
    """On the second day of three."""
    tuesday = MONDAY + timedelta(days=1)
    return AbsenceWave(first_day=tuesday, last_day=tuesday, absence_share=share, **more)


@pytest.mark.parametrize(
    ("shares", "usual", "expected"),
    [
        ([0.5], 0.0, [5, 2, 5]),
        ([0.5], 0.1, [4, 2, 4]),  # 1 - 0.9 x 0.5 = 0.55
        ([0.5, 0.5], 0.0, [5, 1, 5]),  # 0.75
        ([1.0], 0.0, [5, 0, 5]),
        ([0.0], 0.1, [4, 4, 4]),
    ],
)
def test_who_is_away_anyway_stays_away(tmp_path: Path, shares: list[float], usual: float, expected: list[int]) -> None:
    pick = picking(shift(5), absence_share=usual)
    scenario = troubled(tmp_path, [480], *(wave(share) for share in shares), days=3, site=site(pick=pick))
    ledger = run(scenario, absence_u={("picking", "shift_0"): np.tile(U, (4, 1))})
    assert present(ledger) == expected


def test_a_shift_over_midnight_belongs_to_the_day_on_which_it_begins(tmp_path: Path) -> None:
    pick = picking(shift(5, "22:00", "30:00"))
    scenario = troubled(tmp_path, [480], wave(1.0), days=3, site=site(pick=pick))
    ledger = run(scenario, absence_u={("picking", "shift_0"): np.tile(U, (4, 1))})
    assert present(ledger) == [5, 0, 5]


@pytest.mark.parametrize(("spared", "expected"), [(False, [2, 1, 2]), (True, [2, 2, 2])])
def test_added_people_are_ill_too_unless_they_are_spared(tmp_path: Path, spared: bool, expected: list[int]) -> None:
    trouble = wave(0.5, stages=["picking", "desk"], regular_only=spared)
    scenario = troubled(tmp_path, [480], trouble, days=3, desk=desk())
    luck = np.tile([0.4, 0.6], (4, 1))
    keys = [("picking", "temporary_staff"), ("desk", "desk_reinforcement")]
    usual = {("picking", "shift_0"): np.full((4, 1), 0.4), ("desk", "shift_0"): np.full((4, 1), 0.4)}
    chosen = plan(more=TemporaryStaff(headcount=2, stages=["picking"]), agents=DeskReinforcement(headcount=2))
    ledger = run(scenario, chosen, absence_u={**dict.fromkeys(keys, luck), **usual})
    assert present(ledger, "temporary") == expected
    assert present(ledger, "reinforcement") == expected
    assert present(ledger) == [2, 0, 2]


def test_a_wave_reaches_the_stages_it_names(tmp_path: Path) -> None:
    scenario = troubled(tmp_path, [480], wave(1.0, stages=["packing"]), days=3, site=site(pack=packing()))
    ledger = run(scenario)
    assert present(ledger) == [2, 1, 2]
