"""Commands that choose: among plans, among their figures, over futures: select, optimise and robust."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from sim.cli.settings.constraint import ConstraintSettings
from sim.cli.settings.shared import ExperimentSettings
from sim.scenario.types import Count


class SelectSettings(ExperimentSettings):
    """Settings of ``surgesim select``."""

    sweep: Any = Field(None, description="figures and their values: variants of the plans to choose from too")
    objective: str = Field("net_contribution", description="KPI to be best in")
    indifference: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = Field(
        None,
        description="smallest difference that matters, in the objective's unit; null: 1 % of the baseline's revenue, "
        "for shares 0.01, else 5 % of the baseline's mean, by a pilot",
    )
    constraint: ConstraintSettings | None = Field(
        ConstraintSettings(), description="what has to be kept, and how surely; null: nothing"
    )
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = Field(
        0.05, description="probability of a wrong choice that is accepted"
    )
    first_stage: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        10, description="replications from which variances are estimated"
    )
    at_most: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        1000, description="replications at which each stage gives up"
    )
    fresh: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        30, description="new replications of winner, runner-up and baseline"
    )
    baseline: str | None = Field(None, description="plan that the winner is held against; null: the first one")


class OptimiseSettings(ExperimentSettings):
    """Settings of ``surgesim optimise``."""

    levels: Any = Field(None, description="figures that may move, and between what")
    objective: str = Field("total_cost", description="KPI to be best in")
    constraint: ConstraintSettings | None = Field(
        ConstraintSettings(), description="what has to be kept, and how surely; null: nothing"
    )
    trials: Annotated[int, Field(strict=True, ge=1, le=100_000)] = Field(60, description="combinations to try")
    first: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        5, description="replications of every combination"
    )
    most: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        40, description="replications of one that stays promising"
    )
    fresh: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        30, description="new replications of the best, the plan as it stands, and the baseline"
    )
    baseline: str | None = Field(None, description="plan that all is held against; null: the first one")


class RobustSettings(ExperimentSettings):
    """Settings of ``surgesim robust``."""

    replications: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        20, description="draws of customers that every plan meets in every future"
    )
    fresh: Count | None = Field(None, description="further draws that what was chosen meets; null: as many; 0: none")
    futures: dict[str, Any] | None = Field(
        None, description="{NAME:{figures:{PATH:VALUE},weight:0.2}}; null: those that come with the scenario"
    )
    kpis: tuple[str, ...] | None = Field(
        None, description="what plans are chosen by; null: net_contribution and service_level_ship"
    )
    level: Annotated[float, Field(strict=True, ge=0, lt=1)] = Field(
        0.9, description="of the conditional value at risk: 0.9 looks at the worst tenth"
    )
    baseline: str | None = Field(None, description="plan that is marked as the baseline; null: the first one")
