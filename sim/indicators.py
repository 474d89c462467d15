"""Ledger -> key performance indicators, each with unit, definition and denominator.

KPIs of service cover orders placed in the measured window. An order still open is late if it fell due by the horizon;
otherwise it is censored: left out of the share and shown in `open_share`. Rows of customers who were turned away are
no orders: they count in `deterred_share` and `rejected_share` alone, and in what was asked of the stock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim import costs
from sim.definitions import KPIS, Kpi
from sim.ledger import CONTACT_OUTCOMES, EVENTS, MOVES, NOT_PLACED, OUTCOMES, STAFF_KINDS, STAGES, Ledger
from sim.series import (
    RESOURCES,
    bottleneck,
    full_dock,
    hourly,
    left_waiting,
    services,
    staffed,
    time_split,
    turned_away,
)

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def kpis(ledger: Ledger) -> pd.Series[float]:
    """All KPIs of a run, by name; NaN where there is nothing to measure (no promise, no desk, ...).

    Returns
    -------
    Series in the order of :data:`KPIS`, float64.
    """
    import pandas as pd

    return pd.Series(kpi_values(ledger), dtype=np.float64, name="value")


def kpi_values(ledger: Ledger) -> dict[str, float]:
    """The same as a plain dictionary, without pandas."""
    values = {
        **_service(ledger),
        **_backlog(ledger),
        **_contacts(ledger),
        **_waits(ledger),
        **_pickups(ledger),
        **_people(ledger),
        **_stock(ledger),
        **_money(ledger),
    }
    return {name: float(values[name]) for name in KPIS}


def _share(part: Any, whole: Any) -> float:
    return float(part / whole) if whole else float("nan")


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _service(ledger: Ledger) -> dict[str, float]:
    orders = ledger.tables["orders"]
    measured, horizon = orders["measured"], ledger.scenario.horizon_min
    due_ship, due_delivery = orders["due_ship_min"], orders["due_delivery_min"]
    due = measured & (due_ship <= horizon)
    due_home = measured & (due_delivery <= horizon)
    accepted = int(np.count_nonzero(measured))
    tardiness = np.maximum(0.0, np.fmin(left_waiting(orders), horizon)[due] - due_ship[due])
    quantiles = np.quantile(tardiness, [0.5, 0.9, 0.99]) if len(tardiness) else [np.nan] * 3
    gone = ~np.isnan(left_waiting(orders))
    return {
        "orders_accepted": accepted,
        "orders_due": int(np.count_nonzero(due)),
        "service_level_ship": _share(
            np.count_nonzero(due & (orders["picked_up_min"] <= due_ship)), np.count_nonzero(due)
        ),
        "service_level_delivery": _share(
            np.count_nonzero(due_home & (orders["delivered_min"] <= due_delivery)), np.count_nonzero(due_home)
        ),
        "tardiness_ship_p50_min": quantiles[0],
        "tardiness_ship_p90_min": quantiles[1],
        "tardiness_ship_p99_min": quantiles[2],
        "cancelled_share": _share(np.count_nonzero(measured & ~np.isnan(orders["cancelled_min"])), accepted),
        **_turned_away_shares(ledger, accepted),
        "lost_share": _share(np.count_nonzero(measured & (orders["outcome"] == OUTCOMES.index("lost"))), accepted),
        "open_share": _share(np.count_nonzero(measured & ~gone), accepted),
        "satisfaction_mean": _satisfaction(ledger),
        "carrier_on_time_share": _carrier_on_time(ledger),
    }


def _turned_away_shares(ledger: Ledger, accepted: int) -> dict[str, float]:
    """Customers of the measured window who never ordered: deterred by the terms, or rejected for want of stock."""
    orders, scenario = ledger.tables["orders"], ledger.scenario
    placed = orders["placed_min"]
    in_window = (placed >= scenario.measure_from_min) & (placed < scenario.measure_to_min)
    away = {name: int(np.count_nonzero(in_window & (orders["outcome"] == OUTCOMES.index(name)))) for name in NOT_PLACED}
    came = accepted + sum(away.values())
    return {
        "deterred_share": _share(away["deterred"], came),
        "rejected_share": float("nan") if scenario.stock is None else _share(away["rejected"], came),
    }


def _carrier_on_time(ledger: Ledger) -> float:
    """Punctuality of what our carriers were given in time; a third party's parcels go with its own carrier."""
    if not ledger.scenario.carriers:
        return float("nan")
    orders = ledger.tables["orders"]
    due = orders["due_delivery_min"]
    given = orders["measured"] & (orders["route"] == 0) & (orders["picked_up_min"] <= orders["due_ship_min"])
    rows = given & (due <= ledger.scenario.horizon_min)
    return _share(np.count_nonzero(orders["delivered_min"][rows] <= due[rows]), np.count_nonzero(rows))


