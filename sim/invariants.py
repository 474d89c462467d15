"""What always holds, whatever the scenario and the plan; checked on a finished ledger in vectorised passes.

A failure is a defect of the model, never of the input.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.costs import cost_lines
from sim.errors import LedgerError
from sim.indicators import kpi_values
from sim.law import Rota, month_of, months_before_start, rota_of
from sim.ledger import CONTACT_OUTCOMES, DAY_TYPES, DISTURBANCES, EVENTS, OUTCOMES, STAFF_KINDS, STAGES, TABLES, Ledger
from sim.scenario.measures import CarrierCapacity
from sim.scenario.scale import at_scale, carriers_by_code, scaled_count
from sim.series import full_dock, services
from sim.stock_invariants import stock_complaints

Floats = NDArray[np.float64]

_TOLERANCE_MIN = 1e-6


def check_ledger(ledger: Ledger) -> None:
    """Raise unless every invariant holds.

    Raises
    ------
    LedgerError
        Naming every invariant that is broken.
    """
    # The other checks read columns, so these must be there.
    broken = list(_columns(ledger)) or [line for check in CHECKS for line in check(ledger)]
    if broken:
        raise LedgerError("the ledger breaks its invariants:\n" + "\n".join(f"  - {line}" for line in broken))


def _columns(ledger: Ledger) -> Iterator[str]:
    for table, columns in TABLES.items():
        given = ledger.tables[table]
        lengths = {len(given[column.name]) for column in columns if column.name in given}
        if set(given) != {column.name for column in columns} or len(lengths) > 1:
            yield f"table {table} has other columns or uneven lengths"


def _ends_once(ledger: Ledger) -> Iterator[str]:
    """Every accepted order ends exactly once or is open, and the counts add up."""
    orders = ledger.tables["orders"]
    shipped, cancelled = ~np.isnan(orders["picked_up_min"]), ~np.isnan(orders["cancelled_min"])
    if np.any(shipped & cancelled):
        yield "an order was both picked up and cancelled"
    code = {name: orders["outcome"] == number for number, name in enumerate(OUTCOMES)}
    if sum(int(rows.sum()) for rows in code.values()) != len(orders["outcome"]):
        yield "the outcomes do not add up to the number of orders"
    if np.any(code["cancelled"] != cancelled):
        yield "cancelled orders and their times do not agree"
    times = ("released_min", "pick_start_min", "pack_start_min", "picked_up_min", "cancelled_min", "compensated_min")
    away = code["deterred"] | code["rejected"]
    if np.any(away & (orders["measured"] | ~np.all([np.isnan(orders[name]) for name in times], axis=0))):
        yield "something happened to an order that was deterred or rejected"
    if np.any(code["delivered"] & ~(orders["delivered_min"] <= ledger.scenario.horizon_min)):
        yield "an order counts as delivered that was not by the horizon"
    yield from _ended_right(ledger, code)
    if np.any(shipped != ~np.isnan(orders["delivered_min"])):
        yield "picked up and delivered do not go together"


def _ended_right(ledger: Ledger, code: dict[str, Any]) -> Iterator[str]:
    """A parcel at the customer's is delivered; one that nobody collects waits at the store, and goes back."""
    orders, horizon = ledger.tables["orders"], ledger.scenario.horizon_min
    arrived = orders["delivered_min"] <= horizon
    waits = np.zeros(len(arrived), dtype=bool)
    back = np.zeros(len(arrived), dtype=bool)
    for number, carrier in enumerate(ledger.scenario.carriers.values()):
        if carrier.unclaimed_share > 0:
            rows = (orders["carrier"] == number) & orders["cash_on_delivery"] & arrived
            gone = orders["delivered_min"] + carrier.unclaimed_after_days * 1440 <= horizon
            waits |= rows & ~gone
            back |= rows & gone
    if np.any(code["open"] & arrived & ~waits):
        yield "an order is called open that was delivered by the horizon"
    if np.any(code["lost"] & ~back):
        yield "an order is called lost that did not come back from a store"


