"""The command that forecasts demand from a history; it has no scenario."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.cli.settings.shared import PageSettings
from sim.scenario.types import Count, Day, Flag, Positive, PositiveCount


class ForecastSettings(PageSettings):
    """What ``surgesim forecast`` takes; the reader of the history, the calendar and the models check the rest."""

    history: str = Field(..., min_length=1, description="order file, or table of counts per day or week")
    horizon: PositiveCount | None = Field(None, description="days (or weeks) ahead; null: 28 days, or 8 weeks")
    country: str | None = Field(None, min_length=2, description="whose holidays count: two letters, such as TW")
    campaigns: str | None = Field(None, min_length=1, description="CSV of campaigns past and planned")
    outside: str | None = Field(None, min_length=1, description="CSV of figures from outside by date, horizon included")
    models: tuple[str, ...] | None = Field(None, description="models to choose from; null: all that are there")
    paths: Annotated[int, Field(strict=True, ge=2, le=1000)] = Field(200, description="sample paths")
    skus: Count = Field(0, description="of how many SKUs AutoETS may try its hand; 0: no forecast by SKU")
    budget_s: Positive = Field(60.0, description="seconds for the backtest")
    sku_budget_s: Positive = Field(30.0, description="seconds for AutoETS by SKU")
    preset: str = Field("", description="of an order file; empty: told by its columns")
    columns: dict[str, str] = Field({}, description="role: column of the file")
    measure: Literal["orders", "lines", "units"] = Field("orders", description="what of an order file is forecast")
    freq: Literal["", "D", "W"] = Field("", description="W: add days up to weeks; empty: as the file has it")
    gaps: Literal["refuse", "zero", "fill"] = Field("refuse", description="missing days of a table of counts")
    bad_rows: Literal["stop", "skip"] = Field("stop", description="what to do about rows that can't be read")
    week_ends: Flag = Field(False, description="dates of a weekly table are the last days of their weeks")
    since: Day | None = Field(None, description="first day to use")
    until: Day | None = Field(None, description="last day to use")
    timezone: str = Field("UTC", min_length=1, description="time zone whose midnights begin a day")
    file_timezone: str = Field("", description="time zone of times without an offset; empty: the same")
    seed: Count = Field(1, description="of the sample paths")
    out: str | None = Field(None, min_length=1, description="folder of the report; null: reports/forecast/FILE/TIME")
