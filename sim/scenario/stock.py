"""Stock: which SKUs there are, how many units of each lie where, and how more come in.

A SKU is bought or made; it lies in lots with an expiry date, in a zone, in so much space, and goes into a kind of
packaging. What customers put into their baskets follows the popularity of the SKUs, which a campaign bends.

SKUs are listed one by one, read from a file (`catalogue`), or generated (`assortment`); an order file with a column of
SKUs brings its own baskets. Sizes in units are scaled with the scenario, as orders are.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.people import EVERY_DAY
from sim.scenario.types import (
    Clock,
    Count,
    Day,
    MeanShape,
    Model,
    Moment,
    NonNegative,
    Positive,
    PositiveCount,
    Shape,
    Share,
    Weekday,
    quantity,
)

SkuName = Annotated[str, Field(min_length=1, max_length=100)]
MOST_SKUS = 1_000_000
STANDARD = "standard"  # zone and packaging of SKUs that name none


class Zone(Model):
    """Where SKUs lie: it sets how long picking takes."""

    pick_factor: Positive = quantity(1.0, "1", "picking work per line and unit against the standard zone")
    walk_min: NonNegative = quantity(0.0, "min", "picking work more for an order that has lines in this zone")


class Packaging(Model):
    """What SKUs are packed in: it sets how long packing takes, and what the material costs."""

    pack_factor: Positive = quantity(1.0, "1", "packing work per line and unit against the standard packaging")
    setup_min: NonNegative = quantity(0.0, "min", "packing work more for an order that needs this packaging")
    cost: NonNegative = quantity(0.0, "currency", "material per parcel, beside economics.packaging_cost")


class Lot(Model):
    """Units that lie there when the run begins and expire together."""

    units: Count = quantity(..., "units", "how many", scales=True)
    expires: Day | None = Field(None, description="last day on which they can be sold; null: never")


class Receipt(Model):
    """Units that a supplier has promised to bring."""

    at: Moment = Field(description="arrives at the gate (local date-time, or hours from the start), if not late")
    units: PositiveCount = quantity(..., "units", "how many", scales=True)
    expires: Day | None = Field(
        None, description="last day on which they can be sold; default: the shelf life after they arrive"
    )


class Correction(Model):
    """What a count of the shelves brings to light."""

    at: Moment = Field(description="when it is counted")
    units: Annotated[int, Field(strict=True, ge=-(10**9), le=10**9)] = quantity(
        ..., "units", "found (positive) or missing (negative)", scales=True
    )


class Reorder(Model):
    """When how much more is ordered from a supplier, or from the own production."""

    rule: Literal["none", "s_S", "R_Q"] = Field(
        "none",
        description="s_S: at a review at or below the point, order up to the level; R_Q: as soon as the inventory "
        "position falls to the point, order the quantity as often as it takes to be above it again",
    )
    point: Count = quantity(0, "units", "s or R, of the inventory position (free stock + on order)", scales=True)
    up_to: Count = quantity(0, "units", "S, of s_S", scales=True)
    lot_size: Count = quantity(0, "units", "Q, of R_Q", scales=True)
    review_at: Clock = quantity(9 * 60.0, "HH:MM", "s_S: when it is reviewed, every `review_days`")
    review_days: PositiveCount = quantity(1, "days", "s_S: days between reviews, the first on the first day")

    @model_validator(mode="after")
    def _figures_of_the_rule(self) -> Reorder:
        if self.rule == "s_S" and self.up_to <= self.point:
            raise ValueError(f"s_S needs up_to > point; up_to = {self.up_to}, point = {self.point}")
        if self.rule == "R_Q" and self.lot_size < 1:
            raise ValueError("R_Q needs lot_size >= 1")
        return self


class Supply(Model):
    """How long what was ordered takes to come, and how often it comes late."""

    lead_time_days: NonNegative = quantity(7.0, "days", "mean time from order to gate; of a purchase, not of the oven")
    lead_time: MeanShape = Field(Shape(), description="how it scatters")
    late_share: Share = quantity(0.0, "share", "receipts that come late, the promised ones too")
    late_days: NonNegative = quantity(0.0, "days", "mean delay of those (exponential)")


class Sku(Model):
    """One product."""

    popularity: NonNegative = quantity(1.0, "relative", "weight in an order line; only ratios count")
    campaign_factor: NonNegative = quantity(1.0, "1", "multiplies it in orders that the campaign brings")
    price: NonNegative | None = quantity(None, "currency", "revenue per unit; default: economics.price_per_unit")
    unit_cost: NonNegative | None = quantity(
        None, "currency", "worth of a unit when it is written off; default: the price less the margin"
    )
    lots: list[Lot] = Field([], description="on hand when the run begins, by expiry")
    on_hand: Count = quantity(0, "units", "on hand when the run begins, beside the lots; full shelf life", scales=True)
    at_3pl: Count = quantity(0, "units", "placed with the third party beforehand", scales=True)
    safety_stock: Count = quantity(
        0, "units", "below it stock counts as short; added to the reorder point", scales=True
    )
    receipts: list[Receipt] = Field([], description="promised by suppliers")
    corrections: list[Correction] = Field([], description="what counts of the shelves bring to light")
    reorder: Reorder = Field(Reorder(), description="when more is ordered")
    supply: Supply = Field(Supply(), description="lead time of purchases")
    made_by: str | None = Field(None, description="production line that makes it, in place of a supplier")
    shelf_life_days: PositiveCount | None = quantity(
        None, "days", "from arrival or production to the last day of sale; null: does not expire"
    )
    volume_l: NonNegative = quantity(0.0, "l", "space that a unit takes")
    zone: str = Field(STANDARD, description="where it lies, one of stock.zones")
    packaging: str = Field(STANDARD, description="what it is packed in, one of stock.packagings")


class Assortment(Model):
    """SKUs that are generated, or found in the order file, and share their figures; stock in days of mean sales."""

    count: Annotated[int, Field(strict=True, ge=0, le=MOST_SKUS)] = quantity(
        0, "SKUs", "how many are generated, named sku_1, sku_2, ... by popularity; an order file brings its own"
    )
    exponent: NonNegative = quantity(
        1.0, "1", "Zipf: the popularity of the k-th SKU is k^-exponent; 0: all alike; an order file brings its own"
    )
    campaign_exponent: NonNegative | None = quantity(
        None, "1", "the same in orders that the campaign brings; default: the same"
    )
    on_hand_days: NonNegative = quantity(30.0, "days", "units on hand at the start, in days of mean ordinary sales")
    rule: Literal["none", "s_S", "R_Q"] = Field("none", description="as in a SKU's reorder")
    point_days: NonNegative = quantity(0.0, "days", "reorder point, in days of mean ordinary sales")
    up_to_days: NonNegative = quantity(0.0, "days", "S of s_S, likewise")
    lot_size_days: NonNegative = quantity(0.0, "days", "Q of R_Q, likewise")
    model: Sku = Field(Sku(), description="every other figure of these SKUs")

    @model_validator(mode="after")
    def _figures_of_the_rule(self) -> Assortment:
        if self.rule == "s_S" and self.up_to_days <= self.point_days:
            raise ValueError("s_S needs up_to_days > point_days")
        if self.rule == "R_Q" and self.lot_size_days <= 0:
            raise ValueError("R_Q needs lot_size_days > 0")
        own = ("popularity", "on_hand", "lots", "receipts", "corrections", "reorder")
        given = [name for name in own if name in self.model.model_fields_set]
        if given:
            raise ValueError(f"model.{given[0]} is figured for each SKU of the assortment: leave it out")
        return self


class ProductionLine(Model):
    """Own production: an oven, a printer. It makes what reorder rules ask of it, first come, first made."""

    hours_per_day: NonNegative = quantity(8.0, "h", "time that it runs on a working day")
    weekdays: list[Weekday] = Field(EVERY_DAY, min_length=1, description="days on which it runs")
    units_per_h: Positive = quantity(..., "units/h", "what it makes, of every SKU alike", scales=True)
    ready_at: Clock = quantity(18 * 60.0, "HH:MM", "the day's units can be picked from then on")
    cost_per_h: NonNegative = quantity(
        0.0,
        "currency/h",
        "people and energy of hours in which it makes something, beside the goods' cost in the margin",
    )


class Receiving(Model):
    """The gate: receipts and returned parcels are unloaded, checked and put away in turn."""

    open: Clock = quantity(8 * 60.0, "HH:MM", "work begins")
    close: Clock = quantity(17 * 60.0, "HH:MM", "work ends; what is left waits for the next day")
    weekdays: list[Weekday] = Field(EVERY_DAY, min_length=1, description="days on which it works")
    workers: PositiveCount = quantity(1, "workers", "at the gate", scales=True)
    units_per_worker_h: Positive | None = quantity(
        None, "units/h", "put away by a worker; null: at once, at any hour, and without labour"
    )
    returns_per_worker_h: Positive | None = quantity(
        None, "parcels/h", "returned parcels checked and put away by a worker; null: at once and without labour"
    )
    wage_per_h_cost: NonNegative = quantity(0.0, "currency/h", "pay for hours worked at the gate")

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Receiving:
        if self.close <= self.open:
            raise ValueError("close lies after open")
        return self


class Storage(Model):
    """Space for stock. Full aisles slow the pickers, and what does not fit waits at the gate."""

    capacity_m3: Positive = quantity(..., "m3", "space for units on the shelves", scales=True)
    slow_from_share: NonNegative = quantity(0.9, "share", "fuller than this, picking slows down")
    slowest_factor: Annotated[float, Field(strict=True, ge=1, le=100)] = quantity(
        1.5, "1", "picking work at a share of 1 and above, rising in a straight line from 1 at slow_from_share"
    )
    cost_per_m3_day: NonNegative = quantity(0.0, "currency", "rent of space in use")


class Oversell(Model):
    """What happens to lines for which there is no stock."""

    policy: Literal["none", "share", "unlimited"] = Field(
        "none", description="none: the shop shows it as sold out; otherwise it is sold and owed (a backorder)"
    )
    share: NonNegative = quantity(
        0.0, "share", "share: units owed at most, as a part of what came in of the SKU so far, opening stock included"
    )
    sold_out: Literal["drop_line", "reject_order"] = Field(
        "drop_line", description="what customers do who find a line sold out: buy what is there, or nothing"
    )
    ship: Literal["hold", "split"] = Field(
        "hold", description="an order with units owed waits for all of them, or goes in two parcels"
    )


class Returns(Model):
    """Parcels that come back: what customers send back; unclaimed ones come back by their carrier's figures."""

    share: Share = quantity(0.0, "share", "delivered orders that are sent back")
    after_days: NonNegative = quantity(7.0, "days", "mean time from delivery to the gate")
    after: MeanShape = Field(Shape(distribution="gamma", cv=0.5), description="how it scatters")
    resaleable_share: Share = quantity(1.0, "share", "parcels that come back whose goods can be sold again")
    freight_cost: NonNegative = quantity(0.0, "currency", "per parcel that a customer sends back")


