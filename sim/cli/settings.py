"""The commands' own keys, beside those of the scenario: what ``conf/compare.yaml`` and its like declare."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from sim.scenario.types import Count, Flag, Model, PositiveCount


class CompareSettings(Model):
    """Settings of ``surgesim compare``."""

    replications: Annotated[int, Field(strict=True, ge=2, le=100_000)] = Field(
        30, description="draws of customers that every plan meets"
    )
    seed: Count = Field(1, description="of all random numbers")
    workers: PositiveCount | None = Field(None, description="processes; null: as many as there are cores")
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