def band_of(ledger: Ledger) -> NDArray[np.int64]:
    """Band of lateness of each order, an index into `customers.bands`; -1 where nothing is known yet.

    A cancelled order falls into the worst band; one still undelivered into the band of its lateness so far.
    """
    orders = ledger.tables["orders"]
    bands = ledger.scenario.customers.bands
    horizon = ledger.scenario.horizon_min
    cancelled = ~np.isnan(orders["cancelled_min"])
    late_days = (np.fmin(orders["delivered_min"], horizon) - orders["due_delivery_min"]) / 1440
    edges = [band.up_to_days for band in bands[:-1]]
    band = np.searchsorted(np.asarray(edges, dtype=np.float64), late_days, side="left")
    unknown = np.isnan(late_days) | (~(orders["delivered_min"] <= horizon) & (late_days <= 0))
    return np.where(cancelled, len(bands) - 1, np.where(unknown, -1, np.minimum(band, len(bands) - 1)))


def _satisfaction(ledger: Ledger) -> float:
    orders = ledger.tables["orders"]
    bands = ledger.scenario.customers.bands
    band = band_of(ledger)
    rows = orders["measured"] & (band >= 0)
    score = np.array([each.score for each in bands])[band[rows]]
    late = band[rows] > 0
    return _mean(np.where(late, np.minimum(5.0, score + orders["score_gain"][rows]), score))


def _backlog(ledger: Ledger) -> dict[str, float]:
    orders = ledger.tables["orders"]
    away = turned_away(orders)
    if away.any():
        orders = {name: values[~away] for name, values in orders.items()}
    begin, horizon = ledger.scenario.measure_from_min, ledger.scenario.horizon_min
    accepted = ~turned_away(orders)
    placed, leaves = orders["placed_min"][accepted], left_waiting(orders)[accepted]
    first, last_row = np.searchsorted(placed, [begin, ledger.scenario.measure_to_min]).tolist()
    # The backlog peaks when an order is placed; who leaves at that very instant still counts.
    times = np.concatenate([[begin], placed[first:last_row]])
    level = np.arange(first, last_row + 1) - np.searchsorted(np.sort(leaves), times)
    peak = int(level.argmax())
    due = orders["due_ship_min"][accepted]
    overdue = orders["measured"][accepted] & (due < horizon) & ~(leaves <= due)
    last = float(np.max(leaves[overdue], initial=-np.inf))
    clear = max(0.0, last - times[peak]) if not np.isnan(leaves[overdue]).any() else horizon - begin
    return {"peak_backlog_orders": float(level[peak]), "clear_time_h": clear / 60}


