"""The page on a forecast: what comes, how sure that is, what moves it, and how to use it in a scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from sim.report.alone import write_alone
from sim.report.charts.canvas import style
from sim.report.experiment import ChartPart, Draft, Part, TablePart, TextPart, Tile
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.report.tables import Cell, Head, Row, Table
from sim.scenario.types import WEEKDAYS

if TYPE_CHECKING:
    import pandas as pd

    from sim.forecasting.notes import Note
    from sim.forecasting.result import Forecast

MOST_PERIODS, MOST_SKUS, MOST_EFFECTS = 35, 30, 40
NAIVE, THEN = "seasonal_naive", "as_chosen_then"
KINDS = ("campaign", "holiday", "outside", "weekday")


def write_forecast(
    found: Forecast,
    folder: Path,
    *,
    command: str = "",
    config: Mapping[str, Any] | None = None,
    durations: Mapping[str, float] | None = None,
    lang: str = "en",
    use: str = "forecast.csv",
) -> Path:
    """Write the page, ``forecast.csv`` (what `demand.forecast` reads), and the tables as CSV.

    Parameters
    ----------
    found
        The forecast.
    folder
        To be made; it must not exist.
    use
        How the file is called in the command that the page shows.

    Returns
    -------
    Path of ``index.html``.

    Raises
    ------
    InputError
        If `folder` exists or can't be written.
    """
    formats = Formats(catalogue(lang), "")
    page = _Page(found, formats, use)
    return write_alone(
        page.draft(),
        folder,
        formats,
        when=page.when(),
        files=formats.say("forecast.files"),
        command=command,
        config=config,
        durations=durations,
        also=lambda partial: _write(found, partial),
    )


def _write(found: Forecast, folder: Path) -> None:
    found.write(folder)


def headline(found: Forecast, formats: Formats) -> Markup:
    """What comes in all, in a sentence."""
    return _Page(found, formats, "").headline()


def essence(found: Forecast, formats: Formats) -> Iterator[str]:
    """How good it is and what to know, a line each."""
    page = _Page(found, formats, "")
    yield page.certainty()
    yield from page.notes()


class _Page:
    """The parts of the page."""

    def __init__(self, found: Forecast, formats: Formats, use: str) -> None:
        self.found, self.formats, self.say, self.use = found, formats, formats.say, use
        self.unit = self.say(f"forecast.unit.{found.history.freq}")

    # --- the whole -------------------------------------------------------------------------------------------------

    def draft(self) -> Draft:
        """What the page says."""
        from sim.report.charts.forecast import backtest_chart, forecast_chart

        found, say = self.found, self.say
        with style():
            drawn = [forecast_chart(found, self.formats.charts), backtest_chart(found, self.formats.charts)]
        charts = [chart for chart in drawn if chart is not None]
        names = {chart.name for chart in charts}
        parts = [self._ahead(), self._accuracy(names), *self._effects(), *self._by_sku(), self._used(), *self._data()]
        return Draft(
            title=say("forecast.title", name=found.history.name),
            kicker=say("forecast.kicker"),
            headline=self.headline(),
            certainty=self.certainty(),
            parts=parts,
            tiles=self._tiles(),
            charts=charts,
            facts=[
                (say("forecast.how"), say("forecast.how_text", paths=len(found.paths))),
                (say("forecast.interval"), say("forecast.interval_text")),
            ],
            manifest={"model": found.model, "horizon": found.horizon, "settings": dict(found.settings)},
        )

    def when(self) -> str:
        """The days ahead."""
        first, last = self.span
        return self.say("date.span", first=self.formats.day(first), last=self.formats.day(last), year=last.year)

    def headline(self) -> Markup:
        """What comes in all."""
        first, last = self.span
        low, high = np.quantile(self.totals, (0.1, 0.9))
        return self.say.html(
            "forecast.headline" if self.found.history.measure == "orders" else "forecast.headline_of",
            first=self.formats.day(first),
            last=self.formats.day(last),
            total=self.formats.number(float(self.totals.mean())),
            low=self.formats.number(float(low)),
            high=self.formats.number(float(high)),
            measure=self.found.history.measure,
        )

    def certainty(self) -> str:
        """How good such forecasts were."""
        if not self.tested:
            return self.say("forecast.certainty_none")
        then, naive = self.accuracy[THEN], self.accuracy[NAIVE]
        key = "better" if float(then["mase"]) < float(naive["mase"]) else "no_better"
        text = self.say(
            f"forecast.certainty_{key}",
            windows=self.formats.number(float(then["windows"])),
            gain=self.formats.share(abs(1 - float(then["mase"]) / float(naive["mase"])), 0),
        )
        if not np.isfinite(float(then["coverage_80"])):
            return text
        held = self.say("forecast.held", share=self.formats.share(float(then["coverage_80"]), 0))
        return self.say("list.sentence").join((text, held))

    def notes(self) -> Iterator[str]:
        """What a reader should know of the data."""
        for note in self.found.notes:
            yield self._noted(note)

    @cached_property
    def accuracy(self) -> dict[str, dict[str, Any]]:
        """Rows of the table of accuracy by model."""
        return {str(each["model"]): each for each in _records(self.found.accuracy)}

    @property
    def tested(self) -> bool:
        """Whether the procedure could be tested."""
        return THEN in self.accuracy and bool(np.isfinite(self.accuracy[THEN]["mase"]))

    @cached_property
    def span(self) -> tuple[datetime, datetime]:
        """First and last day ahead."""
        days = self.found.daily["date"]
        return _moment(days.iloc[0]), _moment(days.iloc[-1])

    @cached_property
    def totals(self) -> Any:
        """Orders of all periods on each path."""
        return self.found.paths.sum(axis=1)

    def _noted(self, note: Note) -> str:
        values = {name: self._word(value) for name, value in note.values.items()}
        if note.key == "reader" and f"note.{note.values['key']}" in self.say.keys:  # what reading orders told, in words
            return self.say(f"note.{note.values['key']}", value=values["value"])
        return self.say(f"forecast.note.{note.key}", **values)

    def _word(self, value: object) -> str:
        """A figure, or a word that the catalogue has; else as it stands."""
        if isinstance(value, float):
            return self.formats.number(value, 0 if abs(value) >= 100 or value == round(value) else 2)
        if isinstance(value, int):
            return self.formats.number(value)
        if f"forecast.word.{value}" in self.say.keys:
            return self.say(f"forecast.word.{value}")
        parts = str(value).split(", ")
        return self.say("list.comma").join(map(self._word, parts)) if len(parts) > 1 else str(value)

    # --- parts -----------------------------------------------------------------------------------------------------

    def _tiles(self) -> list[Tile]:
        found, say, formats = self.found, self.say, self.formats
        low, high = np.quantile(self.totals, (0.1, 0.9))
        top = max(_records(found.periods), key=lambda each: float(each["mean"]))
        between = say("forecast.between", low=formats.number(float(low)), high=formats.number(float(high)))
        tiles = [
            Tile(formats.number(float(self.totals.mean())), say("forecast.tile_total", unit=self.unit,
                 count=found.horizon), between),
            Tile(formats.number(float(top["mean"])), say(f"forecast.tile_top.{found.history.freq}"),
                 say("forecast.top_below", day=formats.day(_moment(top["date"])),
                     low=formats.number(float(top["low_80"])), high=formats.number(float(top["high_80"])))),
        ]  # fmt: skip
        if self.tested:
            then, naive = self.accuracy[THEN], self.accuracy[NAIVE]
            below = say("forecast.mase_below", naive=formats.number(float(naive["mase"]), 2))
            tiles.append(Tile(formats.number(float(then["mase"]), 2), say("forecast.tile_mase"), below))
            if np.isfinite(float(then["coverage_80"])):
                held, below = formats.share(float(then["coverage_80"]), 0), say("forecast.coverage_below")
                tiles.append(Tile(held, say("forecast.tile_coverage"), below))
        return tiles

    def _ahead(self) -> Part:
        say, periods = self.say, self.found.periods
        rows = []
        for row in _records(periods.head(MOST_PERIODS)):
            named = say("list.comma").join(str(row[name]) for name in ("campaign", "holiday") if row[name])
            rows.append(
                Row(
                    self.formats.day(_moment(row["date"])),
                    (self._figure(row["mean"]), self._between(row, 80), self._between(row, 95), _words(named)),
                )
            )
        heads = (
            Head(say("forecast.mean")),
            Head(say("forecast.interval_of", share=self.formats.share(0.8))),
            Head(say("forecast.interval_of", share=self.formats.share(0.95))),
            Head(say("forecast.special"), of_words=True),
        )
        more = len(periods) - MOST_PERIODS
        return Part(
            "ahead",
            say("forecast.ahead_title"),
            say("forecast.ahead_nav"),
            [say("forecast.ahead_lead")],
            [
                ChartPart("forecast"),
                TablePart(say(f"forecast.period.{self.found.history.freq}"), Table(heads, tuple(rows))),
            ],
            [say("forecast.more_periods", count=self.formats.number(more))] if more > 0 else [],
        )

    def _accuracy(self, charts: set[str]) -> Part:
        say, formats = self.say, self.formats
        rows = []
        for each in self.accuracy.values():
            figures = [formats.number(float(each[name]), 2) for name in ("mase", "pinball")]
            shares = [formats.share(float(each[name]), 0) for name in ("coverage_80", "coverage_95")]
            bias = formats.signed(float(each["bias"]), "share")
            cells = tuple(Cell(text) for text in (formats.number(float(each["windows"])), *figures, *shares, bias))
            rows.append(Row(self._model(str(each["model"])), cells, chosen=bool(each["chosen"])))
        names = ("windows", "mase", "pinball", "coverage_80", "coverage_95", "bias")
        heads = tuple(Head(say(f"forecast.{name}"), unit="%" if name == "bias" else "") for name in names)
        blocks: list[TablePart | ChartPart | TextPart] = [TablePart(say("forecast.model"), Table(heads, tuple(rows)))]
        if "backtest" in charts:
            blocks.append(ChartPart("backtest"))
        return Part(
            "accuracy",
            say("forecast.accuracy_title"),
            say("forecast.accuracy_nav"),
            [say("forecast.accuracy_lead")],
            blocks,
            [self._why(), say("forecast.accuracy_words")],
        )

    def _why(self) -> str:
        """Why this model."""
        found = self.found
        name = self._model(found.model)
        errors = {model: float(each["mase"]) for model, each in self.accuracy.items() if model != THEN}
        own, naive = errors[found.model], errors[NAIVE]
        if found.model == NAIVE:
            return self.say("forecast.why_naive", model=name)
        if not (np.isfinite(own) and np.isfinite(naive)) or naive <= 0:
            return self.say("forecast.why_untested", model=name)
        if own > np.nanmin(list(errors.values())):
            return self.say("forecast.why_all", model=name)
        gain = self.formats.share(1 - own / naive, 0)
        return self.say("forecast.why_best", model=name, gain=gain, naive=self._model(NAIVE))

    def _effects(self) -> Iterator[Part]:
        say, formats, table = self.say, self.formats, self.found.effects
        if table.empty:
            return
        order = table["kind"].map({kind: number for number, kind in enumerate(KINDS)})
        ranked = table.assign(_kind=order).sort_values("_kind", kind="stable")
        rows = [
            Row(
                self._effect(str(each["kind"]), str(each["name"])),
                (
                    _words(say(f"forecast.kind.{each['kind']}")),
                    Cell(formats.signed(float(each["factor"]) - 1, "share") + "\u00a0%"),
                    Cell(" … ".join(formats.signed(float(each[end]) - 1, "share") for end in ("low", "high"))),
                    Cell(formats.number(float(each["seen"]))),
                ),
            )
            for each in _records(ranked.head(MOST_EFFECTS))
        ]
        heads = (
            Head(say("forecast.kind_head"), of_words=True),
            Head(say("forecast.effect")),
            Head(say("forecast.interval_of", share=formats.share(0.95)), unit="%"),
            Head(say("forecast.seen"), unit=self.unit),
        )
        more = len(table) - MOST_EFFECTS
        yield Part(
            "effects",
            say("forecast.effects_title"),
            say("forecast.effects_nav"),
            [say("forecast.effects_lead")],
            [TablePart(say("forecast.what"), Table(heads, tuple(rows)))],
            [say("forecast.more_effects", count=formats.number(more))] if more > 0 else [],
        )

    def _by_sku(self) -> Iterator[Part]:
        table, say, formats = self.found.by_sku, self.say, self.formats
        if table is None or table.empty:
            return
        rows = [
            Row(
                str(each["sku"]),
                (
                    _words(self._model(str(each["model"]))),
                    Cell(formats.number(float(each["units_per_day"]), 1)),
                    Cell(formats.number(float(each["total"]))),
                    Cell(say("forecast.between", low=formats.number(float(each["low_80"])),
                             high=formats.number(float(each["high_80"])))),
                    Cell(formats.number(float(each["sold"]))),
                ),
            )
            for each in _records(table.head(MOST_SKUS))
        ]  # fmt: skip
        heads = (
            Head(say("forecast.model"), of_words=True),
            Head(say("forecast.units_per_day")),
            Head(say("forecast.sku_total")),
            Head(say("forecast.interval_of", share=formats.share(0.8))),
            Head(say("forecast.sold")),
        )
        yield Part(
            "by_sku",
            say("forecast.sku_title"),
            say("forecast.sku_nav"),
            [say("forecast.sku_lead", shown=len(rows), count=formats.number(len(table)))],
            [TablePart(say("forecast.sku"), Table(heads, tuple(rows)), sortable=True)],
        )

    def _used(self) -> Part:
        say, found = self.say, self.found
        first, last = (day.date().isoformat() for day in self.span)
        planned = list(dict.fromkeys(name for name in found.daily["campaign"] if name))
        remarks = [say("forecast.use_dates", first=first, last=last)]
        if planned:
            remarks.append(say("forecast.use_campaigns", names=say("list.comma").join(planned)))
        if found.history.measure != "orders":
            remarks.append(say("forecast.use_measure", measure=found.history.measure))
        command = f"surgesim compare scenario=NAME demand.forecast={self.use}"
        lead = [say("forecast.use_lead")]
        return Part("use", say("forecast.use_title"), say("forecast.use_nav"), lead, [TextPart(command)], remarks)

    def _data(self) -> Iterator[Part]:
        notes = list(self.notes())
        if notes:
            say = self.say
            yield Part(
                "data", say("forecast.data_title"), say("forecast.data_nav"), [say("forecast.data_lead")], [], notes
            )

    # --- cells -----------------------------------------------------------------------------------------------------

    def _figure(self, value: float) -> Cell:
        return Cell(self.formats.number(value, 1 if 0 < value < 10 else 0), sort=value)

    def _between(self, row: Mapping[str, Any], level: int) -> Cell:
        ends = {end: self.formats.number(float(row[f"{end}_{level}"])) for end in ("low", "high")}
        return Cell(self.say("forecast.between", **ends))

    def _model(self, name: str) -> str:
        known = f"forecast.models.{name}" in self.say.keys
        return self.say(f"forecast.models.{name}") if known else name

    def _effect(self, kind: str, name: str) -> str:
        """A name as it was given; weekdays and holidays at large in the page's words."""
        day = name[:3].casefold()
        if kind == "weekday" and day in WEEKDAYS:
            return self.say.words("date.weekdays")[WEEKDAYS.index(day)]
        if name in ("", "any"):
            return self.say(f"forecast.any.{kind}")
        return name


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as mappings."""
    return [dict(zip(map(str, table.columns), row, strict=True)) for row in table.itertuples(index=False, name=None)]


def _words(text: str) -> Cell:
    return Cell(text, mark="text")


def _moment(day: Any) -> datetime:
    found = np.datetime64(day, "D").astype(object)
    return datetime(found.year, found.month, found.day)