def _forwards(ledger: Ledger) -> Iterator[str]:
    """Times along an order never run backwards."""
    orders = ledger.tables["orders"]
    steps = ["released_min", "pick_start_min", "pick_end_min", "pack_start_min", "pack_end_min", "picked_up_min"]
    for way in ([*steps, "delivered_min"], [*steps[:2], "cancelled_min"]):
        latest = orders["placed_min"]
        for name in way:
            if np.any(orders[name] < latest):
                yield f"{name} lies before an earlier step"
            latest = np.fmax(latest, orders[name])
    if np.any(np.diff(orders["placed_min"]) < 0):
        yield "orders are not in the order in which they were placed"
    if np.any(~np.isnan(orders["cancelled_min"]) & ~np.isnan(orders["pack_start_min"])):
        yield "an order was cancelled after packing began"
    for begin, end in (("pick_start_min", "pick_end_min"), ("pack_start_min", "pack_end_min")):
        if np.any(np.isnan(orders[begin]) & ~np.isnan(orders[end])):
            yield f"{end} without {begin}"
    if np.any(np.fmax(orders["pick_start_min"], orders["picked_up_min"]) >= ledger.scenario.horizon_min):
        yield "something was begun after the horizon"


def _one_at_a_time(ledger: Ledger) -> Iterator[str]:
    """No worker serves two at once, and nobody begins or goes on outside staffed time plus overrun."""
    staffing = ledger.tables["staffing"]
    for code, stage in enumerate(STAGES):
        slot, begin, end = services(ledger, stage)
        order = np.lexsort((end, begin, slot))  # services of no length before one that begins with them
        slot, begin, end = slot[order], begin[order], end[order]
        same = slot[1:] == slot[:-1]
        if np.any(same & (begin[1:] < end[:-1])):
            yield f"{stage}: a worker serves two at once"
        if np.any(slot < 0):
            yield f"{stage}: a service without a worker"
        rows = (staffing["stage"] == code) & ~staffing["absent"]
        yield from _inside(stage, slot, begin, end, {name: staffing[name][rows] for name in staffing})


def _inside(stage: str, slot: Any, begin: Floats, end: Floats, rows: dict[str, Any]) -> Iterator[str]:
    slots, starts = rows["slot"], rows["start_min"]
    stops = rows["end_min"] + rows["overrun_min"]
    first = _latest_row(slots, starts, slot, begin, inclusive=True)
    if np.any(first < 0):
        yield f"{stage}: a service by somebody who was not at work"
        return
    if np.any(begin > stops[first] + _TOLERANCE_MIN):
        yield f"{stage}: a service begun outside staffed time"
    # A service of no length ends in the stretch in which it began.
    last = np.where(end > begin, _latest_row(slots, starts, slot, end, inclusive=False), first)
    if np.any(end > stops[last] + _TOLERANCE_MIN):
        yield f"{stage}: work outside staffed time plus overrun"


def _latest_row(slots: Any, starts: Floats, slot: Any, time: Floats, *, inclusive: bool) -> NDArray[np.int64]:
    """Row of the latest stretch of the same slot that starts before a time (or at it); -1 where there is none."""
    count = len(slots)
    if count == 0:
        return np.full(len(slot), -1)
    rank = np.r_[np.full(count, 0 if inclusive else 1), np.full(len(slot), 1 if inclusive else 0)]
    order = np.lexsort((rank, np.r_[starts, time], np.r_[slots, slot]))
    place = np.maximum.accumulate(np.where(order < count, np.arange(len(order)), -1))
    latest = np.empty(len(order), dtype=np.int64)
    latest[order] = np.where(place >= 0, order[place], -1)
    row = latest[count:]
    row[slots[row] != slot] = -1
    return row


def _stations(ledger: Ledger) -> Iterator[str]:
    """No more services at a time than stations."""
    site = at_scale(ledger.scenario).site
    for stage, model in (("picking", site.picking), ("packing", site.packing)):
        if model is None or model.stations is None:
            continue
        _, begin, end = services(ledger, stage)
        times = np.concatenate([end, begin])
        steps = np.concatenate([np.full(len(end), -1), np.ones(len(begin), dtype=int)])
        level = np.cumsum(steps[np.lexsort((steps, times))])
        if len(level) and level.max() > model.stations:
            yield f"{stage}: more services at a time than stations"


