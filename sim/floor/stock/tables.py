"""The tables of stock in the ledger, made when the run is over; empty where the scenario has none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.floor.stock.rows import Rows
from sim.ledger import TABLES

if TYPE_CHECKING:
    from sim.floor.line import Line
    from sim.floor.stock.room import StockRoom

Table = dict[str, NDArray[Any]]
NAMES = ("lines", "remainders", "stock_moves", "supplies", "returns", "stock_levels", "stock_left")


def stock_tables(line: Line, carrier: NDArray[np.int8]) -> dict[str, Table]:
    """All tables of stock, by name.

    Parameters
    ----------
    carrier
        Code of the carrier of each order and second parcel.
    """
    room = line.stock
    if room is None:
        return {name: Rows(name).table() for name in NAMES}
    return {
        "lines": _lines(room, line),
        "remainders": _remainders(room, line, carrier),
        "stock_moves": room.moves.table(),
        "supplies": room.supplies.rows.table(),
        "returns": room.parcels_back.returns.table(),
        "stock_levels": room.levels.table(),
        "stock_left": _left(room),
    }


def _lines(room: StockRoom, line: Line) -> Table:
    baskets = room.baskets
    units = np.array(np.frombuffer(room.units, dtype=np.int32))
    dropped, owed, still = np.zeros_like(units), np.zeros_like(units), np.zeros_like(units)
    served, second = np.full(len(units), np.nan), np.zeros(len(units), dtype=bool)
    for column, given in ((dropped, room.dropped), (owed, room.owed), (still, room.still_owed)):
        column[list(given)] = list(given.values())
    served[list(room.served_min)] = list(room.served_min.values())
    second[[each for lines in room.deferred.values() for each in lines]] = True
    order = baskets.order
    place = np.zeros(line.orders, dtype=np.int8)
    place[list(room.at_third)] = 1
    taken = (order < line.arrived) & ~line.deterred[order] & (units > 0)
    table: Table = {
        "order_row": order,
        "sku": baskets.sku,
        "units": units,
        "dropped": dropped,
        "owed": owed,
        "still_owed": still,
        "served_min": served,
        "place": np.where(second, np.int8(0), place[order]),  # a third party takes first parcels only
        "second_parcel": second,
        "gift": np.zeros(len(units), dtype=bool),
    }
    table = {name: values[taken] for name, values in table.items()}
    rows = sorted(room.gifts)
    if not rows:
        return table
    nothing = {column.name: np.zeros(len(rows), dtype=column.dtype) for column in TABLES["lines"]}
    gifts: Table = nothing | {
        "order_row": np.array(rows, dtype=np.int64),
        "sku": np.full(len(rows), room.gift_code, dtype=np.int32),
        "units": np.array([room.gifts[row] for row in rows], dtype=np.int32),
        "served_min": np.full(len(rows), np.nan),
        "gift": np.ones(len(rows), dtype=bool),
    }
    return {name: np.concatenate([values, gifts[name]]) for name, values in table.items()}


def _remainders(room: StockRoom, line: Line, carrier: NDArray[np.int8]) -> Table:
    remainders = line.remainders
    if remainders is None or not remainders.used:
        return Rows("remainders").table()
    used = sorted((row, order) for order, row in remainders.used.items())
    rows, orders = (np.array(values, dtype=np.int64) for values in zip(*used, strict=True))
    parts = [room.deferred[order] for order in orders.tolist()]
    first = np.array([remainders.first_left.get(order, (np.nan, np.nan)) for order in orders.tolist()])
    return {
        "order_row": orders,
        "lines": np.array([len(part) for part in parts], dtype=np.int32),
        "units": np.array([sum(room.units[each] - room.dropped.get(each, 0) for each in part) for part in parts], "i4"),
        "carrier": carrier[rows],
        "first_picked_up_min": first[:, 0],
        "first_delivered_min": first[:, 1],
        "released_min": np.frombuffer(line.released)[rows],
        "pick_start_min": np.frombuffer(line.pick_start)[rows],
        "pick_end_min": np.frombuffer(line.pick_end)[rows],
        "pack_start_min": np.frombuffer(line.pack_start)[rows],
        "pack_end_min": np.frombuffer(line.pack_end)[rows],
        "picked_up_min": line.picked_up[rows],
        "delivered_min": line.delivered[rows],
        "picker": np.frombuffer(line.picker, dtype=np.int32)[rows],
        "packer": np.frombuffer(line.packer, dtype=np.int32)[rows],
    }


def _left(room: StockRoom) -> Table:
    available = np.frombuffer(room.shelves.available, dtype=np.int64)
    return {
        "sku": np.arange(len(available), dtype=np.int32),
        "free": np.maximum(available, 0),
        "owed": np.maximum(-available, 0),
        "third_party_free": np.array(room.third_free, dtype=np.int64),
        "on_order": np.array(room.supplies.on_order, dtype=np.int64),
    }
