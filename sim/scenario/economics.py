"""Money that does not hang on a worker or a carrier, and the targets that a plan is judged by."""

from __future__ import annotations

from pydantic import Field

from sim.scenario.types import Model, NonNegative, Positive, Share, quantity


class Economics(Model):
    """Prices, margins and what disappointed customers cost."""

    currency: str = Field("TWD", pattern=r"^[A-Z]{3}$", description="three-letter code")
    exchange: dict[str, Positive] = quantity(
        {}, "currency", "worth of one unit of another currency, by its code; for plans whose prices are written in it"
    )
    price_per_unit: NonNegative = quantity(
        0.0, "currency", "revenue per unit; an order file with prices brings its own"
    )
    margin_share: Share = quantity(0.0, "share", "gross margin in the price, before fulfilment")
    packaging_cost: NonNegative = quantity(0.0, "currency", "material per packed order")
    ad_cost_per_order: NonNegative = quantity(
        0.0, "currency", "advertising per order that the campaign brings, on the mean over all of them; 0: not counted"
    )
    refund_handling_cost: NonNegative = quantity(0.0, "currency", "per cancelled order: payment fees and clerical work")
    worthless_writeoff_share: Share = quantity(
        0.0, "share", "part of the goods' cost written off when an order is lost or comes after the hard deadline"
    )
    future_margin_cost: NonNegative = quantity(0.0, "currency", "margin expected from a contented customer later on")
    storage_per_order_day_cost: NonNegative = quantity(
        0.0, "currency/day", "space taken by an order that waits to ship"
    )


class Targets(Model):
    """What a plan must reach to be called holding."""

    service_level_ship: Share = quantity(0.95, "share", "shipped by the due time")
    probability: Share = quantity(0.9, "share", "chance, over replications, with which the target must be met")
