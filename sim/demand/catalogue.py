"""The catalogue: every SKU of a scenario's stock, as columns, with moments turned into clock minutes.

What a planner writes (SKUs one by one, a file of them, an assortment in days of sales) ends here in one form, which
draws and floor read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.demand.listing import listing_of
from sim.scenario.scenario import Scenario
from sim.scenario.stock import STANDARD, Packaging, Reorder, Sku, Zone

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
    zone, packaging
        Code of each in `zones` and `packagings`.
    zones, packagings
        Where SKUs may lie and what they may go into; the first is the standard one.
    reorder
        Rule of each SKU, its point with the safety stock added.
    opening
        Lots on hand at the start, of each SKU those first that expire first.
    promised
        Receipts, by when they are promised.
    counted
        Corrections, by time.
    notes
        What a reader of the results should know about the SKUs.
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
    zone: Ints
    packaging: Ints
    zones: tuple[Zone, ...]
    packagings: tuple[Packaging, ...]
    reorder: tuple[Reorder, ...]
    opening: tuple[Inbound, ...]
    promised: tuple[Inbound, ...]
    counted: tuple[Counted, ...]
    notes: Mapping[str, int | str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.names)


def catalogue_of(scenario: Scenario) -> Catalogue:
    """All SKUs of a scenario at its scale; kept in memory as long as the scenario and the files it names stay the same.

    Parameters
    ----------
    scenario
        With stock, at its scale (:func:`sim.scenario.scale.at_scale`).

    Raises
    ------
    InputError
        If catalogue file or order file can't be used, or they don't go together: every problem of both at once.
    """
    return _catalogue(_Key(scenario))


class _Key:
    """Hashes a frozen model by identity, and by the state of its files, for the cache below."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        stock = scenario.stock
        assert stock is not None
        self.files = tuple(
            _state(file)
            for file in (stock.catalogue, scenario.demand.file, scenario.demand.forecast)
            if file is not None
        )

    def __hash__(self) -> int:
        return hash((id(self.scenario), self.files))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.scenario is self.scenario and other.files == self.files


def _state(file: str) -> tuple[int, int]:
    """Time of change and size of a file; who reads it says what is wrong with it."""
    try:
        status = Path(file).expanduser().stat()
    except (OSError, ValueError, RuntimeError):
        return 0, 0
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=4)
def _catalogue(key: _Key) -> Catalogue:
    scenario = key.scenario
    stock, economics = scenario.stock, scenario.economics
    assert stock is not None
    listing = listing_of(scenario)
    skus = list(listing.models.values())
    zones = {STANDARD: Zone(), **stock.zones}
    packagings = {STANDARD: Packaging(), **stock.packagings}
    price = np.array([economics.price_per_unit if sku.price is None else sku.price for sku in skus])
    own_cost = np.array([np.nan if sku.unit_cost is None else sku.unit_cost for sku in skus])
    return Catalogue(
        names=tuple(listing.models),
        models=tuple(skus),
        popularity=listing.popularity / listing.popularity.sum(),
        campaign_popularity=_shares(listing.campaign_popularity),
        price=price,
        unit_cost=np.where(np.isnan(own_cost), price * (1 - economics.margin_share), own_cost),
        volume_l=np.array([sku.volume_l for sku in skus]),
        at_third=np.array([sku.at_3pl for sku in skus], dtype=np.int64),
        safety=np.array([sku.safety_stock for sku in skus], dtype=np.int64),
        zone=_codes([sku.zone for sku in skus], zones),
        packaging=_codes([sku.packaging for sku in skus], packagings),
        zones=tuple(zones.values()),
        packagings=tuple(packagings.values()),
        reorder=tuple(_with_safety(sku) for sku in skus),
        opening=tuple(lot for code, sku in enumerate(skus) for lot in _opening(scenario, code, sku)),
        promised=tuple(sorted(_promised(scenario, skus), key=lambda each: each.at_min)),
        counted=tuple(sorted(_counted(scenario, skus), key=lambda each: each.at_min)),
        notes=listing.notes,
    )


def _shares(weights: Floats) -> Floats:
    """Weights made to add up to 1; all alike where nothing is wanted, because then nobody asks."""
    total = weights.sum()
    return weights / total if total > 0 else np.full(len(weights), 1 / max(len(weights), 1))


def _codes(names: Sequence[str], known: Mapping[str, object]) -> Ints:
    position = {name: code for code, name in enumerate(known)}
    return np.array([position[name] for name in names], dtype=np.int64)


def _with_safety(sku: Sku) -> Reorder:
    rule = sku.reorder
    if rule.rule == "none" or not sku.safety_stock:
        return rule
    more = {"point": rule.point + sku.safety_stock, "up_to": rule.up_to + sku.safety_stock}
    return rule.model_copy(update=more)


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


def _counted(scenario: Scenario, skus: list[Sku]) -> list[Counted]:
    return [
        Counted(code, scenario.minute(each.at), each.units) for code, sku in enumerate(skus) for each in sku.corrections
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
