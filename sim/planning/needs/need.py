"""A need, and amounts of it.

Amounts are what there really is, after `scale` and factors. Staff needs have an amount for every pattern of hours in
one stretch of days; all others have one amount. Units of several SKUs are one amount too, shared out by SKU.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor
from typing import Literal

from sim.planning.needs.stretches import Pattern, Stretch

Kind = Literal[
    "staff", "stations", "pickup", "daily_cap", "network", "room", "oven", "shelf", "bought", "space", "gate"
]
Amounts = Mapping[str, tuple[int, ...]]
CUT_SHARE = 0.15
PARCEL_STEP = 0.05  # of what is counted in parcels, one step of the search


@dataclass(frozen=True)
class Goods:
    """SKUs whose units are one need.

    Attributes
    ----------
    skus
        Their names.
    shares
        Part of the demand of the planned days that each has, adding up to 1.
    there
        Units of each: of what is bought those there and promised, of what is made those up to which it is made today.
    before
        Of what is made: units on the shelves as the planned days begin if nothing were made before.
    per_hour
        Of what is made: units made before the planned days begin for each hour that the line runs a day.
    arrives
        Of what is bought: day on which each has to be promised for, by number from the start of the run.
    """

    skus: tuple[str, ...]
    shares: tuple[float, ...]
    there: tuple[int, ...]
    before: float = 0.0
    per_hour: float = 0.0
    arrives: tuple[int, ...] = ()


@dataclass(frozen=True)
class Need:
    """Something that is needed.

    Attributes
    ----------
    key
        Short name, unlike any other: ``packing.20260907``, ``home.noon``, ``storage``.
    kind
        What it is.
    owner
        Stage, carrier or production line; empty where there is only one.
    part
        Visit; empty otherwise.
    legs
        KPIs of the targets that it serves; empty: nothing asks for it, it stays as the closed form has it.
    closed
        By closed form, by pattern.
    present
        What there is, by pattern.
    price
        Of one more, in site currency over the stretch; 0 where none is known.
    stretch, patterns
        Of staff needs.
    goods
        Of needs counted in units.
    lowest, most
        Bounds of the amount; None: none of its own.
    """

    key: str
    kind: Kind
    owner: str
    part: str
    legs: tuple[str, ...]
    closed: tuple[int, ...]
    present: tuple[int, ...]
    price: tuple[float, ...]
    stretch: Stretch | None = None
    patterns: tuple[Pattern, ...] = ()
    goods: Goods | None = None
    lowest: int | None = None
    most: int | None = None

    @property
    def by_heads(self) -> bool:
        """Whether it comes one by one, and not by the parcel."""
        return self.kind in {"staff", "stations", "oven", "gate"}

    @property
    def least(self) -> int:
        """No less than this can be tried: the models ask for one table and one parcel."""
        if self.lowest is not None:
            return self.lowest
        return 0 if self.kind == "staff" else 1

    def step(self, amount: int) -> int:
        """One step of the search at an amount."""
        return 1 if self.by_heads else max(1, round(PARCEL_STEP * amount))

    def raised(self, amounts: tuple[int, ...], factor: float) -> tuple[int, ...]:
        """All amounts times a factor, rounded up, at least one more in all; no more than there can be."""
        more = tuple(ceil(each * factor - 1e-9) for each in amounts)
        if sum(more) <= sum(amounts):
            largest = max(range(len(more)), key=lambda place: more[place])
            more = tuple(each + (place == largest) for place, each in enumerate(more))
        return self._within(more)

    def lowered(self, amounts: tuple[int, ...], factor: float) -> tuple[int, ...]:
        """All amounts times a factor, rounded up and no lower than they can be; needs that serve no target stay."""
        if not self.legs:
            return amounts
        return tuple(max(min(each, self.least), ceil(each * factor - 1e-9)) for each in amounts)

    def one_more(self, amounts: tuple[int, ...]) -> tuple[int, ...]:
        """One step more, at the largest amount; no more than there can be."""
        largest = max(range(len(amounts)), key=lambda place: amounts[place])
        more = tuple(each + (self.step(each) if place == largest else 0) for place, each in enumerate(amounts))
        return self._within(more)

    def _within(self, amounts: tuple[int, ...]) -> tuple[int, ...]:
        return amounts if self.most is None else tuple(min(each, self.most) for each in amounts)

    def cut(self, amounts: tuple[int, ...]) -> tuple[int, ...]:
        """Cut by the larger of one unit and 15 % of the total (rounded down); the largest amounts lose first."""
        left = list(amounts)
        for _ in range(min(cut_of(sum(amounts)), sum(amounts) - self.least)):
            left[max(range(len(left)), key=lambda place: left[place])] -= 1
        return tuple(left)


def cut_of(total: int) -> int:
    """Units by which a total is cut: the larger of one and 15 %, rounded down, so that no cut is larger than asked."""
    return max(1, floor(CUT_SHARE * total + 1e-9))


def figure_of(amount: int, scale: float) -> int:
    """The figure to write so that `amount` is there at a scale; the next larger one where scale can't give it."""
    return 0 if amount == 0 else max(1, ceil((amount - 0.5) / scale - 1e-9))