class Stock(Model):
    """SKUs, and what happens to their units."""

    skus: dict[SkuName, Sku] = Field({}, description="SKUs by name")
    catalogue: str | None = Field(
        None, description="CSV file of further SKUs: a row each, a column `sku` and one for each figure given"
    )
    assortment: Assortment | None = Field(
        None, description="further SKUs that share their figures: generated, or those of the order file"
    )
    zones: dict[str, Zone] = Field({}, description="zones by name, beside `standard`")
    packagings: dict[str, Packaging] = Field({}, description="kinds of packaging by name, beside `standard`")
    production: dict[str, ProductionLine] = Field({}, description="production lines by name")
    receiving: Receiving = Field(Receiving(), description="the gate")
    storage: Storage | None = Field(None, description="space; null: as much as it takes")
    oversell: Oversell = Field(Oversell(), description="lines without stock")
    returns: Returns = Field(Returns(), description="parcels that come back")
    third_party: Literal["site", "placed"] = Field(
        "site",
        description="a third party ships from the site's stock, or only what was placed with it beforehand (at_3pl)",
    )
    gift: SkuName | None = Field(None, description="SKU of which a gift (a measure) puts a unit into the parcel")

    @model_validator(mode="after")
    def _has_skus(self) -> Stock:
        if not self.skus and self.catalogue is None and self.assortment is None:
            raise ValueError("needs skus, a catalogue or an assortment")
        return self


# The figures of a SKU that a catalogue file may have as columns, and where each belongs.
CATALOGUE_COLUMNS: dict[str, tuple[type[Model], str]] = {
    **{
        name: (Sku, name)
        for name in ("popularity", "campaign_factor", "price", "unit_cost", "on_hand", "at_3pl", "safety_stock")
    },
    "expires": (Lot, "expires"),  # of what is on hand
    **{name: (Reorder, name) for name in ("rule", "point", "up_to", "lot_size")},
    **{name: (Supply, name) for name in ("lead_time_days", "late_share", "late_days")},
    **{name: (Sku, name) for name in ("made_by", "shelf_life_days", "volume_l", "zone", "packaging")},
}


__all__ = [
    "CATALOGUE_COLUMNS",
    "MOST_SKUS",
    "STANDARD",
    "Assortment",
    "Correction",
    "Lot",
    "Oversell",
    "Packaging",
    "ProductionLine",
    "Receipt",
    "Receiving",
    "Reorder",
    "Returns",
    "Sku",
    "Stock",
    "Storage",
    "Supply",
    "Zone",
]
