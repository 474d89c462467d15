"""The ledger: the one record of a run, from which every KPI, chart and cost is computed.

Columns live as numpy arrays, names as small integer codes beside their categories; a pandas view is made on
request. Times are minutes on the scenario's clock (float64), NaN where something did not happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from sim.scenario.plan import Plan
    from sim.scenario.scenario import Scenario

Array = NDArray[Any]

SERVICE_CLASSES = ("standard", "express")
OUTCOMES = ("open", "delivered", "cancelled", "lost", "deterred", "rejected")
NOT_PLACED = ("deterred", "rejected")  # outcomes of customers who never ordered
REASONS = ("", "impatience", "deadline", "unclaimed")
SITE = "site"
THIRD_PARTY = "3pl"
ROUTES = (SITE, THIRD_PARTY)
CONTACT_OUTCOMES = ("waiting", "answered", "abandoned", "lost", "deflected", "unreached")
STAFF_KINDS = ("regular", "overtime", "temporary", "reinforcement", "extra")
DAY_TYPES = ("working", "rest", "holiday")
STAGES = ("picking", "packing", "desk")
DISTURBANCES = ("outage", "absence_wave", "carrier_failure", "late_receipt", "forecast_error", "second_wave")
EVENTS = ("decided", "active", "called_off", "ended", "refused", "spent")
WARNINGS = ("raised", "cleared")
MOVES = ("opening", "receipt", "production", "restocked", "correction", "expired", "unsaleable")
SUPPLY_KINDS = ("promised", "purchase", "production")
RETURN_REASONS = ("sent_back", "unclaimed", "put_aside")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its name, numpy type, unit and meaning; `coded` columns hold category codes."""

    name: str
    dtype: str
    unit: str
    about: str
    coded: bool = False


def _minutes(name: str, about: str) -> Column:
    return Column(name, "f8", "min", about)


