"""The commands' own keys, beside those of the scenario: what ``conf/compare.yaml`` and its like declare."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from sim.compute import Kind
from sim.errors import InconsistentError, Problem
from sim.scenario.types import Count, Flag, Model, PositiveCount


class ComputeSettings(Model):
    """Where runs are computed: the settings that all commands with many runs share. The result never hangs on them."""

    workers: PositiveCount | None = Field(
        None, description="processes on this machine; null: as many as there are cores"
    )
    compute: Kind = Field(
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


class RunSettings(Model):
    """Settings of ``surgesim run``."""

    seed: Count = Field(1, description="of all random numbers")
    replication: Count = Field(0, description="which draw of customers")
    out: str | None = Field(None, min_length=1, description="folder of the report; null: reports/run/SCENARIO/TIME")


class ShowSettings(Model):
    """Settings of ``surgesim show``."""

    all: Flag = Field(False, description="show figures at their defaults too")


SETTINGS: Final[dict[str, type[Model]]] = {"compare": CompareSettings, "run": RunSettings, "show": ShowSettings}
