"""What always holds of stock; checked on a finished ledger, from its tables alone.

The balance of a SKU at a place: opening + receipts + production + restocked returns +- corrections - expired = shipped
(gifts included) + set aside for orders that are still here + put aside from cancelled ones and not yet back on the
shelf + free. Units owed are none of these; they are held against what may be owed.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.demand.catalogue import Catalogue, catalogue_of
from sim.ledger import MOVES, NOT_PLACED, OUTCOMES, RETURN_REASONS, Ledger
from sim.scenario.scale import at_scale
from sim.scenario.scenario import Scenario
from sim.scenario.stock import Stock

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_ROUNDING_MIN = 1e-3
_ROUNDING_M3 = 1e-6


def stock_complaints(ledger: Ledger) -> Iterator[str]:
    """What is wrong with the tables of stock; nothing where there is none."""
    scenario = at_scale(ledger.scenario)
    if scenario.stock is None:
        return
    catalogue = catalogue_of(scenario)
    yield from _balanced(ledger, len(catalogue))
    yield from _owed(ledger, scenario.stock, catalogue)
    yield from _never_after_expiry(ledger)
    yield from _gate(ledger, scenario, scenario.stock)
    yield from _ovens(ledger, scenario, scenario.stock, catalogue)
    yield from _room(ledger, scenario.stock, catalogue)
    yield from _parcels(ledger)


def sold(ledger: Ledger) -> NDArray[np.int64]:
    """Units of each line that were sold, at once or owed; shape (rows,)."""
    lines = ledger.tables["lines"]
    return np.asarray(lines["units"] - lines["dropped"], dtype=np.int64)


def parcel_of(ledger: Ledger) -> dict[str, Floats]:
    """When picking of each line's parcel began, and when it left; shapes (rows,), NaN: not by the horizon."""
    lines, orders, second = (ledger.tables[name] for name in ("lines", "orders", "remainders"))
    row = lines["order_row"]
    picked, gone = orders["pick_start_min"][row].copy(), ledger.first_pickup_min[row].copy()
    if len(second["order_row"]):
        of_order = np.full(len(orders["placed_min"]), -1)
        of_order[second["order_row"]] = np.arange(len(second["order_row"]))
        late = lines["second_parcel"]
        picked[late] = second["pick_start_min"][of_order[row[late]]]
        gone[late] = second["picked_up_min"][of_order[row[late]]]
    return {"picked": picked, "gone": gone}


def _balanced(ledger: Ledger, skus: int) -> Iterator[str]:
    lines, moves, left = (ledger.tables[name] for name in ("lines", "stock_moves", "stock_left"))
    orders, row = ledger.tables["orders"], lines["order_row"]
    times = parcel_of(ledger)
    cancelled = ~np.isnan(orders["cancelled_min"])[row]
    away = np.isin(orders["outcome"], [OUTCOMES.index(name) for name in NOT_PLACED])[row]
    # Goods of a cancelled parcel lie on the shelves again, unless a picker had them in hand.
    here = ~away & (~cancelled | ~np.isnan(times["picked"])) & np.isnan(put_back_min(ledger))
    allocated = np.where(here, sold(ledger) - lines["still_owed"], 0)
    sign = np.where(moves["kind"] == MOVES.index("expired"), -1, 1)
    counts = moves["kind"] != MOVES.index("unsaleable")
    for place, free in enumerate((left["free"], left["third_party_free"])):
        at, of = counts & (moves["place"] == place), lines["place"] == place
        came = np.bincount(moves["sku"][at], (sign * moves["units"])[at], skus)
        went = np.bincount(lines["sku"][of], allocated[of], skus)
        wrong = np.flatnonzero(came != went + free)
        if len(wrong):
            name = ledger.categories["sku"][wrong[0]]
            difference = int(came[wrong[0]] - went[wrong[0]] - free[wrong[0]])
            yield f"{len(wrong)} SKUs do not balance, among them {name}: {difference} units are unaccounted for"
    if np.any((lines["dropped"] > lines["units"]) | (lines["owed"] > sold(ledger)) | (lines["dropped"] < 0)):
        yield "more was dropped or owed than was asked for"
    if np.any(left["free"] < 0) or np.any(left["third_party_free"] < 0):
        yield "there is less than nothing on the shelves"
    rejected = (orders["outcome"] == OUTCOMES.index("rejected"))[row]
    if np.any(rejected & (lines["dropped"] != lines["units"])):
        yield "something was sold to a customer who was rejected"