TABLES: dict[str, tuple[Column, ...]] = {
    "orders": (
        Column("order_id", "O", "", "the file's order number, or the running number of a generated order"),
        Column("measured", "?", "", "placed in the measured window, and neither deterred nor rejected"),
        Column("service_class", "i1", "", "what was promised", coded=True),
        Column("by_campaign", "?", "", "comes because of the campaign; none in an order file"),
        Column("lines", "i4", "lines", "order lines, those dropped for want of stock left out"),
        Column("units", "i4", "units", "units on all lines, likewise"),
        Column("value", "f8", "currency", "revenue if the order is kept"),
        Column("route", "i1", "", "own site or third party", coded=True),
        Column(
            "carrier",
            "i1",
            "",
            "carrier chosen by the customer; the backup carrier that took the parcel over; the third party's own",
            coded=True,
        ),
        Column("outcome", "i1", "", "how the order ended, or open at the horizon", coded=True),
        Column("end_reason", "i1", "", "why it was cancelled or lost", coded=True),
        _minutes("placed_min", "accepted; where it was deterred or rejected: when it would have been placed"),
        _minutes("released_min", "let onto the floor, or handed to the third party"),
        _minutes("pick_start_min", "picking begins"),
        _minutes("pick_end_min", "picking ends"),
        _minutes("pack_start_min", "packing begins"),
        _minutes("pack_end_min", "packing ends: a parcel on the dock"),
        _minutes("picked_up_min", "the carrier has it: shipped; of two parcels the later one"),
        _minutes(
            "delivered_min", "the customer or the store has it (may lie after the horizon: then the outcome is open)"
        ),
        _minutes("cancelled_min", "the customer cancelled"),
        _minutes("due_ship_min", "promised to be shipped by"),
        _minutes("due_delivery_min", "promised to be delivered by"),
        _minutes("compensated_min", "first offered compensation, or something to come back for"),
        Column("third_party_cost", "f8", "currency", "what the third party that shipped it charges"),
        Column("compensation_cost", "f8", "currency", "cost of offers that the customer redeems, and of gifts"),
        Column("message_cost", "f8", "currency", "cost of notices and messages to the customer"),
        Column("apologies", "i1", "offers", "compensation offered, repeats included; 127: at least so often"),
        Column("loyalty_saved", "f4", "share", "part of lost future spend that offers save"),
        Column("loyalty_lost", "f4", "share", "future spend that repeated apologies cost"),
        Column("score_gain", "f4", "points", "what offers add to the score of a late order"),
        Column("cash_on_delivery", "?", "", "to be paid on delivery"),
        Column("picker", "i4", "", "roster slot that picked it, the last one where it was handed over; -1: none"),
        Column("packer", "i4", "", "roster slot that packed it, likewise; -1: none"),
    ),
    "contacts": (
        Column("order_row", "i8", "", "row of the order it is about; -1: a general question"),
        Column("channel", "i1", "", "way in", coded=True),
        Column("attempt", "i1", "", "0 for the first contact, 1 for the first repeat, ..."),
        _minutes("arrived_min", "contact made"),
        _minutes("answered_min", "an agent begins, or calls back"),
        _minutes("ended_min", "an agent ends; the bot, at once"),
        _minutes("gave_up_min", "left the queue unanswered, or was lost on arrival"),
        Column("outcome", "i1", "", "what became of it", coded=True),
        Column("agent", "i4", "", "roster slot of the agent; -1: none"),
        Column("called_back", "?", "", "left a number instead of holding the line"),
        Column("bot_cost", "f8", "currency", "what a bot that took it costs"),
    ),
    "pickups": (
        Column("carrier", "i1", "", "who came", coded=True),
        _minutes("planned_min", "the vehicle leaves"),
        Column("capacity", "f8", "parcels", "most it could take; NaN: no limit"),
        Column("taken", "i4", "parcels", "taken"),
        Column("left", "i4", "parcels", "packed by the cut-off and left behind"),
        Column("no_show", "?", "", "it did not come"),
        Column("extra", "?", "", "brought by a measure"),
        Column("cost", "f8", "currency", "cost of the visit"),
    ),
    "staffing": (
        Column("slot", "i4", "", "roster slot: one worker on one day; overtime and another stage keep the slot"),
        Column("stage", "i1", "", "where", coded=True),
        Column("kind", "i1", "", "why they are there", coded=True),
        Column("crew", "O", "", "name of the shift whose people they are; empty for added people"),
        Column("day_type", "i1", "", "what the day is to them by labour law", coded=True),
        Column("day", "i4", "days", "day of the shift, counted from the start"),
        _minutes("start_min", "a stretch of work at one stage between breaks begins"),
        _minutes("end_min", "it ends, as rostered"),
        Column("overrun_min", "f8", "min", "work beyond end_min to finish the order in hand"),
        Column("into_break", "?", "", "whether a break follows, which an overrun shortens"),
        Column("absent", "?", "", "did not come: not paid, not counted as staffed"),
        Column("productivity", "f8", "1", "speed against a standard worker"),
        Column("paid_h", "f8", "h", "hours paid, overrun included"),
        Column("overtime_h", "f8", "h", "hours of these that the law counts as overtime"),
        Column("cost", "f8", "currency", "pay of the stretch, overtime multiples included"),
    ),
    "handovers": (
        Column("order_row", "i8", "", "order handed over at the end of a shift, or put down in an outage"),
        Column("stage", "i1", "", "where", coded=True),
        Column("slot", "i4", "", "roster slot that put it down"),
        _minutes("start_min", "that slot began (or went on with) it"),
        _minutes("end_min", "put down"),
        _minutes("resumed_min", "taken up again; NaN: never"),
    ),
    "full_dock": (
        _minutes("start_min", "the room for packed parcels is full: no packing begins"),
        _minutes("end_min", "a pickup or more room has freed it; NaN: still full at the horizon"),
        Column("room", "f8", "parcels", "how many fitted when it filled up"),
    ),
    "alerts": (
        _minutes("time_min", "when"),
        Column("measure", "O", "", "label of the measure"),
        Column("event", "i1", "", "decided, active, called off, ended, refused, spent", coded=True),
        Column(
            "metric",
            "O",
            "",
            "metric watched, empty for other triggers; for refused: rule of the law that bound",
        ),
        Column(
            "value",
            "f8",
            "of the metric",
            "its value then; for refused: worker-hours that the law forbade; for spent: promised so far",
        ),
        Column("level", "f8", "of the metric", "the level it was held against; for spent: the budget"),
    ),
    "warnings": (
        _minutes("time_min", "when"),
        Column("rule", "O", "", "name of the alert rule"),
        Column("event", "i1", "", "raised or cleared", coded=True),
        Column("value", "f8", "of the metric", "what was read"),
        Column("level", "f8", "of the metric", "the level it was held against"),
    ),
    "readings": (
        _minutes("time_min", "when"),
        Column("rule", "i1", "", "alert rule whose metric was read", coded=True),
        Column("value", "f8", "of the metric", "what was read"),
    ),
    "charges": (
        _minutes("time_min", "when"),
        Column("measure", "O", "", "label of the measure"),
        Column("line", "O", "", "cost line"),
        Column("cost", "f8", "currency", "amount"),
    ),
    "disturbances": (
        Column("label", "O", "", "label in the scenario"),
        Column("kind", "i1", "", "what it is", coded=True),
        Column("place", "O", "", "stage or carrier; empty where it concerns orders"),
        _minutes("begin_min", "begins, as planned or drawn"),
        _minutes("end_min", "ends, or the late goods arrive"),
        Column(
            "size",
            "f8",
            "share or factor",
            "outage: capacity left; absence_wave: absence added; carrier_failure: factor on transit times, NaN: no "
            "show; late_receipt: share of orders; forecast_error, second_wave: factor and uplift as they turned out",
        ),
    ),
    "lines": (
        Column("order_row", "i8", "", "row of the order; those that were deterred have no lines"),
        Column("sku", "i4", "", "what", coded=True),
        Column("units", "i4", "units", "asked for, on the terms in force"),
        Column("dropped", "i4", "units", "of these not sold for want of stock; of a rejected order all"),
        Column("owed", "i4", "units", "of these sold without stock: owed when the order was accepted"),
        Column("still_owed", "i4", "units", "of these owed at the horizon, 0 once the order is cancelled"),
        _minutes("served_min", "the last unit owed came; NaN: none was owed, or not yet"),
        Column("place", "i1", "", "whose stock it comes from", coded=True),
        Column("second_parcel", "?", "", "goes in the order's second parcel"),
        Column("gift", "?", "", "units that a measure puts into the parcel, not asked for"),
    ),
    "remainders": (
        Column("order_row", "i8", "", "order of which this is the second parcel"),
        Column("lines", "i4", "lines", "in it"),
        Column("units", "i4", "units", "in it"),
        Column("carrier", "i1", "", "who takes it, as of an order", coded=True),
        _minutes("first_picked_up_min", "the carrier has the order's first parcel"),
        _minutes("first_delivered_min", "the customer has the first parcel"),
        _minutes("released_min", "all of its units have come, and it is let onto the floor"),
        _minutes("pick_start_min", "picking begins"),
        _minutes("pick_end_min", "picking ends"),
        _minutes("pack_start_min", "packing begins"),
        _minutes("pack_end_min", "packing ends"),
        _minutes("picked_up_min", "the carrier has it"),
        _minutes("delivered_min", "the customer has it"),
        Column("picker", "i4", "", "roster slot that picked it; -1: none"),
        Column("packer", "i4", "", "roster slot that packed it; -1: none"),
    ),
    "stock_moves": (
        _minutes("time_min", "when"),
        Column("sku", "i4", "", "what", coded=True),
        Column("kind", "i1", "", "why units came or went other than by an order", coded=True),
        Column("units", "i4", "units", "how many; of a correction with its sign"),
        Column("place", "i1", "", "where", coded=True),
        _minutes("expires_min", "their last day of sale is over; NaN: never, or of a correction"),
        Column("cost", "f8", "currency", "expired, unsaleable: their worth; production: what making them costs"),
    ),
    "supplies": (
        Column("sku", "i4", "", "what", coded=True),
        Column("kind", "i1", "", "promised from the start, bought, or made", coded=True),
        Column("units", "i4", "units", "how many"),
        _minutes("ordered_min", "ordered; NaN: before the run"),
        _minutes("due_min", "at the gate if it is not late; NaN: it is made"),
        _minutes("arrived_min", "at the gate, or the first of it made; NaN: not by the horizon"),
        _minutes("work_start_min", "the gate begins with it; NaN where that is no work"),
        _minutes("work_end_min", "it is checked; NaN: not within the run"),
        _minutes("put_away_min", "it lies on the shelves, the last of it; NaN: not by the horizon"),
        _minutes("expires_min", "as of a move; of what is made, its last part"),
    ),
    "returns": (
        Column("order_row", "i8", "", "order whose parcel (or put-aside goods) comes to the gate"),
        Column("second_parcel", "?", "", "it is the order's second parcel"),
        Column("reason", "i1", "", "sent back, unclaimed, or put aside because it was cancelled", coded=True),
        Column("units", "i4", "units", "in it"),
        Column("resaleable", "?", "", "whether its goods can be sold again"),
        _minutes("arrived_min", "at the gate"),
        _minutes("work_start_min", "as of a supply"),
        _minutes("work_end_min", "as of a supply"),
        _minutes("put_away_min", "as of a supply"),
    ),
    "stock_levels": (
        _minutes("time_min", "when, once an hour"),
        Column("m3", "f8", "m3", "space in use on the shelves"),
        Column("free", "i8", "units", "on the shelves of the site and not set aside for an order"),
        Column("owed", "i8", "units", "owed to customers"),
        Column("short_skus", "i4", "SKUs", "with fewer free units than their safety stock, or none"),
    ),
    "stock_left": (
        Column("sku", "i4", "", "what", coded=True),
        Column("free", "i8", "units", "on the shelves at the horizon, not set aside for an order"),
        Column("owed", "i8", "units", "owed to customers"),
        Column("third_party_free", "i8", "units", "at the third party, not set aside"),
        Column("on_order", "i8", "units", "ordered or promised, and not put away"),
    ),
}


