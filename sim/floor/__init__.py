"""The floor model: one replication of a scenario under a plan, on SimPy's clock."""

from __future__ import annotations

from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.draws import Draws
from sim.floor.gauges import Gauges
from sim.floor.line import CANCELLED, SHIPPED, Line
from sim.floor.measures import Floor, Log, install
from sim.floor.people import Crews
from sim.floor.roster import Roster, pay
from sim.ledger import OUTCOMES, REASONS, STAGES, TABLES, THIRD_PARTY, Ledger
from sim.scenario.plan import Plan
from sim.scenario.scale import at_scale, in_site_currency, plan_at_scale
from sim.scenario.scenario import Scenario


def simulate(scenario: Scenario, plan: Plan, draws: Draws) -> Ledger:
    """Run one replication.

    A pure function: no files, no random calls, nothing remembered; the same inputs give the same bytes.

    Parameters
    ----------
    scenario
        What is true whatever we decide.
    plan
        What we decide.
    draws
        From :func:`sim.draws.sample` of the same scenario.

    Returns
    -------
    Everything that happened until `scenario.horizon_min`.
    """
    scaled = at_scale(scenario)
    env = simpy.Environment()
    log = Log()
    batching = any(measure.kind == "batch_picking" for measure in plan.measures.values())
    line = Line(env, scaled, draws, may_batch=batching)
    roster = Roster(env, scaled, log.refused)
    crews = Crews(scaled, draws, line, roster)
    crews.call_all()
    floor = Floor(env, scaled, draws, line, roster, crews, Gauges(scaled, draws, line, crews), log)
    install(floor, plan_at_scale(in_site_currency(plan, scenario), scenario.scale))
    env.run(until=scaled.horizon_min)
    line.close(scaled.horizon_min)
    carriers = (*scaled.carriers, THIRD_PARTY)
    return Ledger(
        scenario=scenario,
        plan=plan,
        seed=draws.seed,
        replication=draws.replication,
        tables={
            "orders": _orders(scaled, line),
            "contacts": _contacts(line),
            "pickups": line.visits.table(),
            "staffing": _staffing(scaled, roster),
            "handovers": _handovers(line),
            **log.tables(),
        },
        categories={"carrier": carriers, "channel": tuple(scaled.desk.channels) if scaled.desk else ()},
        notes=draws.notes,
    )


def _orders(scenario: Scenario, line: Line) -> dict[str, Any]:
    draws, offers = line.draws, line.offers
    outcome, reason = _outcomes(scenario, line)
    by_chosen = _by_chosen_carrier(line)
    placed = draws.placed_min
    return {
        "order_id": draws.order_id,
        "measured": (placed >= scenario.measure_from_min) & (placed < scenario.measure_to_min),
        "service_class": draws.express.astype(np.int8),
        "lines": draws.lines,
        "units": draws.units,
        "value": draws.value,
        "route": (line.by_third > 0).astype(np.int8),
        "carrier": np.where(by_chosen, draws.carrier, len(scenario.carriers)).astype(np.int8),
        "outcome": outcome,
        "end_reason": reason,
        "placed_min": placed,
        "released_min": np.frombuffer(line.released),
        "pick_start_min": np.frombuffer(line.pick_start),
        "pick_end_min": np.frombuffer(line.pick_end),
        "pack_start_min": np.frombuffer(line.pack_start),
        "pack_end_min": np.frombuffer(line.pack_end),
        "picked_up_min": line.picked_up,
        "delivered_min": line.delivered,
        "cancelled_min": line.cancelled_at,
        "due_ship_min": draws.due_ship_min,
        "due_delivery_min": draws.due_delivery_min,
        "compensated_min": offers.offered_min,
        "third_party_cost": line.third_cost,
        "compensation_cost": offers.cost,
        "loyalty_saved": offers.loyalty_saved,
        "score_gain": offers.score_gain,
        "cash_on_delivery": draws.cod & by_chosen,
        "picker": np.frombuffer(line.picker, dtype=np.int32),
        "packer": np.frombuffer(line.packer, dtype=np.int32),
    }


def _by_chosen_carrier(line: Line) -> NDArray[np.bool_]:
    """Whether an order goes by the carrier that its customer chose: ours do, and those of some third parties."""
    handed_over = [True, *(third.measure.transit is None for third in line.thirds)]
    return np.asarray(handed_over)[line.by_third]


def _outcomes(scenario: Scenario, line: Line) -> tuple[Any, Any]:
    """How each order ended by the horizon, and why where it ended badly."""
    state = np.frombuffer(bytes(line.state), dtype=np.uint8)
    draws = line.draws
    after = np.array([carrier.unclaimed_after_days * 1440 for carrier in scenario.carriers.values()] or [0.0])
    arrived = (state == SHIPPED) & (line.delivered <= scenario.horizon_min)
    uncollected = draws.unclaimed & _by_chosen_carrier(line)
    back = arrived & uncollected & (line.delivered + after[np.maximum(draws.carrier, 0)] <= scenario.horizon_min)
    outcome = np.zeros(len(state), dtype=np.int8)
    outcome[arrived & ~uncollected] = OUTCOMES.index("delivered")
    outcome[back] = OUTCOMES.index("lost")
    outcome[state >= CANCELLED] = OUTCOMES.index("cancelled")
    reason = np.where(state >= CANCELLED, line.reason, 0).astype(np.int8)
    reason[back] = REASONS.index("unclaimed")
    return outcome, reason


def _contacts(line: Line) -> dict[str, Any]:
    if line.desk is not None:
        return line.desk.table()
    types = {"order_row": np.int64, "channel": np.int8, "attempt": np.int8, "outcome": np.int8, "agent": np.int32}
    return {column.name: np.empty(0, dtype=types.get(column.name, np.float64)) for column in TABLES["contacts"]}


def _staffing(scenario: Scenario, roster: Roster) -> dict[str, Any]:
    rows = roster.rows
    paid = [pay(row, scenario.site.labour, scenario.horizon_min) for row in rows]
    columns: dict[str, tuple[list[Any], Any]] = {
        "slot": ([row.slot for row in rows], np.int32),
        "stage": ([row.stage for row in rows], np.int8),
        "kind": ([row.kind for row in rows], np.int8),
        "day": ([row.day for row in rows], np.int32),
        "start_min": ([row.start_min for row in rows], np.float64),
        "end_min": ([row.end_min for row in rows], np.float64),
        "overrun_min": ([row.overrun_min for row in rows], np.float64),
        "into_break": ([row.into_break for row in rows], np.bool_),
        "absent": ([row.absent for row in rows], np.bool_),
        "productivity": ([row.productivity for row in rows], np.float64),
        "paid_h": ([hours for hours, _ in paid], np.float64),
        "cost": ([cost for _, cost in paid], np.float64),
    }
    return {name: np.asarray(values, dtype=kind) for name, (values, kind) in columns.items()}


def _handovers(line: Line) -> dict[str, Any]:
    rows = [
        (row[0], STAGES.index(stage), *row[1:]) for stage, station in line.stations.items() for row in station.handovers
    ]
    table = np.asarray(rows, dtype=np.float64).reshape(-1, 6)
    names = ("order_row", "stage", "slot", "start_min", "end_min", "resumed_min")
    types = (np.int64, np.int8, np.int32, np.float64, np.float64, np.float64)
    return {name: table[:, number].astype(kind) for number, (name, kind) in enumerate(zip(names, types, strict=True))}


__all__ = ["simulate"]
