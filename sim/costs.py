"""Ledger -> money, line by line.

What orders earn and cost is counted for the measured ones, the same for all plans, up to the horizon. What time costs
(wages, visits) is counted from the start of the measured window to the horizon, and what a plan brings (added people,
overtime, visits, fees) from the start of the run: preparing before the window is not free. An order earns when it is
shipped: what is open at the horizon has brought nothing yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.definitions import LINES as LINES
from sim.demand.baskets import Baskets
from sim.demand.catalogue import catalogue_of
from sim.demand.handling import packaging_costs
from sim.ledger import MOVES, OUTCOMES, REASONS, RETURN_REASONS, STAFF_KINDS, Ledger
from sim.scenario.scale import at_scale, carriers_by_code
from sim.scenario.stock import Receiving, Stock

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.int8]

_CHARGED = ("setup", "carrier_capacity", "extra_storage")  # lines that measures write into the charges table

_PAY_LINES = dict(
    zip(
        STAFF_KINDS,
        ("regular_pay", "overtime_pay", "temporary_pay", "reinforcement_pay", "extra_shift_pay"),
        strict=True,
    )
)


def accounted(ledger: Ledger) -> Bools:
    """Orders that the accounts are about: the measured ones, shape (n,)."""
    return np.asarray(ledger.tables["orders"]["measured"])


def accounted_contacts(ledger: Ledger) -> Bools:
    """Contacts about measured orders, and general questions asked in the measured window, shape (m,)."""
    row, arrived = (ledger.tables["contacts"][name] for name in ("order_row", "arrived_min"))
    scenario = ledger.scenario
    counted = (row < 0) & (arrived >= scenario.measure_from_min) & (arrived < scenario.measure_to_min)
    counted[row >= 0] = accounted(ledger)[row[row >= 0]]
    return np.asarray(counted)


def cost_lines(ledger: Ledger) -> dict[str, float]:
    """Every cost line in site currency; they add up to the total cost."""
    begin = ledger.scenario.measure_from_min
    economics = ledger.scenario.economics
    orders, visits, charges = (ledger.tables[name] for name in ("orders", "pickups", "charges"))
    second = ledger.tables["remainders"]
    rows = accounted(ledger)
    own = rows & (orders["route"] == 0)
    end = np.fmin(np.fmin(orders["picked_up_min"], orders["cancelled_min"]), ledger.scenario.horizon_min)
    lines = dict.fromkeys(LINES, 0.0)
    lines |= _pay(ledger)
    lines["third_party"] = _third_party(ledger, rows)
    lines["advertising"] = economics.ad_cost_per_order * int(np.count_nonzero(rows & orders["by_campaign"]))
    lines |= {line: float(charges["cost"][charges["line"] == line].sum()) for line in _CHARGED}
    lines["freight"] = _freight(ledger, rows)
    lines["pickups"] = float(visits["cost"][visits["extra"] | (visits["planned_min"] >= begin)].sum())
    packed = own & ~np.isnan(ledger.packed_min) & np.isnan(orders["cancelled_min"])
    packed_second = rows[second["order_row"]] & ~np.isnan(ledger.second_packed_min)
    lines["packaging"] = economics.packaging_cost * int(np.count_nonzero(packed) + np.count_nonzero(packed_second))
    lines["packaging"] += _special_packaging(ledger, packed, packed_second)
    lines["compensation"] = float(orders["compensation_cost"][rows].sum())
    lines["messages"] = float(orders["message_cost"][rows].sum())
    lines["bot"] = float(ledger.tables["contacts"]["bot_cost"][accounted_contacts(ledger)].sum())
    lines["refund_handling"] = economics.refund_handling_cost * int(
        np.count_nonzero(rows & ~np.isnan(orders["cancelled_min"]))
    )
    lines["storage"] = float(((end - orders["placed_min"])[rows] / 1440).sum()) * economics.storage_per_order_day_cost
    lines["returns"] = _per_carrier(ledger, orders["carrier"][rows & _lost(ledger)], "return_cost")
    goods = (1 - economics.margin_share) * economics.worthless_writeoff_share
    lines["write_off"] = goods * float(orders["value"][rows & _without_worth(ledger)].sum())
    return lines if ledger.scenario.stock is None else lines | _stock(ledger, ledger.scenario.stock, lines)


def _without_worth(ledger: Ledger) -> Bools:
    """Orders whose goods are worth nothing, or little, any more.

    Where there is stock, what nobody collected or what was cancelled lies on the shelves again, and is written off
    unit by unit if it can't be sold or expires there.
    """
    if ledger.scenario.stock is None:
        return _lost(ledger) | worthless(ledger)
    return worthless(ledger) & np.isnan(ledger.tables["orders"]["cancelled_min"]) & ~_lost(ledger) & ~sent_back(ledger)


def _stock(ledger: Ledger, stock: Stock, lines: dict[str, float]) -> dict[str, float]:
    """Lines that there are only with stock, or that are more with it."""
    begin = ledger.scenario.measure_from_min
    moves, levels = ledger.tables["stock_moves"], ledger.tables["stock_levels"]
    of_kind = {kind: (moves["kind"] == code) & (moves["time_min"] >= begin) for code, kind in enumerate(MOVES)}
    rent = 0.0 if stock.storage is None else stock.storage.cost_per_m3_day / 24
    freight = stock.returns.freight_cost * int(np.count_nonzero(sent_back(ledger) & accounted(ledger)))
    return {
        "receiving_pay": _gate_hours(ledger, stock.receiving) * stock.receiving.wage_per_h_cost,
        "production": float(moves["cost"][of_kind["production"]].sum()),
        "written_off_stock": float(moves["cost"][of_kind["expired"] | of_kind["unsaleable"]].sum()),
        "storage_space": rent * float(np.maximum(levels["m3"][levels["time_min"] >= begin], 0.0).sum()),
        "returns": lines["returns"] + freight,
    }


def _gate_hours(ledger: Ledger, receiving: Receiving) -> float:
    """Worker-hours at the gate for what it was done with from the measured window on."""
    begin = ledger.scenario.measure_from_min
    supplies, returns = ledger.tables["supplies"], ledger.tables["returns"]
    hours = 0.0
    if receiving.units_per_worker_h is not None:
        hours += float(supplies["units"][_done_with(ledger, supplies) >= begin].sum()) / receiving.units_per_worker_h
    if receiving.returns_per_worker_h is not None:
        parcels = int(np.count_nonzero(_done_with(ledger, returns) >= begin))
        hours += parcels / receiving.returns_per_worker_h
    return hours


def _done_with(ledger: Ledger, table: Mapping[str, Any]) -> Floats:
    """When the gate was done with a supply or a parcel; NaN: not by the horizon."""
    end = table["work_end_min"]
    return np.asarray(np.where(end < ledger.scenario.horizon_min, end, np.nan))


def sent_back(ledger: Ledger) -> Bools:
    """Orders of which customers sent something back that has arrived by the horizon, shape (n,)."""
    returns = ledger.tables["returns"]
    back = np.zeros(len(ledger.tables["orders"]["placed_min"]), dtype=bool)
    back[returns["order_row"][returns["reason"] == RETURN_REASONS.index("sent_back")]] = True
    return back


def _special_packaging(ledger: Ledger, packed: Bools, packed_second: Bools) -> float:
    """Material of the packaging that each parcel needs, beside what every parcel does."""
    stock = ledger.scenario.stock
    if stock is None or not any(kind.cost for kind in stock.packagings.values()):
        return 0.0
    lines = ledger.tables["lines"]
    second_packed = np.zeros(len(packed), dtype=bool)
    second_packed[ledger.tables["remainders"]["order_row"][packed_second]] = True
    parcel = 2 * lines["order_row"] + lines["second_parcel"]
    counted = np.where(lines["second_parcel"], second_packed[parcel // 2], packed[parcel // 2])
    rows = np.flatnonzero(counted & (lines["units"] > lines["dropped"]))
    rows = rows[np.argsort(parcel[rows], kind="stable")]
    counts = np.bincount(parcel[rows], minlength=2 * len(packed))
    first = np.concatenate([[0], np.cumsum(counts)])
    parcels = Baskets(first, lines["sku"][rows], lines["units"][rows])
    return float(packaging_costs(catalogue_of(at_scale(ledger.scenario)), parcels).sum())


def _third_party(ledger: Ledger, rows: Bools) -> float:
    """Its price for accounted orders; for others what it charges beyond the freight and packaging that it spares us."""
    orders, scenario = ledger.tables["orders"], ledger.scenario
    price = orders["third_party_cost"]
    others = (price > 0) & ~rows
    carriers = scenario.carriers.values()
    # Who ships is its own affair: what we would have paid is the mean over the carriers that customers choose.
    freight = sum(carrier.share * carrier.cost_per_parcel for carrier in carriers)
    spared = freight + scenario.economics.packaging_cost
    return float(price[rows].sum() + np.maximum(0.0, price[others] - spared).sum())


def revenue(ledger: Ledger) -> float:
    """Value of accounted orders shipped by the horizon, less those lost, sent back, or too late to be of use."""
    orders = ledger.tables["orders"]
    kept = accounted(ledger) & ~np.isnan(orders["picked_up_min"]) & ~_lost(ledger) & ~worthless(ledger)
    kept &= ~sent_back(ledger)
    return float(orders["value"][kept].sum())


def worthless(ledger: Ledger) -> Bools:
    """Orders placed before the hard deadline whose goods it made worthless: here, under way, or cancelled by it."""
    orders = ledger.tables["orders"]
    promise = ledger.scenario.promise
    if promise is None or promise.hard_deadline is None:
        return np.zeros(len(orders["placed_min"]), dtype=bool)
    deadline = ledger.scenario.minute(promise.hard_deadline)
    by_customer = ~np.isnan(orders["cancelled_min"]) & (orders["end_reason"] != REASONS.index("deadline"))
    missed = ~(orders["delivered_min"] <= deadline) & ~by_customer
    return np.asarray((orders["placed_min"] < deadline) & missed & (deadline <= ledger.scenario.horizon_min))


def lost_future_margin(ledger: Ledger, churn_share: Floats) -> float:
    """Margin expected from later orders that is lost; shown apart from cash.

    Parameters
    ----------
    churn_share
        Part of each order's future spend that is lost, before what offers save; NaN where nothing is known yet.
    """
    orders = ledger.tables["orders"]
    saved, added = (orders[name].astype(np.float64) for name in ("loyalty_saved", "loyalty_lost"))
    lost = np.minimum(1.0, np.nan_to_num(churn_share) * (1 - saved) + added)
    return float(lost[accounted(ledger)].sum()) * ledger.scenario.economics.future_margin_cost


def _lost(ledger: Ledger) -> Bools:
    return np.asarray(ledger.tables["orders"]["outcome"] == OUTCOMES.index("lost"))


def accounted_staff(ledger: Ledger) -> Bools:
    """Rows of the staffing table in the accounts: of regular crews from the window on, all of what a plan brings."""
    rows = ledger.tables["staffing"]
    brought = rows["kind"] != STAFF_KINDS.index("regular")
    return np.asarray(brought | (rows["start_min"] >= ledger.scenario.measure_from_min))


def _pay(ledger: Ledger) -> dict[str, float]:
    rows, counted = ledger.tables["staffing"], accounted_staff(ledger)
    return {
        line: float(rows["cost"][counted & (rows["kind"] == STAFF_KINDS.index(kind))].sum())
        for kind, line in _PAY_LINES.items()
    }


def _per_carrier(ledger: Ledger, codes: Codes, name: str) -> float:
    """Sum over parcels of a price of their carrier."""
    carriers = carriers_by_code(ledger.scenario, ledger.plan)
    count = np.bincount(codes[codes >= 0], minlength=len(carriers) + 1)
    return float(sum(getattr(carrier, name) * count[code] for code, carrier in carriers.items()))


def _freight(ledger: Ledger, rows: Bools) -> float:
    """Freight of own parcels (a third party's price has it included), and fees of whatever was paid on delivery."""
    orders = ledger.tables["orders"]
    shipped = rows & (orders["route"] == 0) & ~np.isnan(ledger.first_pickup_min)
    second = ledger.tables["remainders"]
    also = ~np.isnan(second["picked_up_min"]) & rows[second["order_row"]]
    collected = rows & orders["cash_on_delivery"] & (orders["outcome"] == OUTCOMES.index("delivered"))
    codes = np.concatenate([orders["carrier"][shipped], second["carrier"][also]])
    freight = _per_carrier(ledger, codes, "cost_per_parcel")
    return freight + _per_carrier(ledger, orders["carrier"][collected], "cod_fee_cost")
