"""What measures, disturbances and alarms do to each other, to the minute. Day 0 is a Monday."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim.scenario.alerts import AlertRule
from sim.scenario.disturbances import Outage
from sim.scenario.measures import CrossTraining, Move, Overtime, Trigger
from tests.small_sites import assert_log, packing, picking, plan, promise, run, shift, site, troubled, world


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