def put_back_min(ledger: Ledger) -> Floats:
    """When goods of a cancelled order that had been put aside lay on the shelves again, by line; NaN: never."""
    lines, returns = ledger.tables["lines"], ledger.tables["returns"]
    back = (returns["reason"] == RETURN_REASONS.index("put_aside")) & ~np.isnan(returns["put_away_min"])
    key = 2 * lines["order_row"] + lines["second_parcel"]
    when = np.full(2 * len(ledger.tables["orders"]["placed_min"]), np.nan)
    when[2 * returns["order_row"][back] + returns["second_parcel"][back]] = returns["put_away_min"][back]
    return np.asarray(when[key])


def _owed(ledger: Ledger, stock: Stock, catalogue: Catalogue) -> Iterator[str]:
    lines, left, moves = (ledger.tables[name] for name in ("lines", "stock_left", "stock_moves"))
    if stock.oversell.policy == "none" and (lines["owed"].any() or left["owed"].any()):
        yield "units are owed though nothing may be sold without stock"
    owed = np.bincount(lines["sku"], lines["still_owed"], len(catalogue))
    if np.any(owed != left["owed"]):
        yield "lines and SKUs do not agree on what is owed"
    if np.any((left["owed"] > 0) & (left["free"] > 0)):
        yield "units are free that are owed to somebody"
    if stock.oversell.policy == "share":
        incoming = np.isin(moves["kind"], [MOVES.index(kind) for kind in ("opening", "receipt", "production")])
        incoming &= moves["place"] == 0
        came = np.bincount(moves["sku"][incoming], moves["units"][incoming], len(catalogue))
        if np.any(left["owed"] > stock.oversell.share * came + 1e-6):
            yield "more units are owed than the share allows"
    served = ~np.isnan(lines["served_min"])
    if np.any(served & ((lines["owed"] == 0) | (lines["still_owed"] > 0))):
        yield "units came for a line to which none were owed, or not all"
    first = ledger.tables["orders"]["released_min"][lines["order_row"]]
    if np.any((lines["still_owed"] > 0) & ~lines["second_parcel"] & ~np.isnan(first)):
        yield "an order was released that waits for units"


def _never_after_expiry(ledger: Ledger) -> Iterator[str]:
    """What came in and expires by a time was sold to customers who ordered before it, or written off by then."""
    lines, moves, orders = (ledger.tables[name] for name in ("lines", "stock_moves", "orders"))
    horizon = ledger.scenario.horizon_min
    dated = (moves["expires_min"] < horizon) & (moves["place"] == 0)
    incoming = dated & np.isin(
        moves["kind"], [MOVES.index(kind) for kind in ("opening", "receipt", "production", "restocked")]
    )
    expired = moves["kind"] == MOVES.index("expired")
    if np.any(expired & ~(moves["time_min"] >= moves["expires_min"])):
        yield "a lot was written off before it expired"
    late = np.where(lines["gift"], -np.inf, orders["placed_min"][lines["order_row"]])
    missing = np.where(moves["kind"] == MOVES.index("correction"), np.minimum(moves["units"], 0), 0)
    for sku in np.unique(moves["sku"][incoming]).tolist():
        own = moves["sku"] == sku
        when, taken = late[lines["sku"] == sku], sold(ledger)[lines["sku"] == sku]
        for time in np.unique(moves["expires_min"][own & incoming]).tolist():
            by_then = own & (moves["expires_min"] <= time)
            came, gone = (int(moves["units"][by_then & rows].sum()) for rows in (incoming, expired))
            if came - gone > int(taken[when < time].sum()) - int(missing[own].sum()):
                yield f"units of {ledger.categories['sku'][sku]} were sold after they had expired"
                return


def _gate(ledger: Ledger, scenario: Scenario, stock: Stock) -> Iterator[str]:
    """Work at the gate keeps its hours and its pace, one thing after the other."""
    receiving = stock.receiving
    spans = []
    for name, rate in (("supplies", receiving.units_per_worker_h), ("returns", receiving.returns_per_worker_h)):
        table = ledger.tables[name]
        begin, end = table["work_start_min"], table["work_end_min"]
        put_away = ~np.isnan(table["put_away_min"])
        if np.any(table["put_away_min"] < table["arrived_min"]) or np.any(put_away & np.isnan(table["arrived_min"])):
            yield f"{name}: something was put away that had not arrived"
        if rate is None:
            continue
        done = ~np.isnan(end)
        if np.any(begin[done] < table["arrived_min"][done]) or np.any(table["put_away_min"] < end):
            yield f"{name}: the gate began before something was there, or it was put away unchecked"
        count = table["units"] if name == "supplies" else np.ones(len(end))
        minutes = count * 60 / (rate * receiving.workers)
        if np.any(np.abs(_gate_minutes(scenario, stock, begin, end) - minutes)[done] > _ROUNDING_MIN):
            yield f"{name}: the gate worked outside its hours, or faster than its workers can"
        spans.append(np.stack([begin[done], end[done]]))
    if spans:
        begin, end = np.concatenate(spans, axis=1)
        order = np.lexsort((end, begin))
        if np.any(begin[order][1:] < end[order][:-1] - _ROUNDING_MIN):
            yield "the gate worked on two things at a time"