def _contacts(ledger: Ledger) -> dict[str, float]:
    orders, contacts = ledger.tables["orders"], ledger.tables["contacts"]
    counted = costs.accounted_contacts(ledger)
    outcome = {name: counted & (contacts["outcome"] == code) for code, name in enumerate(CONTACT_OUTCOMES)}
    answered, abandoned = outcome["answered"], outcome["abandoned"]
    total, accepted = int(counted.sum()), int(np.count_nonzero(orders["measured"]))
    has_desk = ledger.scenario.desk is not None
    return {
        "contacts_per_100_orders": 100 * _share(total, accepted) if has_desk else float("nan"),
        "abandonment_share": _share(int(abandoned.sum()), int(answered.sum() + abandoned.sum())),
        "contacts_lost_share": _share(int(outcome["lost"].sum()), total),
        "mean_wait_desk_min": _mean((contacts["answered_min"] - contacts["arrived_min"])[answered]),
        "deflected_share": _share(int(outcome["deflected"].sum()), total),
        "answered_in_time_share": _answered_in_time(ledger, counted, outcome),
    }


def _answered_in_time(ledger: Ledger, counted: Bools, outcome: Mapping[str, Bools]) -> float:
    """Service level of the desk. Messages are left out: they wait for hours by their nature."""
    desk = ledger.scenario.desk
    if desk is None:
        return float("nan")
    contacts = ledger.tables["contacts"]
    live = np.array([channel.kind == "call" for channel in desk.channels.values()], dtype=bool)[contacts["channel"]]
    limit = ledger.scenario.targets.desk_answer_min
    waited_past = outcome["waiting"] & (ledger.scenario.horizon_min - contacts["arrived_min"] > limit)
    known = live & counted & (outcome["answered"] | outcome["abandoned"] | waited_past)
    in_time = known & outcome["answered"] & (contacts["answered_min"] - contacts["arrived_min"] <= limit)
    return _share(np.count_nonzero(in_time), np.count_nonzero(known))


def _pickups(ledger: Ledger) -> dict[str, float]:
    """What carriers' visits took and left; those brought by a plan count like the others."""
    visits = ledger.tables["pickups"]
    rows = visits["planned_min"] >= ledger.scenario.measure_from_min
    came = rows & ~visits["no_show"] & ~np.isnan(visits["capacity"])
    left = float(visits["left"][rows].sum()) if ledger.scenario.carriers else float("nan")
    return {
        "no_show_share": _share(np.count_nonzero(rows & visits["no_show"]), np.count_nonzero(rows)),
        "pickup_fill_share": _share(visits["taken"][came].sum(), visits["capacity"][came].sum()),
        "left_behind_parcels": left,
    }


def _waits(ledger: Ledger) -> dict[str, float]:
    orders = ledger.tables["orders"]
    measured = orders["measured"]
    picking = (orders["pick_start_min"] - orders["released_min"])[measured]
    packing = (orders["pack_start_min"] - orders["pick_end_min"])[measured]
    picking, packing = picking[~np.isnan(picking)], packing[~np.isnan(packing)]
    begin, end = ledger.scenario.measure_from_min, ledger.scenario.measure_to_min
    own = orders["route"] == 0
    waits_until = np.fmin(orders["pick_start_min"], orders["cancelled_min"])[own]
    return {
        "mean_wait_picking_min": _mean(picking),
        "mean_wait_packing_min": _mean(packing),
        "wait_share_picking": _share(int(np.count_nonzero(picking > 0)), len(picking)),
        "full_dock_h": _overlap(*full_dock(ledger), begin, ledger.scenario.horizon_min) / 60,
        "mean_queue_picking_orders": _overlap(orders["released_min"][own], waits_until, begin, end) / (end - begin),
    }


def _overlap(starts: Floats, ends: Floats, begin: float, end: float) -> float:
    """Total minutes of intervals inside a window; NaN in `ends` is open, NaN in `starts` never began."""
    low = np.clip(starts, begin, end)
    high = np.clip(np.where(np.isnan(ends), np.inf, ends), begin, end)
    return float(np.nansum(high - low))


