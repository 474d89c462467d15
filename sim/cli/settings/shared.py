"""What several commands share: how the page is written, where runs are computed, what the laboratory is asked with."""

from __future__ import annotations

from typing import Self

from pydantic import Field, field_validator, model_validator

from sim.compute import Kind
from sim.errors import InconsistentError, Problem
from sim.scenario.types import Count, Model, PositiveCount


class ReportSettings(Model):
    """How pages are written; results never hang on it."""

    lang: str = Field("en", description="language of the page: en or zh_TW")

    @field_validator("lang")
    @classmethod
    def _lang_known(cls, lang: str) -> str:
        from sim.report.messages import languages, no_language

        if lang not in languages():
            raise InconsistentError([Problem("", lang, no_language(lang))])
        return lang


class PageSettings(Model):
    """What all commands that write a page share."""

    report: ReportSettings = Field(default_factory=ReportSettings, description="how the page is written")


class ComputeSettings(PageSettings):
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


class ExperimentSettings(ComputeSettings):
    """What all commands that ask the laboratory share."""

    seed: Count = Field(1, description="of all random numbers")
    store: str | None = Field(
        None,
        min_length=1,
        description="folder of the result store; null: reports/store/VERSION; what is in it is not run again",
    )
    out: str | None = Field(None, min_length=1, description="folder of the report; null: reports/COMMAND/SCENARIO/TIME")
