"""Ledger -> key performance indicators, each with unit, definition and denominator.

KPIs of service cover orders placed in the measured window. An order still open is late if it fell due by the horizon;
otherwise it is censored: left out of the share and shown in `open_share`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim import costs
from sim.ledger import CONTACT_OUTCOMES, EVENTS, OUTCOMES, STAFF_KINDS, STAGES, Ledger
from sim.series import (
    RESOURCES,
    bottleneck,
    hourly,
    left_waiting,
    services,
    staffed,
    time_split,
)

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Kpi:
    """What one indicator means; `better` says which way is good, empty where neither is."""

    name: str
    unit: str
    about: str
    denominator: str = ""
    better: Literal["high", "low", ""] = ""


_ACCEPTED = "orders placed in the measured window"
_DUE_SHIP = "measured orders whose due_ship passes by the horizon"
_DUE_DELIVERY = "measured orders whose due_delivery passes by the horizon"
_CONTACTS = "contacts about measured orders, and general questions asked in the measured window"

_DEFINED = (
    Kpi("orders_accepted", "orders", "orders placed in the measured window"),
    Kpi("orders_due", "orders", "measured orders whose due_ship passes by the horizon"),
    Kpi(
        "service_level_ship",
        "share",
        "picked up by a carrier by due_ship; a cancelled order counts as a failure",
        _DUE_SHIP,
        "high",
    ),
    Kpi("service_level_delivery", "share", "delivered by due_delivery; likewise", _DUE_DELIVERY, "high"),
    Kpi(
        "tardiness_ship_p50_min",
        "min",
        "median of max(0, shipped - due_ship); open: horizon - due, cancelled: until then",
        _DUE_SHIP,
        "low",
    ),
    Kpi("tardiness_ship_p90_min", "min", "90 % quantile of the same", _DUE_SHIP, "low"),
    Kpi("tardiness_ship_p99_min", "min", "99 % quantile of the same", _DUE_SHIP, "low"),
    Kpi(
        "peak_backlog_orders",
        "orders",
        "most orders accepted, not cancelled, not picked up, from the measured window on",
        "",
        "low",
    ),
    Kpi(
        "clear_time_h",
        "h",
        "from the peak of the backlog until no measured order is overdue any more; the whole run from the measured "
        "window on, if some still are at the horizon",
        "",
        "low",
    ),
    Kpi("cancelled_share", "share", "cancelled while waiting", _ACCEPTED, "low"),
    Kpi("lost_share", "share", "sent back because nobody collected them", _ACCEPTED, "low"),
    Kpi("open_share", "share", "neither picked up nor cancelled at the horizon", _ACCEPTED, "low"),
    Kpi(
        "contacts_per_100_orders",
        "contacts",
        _CONTACTS + ", repeats and those taken by a bot included",
        _ACCEPTED + " / 100",
        "low",
    ),
    Kpi(
        "abandonment_share",
        "share",
        "gave up waiting in the desk's queue",
        "contacts answered or given up by the horizon",
        "low",
    ),
    Kpi("contacts_lost_share", "share", "calls outside opening hours", "all contacts", "low"),
    Kpi("deflected_share", "share", "taken by a bot, helped or not", "all contacts"),
    Kpi(
        "mean_wait_desk_min",
        "min",
        "mean wait of answered contacts; of call-backs until the agent calls",
        "answered contacts",
        "low",
    ),
    Kpi(
        "satisfaction_mean",
        "1-5",
        "mean score by days late; cancelled count as the worst band",
        "orders delivered, cancelled or overdue",
        "high",
    ),
    Kpi(
        "utilisation_picking",
        "share",
        "busy / staffed time of pickers in the measured window",
        "staffed time, overrun included",
    ),
    Kpi("utilisation_packing", "share", "the same of packers", "staffed time, overrun included"),
    Kpi("utilisation_desk", "share", "the same of agents", "staffed time, overrun included"),
    Kpi(
        "mean_wait_picking_min",
        "min",
        "mean time from release to the start of picking",
        "orders whose picking began",
        "low",
    ),
    Kpi(
        "mean_wait_packing_min",
        "min",
        "mean time from the end of picking to the start of packing",
        "orders whose packing began",
        "low",
    ),
    Kpi("wait_share_picking", "share", "orders that had to wait for a picker", "orders whose picking began", "low"),
    Kpi(
        "mean_queue_picking_orders",
        "orders",
        "time-average number waiting for a picker in the measured window",
        "",
        "low",
    ),
    Kpi("overtime_h", "h", "worker-hours of overtime, overrun at the end of shifts included", "", "low"),
    Kpi("overtime_refused_h", "h", "worker-hours of overtime asked for that the law forbids", "", "low"),
    Kpi(
        "revenue",
        "currency",
        "value of measured orders picked up by the horizon, less lost and worthless ones",
        "",
        "high",
    ),
    Kpi(
        "total_cost",
        "currency",
        "sum of the cost lines: of measured orders, of time from the window to the horizon, of a plan from the start",
        "",
        "low",
    ),
    Kpi("net_contribution", "currency", "gross margin of revenue - total_cost", "", "high"),
    Kpi(
        "lost_future_margin",
        "currency",
        "margin expected from later orders of disappointed customers; not cash, not in net_contribution",
        "",
        "low",
    ),
)

KPIS: dict[str, Kpi] = {kpi.name: kpi for kpi in _DEFINED} | {
    f"cost_{line}": Kpi(f"cost_{line}", "currency", about, "", "low") for line, about in costs.LINES.items()
}


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
        **_people(ledger),
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
        "lost_share": _share(np.count_nonzero(measured & (orders["outcome"] == OUTCOMES.index("lost"))), accepted),
        "open_share": _share(np.count_nonzero(measured & ~gone), accepted),
        "satisfaction_mean": _satisfaction(ledger),
    }


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
    begin, horizon = ledger.scenario.measure_from_min, ledger.scenario.horizon_min
    placed, leaves = orders["placed_min"], left_waiting(orders)
    first, last_row = np.searchsorted(placed, [begin, ledger.scenario.measure_to_min]).tolist()
    # The backlog peaks when an order is placed; who leaves at that very instant still counts.
    times = np.concatenate([[begin], placed[first:last_row]])
    level = np.arange(first, last_row + 1) - np.searchsorted(np.sort(leaves), times)
    peak = int(level.argmax())
    due = orders["due_ship_min"]
    overdue = orders["measured"] & (due < horizon) & ~(leaves <= due)
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
        "deflected_share": _share(int(outcome["deflected"].sum()), total),
        "mean_wait_desk_min": _mean((contacts["answered_min"] - contacts["arrived_min"])[answered]),
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
    rows, alerts = ledger.tables["staffing"], ledger.tables["alerts"]
    counted = costs.accounted_staff(ledger) & ~rows["absent"]  # the hours that the accounts pay for
    extra = counted & (rows["kind"] == STAFF_KINDS.index("overtime"))
    planned = (np.fmin(rows["end_min"], ledger.scenario.horizon_min) - rows["start_min"])[extra]
    overrun = rows["overrun_min"][counted & ~rows["into_break"]].sum()
    refused = alerts["event"] == EVENTS.index("refused")
    values["overtime_h"] = float(planned.sum() + overrun) / 60
    values["overtime_refused_h"] = float(alerts["value"][refused].sum())
    return values


def _money(ledger: Ledger) -> dict[str, float]:
    lines = costs.cost_lines(ledger)
    earned = costs.revenue(ledger)
    total = sum(lines.values())
    band = band_of(ledger)
    churn = np.array([each.churn_share for each in ledger.scenario.customers.bands])
    return {
        "revenue": earned,
        "total_cost": total,
        "net_contribution": ledger.scenario.economics.margin_share * earned - total,
        "lost_future_margin": costs.lost_future_margin(ledger, np.where(band >= 0, churn[band], np.nan)),
        **{f"cost_{name}": value for name, value in lines.items()},
    }


__all__ = ["KPIS", "RESOURCES", "Kpi", "bottleneck", "hourly", "kpi_values", "kpis", "time_split"]