def _gate_minutes(scenario: Scenario, stock: Stock, begin: Floats, end: Floats) -> Floats:
    """Minutes between two times in which the gate is open."""
    minutes = np.zeros(len(begin))
    for day in range(scenario.days):
        if scenario.weekday_of(day) in stock.receiving.weekdays:
            opens, closes = day * 1440 + stock.receiving.open, day * 1440 + stock.receiving.close
            minutes += np.maximum(np.minimum(end, closes) - np.maximum(begin, opens), 0.0)
    return minutes


def _ovens(ledger: Ledger, scenario: Scenario, stock: Stock, catalogue: Catalogue) -> Iterator[str]:
    """Production lines make no more than their hours allow, on their days."""
    names = list(stock.production)
    made_by = np.array([names.index(sku.made_by) if sku.made_by in names else -1 for sku in catalogue.models])
    moves = ledger.tables["stock_moves"]
    made = moves["kind"] == MOVES.index("production")
    for code, line in enumerate(stock.production.values()):
        own = made & (made_by[moves["sku"]] == code)
        days = [day for day in range(scenario.days) if scenario.weekday_of(day) in line.weekdays]
        most_per_day = min(line.hours_per_day, 24.0) * line.units_per_h
        ready = np.array([day * 1440 + line.ready_at for day in days])
        upto = np.searchsorted(ready, moves["time_min"][own], side="right")
        order = np.argsort(moves["time_min"][own], kind="stable")
        if np.any(np.cumsum(moves["units"][own][order]) > upto[order] * most_per_day + 1e-6):
            yield f"{names[code]} made more than its hours allow"


def _room(ledger: Ledger, stock: Stock, catalogue: Catalogue) -> Iterator[str]:
    """Nothing is put away where there is no room for it."""
    if stock.storage is None:
        return
    lines, moves = ledger.tables["lines"], ledger.tables["stock_moves"]
    times, m3 = parcel_of(ledger), catalogue.volume_l / 1000
    left = np.where(lines["place"] == 0, np.fmin(times["picked"], times["gone"]), np.nan)
    of = ~np.isnan(left)
    site = (moves["place"] == 0) & (moves["kind"] != MOVES.index("unsaleable"))
    sign = np.where(moves["kind"] == MOVES.index("expired"), -1, 1)
    back = np.array([MOVES.index(kind) for kind in ("receipt", "production", "restocked")])
    aside = put_back_min(ledger)
    again, volume = ~np.isnan(aside), sold(ledger) * m3[lines["sku"]]
    when = np.concatenate([left[of], aside[again], moves["time_min"][site]])
    change = np.concatenate([-volume[of], volume[again], (sign * moves["units"] * m3[moves["sku"]])[site]])
    put = np.concatenate([np.zeros(int(of.sum())), np.ones(int(again.sum())), np.isin(moves["kind"], back)[site]]) > 0
    put &= change > 0  # what takes no space can be put anywhere
    order = np.lexsort((put, when))  # what leaves at an instant makes room for what comes then
    level = np.cumsum(change[order])
    if np.any(level[put[order]] > stock.storage.capacity_m3 + _ROUNDING_M3):
        yield "something was put away where there was no room for it"


def _parcels(ledger: Ledger) -> Iterator[str]:
    """Second parcels go their way forwards, and after their goods have come."""
    second = ledger.tables["remainders"]
    latest = ledger.tables["orders"]["placed_min"][second["order_row"]]
    for name in ("released", "pick_start", "pick_end", "pack_start", "pack_end", "picked_up", "delivered"):
        if np.any(second[f"{name}_min"] < latest):
            yield f"second parcels: {name}_min lies before an earlier step"
        latest = np.fmax(latest, second[f"{name}_min"])
