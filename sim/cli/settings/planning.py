"""Commands that plan a campaign: how large it may be, and what it takes: ceiling and needs."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sim.cli.settings.constraint import ConstraintSettings
from sim.cli.settings.shared import ExperimentSettings
from sim.scenario.types import Day, Days, Flag, Model, Positive, Share

if TYPE_CHECKING:
    from sim.planning.ceiling.question import Search


class MembersFirstSettings(Model):
    """What the shape members_first is like."""

    share: Annotated[float, Field(strict=True, gt=0, lt=1)] = Field(0.3, description="part of the campaign's orders")
    hours: Annotated[float, Field(strict=True, gt=0, le=1440)] = Field(24.0, description="before the opening")


class PreOrdersSettings(Model):
    """What the shape pre_orders is like."""

    share: Annotated[float, Field(strict=True, gt=0, lt=1)] = Field(0.3, description="part of the campaign's orders")
    days: Annotated[float, Field(strict=True, gt=0, le=60)] = Field(5.0, description="before the opening")


class CeilingSettings(ExperimentSettings):
    """Settings of ``surgesim ceiling``."""

    by: Literal["uplift", "orders", "revenue"] = Field(
        "uplift", description="what sizes are told in first; of an order file uplift is demand.resample"
    )
    low: Positive | None = Field(None, description="smallest size asked about, in that unit; null: uplift 1")
    high: Positive | None = Field(None, description="largest size asked about; null: 2.5 times what is planned")
    points: Annotated[int, Field(strict=True, ge=3, le=1000)] = Field(7, description="sizes of the coarse grid")
    width: Annotated[float, Field(strict=True, ge=0.001, le=1)] = Field(
        0.05, description="relative width of the bracket"
    )
    constraint: ConstraintSettings | None = Field(
        ConstraintSettings(), description="what has to be kept, and how surely; null: the scenario's targets"
    )
    replications: Annotated[int, Field(strict=True, ge=3, le=100_000)] = Field(
        8, description="draws of customers of the search, the same for all plans and sizes"
    )
    first: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        4, description="so many of them are looked at on the whole coarse grid"
    )
    fresh: Annotated[int, Field(strict=True, ge=3, le=100_000)] = Field(
        10, description="new draws that confirm the bracket, where the uncertainty of the uplift is integrated over"
    )
    at_most: Annotated[int, Field(strict=True, ge=10, le=100_000)] = Field(
        120, description="draws at which the sequential test of an end gives up, where it is not"
    )
    alpha: Annotated[float, Field(strict=True, gt=0, lt=0.5)] = Field(
        0.05, description="probability of any wrong statement about the brackets that is accepted"
    )
    shapes: tuple[str, ...] = Field(
        ("as_planned",), description="time shapes: as_planned, longer, members_first, pre_orders"
    )
    longer: Annotated[float, Field(strict=True, gt=1, le=10)] = Field(
        2.0, description="of the shape longer: so many times as long, with the same sales"
    )
    members_first: MembersFirstSettings = Field(MembersFirstSettings(), description="of the shape members_first")
    pre_orders: PreOrdersSettings = Field(PreOrdersSettings(), description="of the shape pre_orders")
    binding: Flag = Field(True, description="whether to ask what binds at the ceiling, and what binds next")
    worth: Flag = Field(False, description="whether to ask what one more of each resource adds to the ceiling")
    of: str | None = Field(None, description="plan that is asked about; null: the one of the largest ceiling")
    only: tuple[str, ...] | None = Field(None, description="resources asked about; null: all")
    baseline: str | None = Field(None, description="plan that is marked as the baseline; null: the first one")

    def search(self) -> Search:
        """The same as the question has it."""
        from sim.planning.ceiling.question import Search
        from sim.planning.ceiling.shapes import Figures

        figures = Figures(
            longer=self.longer,
            members_share=self.members_first.share,
            members_h=self.members_first.hours,
            pre_order_share=self.pre_orders.share,
            pre_order_days=self.pre_orders.days,
        )
        own = {each.name for each in fields(Search)} - {"figures"}
        return Search(**{name: getattr(self, name) for name in own}, figures=figures)


class LeadSettings(Model):
    """Days ahead at which something has to be booked."""

    floor_days: Days = Field(14, description="temporary staff of the floor")
    desk_days: Days = Field(21, description="temporary agents")
    pickups_days: Days = Field(7, description="a larger or a further vehicle")
    contract_days: Days = Field(30, description="a carrier's daily cap or contracted network")
    site_days: Days = Field(21, description="packing tables, room on the dock and on the shelves")
    oven_days: Days = Field(14, description="bakers for further hours of a production line")


class NeedsSettings(ExperimentSettings):
    """Settings of ``surgesim needs``."""

    tuning: Annotated[int, Field(strict=True, ge=10, le=100_000)] = Field(60, description="replications of the search")
    fresh: Annotated[int, Field(strict=True, ge=20, le=100_000)] = Field(
        200, description="new replications of each attempt at a proof"
    )
    probability: Annotated[float, Field(strict=True, gt=0, lt=1)] | None = Field(
        None, description="of meeting all targets at once; null: targets.probability"
    )
    desk_goal: Share | None = Field(
        None, description="share of calls answered in time; null: the scorecards' goal; 0: not asked for"
    )
    carriers_goal: Share | None = Field(
        None, description="share of parcels that carriers deliver in time; null: the scorecards' goal; 0: not asked for"
    )
    stock_goal: Share | None = Field(
        None,
        description="share of units supplied from stock; null: targets.fill_rate, or 0.97; 0: not asked for",
    )
    stretch: Literal["week", "day"] = Field("week", description="people are booked by the week, or by the day")
    leads: LeadSettings = Field(LeadSettings(), description="days ahead at which something has to be booked")
    leftover_share: Share = Field(
        0.2, description="of its cost what a unit loses that is left over and does not expire (critical fractile)"
    )
    receiving_days: Days = Field(1, description="working days of the gate from arrival to the shelf")
    today: Day | None = Field(None, description="date the calendar and the workbook are of; null: that of the report")
