"""Stock on the floor: what is there, what is owed, what comes in, and how it leaves.

:mod:`shelves` keeps the units, :mod:`room` gives them to orders, :mod:`supplies` orders more and makes more,
:mod:`gate` puts away what comes in, :mod:`space` measures how full it is, :mod:`parcels` splits orders in two.

At one instant (kind STOCK of :mod:`sim.floor.events`) units expire first; then shelves are counted, an oven's day is
over, receipts and returned parcels arrive and are put away, space is looked after, and reorder rules are reviewed last.
"""

from sim.floor.stock.parcels import Remainders, with_remainders
from sim.floor.stock.room import StockRoom
from sim.floor.stock.tables import stock_tables

__all__ = ["Remainders", "StockRoom", "stock_tables", "with_remainders"]