def _standstills(ledger: Ledger) -> Iterator[str]:
    """While something stands still whole, nothing is begun there, released or loaded; carriers that fail stay away."""
    table, orders, visits = (ledger.tables[name] for name in ("disturbances", "orders", "pickups"))
    begun = {stage: services(ledger, stage)[1] for stage in STAGES}
    begun["release"], begun["dock"] = orders["released_min"], visits["planned_min"][_loaded(ledger)]
    for kind, place, begin, end, size in zip(*(table[name] for name in _WHOLE), strict=True):
        during = None
        if DISTURBANCES[kind] == "outage" and size == 0:
            during = begun[place]
        elif DISTURBANCES[kind] == "carrier_failure" and np.isnan(size):
            own = visits["carrier"] == ledger.categories["carrier"].index(place)
            during = visits["planned_min"][own & (visits["taken"] > 0)]
        if during is not None and np.any((during >= begin) & (during < end)):
            yield f"{place}: work was begun in the outage from minute {begin:g} to {end:g}"


_WHOLE = ("kind", "place", "begin_min", "end_min", "size")


def _loaded(ledger: Ledger) -> NDArray[np.bool_]:
    """Visits that took parcels from our dock; a third party has its own."""
    visits = ledger.tables["pickups"]
    return np.asarray((visits["taken"] > 0) & (visits["carrier"] < len(ledger.scenario.carriers)))


