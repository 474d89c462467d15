"""What measures, disturbances and alarms do to each other, to the minute. Day 0 is a Monday."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim.scenario.alerts import AlertRule
from sim.scenario.customers import Customers, Patience
from sim.scenario.disturbances import Outage
from sim.scenario.measures import CrossTraining, Move, Overtime, ProactiveNotice, Trigger
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
    world,
)


@pytest.mark.parametrize("share", [0.3, 0.5])
def test_who_was_called_away_with_work_in_hand_has_no_place_in_an_outage(tmp_path: Path, share: float) -> None:
    """Of two pickers who were busy at 08:15 one goes to packing at 08:40; a third of the one who is left is nobody.

    Half of one is one (rounded half up): the order of 10:10 is picked at once. With two, 0.3 would leave one too.
    """
    measure = CrossTraining(
        moves=[Move(from_="picking", to="packing", productivity=1.0)],
        share=1.0,
        switch_min=0.0,
        trigger=Trigger(when="time", at=8.25, review_every_min=15.0),
    )
    places = site(pick=picking(shift(2), setup_min=30.0), pack=packing(shift(1), setup_min=60.0))
    trouble = Outage(stages=["picking"], start=10.0, hours=1.0, capacity_left_share=share)
    scenario = troubled(tmp_path, [480.0] * 5 + [490.0] * 2 + [610.0], trouble, site=places)
    work = {"pick_work_min": [1.0] * 5 + [30.0] * 2 + [1.0], "pack_work_min": [60.0] * 8}
    ledger = run(scenario, plan(cross=measure), **work)
    starts = [480, 480, 481, 481, 482, 490, 490, 610 if share == 0.5 else 660]
    assert_log(ledger, pick_start_min=starts)


def test_who_comes_from_another_post_as_an_outage_ends_is_there(tmp_path: Path) -> None:
    """Sent at 08:15, ten minutes on the way: at 08:25 picker (slot 2) and packer (5) are free, the lower slot first."""
    measure = CrossTraining(
        moves=[Move(from_="picking", to="packing", productivity=1.0)],
        share=1.0,
        switch_min=10.0,
        trigger=Trigger(when="time", at=8.25, review_every_min=15.0),
    )
    places = site(pick=picking(shift(2), setup_min=1.0), pack=packing(shift(1), setup_min=20.0))
    trouble = Outage(stages=["packing"], start=8.0, hours=25 / 60)
    ledger = run(troubled(tmp_path, [480.0] * 6, trouble, site=places), plan(cross=measure))
    assert_log(ledger, pack_start_min=[505, 505, 525, 525, 545, 545], packer=[2, 5] * 3)


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
