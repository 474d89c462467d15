"""Offers: what each could bring against doing nothing, at every depth that is tried.

Clearance, near-expiry deals, members-only prices and bundles are one sum. A share m of a SKU's buyers sees the lower
price (all of them; members; those who buy the best-seller that it is bundled with). Over T days, with r units a day, H
on hand and u = (1 - depth) ** -elasticity:

    base    = min(r T, H)                         what it sells anyway
    sold    = min(r T (1 - m + m u), H)
    extra   = sold - base
    reduced = sold x m u / (1 - m + m u)          sold at the lower price
    own     = reduced - extra                     of these, sold anyway at full price: the offer's first cost

Of the extra units a share is taken from other SKUs (their margin is lost), and a share, of goods without a deadline,
from later sales at full price. All others would still lie there, and cost the offer what they are worth unsold
(:mod:`sim.planning.promote.writeoff`). The contribution is money against doing nothing:

    extra x price x (1 - depth) - own x price x depth - pulled x price - substituted x (price - cost)
        - worth of the units that would still lie there - orders and lines more x their cost

Near-expiry deals end on the last day on which goods still arrive before they expire; those of a season at its end.
A SKU that has not sold within `dead_days` is taken to sell one unit in that time: constant elasticity can't wake what
sells nothing.

Extra units come in lines as long as the SKU's lines were, and a share of these lines as orders of their own, at one
pace as long as the stock lasts (at most T days).

Thresholds and gifts are in :mod:`sim.planning.promote.thresholds`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.planning.promote.figures import ConstantElasticity, Figures, Floats, Uplift, factor
from sim.planning.promote.pressure import CLASSES, REASONS, Pressure
from sim.planning.promote.writeoff import days_to_wait, salvage, worth_of_waiting

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
KINDS: Final = ("clearance", "near_expiry", "members_only", "bundle", "threshold_gift", "threshold_discount")
MONEY: Final = (
    "contribution",
    "budget",
    "revenue",
    "own_loss",
    "substitute_loss",
    "pulled_loss",
    "worth_unsold",
    "handling",
)
AMOUNTS: Final = (
    "base",
    "sold",
    "extra",
    "own",
    "substituted",
    "pulled",
    "gifts",
    "lasts",
    "lines_per_day",
    "orders_per_day",
)


@dataclass(frozen=True, slots=True)
class Window:
    """When offers run: from the first day to the last, both counted."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if not 1 <= self.days <= 366:
            raise InputError([Problem("start, end", f"{self.start} to {self.end}", "offers run for 1 to 366 days")])

    @property
    def days(self) -> int:
        """How many."""
        return (self.end - self.start).days + 1


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer at one depth; sums are over its days, against doing nothing.

    Attributes
    ----------
    key
        Kind, SKU and depth: unique.
    kind
        One of :data:`KINDS`.
    skus
        What is promoted, first the SKU under pressure; a bundle's best-seller or a gift's SKU with it. Empty for a
        discount on whole orders.
    depth
        Share of the price taken off; of a gift: 1.
    start, end
        First and last day.
    threshold
        Value of an order from which it holds; NaN where it holds for any.
    uplift
        Elasticity that it is reckoned with.
    extra_units, extra_orders_per_day, extra_lines_per_day
        More than without it.
    cannibalised_units
        Sold at the lower price though they would have gone at the full one, and taken from other SKUs.
    contribution, low, high
        Net, at the elasticity and at the ends of its interval.
    budget
        Discount given, or gifts at cost.
    reason
        Figures behind it.
    """

    key: str
    kind: str
    skus: tuple[str, ...]
    depth: float
    start: date
    end: date
    threshold: float
    uplift: Uplift
    extra_units: float
    extra_orders_per_day: float
    extra_lines_per_day: float
    cannibalised_units: float
    contribution: float
    low: float
    high: float
    budget: float
    reason: Mapping[str, float | str]


@dataclass(frozen=True, eq=False)
class Candidates:
    """k offers that could be made; the arrays have shape (k,).

    Attributes
    ----------
    pressed, window, figures, uplift
        What they were reckoned from.
    kind
        Position in :data:`KINDS`.
    sku
        Position in the stock file; -1 for a discount on whole orders.
    partner
        A bundle's best-seller, else empty.
    depth, days, threshold
        See :class:`Offer`.
    seen
        Share of the buyers that sees the price.
    per_line
        Units of an order line of the SKU.
    amounts
        :data:`AMOUNTS` and :data:`MONEY`, by name.
    low, high
        Contribution at the ends of the interval of the elasticity.
    """

    pressed: Pressure
    window: Window
    figures: Figures
    uplift: Uplift
    kind: NDArray[np.int8]
    sku: Ints
    partner: NDArray[np.object_]
    depth: Floats
    days: Floats
    threshold: Floats
    seen: Floats
    per_line: Floats
    amounts: Mapping[str, Floats]
    low: Floats
    high: Floats

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, rows: NDArray[Any]) -> Candidates:
        """Some of them."""
        columns = {name: getattr(self, name)[rows] for name in _COLUMNS}
        amounts = {name: values[rows] for name, values in self.amounts.items()}
        return Candidates(self.pressed, self.window, self.figures, self.uplift, **columns, amounts=amounts)

    def at(self, elasticity: float) -> dict[str, Floats]:
        """`amounts`, were this the elasticity; thresholds stay as they are."""
        prices = np.flatnonzero(self.kind < KINDS.index("threshold_gift"))
        names = ("kind", "sku", "depth", "days", "seen", "per_line")
        cells = _Cells(self.pressed, *(getattr(self, name)[prices] for name in names))
        found = {name: values.copy() for name, values in self.amounts.items()}
        for name, values in _reckoned(cells, self.figures, elasticity).items():
            found[name][prices] = values
        return found

    def table(self) -> pd.DataFrame:
        """One row per offer, the largest contribution first; columns as the attributes."""
        import pandas as pd

        stock = self.pressed.stock
        names, titles = (np.array([*column, ""], dtype=object) for column in (stock.sku, stock.title))
        classes = np.array([*CLASSES, ""])[np.where(self.sku >= 0, self.pressed.kind[self.sku], len(CLASSES))]
        columns = {"kind": np.array(KINDS)[self.kind], "sku": names[self.sku], "name": titles[self.sku]}
        columns |= {"pressure": classes, "partner": self.partner, "depth": self.depth, "days": self.days}
        columns |= {"threshold": self.threshold, **self.amounts, "low": self.low, "high": self.high}
        return pd.DataFrame(columns).sort_values("contribution", ascending=False, kind="stable", ignore_index=True)

    def offers(self) -> list[Offer]:
        """The same as objects; ask for it of few."""
        return [self._offer(row) for row in range(len(self))]

    def _offer(self, row: int) -> Offer:
        stock, place, kind = self.pressed.stock, int(self.sku[row]), KINDS[self.kind[row]]
        name = stock.sku[place] if place >= 0 else ""
        amounts = {column: float(values[row]) for column, values in self.amounts.items()}
        end = self.window.start + timedelta(days=int(np.ceil(self.days[row])) - 1)
        about = "" if np.isnan(self.threshold[row]) else f":{self.threshold[row]:g}"
        return Offer(
            key=f"{kind}:{name}{about}:{self.depth[row]:.0%}",
            kind=kind,
            skus=tuple(each for each in (name, str(self.partner[row])) if each),
            depth=float(self.depth[row]),
            start=self.window.start,
            end=end,
            threshold=float(self.threshold[row]),
            uplift=self.uplift,
            extra_units=amounts["extra"],
            extra_orders_per_day=amounts["orders_per_day"],
            extra_lines_per_day=amounts["lines_per_day"],
            cannibalised_units=amounts["own"] + amounts["substituted"],
            contribution=amounts["contribution"],
            low=float(self.low[row]),
            high=float(self.high[row]),
            budget=amounts["budget"],
            reason=self._reason(row, place, amounts),
        )

    def _reason(self, row: int, place: int, amounts: Mapping[str, float]) -> dict[str, float | str]:
        pressed = self.pressed
        known: dict[str, float | str] = {}
        if place >= 0:
            known = {
                "pressure": CLASSES[pressed.kind[place]],
                REASONS[pressed.reason[place]]: float(pressed.figure[place]),
                "against": float(pressed.threshold[place]),
                "on_hand": float(pressed.stock.on_hand[place]),
                "sales_per_day": float(pressed.rate[place]),
                "excess": float(pressed.excess[place]),
                "days_left": float(pressed.days_left[place]),
            }
            if not np.isnat(pressed.stock.expiry[place]):
                known["expiry"] = str(pressed.stock.expiry[place])
        elasticity: dict[str, float | str] = {
            "elasticity": self.uplift.elasticity,
            "elasticity_low": self.uplift.low,
            "elasticity_high": self.uplift.high,
            "elasticity_source": self.uplift.source,
            "seen_share": float(self.seen[row]),
        }
        return known | elasticity | dict(amounts)


_COLUMNS = ("kind", "sku", "partner", "depth", "days", "threshold", "seen", "per_line", "low", "high")


@dataclass(frozen=True, slots=True)
class _Cells:
    """Which sums are to be made: kind, SKU, depth, days, share of buyers and units of a line of each."""

    pressed: Pressure
    kind: NDArray[np.int8]
    sku: Ints
    depth: Floats
    days: Floats
    seen: Floats
    per_line: Floats


def price_offers(
    pressed: Pressure,
    window: Window,
    figures: Figures | None = None,
    uplift: Uplift | None = None,
    *,
    bundles: pd.DataFrame | None = None,
    units_per_line: Mapping[str, float] | None = None,
) -> Candidates:
    """All clearances, near-expiry deals, members-only prices and bundles, at every depth.

    Parameters
    ----------
    pressed
        Judged on the window's first day.
    figures, uplift
        What they are reckoned with; defaults with their sources in :mod:`sim.planning.promote.figures`.
    bundles
        Pairs (see :func:`sim.planning.promote.pairs.pairs`) of SKUs under pressure with best-sellers; of each SKU, the
        one bought together with it most often is used, if its lift is high enough.
    units_per_line
        Of SKUs that were sold; 1 for all others.
    """
    asked, model = figures or Figures(), uplift or ConstantElasticity()
    known = units_per_line or {}
    per_line = np.array([known.get(name, 1.0) for name in pressed.stock.sku])
    cells, partner = _cells(pressed, window, asked, bundles, per_line)
    found = _reckoned(cells, asked, model.elasticity)
    ends = [_reckoned(cells, asked, each)["contribution"] for each in (model.low, model.high)]
    return Candidates(
        pressed=pressed,
        window=window,
        figures=asked,
        uplift=model,
        kind=cells.kind,
        sku=cells.sku,
        partner=partner,
        depth=cells.depth,
        days=cells.days,
        threshold=np.full(len(cells.sku), np.nan),
        seen=cells.seen,
        per_line=cells.per_line,
        amounts=found,
        low=np.minimum(*ends),
        high=np.maximum(*ends),
    )


def together(some: Sequence[Candidates]) -> Candidates:
    """Candidates of several kinds, reckoned from the same stock."""
    first = some[0]
    columns = {name: np.concatenate([getattr(each, name) for each in some]) for name in _COLUMNS}
    amounts = {name: np.concatenate([each.amounts[name] for each in some]) for name in first.amounts}
    return Candidates(first.pressed, first.window, first.figures, first.uplift, **columns, amounts=amounts)


def _cells(
    pressed: Pressure, window: Window, figures: Figures, bundles: pd.DataFrame | None, per_line: Floats
) -> tuple[_Cells, NDArray[np.object_]]:
    has_deadline = pressed.is_of("near_expiry") | (pressed.is_of("out_of_season") & (pressed.days_left > 0))
    days = np.where(has_deadline, np.minimum(pressed.days_left, window.days), window.days)
    open_to = np.flatnonzero((pressed.excess > 0) & (days >= 1))
    everybody, nobody = np.ones(len(open_to)), np.full(len(open_to), "", dtype=object)
    deals = pressed.is_of("near_expiry")[open_to]
    public = np.where(deals, KINDS.index("near_expiry"), KINDS.index("clearance"))
    members = np.full(len(open_to), KINDS.index("members_only"))
    place, share, partner = _bundled(pressed, figures, bundles)
    usable = np.isin(place, open_to)
    groups: list[tuple[NDArray[Any], ...]] = [
        (public, open_to, everybody, nobody),
        (members, open_to, everybody * figures.members_share, nobody),
        (np.full(int(usable.sum()), KINDS.index("bundle")), place[usable], share[usable], partner[usable]),
    ]
    every = [(*group, np.full(len(group[0]), depth)) for group in groups for depth in figures.depths]
    kinds, skus, seen, partners, depths = ([each[column] for each in every] for column in range(5))
    sku = np.concatenate(skus).astype(np.int64)
    kind = np.concatenate(kinds).astype(np.int8)
    cells = _Cells(pressed, kind, sku, np.concatenate(depths), days[sku], np.concatenate(seen), per_line[sku])
    return cells, np.concatenate(partners)


def _bundled(
    pressed: Pressure, figures: Figures, bundles: pd.DataFrame | None
) -> tuple[Ints, Floats, NDArray[np.object_]]:
    """SKUs that can be bundled, the share of their buyers who buy the best-seller too, and which one it is."""
    if bundles is None or not len(bundles):
        return np.empty(0, dtype=np.int64), np.empty(0), np.empty(0, dtype=object)
    wanted = bundles[bundles["lift"] >= figures.least_lift]
    wanted = wanted.sort_values(["together", "lift"], ascending=False, kind="stable").drop_duplicates("sku")
    place = {name: number for number, name in enumerate(pressed.stock.sku)}
    found = wanted["sku"].map(place)
    wanted, found = wanted[found.notna()], found[found.notna()]
    return (
        np.asarray(found, dtype=np.int64),
        np.asarray(wanted["confidence"], dtype=np.float64),
        np.asarray(wanted["partner"], dtype=np.object_),
    )


def _reckoned(cells: _Cells, figures: Figures, elasticity: float) -> dict[str, Floats]:
    """Amounts and money of each cell, see the head of the module."""
    pressed, sku, depth, seen = cells.pressed, cells.sku, cells.depth, cells.seen
    stock = pressed.stock
    price, cost, on_hand = stock.price[sku], stock.cost[sku], stock.on_hand[sku]
    ordinary = np.maximum(
        pressed.rate[sku], np.where(pressed.is_of("dead")[sku], 1 / pressed.thresholds.dead_days, 0.0)
    )
    answer = factor(elasticity, depth)
    mixed = 1 - seen + seen * answer
    base = np.minimum(ordinary * cells.days, on_hand)
    sold = np.minimum(ordinary * cells.days * mixed, on_hand)
    extra = np.maximum(sold - base, 0.0)
    reduced = sold * seen * answer / mixed
    own = np.maximum(reduced - extra, 0.0)
    lasting = ~pressed.is_of("near_expiry", "out_of_season", "dead")[sku]
    pulled = np.where(lasting, figures.pulled_forward_share, 0.0) * extra
    substituted = figures.substitute_share * extra
    unsold = _worth_unsold(pressed, figures, sku, extra - pulled)
    bundle = cells.kind == KINDS.index("bundle")
    with np.errstate(divide="ignore"):
        lasts = np.minimum(cells.days, on_hand / (ordinary * mixed))
    lines = ordinary * np.maximum(mixed - 1, 0.0) / cells.per_line
    orders = lines * np.where(bundle, 0.0, figures.own_order_share)
    losses = {
        "own_loss": own * price * depth,
        "pulled_loss": pulled * price,
        "substitute_loss": substituted * np.maximum(price - cost, 0.0),
    }
    revenue = extra * price * (1 - depth)
    handling = (orders * figures.order_cost + lines * figures.line_cost) * lasts
    return {
        "base": base,
        "sold": sold,
        "extra": extra,
        "own": own,
        "substituted": substituted,
        "pulled": pulled,
        "gifts": np.zeros(len(sku)),
        "lasts": lasts,
        "lines_per_day": lines,
        "orders_per_day": orders,
        "contribution": revenue - sum(losses.values()) - unsold - handling,
        "budget": reduced * price * depth,
        "revenue": revenue,
        **losses,
        "worth_unsold": unsold,
        "handling": handling,
    }


def _worth_unsold(pressed: Pressure, figures: Figures, sku: Ints, gone: Floats) -> Floats:
    """What so many units, the last ones of each SKU, would have brought without the offer.

    Units beyond those that are too many would have been sold at full price before the deadline.
    """
    stock = pressed.stock
    salvaged, _ = salvage(stock, figures, pressed.days_left)
    price, cost, salvaged = stock.price[sku], stock.cost[sku], salvaged[sku]
    waiting = worth_of_waiting(price, cost, salvaged, days_to_wait(pressed, sku, gone), figures)
    has_deadline = pressed.is_of("near_expiry", "out_of_season")[sku]
    too_many = np.where(has_deadline, np.minimum(gone, pressed.excess[sku]), gone)
    return np.asarray(too_many * waiting + (gone - too_many) * price)