def _pickups(ledger: Ledger) -> Iterator[str]:
    """A pickup never takes more than its capacity, nor a parcel packed after its cut-off."""
    scenario = at_scale(ledger.scenario)
    visits = ledger.tables["pickups"]
    if np.any(visits["taken"] > np.where(np.isnan(visits["capacity"]), np.inf, visits["capacity"])):
        yield "a pickup took more than its capacity"
    if np.any(visits["no_show"] & (visits["taken"] > 0)):
        yield "a pickup that did not come took parcels"
    by, packed, gone = own_parcels(ledger)
    for code, carrier in carriers_by_code(scenario, ledger.plan).items():
        rows = (by == code) & ~np.isnan(gone)
        if np.any(packed[rows] > gone[rows] - carrier.cutoff_min):
            yield "a parcel left that was packed after the cut-off"
        if carrier.daily_parcel_cap is not None:
            days = (gone[rows] // 1440).astype(np.int64)
            cap = carrier.daily_parcel_cap + _bought(ledger, code, carrier.daily_parcel_cap)
            if len(days) and np.bincount(days).max() > cap:
                yield "a carrier took more than its daily cap"
        if int(visits["taken"][visits["carrier"] == code].sum()) != int(rows.sum()):
            yield "pickups and orders do not agree on what was taken"


def own_parcels(ledger: Ledger) -> tuple[NDArray[np.int8], Floats, Floats]:
    """Carrier of each parcel of our own dock, when it was packed, when it was picked up; second parcels come last."""
    orders, second = ledger.tables["orders"], ledger.tables["remainders"]
    own = orders["route"] == 0
    carrier = np.concatenate([orders["carrier"][own], second["carrier"]])
    packed = np.concatenate([ledger.packed_min[own], ledger.second_packed_min])
    return carrier, packed, np.concatenate([ledger.first_pickup_min[own], second["picked_up_min"]])


def _bought(ledger: Ledger, code: int, parcels: int) -> int:
    """What measures that took effect add to a carrier's daily cap at most."""
    alerts, names = ledger.tables["alerts"], list(ledger.scenario.carriers)
    active = set(alerts["measure"][alerts["event"] == EVENTS.index("active")])
    return sum(
        scaled_count(parcels, measure.capacity_share)
        for label, measure in ledger.plan.measures.items()
        if isinstance(measure, CarrierCapacity)
        and label in active
        and "daily_cap" in measure.of
        and (not measure.carriers or names[code] in measure.carriers)
    )


def _full_dock(ledger: Ledger) -> Iterator[str]:
    """While the dock is full nobody begins to pack or goes on with what was put down, and it was full indeed."""
    table, orders, handovers = (ledger.tables[name] for name in ("full_dock", "orders", "handovers"))
    start, end = full_dock(ledger)
    if np.any(end < start) or np.any(start[1:] < end[:-1]):
        yield "the dock was full twice at a time"
    resumed = handovers["resumed_min"][handovers["stage"] == STAGES.index("packing")]
    second = ledger.tables["remainders"]
    for times in (orders["pack_start_min"], second["pack_start_min"], resumed):
        begun = times[~np.isnan(times)]
        if np.any(np.searchsorted(start, begun, side="left") > np.searchsorted(end, begun, side="right")):
            yield "packing began while the dock was full"
    _, packed, gone = own_parcels(ledger)
    packed, gone = np.sort(packed), np.sort(gone)
    there = np.searchsorted(packed, start, side="right") - np.searchsorted(gone, start, side="left")
    if np.any(there < table["room"]):
        yield "the dock is called full that had room"


def _desk(ledger: Ledger) -> Iterator[str]:
    contacts = ledger.tables["contacts"]
    outcome = {name: contacts["outcome"] == code for code, name in enumerate(CONTACT_OUTCOMES)}
    if np.any((outcome["answered"] | outcome["unreached"]) != ~np.isnan(contacts["answered_min"])):
        yield "answered contacts and their times do not agree"
    if np.any((outcome["abandoned"] | outcome["lost"]) != ~np.isnan(contacts["gave_up_min"])):
        yield "contacts given up and their times do not agree"
    if np.any(outcome["deflected"] & ((contacts["ended_min"] != contacts["arrived_min"]) | (contacts["agent"] >= 0))):
        yield "a contact that a bot took kept an agent busy"
    if np.any(~outcome["deflected"] & (contacts["bot_cost"] != 0)):
        yield "a bot was paid for a contact that it did not take"
    called = contacts["called_back"]
    if np.any(called & ~np.isnan(contacts["gave_up_min"])) or np.any(outcome["unreached"] & ~called):
        yield "call-backs and what became of them do not agree"
    for earlier, later in (
        ("arrived_min", "answered_min"),
        ("answered_min", "ended_min"),
        ("arrived_min", "gave_up_min"),
    ):
        if np.any(contacts[later] < contacts[earlier]):
            yield f"{later} lies before {earlier}"


def _money(ledger: Ledger) -> Iterator[str]:
    """Money lines add up; what was rostered or worked is paid, and no more; absent workers are not paid."""
    values, lines = kpi_values(ledger), cost_lines(ledger)
    if not np.isclose(values["total_cost"], sum(lines.values()), rtol=1e-12, atol=1e-6):
        yield "cost lines do not add up to the total"
    if any(value < 0 for value in lines.values()):
        yield "a cost line is negative"
    orders = ledger.tables["orders"]
    if np.any((orders["loyalty_saved"] > 1) | (orders["loyalty_lost"] > 1)):
        yield "more than all of a customer's future spend is saved or lost"
    if np.any((orders["apologies"] == 0) & (orders["loyalty_lost"] > 0)):
        yield "an apology that was never made costs future spend"
    if np.any(np.isnan(orders["compensated_min"]) & ((orders["compensation_cost"] > 0) | (orders["apologies"] > 0))):
        yield "an offer costs that was never made"
    staffing = ledger.tables["staffing"]
    if np.any(staffing["cost"][staffing["absent"]] != 0):
        yield "absent workers were paid"
    end = np.minimum(staffing["end_min"] + staffing["overrun_min"], ledger.scenario.horizon_min)
    worked_h = np.where(staffing["absent"], 0.0, end - staffing["start_min"]) / 60
    if np.any(np.abs(staffing["paid_h"] - worked_h) > 1e-6):
        yield "hours paid are not those rostered and overrun"


def _law(ledger: Ledger) -> Iterator[str]:
    """What a measure asks of people stays within the law; pay never falls below the wage."""
    law = ledger.scenario.site.labour
    staffing = ledger.tables["staffing"]
    there = ~staffing["absent"]
    hours = (staffing["end_min"] - staffing["start_min"]) / 60
    stays = there & (staffing["kind"] == STAFF_KINDS.index("overtime"))
    if np.any(planned_overtime_h(ledger)[stays] > sum(step.hours for step in law.overtime_pay) + 1e-6):
        yield "overtime beyond the hours that the law prices"
    if np.any(staffing["overtime_h"] > staffing["paid_h"] + 1e-6) or np.any(staffing["overtime_h"] < 0):
        yield "more overtime than hours"
    own_crew = staffing["crew"] != ""  # not a second crew, of whose other hours nothing is known
    asked = stays | (there & own_crew & (staffing["kind"] == STAFF_KINDS.index("extra")))
    if law.daily_cap_h is not None and asked.any():
        slots = staffing["slot"]
        total = np.bincount(slots[there], hours[there])
        if np.any(total[slots[asked]] + _rostered_besides(ledger, asked) > law.daily_cap_h + 1e-6):
            yield "a working day beyond the daily cap"
    yield from _accounts(ledger, asked)


def planned_overtime_h(ledger: Ledger) -> Floats:
    """Overtime of each stretch without its overrun, shape (rows,)."""
    staffing, horizon = ledger.tables["staffing"], ledger.scenario.horizon_min
    end = np.minimum(staffing["end_min"] + staffing["overrun_min"], horizon)
    overrun_h = np.maximum(end - np.minimum(staffing["end_min"], horizon), 0.0) / 60
    return np.asarray(np.maximum(staffing["overtime_h"] - overrun_h, 0.0))


def _home_stages(ledger: Ledger) -> NDArray[np.int8]:
    """Stage to whose crew the worker of each row belongs, wherever a measure has sent them; shape (rows,)."""
    staffing = ledger.tables["staffing"]
    _, first, slot = np.unique(staffing["slot"], return_index=True, return_inverse=True)
    return np.where(staffing["slot"] >= 0, staffing["stage"][first][slot], staffing["stage"])


def _rotas(ledger: Ledger, rows: NDArray[np.int64]) -> list[Rota]:
    """What the roster asks of the crew of each row."""
    scenario, staffing = at_scale(ledger.scenario), ledger.tables["staffing"]
    home = _home_stages(ledger)
    found = []
    for row in rows:
        crew = scenario.crews[STAGES[int(home[row])]]
        found.append(rota_of(scenario, crew, crew.shifts[staffing["crew"][row]], int(staffing["day"][row])))
    return found


def _rostered_besides(ledger: Ledger, asked: NDArray[np.bool_]) -> Floats:
    """Hours of their own shift that day of those who work another one; those who stay have it in their slot."""
    staffing, rows = ledger.tables["staffing"], np.flatnonzero(asked)
    second = staffing["kind"][rows] == STAFF_KINDS.index("extra")
    second &= staffing["day_type"][rows] != DAY_TYPES.index("rest")
    hours = np.zeros(len(rows))
    hours[second] = [rota.today_h for rota in _rotas(ledger, rows[second])]
    return hours


def _accounts(ledger: Ledger, asked: NDArray[np.bool_]) -> Iterator[str]:
    """Overtime per head that measures ask for, and what was worked before the run, within the caps of the month."""
    scenario, staffing = ledger.scenario, ledger.tables["staffing"]
    law, rows = scenario.site.labour, np.flatnonzero(asked)
    if law.monthly_cap_h is None and law.quarter_cap_h is None:
        return
    there = (staffing["kind"] == STAFF_KINDS.index("regular")) & ~staffing["absent"]
    home = _home_stages(ledger)
    slots = zip(home[there], *(staffing[name][there] for name in ("crew", "day", "slot")), strict=True)
    heads = Counter((stage, crew, day) for stage, crew, day, _ in set(slots))
    used: dict[tuple[int, str], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    planned = planned_overtime_h(ledger)
    for row, rota in zip(rows, _rotas(ledger, rows), strict=True):
        stage, crew, day = home[row], staffing["crew"][row], int(staffing["day"][row])
        extra = staffing["kind"][row] == STAFF_KINDS.index("extra")
        people = rota.persons if extra else heads[stage, crew, day] / rota.presence
        used[stage, crew][month_of(scenario, day)] += planned[row] / max(people, 1.0)
    for months in used.values():
        for month in list(months):
            before_h, quarter_before_h = months_before_start(scenario, month)
            if law.monthly_cap_h is not None and before_h + months[month] > law.monthly_cap_h + 1e-6:
                yield "overtime beyond the cap of the month"
            quarter_h = quarter_before_h + sum(months.get(month - ago, 0.0) for ago in range(3))
            if law.quarter_cap_h is not None and quarter_h > law.quarter_cap_h + 1e-6:
                yield "overtime beyond the cap of three months"


CHECKS: tuple[Callable[[Ledger], Iterator[str]], ...] = (
    _ends_once,
    _forwards,
    _one_at_a_time,
    _stations,
    _standstills,
    _pickups,
    _full_dock,
    _desk,
    _money,
    _law,
    stock_complaints,
)
