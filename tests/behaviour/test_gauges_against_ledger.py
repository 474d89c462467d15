"""What the gauges read while a world runs is what its finished ledger says of that moment, on made-up small worlds.

Gauges keep counts where things happen; here every reading is counted anew from the columns. Readings are taken at
moments at which nothing else happens, so that none depends on what comes first at one instant.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from numpy.typing import NDArray

import sim
from sim.demand.curve import planned_curve
from sim.draws import Draws
from sim.floor.turns import let_in
from sim.invariants import check_ledger
from sim.ledger import CONTACT_OUTCOMES, NOT_PLACED, OUTCOMES, STAGES, Ledger
from sim.rules import ordinary_per_day
from sim.scenario.alerts import METRICS, AlertRule
from sim.scenario.carriers import Carrier
from sim.scenario.fit import lacking
from sim.scenario.people import Crew
from sim.scenario.plan import Plan
from sim.scenario.rosters import works
from sim.scenario.scale import at_scale, scaled_count
from sim.scenario.scenario import Scenario
from sim.series import services
from tests.strategies import plans, scenarios

EVERY_MIN = 97.3000123  # its multiples are no times of a roster, a van or a review, nor on the grid of what is drawn
DAY = 1440.0
NEVER = 1e9

SMALL = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


class Past:
    """A finished ledger, looked at as it stood at one moment."""

    def __init__(self, scenario: Scenario, ledger: Ledger, draws: Draws, now: float) -> None:
        self.scenario, self.ledger, self.draws, self.now = scenario, ledger, draws, now
        self.orders, self.contacts = ledger.tables["orders"], ledger.tables["contacts"]
        self.turned_away = np.isin(self.orders["outcome"], [OUTCOMES.index(name) for name in NOT_PLACED])
        self.gone = self.since("picked_up_min") | self.since("cancelled_min")
        self.backlog = self.since("placed_min") & ~self.turned_away & ~self.gone

    def since(self, step: str) -> NDArray[np.bool_]:
        """Whether a step of each order had been taken."""
        return np.asarray(self.orders[step] <= self.now)

    def accepted(self, minutes: float) -> int:
        """Orders of the last so many minutes."""
        placed = self.orders["placed_min"]
        return int(np.count_nonzero((placed >= self.now - minutes) & (placed <= self.now) & ~self.turned_away))

    def due(self, ahead: float) -> int:
        return int(np.count_nonzero(self.backlog & (self.orders["due_ship_min"] <= self.now + ahead)))

    def queue(self, joined: str, left: str, stage: str) -> int:
        """Orders that waited at a stage of our own, and work put down there (a batch counts once)."""
        own = self.orders["route"] == 0
        waiting = self.since(joined) & own & ~self.since(left) & ~self.since("cancelled_min")
        return int(np.count_nonzero(waiting)) + self.put_down(stage)

    def put_down(self, stage: str) -> int:
        rows = self.ledger.tables["handovers"]
        own = (
            (rows["stage"] == STAGES.index(stage)) & (rows["end_min"] <= self.now) & ~(rows["resumed_min"] <= self.now)
        )
        return len(set(zip(rows["slot"][own].tolist(), rows["end_min"][own].tolist(), strict=True)))

    def on_the_dock(self) -> NDArray[np.bool_]:
        packed = "pick_end_min" if self.scenario.site.packing is None else "pack_end_min"
        return np.asarray(self.since(packed) & ~self.gone & (self.orders["route"] == 0))

    def busy(self, stage: str) -> int:
        slot, begin, end = services(self.ledger, stage)
        return len(set(slot[(begin <= self.now) & ~(end <= self.now)].tolist()))

    def present(self, stage: str) -> int:
        rows = self.ledger.tables["staffing"]
        here = (rows["stage"] == STAGES.index(stage)) & ~rows["absent"] & (rows["start_min"] <= self.now)
        return len(set(rows["slot"][here & (rows["end_min"] + rows["overrun_min"] > self.now)].tolist()))

    def waiting_contacts(self) -> NDArray[np.bool_]:
        table = self.contacts
        ended = (table["answered_min"] <= self.now) | (table["gave_up_min"] <= self.now)
        by_bot = table["outcome"] == CONTACT_OUTCOMES.index("deflected")
        return np.asarray((table["arrived_min"] <= self.now) & ~ended & ~by_bot)

    def contacts_ended(self, outcome: str, step: str) -> int:
        """Contacts that ended one way in the review interval that ends now."""
        table = self.contacts
        inside = (table[step] > self.now - EVERY_MIN) & (table[step] <= self.now)
        return int(np.count_nonzero(inside & (table["outcome"] == CONTACT_OUTCOMES.index(outcome))))


# --- every metric, from the columns --------------------------------------------------------------------------------


def readings(past: Past) -> Iterator[tuple[str, float]]:
    """What each metric should have read; those left out that the ledger can't tell."""
    kinds = {measure.kind for measure in past.ledger.plan.measures.values()}
    backlog, now = int(np.count_nonzero(past.backlog)), past.now
    yield "backlog_orders", backlog
    yield "backlog_days", backlog / max(ordinary_per_day(past.scenario, len(past.draws), past.draws.notes), 1e-9)
    yield "overdue_orders", past.due(0.0)
    picked_up = past.orders["picked_up_min"]
    yield "at_risk_orders", max(0, past.due(DAY) - np.count_nonzero((picked_up > now - DAY) & (picked_up <= now)))
    yield "oldest_order_h", (now - past.orders["placed_min"][past.backlog].min()) / 60 if backlog else 0.0
    yield "orders_per_h", past.accepted(EVERY_MIN) * 60 / EVERY_MIN
    yield "orders_against_plan", _against_plan(past)
    queues = {"picking": past.queue("released_min", "pick_start_min", "picking"), "packing": 0}
    if past.scenario.site.packing is not None:
        queues["packing"] = past.queue("pick_end_min", "pack_start_min", "packing")
    yield from ((f"queue_{stage}_orders", waiting) for stage, waiting in queues.items())
    yield "backlog_hours", _backlog_hours(past, queues)
    yield "queue_dock_parcels", np.count_nonzero(past.on_the_dock())
    if "cross_training" not in kinds:  # who is on the way to another post is on its roster, and not there
        for stage in STAGES:
            yield f"utilisation_{stage}", past.busy(stage) / max(1, past.present(stage))
    if "backup_carrier" not in kinds:  # the ledger does not say in whose lane a parcel stood before
        yield "pickup_fill", _pickup_fill(past)
    yield "queue_desk_contacts", np.count_nonzero(past.waiting_contacts()) + past.put_down("desk")
    yield from _desk(past)


