"""Measures towards customers: what they are told, what they are offered, and how they are won back.

Whatever a customer is offered, more of it never makes the same customer cancel, ask or leave who would not have: so
the tiers of an offer must rise. What can do harm is a new experience: an apology that is repeated because the order
still waits is a promise broken again (Halperin et al. 2019, NBER w25676).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sim.scenario.measures.trigger import Measure
from sim.scenario.types import Model, NamedOnce, NonNegative, Positive, PositiveCount, Real, Share, quantity

Score = Annotated[float, Field(strict=True, ge=0, le=4)]
ServiceClasses = Annotated[NamedOnce[Literal["standard", "express"]], Field(min_length=1)]
BOTH_CLASSES: ServiceClasses = ["standard", "express"]
# What an offer is worth and does; in a tier null stands for the figure of the tier below.
TERMS = (
    "value_cost",
    "redemption_share",
    "cancel_reduction_share",
    "contact_reduction_share",
    "churn_reduction_share",
    "score_gain",
)


class Tier(Model):
    """A greater offer to those who have waited longer; figures that are left out are those of the tier below."""

    days_late: NonNegative = quantity(..., "days", "lateness from which it is offered")
    value_cost: NonNegative = quantity(..., "currency", "what it costs us when redeemed; above the tier below")
    redemption_share: Share | None = quantity(None, "share", "part of offers that are redeemed")
    cancel_reduction_share: Share | None = quantity(None, "share", "part of would-be cancellations that it prevents")
    contact_reduction_share: Share | None = quantity(None, "share", "part of contacts about lateness that it prevents")
    churn_reduction_share: Share | None = quantity(None, "share", "part of the lost future spend that it saves")
    score_gain: Score | None = quantity(None, "points", "on a late customer's score, up to 5")


class Compensation(Measure):
    """An offer to customers whose order is late, of itself or when they ask."""

    kind: Literal["compensation"] = "compensation"
    classes: ServiceClasses = Field(BOTH_CLASSES, description="whose orders")
    offer: Literal["coupon", "free_shipping", "gift"] = Field(
        "coupon",
        description="coupon, free_shipping: cost when redeemed on a later order; gift: goes out with the parcel",
    )
    offered: Literal["proactive", "on_request"] = Field(
        "proactive", description="to all whose order is late, or only when an agent answers their contact about it"
    )
    after_due_h: Real = quantity(0.0, "h", "offered at due_ship plus this; negative: ahead of time")
    value_cost: NonNegative = quantity(0.0, "currency", "what it costs us when redeemed")
    redemption_share: Share = quantity(0.0, "share", "part of offers that are redeemed; a gift is not redeemed")
    cancel_reduction_share: Share = quantity(0.0, "share", "part of would-be cancellations that it prevents")
    contact_reduction_share: Share = quantity(0.0, "share", "part of contacts about lateness that it prevents")
    churn_reduction_share: Share = quantity(0.0, "share", "part of the lost future spend that it saves")
    score_gain: Score = quantity(0.0, "points", "on a late customer's score, up to 5")
    tiers: list[Tier] = Field([], description="greater offers by lateness, each in place of the one before")
    budget_cost: NonNegative | None = quantity(
        None, "currency", "most that is promised in all, at value x redemption (a gift: its value)", scales=True
    )
    repeat_every_h: Positive | None = quantity(
        None, "h", "who still waits is offered it again after so long; null: once"
    )
    most_repeats: PositiveCount | None = quantity(None, "times", "at most so often again; null: as long as they wait")
    repeat_churn_share: Share = quantity(0.0, "share", "future spend that each repeat costs, as a promise broken again")

    @property
    def levels(self) -> list[Tier]:
        """The offer below all tiers, then the tiers, every figure given."""
        known: dict[str, Any] = {name: getattr(self, name) for name in TERMS}
        levels = [Tier.model_construct(days_late=0.0, **known)]
        for tier in self.tiers:
            known |= {name: getattr(tier, name) for name in TERMS if getattr(tier, name) is not None}
            levels.append(Tier.model_construct(days_late=tier.days_late, **known))
        return levels

    @model_validator(mode="after")
    def _tiers_rise(self) -> Compensation:
        days = [tier.days_late for tier in self.tiers]
        if days != sorted(set(days)):
            raise ValueError("tiers must rise in days_late")
        levels = self.levels
        for number, (below, above) in enumerate(pairwise(levels)):
            if above.value_cost <= below.value_cost:
                raise ValueError(
                    f"tiers must rise in value_cost: tiers.{number} has {above.value_cost:g} after {below.value_cost:g}"
                )
            for name in TERMS[1:]:
                if getattr(above, name) < getattr(below, name):
                    raise ValueError(f"a greater offer never does less: {name} falls in tiers.{number}")
        return self

    @model_validator(mode="after")
    def _repeats_have_an_interval(self) -> Compensation:
        if self.repeat_every_h is None and (self.most_repeats is not None or self.repeat_churn_share > 0):
            raise ValueError("most_repeats and repeat_churn_share need repeat_every_h, the time between two offers")
        if self.repeat_every_h is not None and self.offered == "on_request":
            raise ValueError("repeat_every_h goes with offered: proactive; who asks again moves up the tiers")
        return self


class Announcement(Measure):
    """A notice on the site and at the top of every tracking page: "we are busy, parcels are later than usual"."""

    kind: Literal["announcement"] = "announcement"
    contact_reduction_share: Share = quantity(0.0, "share", "part of contacts about open orders that it prevents")
    cancel_reduction_share: Share = quantity(0.0, "share", "part of would-be cancellations that it prevents")
    setup_cost: NonNegative = quantity(0.0, "currency", "once, when it first takes effect", scales=True)


class ProactiveNotice(Measure):
    """A message to each customer whose order is not shipped at a time relative to its due time."""

    kind: Literal["proactive_notice"] = "proactive_notice"
    classes: ServiceClasses = Field(BOTH_CLASSES, description="whose orders")
    after_due_h: Real = quantity(-12.0, "h", "sent at due_ship plus this; negative: ahead of time")
    cost_per_notice: NonNegative = quantity(0.0, "currency", "per message")
    contact_reduction_share: Share = quantity(
        0.0, "share", "part of contacts about the order that it prevents from then on, before and after due"
    )
    cancel_reduction_share: Share = quantity(0.0, "share", "part of would-be cancellations that it prevents")
    score_gain: Score = quantity(0.0, "points", "on a late customer's score, up to 5")


class RecoveryOffer(Measure):
    """An offer for a limited time to customers who were disappointed, to win them back."""

    kind: Literal["recovery_offer"] = "recovery_offer"
    late_by_h: NonNegative = quantity(
        48.0, "h", "disappointed: cancelled, or delivered (or overdue) more than this after due_delivery"
    )
    valid_days: Annotated[int, Field(strict=True, ge=1, le=366)] = quantity(
        14, "days", "who is disappointed within these days is written to as well, at a review a day"
    )
    win_back_share: Share = quantity(0.0, "share", "part of those written to who come back")
    value_cost: NonNegative = quantity(0.0, "currency", "what the offer costs us per customer who comes back")
    cost_per_message: NonNegative = quantity(0.0, "currency", "per customer written to")
