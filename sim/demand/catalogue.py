"""The catalogue: every SKU of a scenario's stock, as columns, with moments turned into clock minutes.

What a planner writes (SKUs one by one, a file of them, an assortment in days of sales) ends here in one form, which
draws and floor read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.scenario.scale import scaled_count
from sim.scenario.scenario import Scenario
from sim.scenario.stock import Assortment, Reorder, Sku

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NEVER = float("inf")


class Inbound(NamedTuple):
    """Units of a SKU that come in, or lie there, with the minute after which they can't be sold any more."""

    sku: int
    at_min: float
    units: int
    expires_min: float


class Counted(NamedTuple):
    """What a count of the shelves brings to light."""

    sku: int
    at_min: float
    units: int


@dataclass(frozen=True, eq=False)
class Catalogue:
    """SKUs as columns, shape (s,).

    Attributes
    ----------
    names
        Of the SKUs, in the order of their codes.
    models
        Figures of each SKU as written; those of an assortment share one.
    popularity, campaign_popularity
        Chance that an ordinary order line, and one of an order that the campaign brings, is of this SKU; sums to 1.
    price, unit_cost
        Site currency per unit.
    volume_l
        Space per unit.
    at_third, safety
        Units placed with the third party; units below which stock counts as short.
    reorder
        Rule of each SKU, its point with the safety stock added.
    opening
        Lots on hand at the start, of each SKU those first that expire first.
    promised
        Receipts, by when they are promised.
    counted
        Corrections, by time.
    """

    names: tuple[str, ...]
    models: tuple[Sku, ...]
    popularity: Floats
    campaign_popularity: Floats
    price: Floats
    unit_cost: Floats
    volume_l: Floats
    at_third: Ints
    safety: Ints
    reorder: tuple[Reorder, ...]
    opening: tuple[Inbound, ...]
    promised: tuple[Inbound, ...]
    counted: tuple[Counted, ...]

    def __len__(self) -> int:
        return len(self.names)


def catalogue_of(scenario: Scenario) -> Catalogue:
    """All SKUs of a scenario at its scale.

    Parameters
    ----------
    scenario
        With stock, at its scale (:func:`sim.scenario.scale.at_scale`).
    """
    return _catalogue(_Key(scenario))


class _Key:
    """Hashes a frozen model by identity, for the cache below."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    def __hash__(self) -> int:
        return id(self.scenario)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.scenario is self.scenario


@lru_cache(maxsize=4)
def _catalogue(key: _Key) -> Catalogue:
    scenario = key.scenario
    stock, economics = scenario.stock, scenario.economics
    assert stock is not None
    models, weights, bent = dict(stock.skus), [], []
    for sku in models.values():
        weights.append(sku.popularity)
        bent.append(sku.popularity * sku.campaign_factor)
    if stock.assortment is not None:
        found, usual, campaign = _generated(scenario, stock.assortment)
        models |= found
        weights += usual
        bent += campaign
    skus = list(models.values())
    price = np.array([economics.price_per_unit if sku.price is None else sku.price for sku in skus])
    own_cost = [np.nan if sku.unit_cost is None else sku.unit_cost for sku in skus]
    return Catalogue(
        names=tuple(models),
        models=tuple(skus),
        popularity=_shares(weights),
        campaign_popularity=_shares(bent),
        price=price,
        unit_cost=np.where(np.isnan(own_cost), price * (1 - economics.margin_share), own_cost),
        volume_l=np.array([sku.volume_l for sku in skus]),
        at_third=np.array([sku.at_3pl for sku in skus], dtype=np.int64),
        safety=np.array([sku.safety_stock for sku in skus], dtype=np.int64),
        reorder=tuple(_with_safety(sku) for sku in skus),
        opening=tuple(lot for code, sku in enumerate(skus) for lot in _opening(scenario, code, sku)),
        promised=tuple(sorted(_promised(scenario, skus), key=lambda each: each.at_min)),
        counted=tuple(
            sorted(
                (
                    Counted(code, scenario.minute(each.at), each.units)
                    for code, sku in enumerate(skus)
                    for each in sku.corrections
                ),
                key=lambda each: each.at_min,
            )
        ),
    )


def _shares(weights: list[float]) -> Floats:
    values = np.asarray(weights, dtype=np.float64)
    total = values.sum()
    return values / total if total > 0 else np.full(len(values), 1 / max(len(values), 1))


def _with_safety(sku: Sku) -> Reorder:
    rule = sku.reorder
    if rule.rule == "none" or not sku.safety_stock:
        return rule
    more = {"point": rule.point + sku.safety_stock, "up_to": rule.up_to + sku.safety_stock}
    return rule.model_copy(update=more)


def _generated(scenario: Scenario, assortment: Assortment) -> tuple[dict[str, Sku], list[float], list[float]]:
    """SKUs by popularity, their stock in days of mean ordinary sales."""
    rank = np.arange(1, assortment.count + 1, dtype=np.float64)
    usual = rank**-assortment.exponent
    exponent = assortment.exponent if assortment.campaign_exponent is None else assortment.campaign_exponent
    campaign = rank**-exponent
    basket = scenario.demand.basket
    units_per_day = (
        scenario.demand.profile.per_day
        * scenario.scale
        * basket.lines_mean
        * basket.units_per_line_mean
        * _shares(list(usual))
    )
    models = {f"sku_{number}": of_assortment(assortment, float(mean)) for number, mean in enumerate(units_per_day, 1)}
    return models, usual.tolist(), campaign.tolist()


def of_assortment(assortment: Assortment, units_per_day: float) -> Sku:
    """A SKU of an assortment that sells so many units on an ordinary day."""

    def units(days: float) -> int:
        return scaled_count(1, days * units_per_day)

    point = units(assortment.point_days)
    rule = Reorder.model_construct(
        rule=assortment.rule,
        point=point,
        up_to=max(units(assortment.up_to_days), point + 1),
        lot_size=max(units(assortment.lot_size_days), 1),
        review_at=assortment.model.reorder.review_at,
        review_days=assortment.model.reorder.review_days,
    )
    return assortment.model.model_copy(update={"on_hand": units(assortment.on_hand_days), "reorder": rule})


def _opening(scenario: Scenario, code: int, sku: Sku) -> list[Inbound]:
    lots = [Inbound(code, 0.0, lot.units, after_day(scenario, lot.expires)) for lot in sku.lots]
    if sku.on_hand:
        lots.append(Inbound(code, 0.0, sku.on_hand, shelf_life_end(sku, 0.0)))
    return sorted(lots, key=lambda lot: lot.expires_min)


def _promised(scenario: Scenario, skus: list[Sku]) -> list[Inbound]:
    return [
        Inbound(
            code,
            scenario.minute(each.at),
            each.units,
            NEVER if each.expires is None else after_day(scenario, each.expires),
        )
        for code, sku in enumerate(skus)
        for each in sku.receipts
    ]


def after_day(scenario: Scenario, day: date | None) -> float:
    """Minute at which a day is over; infinity for None."""
    if day is None:
        return NEVER
    return float((day - scenario.first_day).days + 1) * 1440.0


def shelf_life_end(sku: Sku, arrived_min: float) -> float:
    """Minute after which units that arrive (or are made) at a time can't be sold any more: a midnight, or never."""
    if sku.shelf_life_days is None:
        return NEVER
    return (arrived_min // 1440.0 + sku.shelf_life_days + 1) * 1440.0
