"""Commands that look at one plan or none: run and show."""

from __future__ import annotations

from pydantic import Field

from sim.cli.settings.shared import PageSettings
from sim.scenario.types import Count, Flag, Model


class RunSettings(PageSettings):
    """Settings of ``surgesim run``."""

    seed: Count = Field(1, description="of all random numbers")
    replication: Count = Field(0, description="which draw of customers")
    out: str | None = Field(None, min_length=1, description="folder of the report; null: reports/run/SCENARIO/TIME")


class ShowSettings(Model):
    """Settings of ``surgesim show``."""

    all: Flag = Field(False, description="show figures at their defaults too")
