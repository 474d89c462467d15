"""Every random number of one replication, sampled before the clock starts.

:func:`sample` sees the scenario and never a plan, so all plans meet the same customers (common random numbers).
Attributes belong to the order, wherever it stands in the sequence; see :mod:`sim.demand.arrivals`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.demand.arrivals import Arrivals, replay, thin
from sim.demand.baskets import Baskets, baskets_of, sold_baskets
from sim.demand.catalogue import Catalogue, catalogue_of
from sim.demand.contacts import possible_contacts
from sim.demand.curve import error_factor, order_curve, ordinary_curve
from sim.demand.forecast_file import luck_of, ordinary_per_day, path_at, read_forecast
from sim.demand.handling import work_of
from sim.distributions import geometric, quantile, to_grid
from sim.disturbances import Standstill, demand_luck, held_until, late_goods, lognormal_luck, outages, receipts
from sim.rules import FORECAST_PER_DAY, due_times
from sim.scenario.measures.carriers import MOST_BACKUP_CARRIERS
from sim.scenario.scale import at_scale, scaled_count
from sim.scenario.scenario import Scenario
from sim.scenario.site import Stage
from sim.streams import Stream, name_key

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

PICKUP_SLOT_MIN = 15  # visits of one carrier within a quarter of an hour share their luck
SUPPLIES = 32  # per SKU, each with its own luck
PLAN_POOL = 1024  # absence draws kept ready per kind of worker that a plan may bring
PLAN_CREWS = ("temporary_staff", "desk_reinforcement", "extra_shift")
BACKUP_CARRIERS = tuple(f"backup {number}" for number in range(1, MOST_BACKUP_CARRIERS + 1))  # a plan may bring them


@dataclass(frozen=True, eq=False)
class StockDraws:
    """What a replication draws where the scenario has stock; n orders, s SKUs.

    Attributes
    ----------
    baskets
        Order lines by SKU.
    supply_u
        Uniforms in [0, 1) of the k-th supply of each SKU (is it late, by how much, lead time), those that are promised
        from the start first; shape (s, SUPPLIES, 3). After SUPPLIES of them they begin anew.
    sent_back_u
        Uniforms in [0, 1) of each order: is it sent back, after how long, can it be sold again; shape (n, 3).
    """

    baskets: Baskets
    supply_u: Floats
    sent_back_u: Singles

    def take(self, rows: Ints) -> StockDraws:
        """The same of some orders, in the order of `rows`."""
        return StockDraws(self.baskets.take(rows), self.supply_u, self.sent_back_u[rows])


@dataclass(frozen=True, eq=False)
class Draws:
    """Arrays of one replication; n orders in the order in which they are placed, m possible contacts.

    Attributes
    ----------
    placed_min, due_ship_min, due_delivery_min
        Clock minutes, shape (n,); rounded to 2^-20 min.
    order_id, lines, units, value, express, carrier, cod, unclaimed
        What was ordered and how, shape (n,); `carrier` is an index into the scenario's carriers, -1 without any.
    wished_days
        Days from the order to the date that the customer asked for, 0: none. Shape (n,).
    pick_work_min, pack_work_min
        Work at standard speed, shape (n,).
    transit_u, route_u, redeem_u
        Uniforms in [0, 1): luck of the parcel, rank in the 3PL's share, readiness to redeem an offer. Shape (n,).
    by_campaign
        Orders that come because of the campaign: those above the ordinary curve; none in an order file. Shape (n,).
    commit_u, turn_u, spare_u, return_u
        Uniforms in [0, 1): how firmly the customer wants to order (a share that measures deter are those above what
        is kept), turn in a staggered opening, rank in a backup carrier's share, readiness to come back. Shape (n,).
    cancel_order, cancel_min, cancel_margin
        Customers who would cancel, when, and how firmly, sorted by time; shape (k,).
    ask_order, ask_min, ask_late, ask_margin
        Possible contacts sorted by time: row of the order (-1: a general question), when, whether it arises only
        from lateness, how firmly; shape (m,).
    ask_channel
        Index into the desk's channels; who asks again does so on the same one. Shape (m,).
    ask_handle_min, ask_patience_min, ask_after_min, ask_again_u
        Of each attempt: handle time, patience in the queue, delay of a repeat, and readiness to repeat (uniform);
        shape (m, ATTEMPTS).
    ask_bot_u, ask_bot_fails_u, ask_callback_u
        Uniforms in [0, 1): whether a bot takes the contact, whether it fails, readiness to be called back; shape (m,).
    absence_u
        (role, crew) -> uniforms, shape (days + 1, workers); row 0 is the day before the start.
    pickup_u
        carrier -> uniforms, shape (days, quarter-hours of a day); also of carriers that a plan may bring.
    uplift_luck
        What the campaign's uplift turned out to be against plan; mean one.
    forecast_path
        Sample path of the forecast that comes true, counted from 0; None where the scenario has no forecast.
    outages
        Stretches in which a stage stands still, in the order in which they begin.
    held_until_min
        When the late goods of an order arrive, shape (n,); NaN where it waits for none.
    late_goods
        label -> which orders hold a late good if they are placed while it is missing, shape (n,).
    receipts_min
        label -> when late goods arrive.
    demand_luck
        label -> what a forecast error's factor or a second wave's uplift turned out to be; mean one.
    stock
        Baskets and the luck of supplies and returns; None where the scenario has no stock.
    promised_from_min
        From when on the promise counts, clock minutes: the placing, of pre-orders the opening of the campaign. Shape
        (n,); None: the placing.
    """

    seed: int
    replication: int
    placed_min: Floats
    due_ship_min: Floats
    due_delivery_min: Floats
    order_id: NDArray[Any]
    lines: NDArray[np.int32]
    units: NDArray[np.int32]
    value: Floats
    express: Bools
    carrier: NDArray[np.int8]
    cod: Bools
    unclaimed: Bools
    wished_days: NDArray[np.int16]
    pick_work_min: Floats
    pack_work_min: Floats
    transit_u: Floats
    route_u: Singles
    redeem_u: Singles
    cancel_order: Ints
    cancel_min: Floats
    cancel_margin: Singles
    ask_order: Ints
    ask_min: Floats
    ask_late: Bools
    ask_margin: Singles
    ask_channel: NDArray[np.int8]
    ask_handle_min: Floats
    ask_patience_min: Floats
    ask_after_min: Floats
    ask_again_u: Singles
    ask_bot_u: Singles
    ask_bot_fails_u: Singles
    ask_callback_u: Singles
    by_campaign: Bools
    commit_u: Singles
    turn_u: Singles
    spare_u: Singles
    return_u: Singles
    absence_u: Mapping[tuple[str, str], Floats]
    pickup_u: Mapping[str, Floats]
    uplift_luck: float
    outages: tuple[Standstill, ...]
    held_until_min: Floats
    late_goods: Mapping[str, Bools]
    receipts_min: Mapping[str, float]
    demand_luck: Mapping[str, float]
    stock: StockDraws | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)
    promised_from_min: Floats | None = None
    forecast_path: int | None = None

    def __len__(self) -> int:
        return len(self.placed_min)

    def counted_from(self, placed: Floats) -> Floats:
        """From when on the promise counts if orders are placed at other times, shape (n,)."""
        return placed if self.promised_from_min is None else np.maximum(placed, self.promised_from_min)


def sample(scenario: Scenario, seed: int = 1, replication: int = 0) -> Draws:
    """Draw one replication of a scenario.

    Parameters
    ----------
    scenario
        What is true whatever we decide.
    seed
        >= 0; the experiment's.
    replication
        >= 0; the same (scenario, seed, replication) gives the same bytes in any process on one platform.

    Raises
    ------
    InputError
        If the scenario's order file, its catalogue of SKUs or a file of durations can't be used.
    """
    scenario = at_scale(scenario)
    catalogue = None if scenario.stock is None else catalogue_of(scenario)
    streams = _Streams(seed, replication)
    luck, error_luck = _uplift_luck(scenario, streams), demand_luck(scenario, streams)
    path = _forecast_path(scenario, streams)
    basket: dict[str, Any]
    notes: Mapping[str, Any]
    sold: Baskets | None = None
    if scenario.demand.file is None:
        curve = order_curve(scenario, luck, error_luck, path=path)
        arrivals = thin(curve, streams("arrivals"), scenario)
        basket, notes = _basket(scenario, arrivals, streams), _forecast_notes(scenario, path)
    else:
        arrivals, basket, notes, sold = _replay(scenario, catalogue, error_luck, streams)
    placed = arrivals.placed_min
    responses = _responses(scenario, arrivals, streams, path)
    stocked, baskets = None, sold
    if catalogue is not None:
        notes = {**notes, **catalogue.notes}
        if baskets is None:
            seeds = arrivals.uniforms(streams("baskets"), 2)
            baskets = baskets_of(scenario, catalogue, basket, responses["by_campaign"], seeds)
        stocked = _stocked(catalogue, arrivals, streams, basket, baskets)
    orders = {**basket, **_service(scenario, arrivals, streams)}
    from_min = promised_from(scenario, arrivals, luck, error_luck, path)
    due_ship, due_delivery = due_times(
        scenario, placed if from_min is None else from_min, orders["express"], orders["wished_days"].astype(np.int64)
    )
    work = _work(scenario, arrivals, streams, partial(work_of, catalogue, baskets, orders))
    patience = _patience(scenario, arrivals, streams, due_ship)
    asks = possible_contacts(scenario, arrivals, streams, due_delivery)
    arrive = receipts(scenario, streams)
    holds = late_goods(scenario, arrivals, arrive, streams)
    return Draws(
        seed=seed,
        replication=replication,
        placed_min=placed,
        due_ship_min=due_ship,
        due_delivery_min=due_delivery,
        **orders,
        **work,
        **responses,
        stock=stocked,
        **patience,
        **asks,
        absence_u=_absence(scenario, streams("absence")),
        pickup_u=_pickups(scenario, streams("pickups")),
        uplift_luck=luck,
        outages=outages(scenario, streams),
        held_until_min=held_until(scenario, placed, arrive, holds),
        late_goods=holds,
        receipts_min=arrive,
        demand_luck=error_luck,
        notes=notes,
        promised_from_min=from_min,
        forecast_path=path,
    )


class _Streams:
    def __init__(self, seed: int, replication: int) -> None:
        self._seed = seed
        self._replication = replication

    def __call__(self, name: str) -> Stream:
        return Stream(self._seed, self._replication, name)


def _uplift_luck(scenario: Scenario, streams: _Streams) -> float:
    campaign = scenario.demand.campaign
    return 1.0 if campaign is None else lognormal_luck(campaign.uplift_cv, streams("uplift"))


def _forecast_path(scenario: Scenario, streams: _Streams) -> int | None:
    if scenario.demand.forecast is None:
        return None
    return path_at(scenario, float(streams("forecast").at(0).random()))


def _forecast_notes(scenario: Scenario, path: int | None) -> dict[str, Any]:
    """What is told of the forecast, and what an ordinary day has by it."""
    if path is None:
        return {}
    forecast = read_forecast(scenario)
    return {
        "forecast": forecast.name,
        "forecast_paths": len(forecast.paths),
        "forecast_path": path + 1,
        "forecast_luck": luck_of(scenario, path),
        "forecast_days_repeated": max(0, (forecast.first - scenario.first_day).days),
        FORECAST_PER_DAY: ordinary_per_day(scenario) * scenario.scale,
    }


# --- arrivals ---------------------------------------------------------------------------------------------------


def promised_from(
    scenario: Scenario,
    arrivals: Arrivals,
    luck: float,
    error_luck: Mapping[str, float],
    path: int | None = None,
) -> Floats | None:
    """From when on the promise counts: pre-orders are those above the curve without any; None without them."""
    campaign = scenario.demand.campaign
    if campaign is None or campaign.pre_orders.share == 0 or arrivals.height is None:
        return None
    opening = scenario.minute(campaign.start)
    others = order_curve(scenario, luck, error_luck, path=path, pre_orders=False).at(arrivals.placed_min)
    ahead = (arrivals.height >= others) & (arrivals.placed_min < opening)
    return np.where(ahead, opening, arrivals.placed_min)


def _replay(
    scenario: Scenario, catalogue: Catalogue | None, error_luck: Mapping[str, float], streams: _Streams
) -> tuple[Arrivals, dict[str, Any], Mapping[str, Any], Baskets | None]:
    """Orders of a file, resampled where asked or forecast wrongly, with their lines where the file tells SKUs.

    Attributes are keyed by the day and the order's number in it.
    """
    from sim.demand.trace import read_orders  # pyarrow and pandas, only where there is a file to read

    orders = read_orders(scenario)
    factor = scenario.demand.resample * scenario.scale * error_factor(scenario, "all", error_luck)
    arrivals, rows = replay(orders.placed_min, scenario, factor, streams("resample"))
    sold, value = None, orders.value[rows]
    if catalogue is None:
        value = np.where(np.isnan(value), orders.units[rows] * scenario.economics.price_per_unit, value)
    elif orders.skus is not None:
        sold = sold_baskets(catalogue, orders.skus).take(rows)
    basket = {
        "order_id": orders.order_id[rows],
        "lines": orders.lines[rows],
        "units": orders.units[rows],
        "value": value,
    }
    return arrivals, basket, orders.notes, sold


# --- attributes -------------------------------------------------------------------------------------------------


def _stocked(
    catalogue: Catalogue, arrivals: Arrivals, streams: _Streams, basket: dict[str, Any], baskets: Baskets
) -> StockDraws:
    """The luck of supplies and returns beside the baskets; lines and units of the orders become those of these."""
    priced = baskets.per_order(baskets.units * catalogue.price[baskets.sku])
    basket["value"] = np.where(np.isnan(basket["value"]), priced, basket["value"])  # a file's own prices stay
    basket["lines"] = np.diff(baskets.first).astype(np.int32)
    basket["units"] = baskets.per_order(baskets.units).astype(np.int32)
    return StockDraws(
        baskets,
        supply_u=streams("supplies").at(0).random((len(catalogue), SUPPLIES, 3)),
        sent_back_u=arrivals.uniforms(streams("sent back"), 3).astype(np.float32),
    )


def _basket(scenario: Scenario, arrivals: Arrivals, streams: _Streams) -> dict[str, Any]:
    basket = scenario.demand.basket
    u = arrivals.uniforms(streams("basket"), 2)
    lines = np.minimum(1 + geometric(basket.lines_mean - 1, u[:, 0]), basket.lines_max)
    units = lines + geometric(lines * (basket.units_per_line_mean - 1), u[:, 1])
    return {
        "order_id": np.arange(len(lines)),
        "lines": lines.astype(np.int32),
        "units": units.astype(np.int32),
        "value": np.full(len(lines), np.nan) if scenario.stock else units * scenario.economics.price_per_unit,
    }


def _service(scenario: Scenario, arrivals: Arrivals, streams: _Streams) -> dict[str, Any]:
    u = arrivals.uniforms(streams("service"), 6)
    promise = scenario.promise
    wish = promise.requested_date if promise else None
    wished_days = np.zeros(len(u), dtype=np.int64)
    if wish is not None and wish.share > 0:
        span = wish.days_ahead_max - wish.days_ahead_min + 1
        wished_days = np.where(u[:, 1] < wish.share, wish.days_ahead_min + (u[:, 2] * span).astype(np.int64), 0)
    carriers = list(scenario.carriers.values())
    bounds = np.cumsum([carrier.share for carrier in carriers])
    carrier = np.minimum(np.searchsorted(bounds, u[:, 3], side="right"), len(carriers) - 1).astype(np.int8)
    cod = np.zeros(len(u), dtype=bool)
    unclaimed = np.zeros(len(u), dtype=bool)
    for number, each in enumerate(carriers):
        own = carrier == number
        cod[own] = u[own, 4] < each.cod_share
        unclaimed[own] = cod[own] & (u[own, 5] < each.unclaimed_share)
    return {
        "express": u[:, 0] < (promise.express_share if promise else 0.0),
        "wished_days": wished_days.astype(np.int16),
        "carrier": carrier,
        "cod": cod,
        "unclaimed": unclaimed,
    }


def _work(
    scenario: Scenario, arrivals: Arrivals, streams: _Streams, standard: Callable[[Stage], Floats]
) -> dict[str, Any]:
    u = arrivals.uniforms(streams("work"), 2)
    rest = arrivals.uniforms(streams("luck"), 3)
    packing = scenario.site.packing
    return {
        "pick_work_min": _stage_work(scenario.site.picking, standard, u[:, 0]),
        "pack_work_min": np.zeros(len(u)) if packing is None else _stage_work(packing, standard, u[:, 1]),
        "transit_u": rest[:, 0].copy(),
        "route_u": rest[:, 1].astype(np.float32),
        "redeem_u": rest[:, 2].astype(np.float32),
    }


def _responses(scenario: Scenario, arrivals: Arrivals, streams: _Streams, path: int | None) -> dict[str, Any]:
    """How each customer would take to what a plan may do."""
    u = arrivals.uniforms(streams("responses"), 4).astype(np.float32)
    names = ("commit_u", "turn_u", "spare_u", "return_u")
    if arrivals.height is None:
        by_campaign = np.zeros(len(u), dtype=bool)
    else:
        by_campaign = arrivals.height >= ordinary_curve(scenario, path).at(arrivals.placed_min)
    return {"by_campaign": by_campaign, **{name: u[:, column].copy() for column, name in enumerate(names)}}


def _stage_work(stage: Stage, standard: Callable[[Stage], Floats], u: Floats) -> Floats:
    relative = quantile(stage.service, u)
    return to_grid(relative if stage.service.file is not None else standard(stage) * relative)


def _patience(scenario: Scenario, arrivals: Arrivals, streams: _Streams, due_ship: Floats) -> dict[str, Any]:
    """Only the customers who would cancel at all, sorted by when."""
    patience = scenario.customers.patience
    u = arrivals.uniforms(streams("patience"), 2)
    rows = np.flatnonzero(u[:, 0] < patience.share)
    wait = patience.mean_h * 60 * quantile(patience.service, u[rows, 1])
    origin = due_ship[rows] if patience.counted_from == "due_ship" else arrivals.placed_min[rows]
    when = to_grid(origin + wait)
    sooner = np.argsort(when, kind="stable")
    margin = (u[rows, 0] / patience.share) if patience.share > 0 else u[rows, 0]
    return {
        "cancel_order": rows[sooner],
        "cancel_min": when[sooner],
        "cancel_margin": margin[sooner].astype(np.float32),
    }


# --- people and carriers ----------------------------------------------------------------------------------------


def _absence(scenario: Scenario, stream: Stream) -> dict[tuple[str, str], Floats]:
    """One uniform per roster slot, keyed by (date, shift, worker)."""
    table: dict[tuple[str, str], Floats] = {}
    first = scenario.first_day.toordinal()
    for role, crew in scenario.crews.items():
        pools = {name: scaled_count(shift.headcount, crew.headcount_factor) for name, shift in crew.shifts.items()}
        for name, size in {**pools, **dict.fromkeys(PLAN_CREWS, PLAN_POOL)}.items():
            key = name_key(f"{role}/{name}")
            rows = [stream.at(first + day, key).random(size) for day in range(-1, scenario.days)]
            table[role, name] = np.asarray(rows)
    return table


def _pickups(scenario: Scenario, stream: Stream) -> dict[str, Floats]:
    """One uniform per carrier, date and quarter of an hour."""
    first = scenario.first_day.toordinal()
    slots = 1440 // PICKUP_SLOT_MIN
    return {
        name: np.asarray([stream.at(first + day, name_key(name)).random(slots) for day in range(scenario.days)])
        for name in (*scenario.carriers, *BACKUP_CARRIERS)
    }
