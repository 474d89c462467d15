"""The floor model: one replication of a scenario under a plan, on SimPy's clock."""

from __future__ import annotations

from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.draws import Draws
from sim.floor.disturbances import Outages, disturbance_table
from sim.floor.gauges import Gauges
from sim.floor.line import Line
from sim.floor.measures import Floor, Log, install
from sim.floor.people import Crews
from sim.floor.roster import Roster, pay
from sim.floor.staging import full_dock_table
from sim.floor.states import CANCELLED, DETERRED, PACKED, PARTLY, REJECTED, SHIPPED
from sim.floor.stock import stock_tables, with_remainders
from sim.floor.terms import Terms
from sim.floor.turns import let_in
from sim.floor.unclaimed import by_chosen_carrier, uncollected_after
from sim.ledger import DAY_TYPES, OUTCOMES, REASONS, STAGES, TABLES, THIRD_PARTY, Ledger
from sim.scenario.measures import DemandMeasure
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

    Raises
    ------
    InputError
        If the plan names an alert rule that the scenario does not have, or a currency without an exchange rate.
    """
    scaled = at_scale(scenario)
    env = simpy.Environment()
    log = Log()
    draws, keep = let_in(scaled, plan, draws)
    kinds = {measure.kind for measure in plan.measures.values()}
    may_deter = any(isinstance(measure, DemandMeasure) for measure in plan.measures.values())
    own = draws
    draws, remainders = with_remainders(scaled, own)
    if keep is not None:
        keep = np.append(keep, np.ones(len(draws) - len(own)))
    terms = Terms(scaled, draws, keep=keep, may_deter=may_deter, orders=len(own))
    line = Line(env, scaled, draws, terms, may_batch="batch_picking" in kinds, remainders=remainders)
    roster = Roster(env, scaled, log.refused)
    crews = Crews(scaled, draws, line, roster)
    crews.call_all()
    Outages(line).install(env, draws.outages)
    floor = Floor(env, scaled, draws, line, roster, crews, Gauges(scaled, own, line, crews), log)
    install(floor, plan_at_scale(in_site_currency(plan, scenario), scenario.scale))
    env.run(until=scaled.horizon_min)
    line.close(scaled.horizon_min)
    carriers = (*scaled.carriers, THIRD_PARTY, *plan.backup_carriers)
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
            "full_dock": full_dock_table(line.staging),
            **log.tables(),
            "disturbances": disturbance_table(scaled, draws),
            **stock_tables(line, _carrier_codes(line)),
        },
        categories={
            "carrier": carriers,
            "channel": tuple(scaled.desk.channels) if scaled.desk else (),
            "sku": line.stock.catalogue.names if line.stock is not None else (),
        },
        notes=draws.notes,
    )


def _orders(scenario: Scenario, line: Line) -> dict[str, Any]:
    draws, terms, offers = line.draws, line.terms, line.offers
    outcome, reason = _outcomes(scenario, line)
    by_chosen = by_chosen_carrier(line)
    placed = draws.placed_min
    not_placed = (outcome == OUTCOMES.index("deterred")) | (outcome == OUTCOMES.index("rejected"))
    columns = {
        "order_id": draws.order_id,
        "measured": (placed >= scenario.measure_from_min) & (placed < scenario.measure_to_min) & ~not_placed,
        "service_class": draws.express.astype(np.int8),
        "by_campaign": draws.by_campaign,
        "lines": terms.lines,
        "units": terms.units,
        "value": terms.value,
        "route": (line.by_third > 0).astype(np.int8),
        "carrier": np.where(by_chosen, _carrier_codes(line), len(scenario.carriers)).astype(np.int8),
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
        "due_ship_min": terms.due_ship_min,
        "due_delivery_min": terms.due_delivery_min,
        "compensated_min": offers.offered_min,
        "third_party_cost": line.third_cost,
        "compensation_cost": offers.cost + np.where(np.isnan(line.cancelled_at), offers.gift_cost, 0.0),
        "message_cost": offers.message_cost,
        "apologies": offers.apologies,
        "loyalty_saved": offers.loyalty_saved,
        "loyalty_lost": offers.loyalty_lost,
        "score_gain": offers.score_gain,
        "cash_on_delivery": draws.cod & by_chosen,
        "picker": np.frombuffer(line.picker, dtype=np.int32),
        "packer": np.frombuffer(line.packer, dtype=np.int32),
    }
    if line.remainders is None:
        return columns
    return {name: values[: line.orders] for name, values in columns.items()}  # second parcels have a table of their own


def _carrier_codes(line: Line) -> NDArray[np.int8]:
    """The carrier chosen by the customer, or the backup carrier in whose lane the parcel is or was."""
    chosen = line.draws.carrier
    if line.dock is None:
        return chosen
    state = np.frombuffer(bytes(line.state), dtype=np.uint8)
    on_the_dock = ((state == PACKED) | (state == PARTLY) | (state == SHIPPED)) & (line.by_third == 0)
    return np.where(on_the_dock, line.dock.carrier_codes, chosen)


def _outcomes(scenario: Scenario, line: Line) -> tuple[Any, Any]:
    """How each order ended by the horizon, and why where it ended badly."""
    state = np.frombuffer(bytes(line.state), dtype=np.uint8)
    arrived = (state == SHIPPED) & (line.delivered <= scenario.horizon_min)
    after = uncollected_after(line, np.arange(len(state)))
    uncollected = ~np.isnan(after)
    back = arrived & uncollected & (line.delivered + after <= scenario.horizon_min)
    outcome = np.zeros(len(state), dtype=np.int8)
    outcome[arrived & ~uncollected] = OUTCOMES.index("delivered")
    outcome[back] = OUTCOMES.index("lost")
    outcome[state >= CANCELLED] = OUTCOMES.index("cancelled")
    outcome[state == DETERRED] = OUTCOMES.index("deterred")
    outcome[state == REJECTED] = OUTCOMES.index("rejected")
    reason = np.where(state >= CANCELLED, line.reason, 0).astype(np.int8)
    reason[back] = REASONS.index("unclaimed")
    return outcome, reason


def _contacts(line: Line) -> dict[str, Any]:
    if line.desk is not None:
        return line.desk.table()
    types: dict[str, Any] = {"order_row": np.int64, "channel": np.int8, "attempt": np.int8, "outcome": np.int8}
    types |= {"agent": np.int32, "called_back": np.bool_}
    return {column.name: np.empty(0, dtype=types.get(column.name, np.float64)) for column in TABLES["contacts"]}


def _staffing(scenario: Scenario, roster: Roster) -> dict[str, Any]:
    rows = roster.rows
    paid = [pay(row, scenario.site.labour, scenario.horizon_min) for row in rows]
    columns: dict[str, tuple[list[Any], Any]] = {
        "slot": ([row.slot for row in rows], np.int32),
        "stage": ([row.stage for row in rows], np.int8),
        "kind": ([row.kind for row in rows], np.int8),
        "crew": ([row.crew for row in rows], np.object_),
        "day_type": ([DAY_TYPES.index(row.day_type) for row in rows], np.int8),
        "day": ([row.day for row in rows], np.int32),
        "start_min": ([row.start_min for row in rows], np.float64),
        "end_min": ([row.end_min for row in rows], np.float64),
        "overrun_min": ([row.overrun_min for row in rows], np.float64),
        "into_break": ([row.into_break for row in rows], np.bool_),
        "absent": ([row.absent for row in rows], np.bool_),
        "productivity": ([row.productivity for row in rows], np.float64),
        "paid_h": ([each.hours for each in paid], np.float64),
        "overtime_h": ([each.overtime_h for each in paid], np.float64),
        "cost": ([each.cost for each in paid], np.float64),
    }
    return {name: np.asarray(values, dtype=kind) for name, (values, kind) in columns.items()}


def _handovers(line: Line) -> dict[str, Any]:
    rows = [
        (_in_ledger(line, stage, row[0]), STAGES.index(stage), *row[1:])
        for stage, station in line.stations.items()
        for row in station.handovers
    ]
    table = np.asarray(rows, dtype=np.float64).reshape(-1, 6)
    names = ("order_row", "stage", "slot", "start_min", "end_min", "resumed_min")
    types = (np.int64, np.int8, np.int32, np.float64, np.float64, np.float64)
    return {name: table[:, number].astype(kind) for number, (name, kind) in enumerate(zip(names, types, strict=True))}


def _in_ledger(line: Line, stage: str, row: float) -> float:
    """Row of an order (of a contact at the desk); second parcels count on behind the orders, as in their own table."""
    if line.remainders is None or stage == "desk" or row < line.orders:
        return row
    return line.orders + sorted(line.remainders.used.values()).index(int(row))


__all__ = ["simulate"]