def _people(ledger: Ledger) -> dict[str, float]:
    begin, end = ledger.scenario.measure_from_min, ledger.scenario.measure_to_min
    values = {
        f"utilisation_{stage}": _share(
            _overlap(*services(ledger, stage)[1:], begin, end), _overlap(*staffed(ledger, stage), begin, end)
        )
        for stage in STAGES
    }
    packed = ledger.packed_min
    hands_min = sum(_overlap(*staffed(ledger, stage), begin, end) for stage in ("picking", "packing"))
    values["orders_per_staff_h"] = _share(np.count_nonzero((packed >= begin) & (packed < end)), hands_min / 60)
    rows, alerts = ledger.tables["staffing"], ledger.tables["alerts"]
    counted = costs.accounted_staff(ledger) & ~rows["absent"]  # the hours that the accounts pay for
    extra = counted & (rows["kind"] == STAFF_KINDS.index("overtime"))
    planned = (np.fmin(rows["end_min"], ledger.scenario.horizon_min) - rows["start_min"])[extra]
    overrun = rows["overrun_min"][counted & ~rows["into_break"]].sum()
    refused = alerts["event"] == EVENTS.index("refused")
    values["overtime_h"] = float(planned.sum() + overrun) / 60
    values["overtime_refused_h"] = float(alerts["value"][refused].sum())
    return values


def _stock(ledger: Ledger) -> dict[str, float]:
    """How well stock served what was asked for, and what became of it; NaN without stock."""
    names = ("fill_rate", "backordered_share", "dropped_units", "short_sku_days", "written_off_units")
    scenario = ledger.scenario
    if scenario.stock is None:
        return dict.fromkeys((*names, "peak_storage_m3", "stock_end_units", "returned_share"), float("nan"))
    begin, end = scenario.measure_from_min, scenario.measure_to_min
    orders, lines, moves, levels = (ledger.tables[name] for name in ("orders", "lines", "stock_moves", "stock_levels"))
    placed = orders["placed_min"][lines["order_row"]]
    rows = (placed >= begin) & (placed < end) & ~lines["gift"]
    asked, dropped, owed = (float(lines[name][rows].sum()) for name in ("units", "dropped", "owed"))
    gone = np.isin(moves["kind"], [MOVES.index("expired"), MOVES.index("unsaleable")]) & (moves["time_min"] >= begin)
    hours = (levels["time_min"] >= begin) & (levels["time_min"] < end)
    delivered = orders["measured"] & (orders["outcome"] == OUTCOMES.index("delivered"))
    return {
        "fill_rate": _share(asked - dropped - owed, asked),
        "backordered_share": _share(owed, asked),
        "dropped_units": dropped,
        "short_sku_days": float(levels["short_skus"][hours].sum()) / 24,
        "written_off_units": float(moves["units"][gone].sum()),
        "peak_storage_m3": float(np.max(levels["m3"][levels["time_min"] >= begin], initial=0.0)),
        "stock_end_units": float(ledger.tables["stock_left"]["free"].sum()),
        "returned_share": _share(np.count_nonzero(costs.sent_back(ledger) & delivered), np.count_nonzero(delivered)),
    }


def _money(ledger: Ledger) -> dict[str, float]:
    lines = costs.cost_lines(ledger)
    earned = costs.revenue(ledger)
    total = sum(lines.values())
    net = ledger.scenario.economics.margin_share * earned - total
    band = band_of(ledger)
    churn = np.array([each.churn_share for each in ledger.scenario.customers.bands])
    return {
        "revenue": earned,
        "total_cost": total,
        "net_contribution": net,
        "net_contribution_per_order": _share(net, np.count_nonzero(ledger.tables["orders"]["measured"])),
        "lost_future_margin": costs.lost_future_margin(ledger, np.where(band >= 0, churn[band], np.nan)),
        **{f"cost_{name}": value for name, value in lines.items()},
    }


__all__ = ["KPIS", "RESOURCES", "Kpi", "bottleneck", "hourly", "kpi_values", "kpis", "time_split"]
