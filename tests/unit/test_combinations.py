"""What measures, disturbances and alarms do to each other, to the minute. Day 0 is a Monday."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.ledger import STAFF_KINDS, STAGES
from sim.scenario.alerts import AlertRule
from sim.scenario.carriers import Pickup
from sim.scenario.customers import Customers, Patience
from sim.scenario.disturbances import LateReceipt, Outage
from sim.scenario.measures import CrossTraining, Move, Overtime, ProactiveNotice, StaggeredRelease, Trigger
from sim.scenario.people import Break, Labour
from tests.small_sites import (
    NAN,
    assert_log,
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
    world,
)


def training(**more: Any) -> CrossTraining:
    """All pickers can pack as fast as a packer, a way of no time; reviewed every quarter of an hour from 08:15."""
    usual = {"moves": [Move(from_="picking", to="packing", productivity=1.0)], "share": 1.0, "switch_min": 0.0}
    trigger = {"trigger": Trigger(when="time", at=8.25, review_every_min=15.0)}
    return CrossTraining(**{**usual, **trigger, **more})


@pytest.mark.parametrize("share", [0.3, 0.5])
def test_who_was_called_away_with_work_in_hand_has_no_place_in_an_outage(tmp_path: Path, share: float) -> None:
    """Of two pickers who were busy at 08:15 one goes to packing at 08:40; a third of the one who is left is nobody.

    Half of one is one (rounded half up): the order of 10:10 is picked at once. With two, 0.3 would leave one too.
    """
    places = site(pick=picking(shift(2), setup_min=30.0), pack=packing(shift(1), setup_min=60.0))
    trouble = Outage(stages=["picking"], start=10.0, hours=1.0, capacity_left_share=share)
    scenario = troubled(tmp_path, [480.0] * 5 + [490.0] * 2 + [610.0], trouble, site=places)
    work = {"pick_work_min": [1.0] * 5 + [30.0] * 2 + [1.0], "pack_work_min": [60.0] * 8}
    ledger = run(scenario, plan(cross=training()), **work)
    starts = [480, 480, 481, 481, 482, 490, 490, 610 if share == 0.5 else 660]
    assert_log(ledger, pick_start_min=starts)


def test_who_comes_from_another_post_as_an_outage_ends_is_there(tmp_path: Path) -> None:
    """Sent at 08:15, ten minutes on the way: the picker (slot 2) is there at 08:25, when the packer (5) may go on."""
    places = site(pick=picking(shift(2), setup_min=1.0), pack=packing(shift(1), setup_min=20.0))
    trouble = Outage(stages=["packing"], start=500 / 60, hours=5 / 60)
    ledger = run(troubled(tmp_path, [480.0] * 6, trouble, site=places), plan(cross=training(switch_min=10.0)))
    assert_log(ledger, pack_start_min=[481, 505, 505, 525, 525, 545], packer=[5, 2] * 3)


@pytest.mark.parametrize(
    ("stations", "stands_still", "begun"),
    [
        (None, False, [481, 495, 501, 515]),  # the picker comes at 08:15
        (1, False, [481, 501, 521, 541]),  # nobody comes: there is one table
        (2, False, [481, 495, 501, 515]),
        (None, True, [540, 540, 560, 560]),  # nothing goes on until 09:00: at the review of that minute one comes
    ],
)
def test_nobody_is_sent_where_no_place_is_free(
    tmp_path: Path, stations: int | None, stands_still: bool, begun: list[float]
) -> None:
    troubles = [Outage(stages=["packing"], start=8.0, hours=1.0)] if stands_still else []
    places = site(pick=picking(shift(2), setup_min=1.0), pack=packing(shift(1), setup_min=20.0, stations=stations))
    ledger = run(troubled(tmp_path, [480.0] * 4, *troubles, site=places), plan(cross=training()))
    assert_log(ledger, pack_start_min=begun)
    staffing = ledger.tables["staffing"]
    came = np.diff(staffing["start_min"][staffing["stage"] == STAGES.index("packing")])
    assert came.tolist() == ([] if stations == 1 else [60.0 if stands_still else 15.0])


def test_nobody_is_sent_to_pack_for_a_full_dock(tmp_path: Path) -> None:
    """Room for two parcels, full at 08:41 until the van of 10:00: nobody is sent from 08:45 on, one at 10:15.

    Those two have the next parcels ready at 10:20, 10:35 (the dock is full again) and 10:40.
    """
    places = site(pick=picking(shift(2), setup_min=1.0), pack=packing(shift(1), setup_min=20.0), staging_parcels=2)
    scenario = world(
        tmp_path, [480.0] * 6, site=places, carriers={"van": van(Pickup(time="10:00"), Pickup(time="17:00"))}
    )
    ledger = run(scenario, plan(cross=training(trigger=Trigger(when="time", at=8.75, review_every_min=15.0))))
    assert_log(ledger, "full_dock", start_min=[521, 635], end_min=[600, 1020])
    staffing = ledger.tables["staffing"]
    assert staffing["start_min"][staffing["stage"] == STAGES.index("packing")].tolist() == [480, 615]


@pytest.mark.parametrize(("every_min", "goes"), [(15.0, 15.0), (60.0, 60.0)])
def test_a_measure_that_follows_an_alert_looks_when_the_alert_is_read(
    tmp_path: Path, every_min: float, goes: float
) -> None:
    """The order of 08:00 is due at 09:10: written to at the first review from then on, whatever its own interval."""
    rules = {"pile": AlertRule(metric="backlog_orders", above=1.0, review_every_min=every_min)}
    trigger = Trigger(when="alert", alert="pile", review_every_min=45.0)
    late = ProactiveNotice(trigger=trigger, after_due_h=0.0, cancel_reduction_share=1.0)
    scenario = world(
        tmp_path,
        [480.0],
        site=site(pick=picking(shift(0))),
        promise=promise("09:10"),
        alerts=rules,
        customers=Customers(patience=Patience(share=1.0)),
    )
    told = [run(scenario, plan(late=late), **patience((0, at))) for at in (540 + goes - 1, 540 + goes + 1)]
    for ledger, cancelled in zip(told, (540 + goes - 1, NAN), strict=True):
        assert_log(ledger, cancelled_min=[cancelled])


@pytest.mark.parametrize("metric", ["overdue_orders", "at_risk_orders"])
def test_what_was_promised_nothing_is_never_due(tmp_path: Path, metric: Any) -> None:
    nobody = site(pick=picking(shift(0)))
    trigger = Trigger(when="metric", metric=metric, above=1.0)
    bell = Overtime(hours=1.0, stages=["picking"], trigger=trigger)
    ledger = run(world(tmp_path, [480] * 3, site=nobody), plan(bell=bell))
    assert_log(ledger, "alerts", time_min=[])


def test_where_no_carrier_comes_what_is_packed_was_shipped(tmp_path: Path) -> None:
    """Ten minutes an order from 08:00 on, all due at 18:00: at 09:00 seven are open, less the five shipped so far.

    At 10:00 two are, less ten. On Tuesday at 08:00 two more are, less the twelve of the last 24 h.
    """
    risk = AlertRule(metric="at_risk_orders", above=100.0)
    orders = [400.0] * 12 + [470.0 + 1440] * 2
    ledger = run(world(tmp_path, orders, days=2, promise=promise(), alerts={"risk": risk}))
    readings = dict(zip(ledger.column("readings", "time_min"), ledger.column("readings", "value"), strict=True))
    assert [readings[hour * 60.0] for hour in (6, 7, 8, 9, 10, 32, 33)] == [0, 12, 12, 2, 0, 0, 0]


@pytest.mark.parametrize(
    ("missing", "released"),
    [
        ((8.5, 10.0), [480, 600, 600]),  # the second comes at 09:00, while goods are missing, and not at 08:00
        ((7.5, 8.5), [510, 540, 540]),  # it comes when they are there
        ((7.5, 9.5), [570, 570, 570]),
    ],
)
def test_who_comes_in_a_later_turn_finds_goods_missing_then(
    tmp_path: Path, missing: tuple[float, float], released: list[float]
) -> None:
    """Three orders: at 08:00, in the second turn at 09:00 instead of 08:00, and at 09:00 of its own accord."""
    trouble = LateReceipt.model_validate({"share": 1.0, "from": missing[0], "arrives": missing[1]})
    opening = StaggeredRelease(opens=8.0, window_h=1.0, groups=2, every_h=1.0)
    ledger = run(troubled(tmp_path, [480, 480, 540], trouble), plan(opening=opening), turn_u=[0.1, 0.9, 0.9])
    assert_log(ledger, placed_min=[480, 540, 540], released_min=released)


def test_breaks_that_were_worked_through_leave_less_of_the_day_for_overtime(tmp_path: Path) -> None:
    """Eight hours and the half hour of a break: of four hours more the cap of twelve leaves three and a half."""
    resting = shift(1, "08:00", "16:30", breaks=[Break(start="12:00", minutes=30.0)])
    places = site(pick=picking(resting, setup_min=60.0), labour=Labour())
    ledger = run(world(tmp_path, [705.0], site=places), plan(stay=Overtime(hours=4.0, stages=["picking"])))
    staffing = ledger.tables["staffing"]
    assert staffing["end_min"][staffing["kind"] == STAFF_KINDS.index("overtime")].tolist() == [1200.0]
    assert ledger.alerts["value"][ledger.alerts["event"] == "refused"].tolist() == [0.5]
