"""What is measured, by name: every KPI with its unit, definition and denominator, and the cost lines.

Below the scenario, so that a target on a name that does not exist is refused where it is written; how each is computed
stands in :mod:`sim.indicators` and :mod:`sim.costs`. Metrics that are read while the clock runs are others, in
:mod:`sim.scenario.alerts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sim.errors import nearest

LINES: dict[str, str] = {
    "regular_pay": "wages of rostered crews, worked or idle, and what they overrun, at the law's multiples",
    "overtime_pay": "hours that crews stay because a measure asks, at the law's multiples",
    "extra_shift_pay": "shifts of our own crews beside the roster, at the law's multiples",
    "temporary_pay": "wages of temporary staff",
    "reinforcement_pay": "wages of added agents",
    "third_party": "what a third party charges per order and line; for unmeasured orders, beyond the freight it spares",
    "freight": "carriers' price per parcel, cash-on-delivery fees included",
    "pickups": "carriers' visits",
    "packaging": "material of packed parcels",
    "compensation": "offers that customers redeem, and gifts in their parcels",
    "messages": "notices and messages sent to customers",
    "bot": "contacts taken by a bot",
    "refund_handling": "clerical work and fees of cancelled orders",
    "storage": "space of orders that wait to ship",
    "returns": "freight and handling of parcels that nobody collected, and of those that customers send back",
    "write_off": "goods that came too late or were lost; where there is stock, without those that lie in it again",
    "advertising": "ads for orders that the campaign brings",
    "setup": "fees paid once: agencies, training, contracts",
    "carrier_capacity": "room in carriers' networks that was bought ahead, used or not",
    "extra_storage": "room rented for packed parcels, used or not",
    "receiving_pay": "hours worked at the gate, on receipts and on parcels that come back",
    "production": "people and energy of the own production; what goods themselves cost is in the margin",
    "storage_space": "rent of the space that stock takes on the shelves",
    "written_off_stock": "worth of units that expired on the shelves, or came back and can't be sold again",
}


@dataclass(frozen=True, slots=True)
class Kpi:
    """What one indicator means; `better` says which way is good, empty where neither is."""

    name: str
    unit: str
    about: str
    denominator: str = ""
    better: Literal["high", "low", ""] = ""

    @property
    def grows(self) -> bool:
        """Whether it doubles when orders and capacities do, as totals and numbers in a queue do."""
        return self.unit in {"orders", "parcels", "units", "m3", "currency", "h"} and self.name not in _LIKE_A_RATE


_LIKE_A_RATE = {"clear_time_h", "full_dock_h", "net_contribution_per_order"}
_ACCEPTED = "orders placed in the measured window"
_DUE_SHIP = "measured orders whose due_ship passes by the horizon"
_DUE_DELIVERY = "measured orders whose due_delivery passes by the horizon"
_ASKED = "units asked for in the measured window, by customers who were rejected too"
_VISITS = "carriers' visits planned from the measured window on"
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
    Kpi(
        "deterred_share",
        "share",
        "turned away before they ordered",
        "orders placed in the measured window and those turned away or rejected in it",
        "low",
    ),
    Kpi(
        "rejected_share",
        "share",
        "rejected because what they wanted was sold out",
        "orders placed in the measured window and those turned away or rejected in it",
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
    Kpi(
        "answered_in_time_share",
        "share",
        "calls and chats answered within targets.desk_answer_min; who gave up sooner counts as a failure",
        "calls and chats answered, given up, or waiting for longer than that at the horizon",
        "high",
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
        "orders_per_staff_h",
        "orders/h",
        "orders made ready for the dock in the measured window",
        "staffed hours of pickers and packers in it, overrun included",
        "high",
    ),
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
    Kpi(
        "carrier_on_time_share",
        "share",
        "delivered by due_delivery",
        "measured orders that our carriers picked up by due_ship and whose due_delivery passes by the horizon",
        "high",
    ),
    Kpi("no_show_share", "share", "visits on which nobody came", _VISITS, "low"),
    Kpi(
        "pickup_fill_share",
        "share",
        "parcels taken / capacity; full vehicles are cheap, and leave parcels behind",
        "capacity of " + _VISITS + ", of those that came and had a limit",
    ),
    Kpi(
        "left_behind_parcels",
        "parcels",
        "packed by the cut-off of a visit and not taken, summed over the visits from the measured window on: a parcel "
        "left twice counts twice",
        "",
        "low",
    ),
    Kpi("full_dock_h", "h", "hours in which no packing could begin because the dock was full", "", "low"),
    Kpi("fill_rate", "share", "supplied from stock when the order came", _ASKED, "high"),
    Kpi("backordered_share", "share", "sold without stock and owed, whenever they came", _ASKED, "low"),
    Kpi(
        "dropped_units",
        "units",
        "not sold for want of stock in the measured window, rejected orders included",
        "",
        "low",
    ),
    Kpi(
        "short_sku_days",
        "SKU-days",
        "time in the measured window that SKUs had fewer free units than their safety stock, or none, added up",
        "",
        "low",
    ),
    Kpi(
        "written_off_units",
        "units",
        "expired on the shelves, or came back and can't be sold again, from the measured window on",
        "",
        "low",
    ),
    Kpi("peak_storage_m3", "m3", "most space that stock took on the shelves from the measured window on, read hourly"),
    Kpi("stock_end_units", "units", "on the shelves at the horizon, not set aside for an order"),
    Kpi("returned_share", "share", "sent back by customers by the horizon", "measured orders delivered by it", "low"),
    Kpi("overtime_h", "h", "worker-hours of overtime, overrun at the end of shifts included", "", "low"),
    Kpi("overtime_refused_h", "h", "worker-hours asked for that the law forbids", "", "low"),
    Kpi(
        "revenue",
        "currency",
        "value of measured orders picked up by the horizon, less lost, worthless and sent-back ones",
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
    Kpi("net_contribution_per_order", "currency", "net_contribution for each order accepted", _ACCEPTED, "high"),
    Kpi(
        "lost_future_margin",
        "currency",
        "margin expected from later orders of disappointed customers; not cash, not in net_contribution",
        "",
        "low",
    ),
)

KPIS: dict[str, Kpi] = {kpi.name: kpi for kpi in _DEFINED} | {
    f"cost_{line}": Kpi(f"cost_{line}", "currency", about, "", "low") for line, about in LINES.items()
}


def no_kpi(name: str) -> str:
    """What to tell of a name that is no KPI."""
    return f"is no KPI{nearest(name, KPIS)}; see docs/reference/kpis.md"
