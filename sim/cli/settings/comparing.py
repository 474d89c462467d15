"""Commands that set plans beside each other, as they stand, over figures or explained: compare, sweep and explain."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from sim.cli.settings.precision import PrecisionSettings
from sim.cli.settings.shared import ComputeSettings, ExperimentSettings
from sim.scenario.types import Count, Flag, PositiveCount


class CompareSettings(ComputeSettings):
    """Settings of ``surgesim compare``."""

    replications: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        30, description="draws of customers that every plan meets; not used with precision"
    )
    precision: PrecisionSettings | None = Field(
        None, description="take replications until the KPIs that decide are known this closely"
    )
    seed: Count = Field(1, description="of all random numbers")
    baseline: str | None = Field(None, description="plan that the others are held against; null: the first one")
    out: str | None = Field(None, min_length=1, description="folder of the report; null: reports/compare/SCENARIO/TIME")


class SweepSettings(ExperimentSettings):
    """Settings of ``surgesim sweep``."""

    sweep: Any = Field(None, description="figures and their values, or a list of points")
    design: Literal["grid", "list", "latin"] | None = Field(
        None, description="null: list where a list is given, latin where points is, else grid"
    )
    points: PositiveCount | None = Field(None, description="points of a Latin hypercube")
    replications: Annotated[int, Field(strict=True, ge=1, le=100_000)] = Field(
        10, description="draws of customers that every plan meets at every point; not used with precision"
    )
    precision: PrecisionSettings | None = Field(
        None, description="run each point until its KPIs are known this closely"
    )
    baseline: str | None = Field(None, description="plan that the others are held against; null: the first one")
    kpis: tuple[str, ...] | None = Field(None, description="KPIs on the page beside those that matter most")


class ExplainSettings(ExperimentSettings):
    """Settings of ``surgesim explain``."""

    replications: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        20, description="draws of customers that every figure worth it, and every resource, meets"
    )
    first_look: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        5, description="draws that every figure meets; what can't be among the largest is not looked at again"
    )
    top: PositiveCount = Field(15, description="bars worth showing")
    kpis: tuple[str, ...] | None = Field(
        None, description="KPIs explained; null: service_level_ship and net_contribution"
    )
    figures: dict[str, Any] | None = Field(
        None, description="ranges of your own: {PATH:[LOW,HIGH]}, beside those that sources name or in place of them"
    )
    only: tuple[str, ...] | None = Field(None, description="paths: only figures below them; null: all")
    resources: Flag = Field(True, description="whether to ask what one more of each resource brings")
    of: str | None = Field(None, description="plan whose bars are shown; null: the one to be chosen")
    baseline: str | None = Field(None, description="plan that the others are held against; null: the first one")
