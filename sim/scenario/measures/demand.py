"""Measures on demand: fewer customers are drawn in, they order less, are promised less, or are let in by turns.

What such a measure costs beside a fee is what it turns away: the orders of customers who do not order under its terms.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.measures.trigger import Measure
from sim.scenario.types import Moment, NamedOnce, NonNegative, PositiveCount, Share, quantity

SomeHours = Annotated[float, Field(strict=True, gt=0, le=366 * 24)]


class DemandMeasure(Measure):
    """What measures on demand share."""

    setup_cost: NonNegative = quantity(0.0, "currency", "once, when it first takes effect", scales=True)


class Throttle(DemandMeasure):
    """Ads of the campaign are cut, so that fewer of its customers come."""

    kind: Literal["throttle"] = "throttle"
    share: Share = quantity(0.5, "share", "part of the spend on ads that goes on")
    ads_share: Share = quantity(0.5, "share", "part of the campaign's orders that ads bring")


class PauseCampaign(DemandMeasure):
    """The campaign is taken off the shop's pages; ordinary orders go on."""

    kind: Literal["pause_campaign"] = "pause_campaign"
    still_share: Share = quantity(0.0, "share", "part of the campaign's orders that are placed all the same")


class PurchaseLimit(DemandMeasure):
    """Nobody gets more than so many units, or lines, in one order."""

    kind: Literal["purchase_limit"] = "purchase_limit"
    units: PositiveCount | None = quantity(None, "units", "most units of an order; null: no limit")
    lines: PositiveCount | None = quantity(None, "lines", "most lines of an order; null: no limit")
    leave_share: Share = quantity(0.0, "share", "part of those who wanted more and now order nothing at all")

    @model_validator(mode="after")
    def _limits_something(self) -> PurchaseLimit:
        if self.units is None and self.lines is None:
            raise ValueError("limits nothing: give units, lines or both")
        return self


class LongerPromise(DemandMeasure):
    """Who orders from now on is promised shipping and delivery some working days later."""

    kind: Literal["longer_promise"] = "longer_promise"
    days: Annotated[int, Field(strict=True, ge=1, le=60)] = quantity(
        1, "working days", "added to shipping and delivery; a hard deadline stays"
    )
    classes: NamedOnce[Literal["standard", "express"]] = Field(
        ["standard", "express"], min_length=1, description="whose promise"
    )
    loss_share: Share = quantity(0.0, "share", "part of these customers who do not order under the longer promise")


class StaggeredRelease(DemandMeasure):
    """The opening is spread: customers are let in by turns."""

    kind: Literal["staggered_release"] = "staggered_release"
    opens: Moment | None = Field(None, description="what is spread begins then; null: when the campaign opens")
    window_h: SomeHours = quantity(3.0, "h", "who would come within it is given a turn")
    groups: Annotated[int, Field(strict=True, ge=2, le=1000)] = quantity(4, "turns", "number of turns, equally likely")
    every_h: SomeHours = quantity(3.0, "h", "from one turn to the next")
    loss_share: Share = quantity(0.0, "share", "part of those who must wait that do not come back")

    @model_validator(mode="after")
    def _arranged_beforehand(self) -> StaggeredRelease:
        if self.trigger.when in {"metric", "alert"}:
            raise ValueError(
                f"turns are given before the opening, so no {self.trigger.when} can decide it: "
                "write when: start, or when: time"
            )
        if self.trigger.until is not None:
            raise ValueError("ends with its last turn: leave out trigger.until and choose groups and every_h")
        return self
