"""The commands' own keys, beside those of the scenario: what ``conf/compare.yaml`` and its like declare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from sim.errors import InconsistentError, Problem
from sim.scenario.types import Count, Flag, Model, PositiveCount

if TYPE_CHECKING:
    from sim.experiment.enough import Enough


class ComputeSettings(Model):
    """Where runs are computed: the settings that all commands with many runs share. The result never hangs on them."""

    workers: PositiveCount | None = Field(
        None, description="processes on this machine; null: as many as there are cores"
    )
    compute: Literal["local", "serial", "dask"] = Field(
        "local", description="processes on this machine, this process alone (to debug), or a Dask cluster"
    )
    scheduler: str | None = Field(
        None, min_length=1, description="address of a Dask scheduler; null: a cluster on this machine"
    )

    @model_validator(mode="after")
    def _scheduler_of_dask(self) -> Self:
        if self.scheduler is not None and self.compute != "dask":
            remedy = f"is used with compute=dask, and this is compute={self.compute}"
            raise InconsistentError([Problem("scheduler", self.scheduler, remedy)])
        return self


class CompareSettings(ComputeSettings):
    """Settings of ``surgesim compare``."""

    replications: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        30, description="draws of customers that every plan meets"
    )
    seed: Count = Field(1, description="of all random numbers")
    baseline: str | None = Field(None, description="plan that the others are held against; null: the first one")
    out: str | None = Field(None, min_length=1, description="folder of the report; null: reports/compare/SCENARIO/TIME")


class ExperimentSettings(ComputeSettings):
    """What all commands that ask the laboratory share."""

    seed: Count = Field(1, description="of all random numbers")
    store: str | None = Field(
        None,
        min_length=1,
        description="folder of the result store; null: reports/store/VERSION; what is in it is not run again",
    )
    out: str | None = Field(None, min_length=1, description="folder of the report; null: reports/COMMAND/SCENARIO/TIME")


class PrecisionSettings(Model):
    """How closely KPIs have to be known; ``precision=0.02`` is short for ``precision={relative:0.02}``."""

    kpis: tuple[str, ...] | None = Field(
        None, description="KPIs that decide; null: service_level_ship and net_contribution"
    )
    relative: Annotated[float, Field(gt=0, lt=10)] = Field(0.05, description="half-width of the 95 % interval / mean")
    absolute: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, description="half-width that is enough, by KPI in its unit; shares: 0.005 unless given"
    )
    at_least: Annotated[int, Field(strict=True, ge=3)] = Field(10, description="replications before the first look")
    at_most: Annotated[int, Field(strict=True, ge=3, le=100_000)] = Field(
        1000, description="replications to give up at"
    )
    look_ahead: Count = Field(5, description="replications over which it has to stay narrow")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        is_number = isinstance(data, (int, float)) and not isinstance(data, bool)
        return {"relative": data} if is_number else data

    def enough(self) -> Enough:
        """The rule to stop by.

        Raises
        ------
        InputError
            If a KPI is unknown or the cap lies below the first look.
        """
        from sim.experiment.enough import JUDGED, Enough
        from sim.statistics.precision import Precision

        precision = Precision(
            relative=self.relative, at_least=self.at_least, at_most=self.at_most, look_ahead=self.look_ahead
        )
        return Enough(self.kpis or JUDGED, precision, self.absolute)


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
    kpis: tuple[str, ...] | None = Field(None, description="KPIs on the page; null: those that matter most")


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


class RunSettings(Model):
    """Settings of ``surgesim run``."""

    seed: Count = Field(1, description="of all random numbers")
    replication: Count = Field(0, description="which draw of customers")
    out: str | None = Field(None, min_length=1, description="folder of the report; null: reports/run/SCENARIO/TIME")


class ShowSettings(Model):
    """Settings of ``surgesim show``."""

    all: Flag = Field(False, description="show figures at their defaults too")


SETTINGS: Final[dict[str, type[Model]]] = {
    "compare": CompareSettings,
    "explain": ExplainSettings,
    "robust": RobustSettings,
    "run": RunSettings,
    "sweep": SweepSettings,
    "show": ShowSettings,
}