def _against_plan(past: Past) -> float:
    begin = past.now - DAY
    if begin < 0:
        return float("nan")
    curve = planned_curve(past.scenario)
    edges = np.r_[curve.edges[:-1], max(curve.edges[-1], past.now)]
    inside = np.clip(edges, begin, past.now)
    return past.accepted(DAY) / max(float((curve.rates * np.diff(inside)).sum()), 1.0)


def _backlog_hours(past: Past, queues: dict[str, int]) -> float:
    unreleased = past.backlog & ~past.since("released_min")
    jobs = {"picking": queues["picking"] + int(np.count_nonzero(unreleased)), "packing": queues["packing"]}
    work = {"picking": past.draws.pick_work_min, "packing": past.draws.pack_work_min}
    crews = {"picking": past.scenario.site.picking, "packing": past.scenario.site.packing}
    mean = {stage: float(minutes.mean()) if len(minutes) else 0.0 for stage, minutes in work.items()}
    return max(jobs[each] * mean[each] / max(1, _largest_day(past.scenario, crews[each])) for each in jobs) / 60


def _largest_day(scenario: Scenario, crew: Crew | None) -> int:
    if crew is None:
        return 0
    days = [[shift for shift in crew.shifts.values() if works(scenario, shift, day)] for day in range(scenario.days)]
    return max(sum(scaled_count(shift.headcount, crew.headcount_factor) for shift in shifts) for shifts in days)