@dataclass(frozen=True, eq=False)
class Ledger:
    """What happened in one replication under one plan.

    Parameters
    ----------
    scenario, plan
        What was run.
    seed, replication
        Which draws.
    tables
        Table name -> column name -> array, as described in :data:`TABLES`.
    categories
        Category names of coded columns whose names come from the scenario: ``carrier``, ``channel``, ``sku``.
    notes
        Counts worth telling: rows left out of an order file, and the like.
    """

    scenario: Scenario
    plan: Plan
    seed: int
    replication: int
    tables: Mapping[str, Mapping[str, Array]]
    categories: Mapping[str, tuple[str, ...]]
    notes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def remarks(self) -> dict[str, Any]:
        """The notes that say something; counts of nothing are left out."""
        return {name: value for name, value in self.notes.items() if value != 0}

    @property
    def packed_min(self) -> Array:
        """When each order was ready for the dock: packed, or picked where nothing is packed; shape (n,), NaN: never."""
        return self.tables["orders"]["pick_end_min" if self.scenario.site.packing is None else "pack_end_min"]

    @property
    def second_packed_min(self) -> Array:
        """The same of second parcels, by row of the table of remainders."""
        return self.tables["remainders"]["pick_end_min" if self.scenario.site.packing is None else "pack_end_min"]

    @property
    def first_pickup_min(self) -> Array:
        """When the carrier had each order's (first) parcel; shape (n,), NaN: not by the horizon."""
        picked_up, second = self.tables["orders"]["picked_up_min"], self.tables["remainders"]
        if not len(second["order_row"]):
            return picked_up
        first = picked_up.copy()
        first[second["order_row"]] = second["first_picked_up_min"]
        return first

    def column(self, table: str, name: str) -> Array:
        """One column as a numpy array; codes, not names, for coded columns."""
        return self.tables[table][name]

    def names_of(self, table: str, name: str) -> tuple[str, ...]:
        """Category names of a coded column, by code."""
        fixed: dict[tuple[str, str], tuple[str, ...]] = {
            ("orders", "service_class"): SERVICE_CLASSES,
            ("orders", "route"): ROUTES,
            ("orders", "outcome"): OUTCOMES,
            ("orders", "end_reason"): REASONS,
            ("contacts", "outcome"): CONTACT_OUTCOMES,
            ("staffing", "kind"): STAFF_KINDS,
            ("staffing", "day_type"): DAY_TYPES,
            ("staffing", "stage"): STAGES,
            ("handovers", "stage"): STAGES,
            ("alerts", "event"): EVENTS,
            ("warnings", "event"): WARNINGS,
            ("readings", "rule"): tuple(self.scenario.alerts),
            ("disturbances", "kind"): DISTURBANCES,
            ("lines", "place"): ROUTES,
            ("stock_moves", "place"): ROUTES,
            ("stock_moves", "kind"): MOVES,
            ("supplies", "kind"): SUPPLY_KINDS,
            ("returns", "reason"): RETURN_REASONS,
        }
        return fixed[table, name] if (table, name) in fixed else self.categories[name]

    def frame(self, table: str) -> pd.DataFrame:
        """A table as a DataFrame, names in place of codes; made anew at each call."""
        import pandas as pd

        columns: dict[str, Any] = {}
        for column in TABLES[table]:
            values: Any = self.tables[table][column.name]
            if column.coded:
                values = pd.Categorical.from_codes(values, categories=pd.Index(self.names_of(table, column.name)))
            columns[column.name] = values
        return pd.DataFrame(columns)

    @cached_property
    def orders(self) -> pd.DataFrame:
        """One row per order, accepted or deterred."""
        return self.frame("orders")

    @cached_property
    def contacts(self) -> pd.DataFrame:
        """One row per contact with the service desk."""
        return self.frame("contacts")

    @cached_property
    def pickups(self) -> pd.DataFrame:
        """One row per visit of a carrier."""
        return self.frame("pickups")

    @cached_property
    def staffing(self) -> pd.DataFrame:
        """One row per worker, day and stretch between breaks."""
        return self.frame("staffing")

    @cached_property
    def alerts(self) -> pd.DataFrame:
        """One row per decision about a measure."""
        return self.frame("alerts")
