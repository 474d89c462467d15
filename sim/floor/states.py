"""States of an order, and of a second parcel."""

from __future__ import annotations

# States of an order, in the order in which it passes them. Below PACKING a customer can still cancel; of PARTLY one of
# two parcels has left; DROPPED is cancelled too, and still in a picker's hands; those above it were never placed.
UNRELEASED, WAIT_PICK, PICKING, WAIT_PACK, THIRD, PACKING, PACKED, PARTLY, SHIPPED = range(9)
CANCELLED, DROPPED, DETERRED, REJECTED = range(SHIPPED + 1, SHIPPED + 5)