def _pickup_fill(past: Past) -> float:
    fullest = 0.0
    for code, carrier in enumerate(past.scenario.carriers.values()):
        waiting = np.count_nonzero(past.on_the_dock() & (past.orders["carrier"] == code))
        fullest = max(fullest, waiting / _next_visits(past, carrier))
    return fullest


def _next_visits(past: Past, carrier: Carrier) -> float:
    """What a carrier's visits of the next day can take, or of the day that begins with the next visit."""
    ahead = [
        (day * DAY + pickup.time, np.inf if pickup.capacity is None else pickup.capacity)
        for pickup in carrier.pickups.values()
        for day in range(past.scenario.days + 7)
        if past.scenario.weekday_of(day) in pickup.weekdays and day * DAY + pickup.time >= past.now
    ]
    first = min((time for time, _ in ahead), default=np.inf)
    begin = past.now if first < past.now + DAY else first
    unlimited = any(pickup.capacity is None for pickup in carrier.pickups.values())
    return np.inf if unlimited else max(1.0, sum(size for time, size in ahead if time < begin + DAY))


def _desk(past: Past) -> Iterator[tuple[str, float]]:
    if past.scenario.desk is None:
        return
    live = np.array([channel.kind == "call" for channel in past.scenario.desk.channels.values()])
    arrived = past.contacts["arrived_min"][past.waiting_contacts() & live[past.contacts["channel"]]]
    yield "desk_wait_min", past.now - arrived.min() if len(arrived) else 0.0
    given_up, answered = past.contacts_ended("abandoned", "gave_up_min"), past.contacts_ended("answered", "ended_min")
    yield "abandonment_share", given_up / max(1, given_up + answered)


# --- held against what was read -------------------------------------------------------------------------------------


def hold_against_ledger(scenario: Scenario, plan: Plan) -> None:
    """Have every metric of a world read, and compare."""
    rules: dict[Any, AlertRule] = {
        metric: AlertRule.model_validate({"metric": metric, "above": NEVER, "review_every_min": EVERY_MIN})
        for metric in METRICS
    }
    stock = scenario.stock
    if stock is not None:  # a row of this oracle is an order in one parcel
        stock = stock.model_copy(update={"oversell": stock.oversell.model_copy(update={"ship": "hold"})})
    watched = scenario.model_copy(update={"alerts": {**scenario.alerts, **rules}, "stock": stock})
    first, names = len(scenario.alerts), list(rules)
    draws = sim.sample(watched, seed=1)
    ledger = sim.simulate(watched, plan, draws)
    check_ledger(ledger)
    scaled = at_scale(watched)
    came, _ = let_in(scaled, plan, draws)
    table = ledger.tables["readings"]
    read = {
        (names[rule - first], time): value
        for time, rule, value in zip(*(table[name].tolist() for name in ("time_min", "rule", "value")), strict=True)
        if rule >= first
    }
    assert {name for name, _ in read} == {name for name in names if not lacking(watched, name)}
    for now in sorted({time for _, time in read}):
        for metric, value in readings(Past(scaled, ledger, came, now)):
            if (metric, now) in read:
                message = f"{metric} at minute {now:g}"
                np.testing.assert_allclose(read[metric, now], value, rtol=1e-9, atol=1e-6, err_msg=message)


@SMALL
@given(scenarios(), plans())
def test_gauges_of_small_worlds(scenario: Scenario, plan: Plan) -> None:
    hold_against_ledger(scenario, plan)


@pytest.mark.long
@settings(SMALL, max_examples=200)
@given(scenarios(), plans())
def test_gauges_of_many_small_worlds(scenario: Scenario, plan: Plan) -> None:
    hold_against_ledger(scenario, plan)
