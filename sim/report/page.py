"""The page: what the templates are given, and how they are filled in."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from sim.report.alarms import early_warning
from sim.report.cards import comparison_cards
from sim.report.describe import breaking, certainty, headline
from sim.report.disturbances import disturbances_in_words
from sim.report.formats import Formats
from sim.report.measure_book import book
from sim.report.measure_words import MeasuresInWords
from sim.report.messages import Messages
from sim.report.precision import precision_facts, precision_sentence, precision_table
from sim.report.reading import Reading
from sim.report.refusals import refusal_table
from sim.report.risk import RiskInWords
from sim.report.spells import spells_of
from sim.report.stock import stock_of_comparison
from sim.report.tables import SourceRow, cost_table, difference_table, plan_table, source_rows, tiles, unsourced
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from sim.report.charts.canvas import Chart

TEMPLATES = Path(__file__).parent / "templates"
CHARTS = ("risk", "stock_units", "stock_space", "backlog", "stages", "bottlenecks", "staffing", "pareto")


@dataclass(frozen=True, slots=True)
class Origin:
    """What the page says about how it was made.

    Parameters
    ----------
    command
        Command line.
    versions
        Names of programs and packages -> versions.
    durations
        Step -> seconds.
    """

    command: str
    versions: Mapping[str, str]
    durations: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart inside the page: a data URI and what to say to those who can't see it."""

    src: str
    alt: str


@dataclass(frozen=True, slots=True)
class Sources:
    """Sources of the scenario or of one plan; `open` where they are shown at once.

    `unsourced` counts figures that were given and of which nothing says where they come from.
    """

    name: str
    rows: list[SourceRow]
    open: bool
    unsourced: int = 0

    @property
    def assumed(self) -> int:
        """How many are assumptions."""
        return sum(row.assumed for row in self.rows)


@dataclass(frozen=True, slots=True)
class PlanInWords:
    """A plan for the section on what each plan does."""

    heading: str
    about: str
    measures: list[tuple[str, str, str]]
    chosen: bool = False
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A KPI in the glossary."""

    name: str
    label: str
    unit: str
    about: str


def render(template: str, **values: Any) -> str:
    """Fill in a template; everything that is not from the catalogue is escaped."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    css = Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))  # noqa: S704 (our own file)
    return environment.get_template(template).render(css=css, charts_remark=_charts_remark(values["say"]), **values)


def _charts_remark(say: Messages) -> str:
    """What to say where charts can't be in the language of the page."""
    return "" if Formats(say, "").charts.say is say else say("language.charts")


def comparison_page(reading: Reading, charts: Mapping[str, Chart], formats: Formats, origin: Origin) -> str:
    """The page on a comparison as HTML."""
    comparison, scenario, say = reading.comparison, reading.scenario, formats.say
    several = len(reading.plans) > 1
    title = say(
        "page.title" if several else "page.title_one", scenario=formats.heading(scenario), count=len(reading.plans)
    )
    cards = comparison_cards(reading, formats)
    refusals = refusal_table(reading, formats)
    disturbances = disturbances_in_words(scenario, None, formats)
    risk = RiskInWords(reading, formats).section()
    missed = precision_table(reading, formats)
    sections = [
        *(["disturbances"] if disturbances else []),
        "plans",
        "differences",
        *(["risk"] if risk else []),
        *(["scorecards"] if cards else []),
        "costs",
        *(["stock"] if scenario.stock is not None else []),
        "backlog",
        "time",
        "limits",
    ]
    sections += ["staffing", "pareto", "early_warning", "assumptions", "measures", *(["law"] if refusals else [])]
    sections += [*(["precision"] if missed else []), "method", "glossary", "catalogue"]
    return render(
        "comparison.html.j2",
        **frame(scenario, formats, origin),
        title=title,
        kicker=say("page.kicker"),
        contents=[(name, say(f"nav.{name}")) for name in sections],
        headline=headline(reading, formats),
        certainty=certainty(reading, formats),
        tiles=tiles(reading, formats),
        breaking=breaking(reading, formats),
        disturbances=disturbances,
        chance=_chance(reading),
        replications=comparison.replications,
        plan_table=plan_table(reading, formats),
        difference_table=difference_table(reading, formats),
        baseline=reading.heading(reading.baseline),
        risk=risk,
        risk_chart_lead=_dots(reading, formats),
        missed=missed,
        precision=precision_sentence(reading, formats),
        cards=cards,
        cost_table=cost_table(reading, formats),
        currency=formats.currency,
        charts=pictures(charts, (*CHARTS, "early_warning")),
        stock=stock_of_comparison(reading, formats),
        early=early_warning(reading, formats),
        refusals=refusals,
        book=book(comparison.plans.values(), say),
        assumptions=assumptions(scenario, list(comparison.plans.values()), formats),
        measures=_measures(reading, formats),
        facts=[*_comparison_facts(reading, formats), *origin_facts(origin, formats, say("method.files_text"))],
        notes=notes_in_words(comparison.notes, formats),
        glossary=glossary([kpi for kpi in dict.fromkeys(comparison.summary["kpi"]) if reading.known(kpi)], formats),
    )


def frame(scenario: Scenario, formats: Formats, origin: Origin) -> dict[str, Any]:
    """What every page's frame needs."""
    return {
        "say": formats.say,
        "scenario": scenario,
        "when": when(scenario, formats),
        "version": origin.versions.get("surgesim", ""),
    }


def when(scenario: Scenario, formats: Formats) -> str:
    """Measured days in local dates."""
    first, last = scenario.local_time(scenario.measure_from_min), scenario.local_time(scenario.measure_to_min - 1)
    dates = formats.say("date.span", first=formats.day(first), last=formats.day(last), year=last.year)
    text = formats.say("page.dates", dates=dates, timezone=scenario.timezone)
    if scenario.scale == 1:
        return text
    return f"{text} · {formats.say('page.scaled', scale=formats.share(scenario.scale))}"


def pictures(charts: Mapping[str, Chart], names: Sequence[str]) -> dict[str, Picture | None]:
    """Charts as data URIs; nothing for those that were not drawn."""
    found: dict[str, Picture | None] = dict.fromkeys(names)
    for name, chart in charts.items():
        found[name] = Picture("data:image/svg+xml;base64," + base64.b64encode(chart.svg).decode(), chart.alt)
    return found


def assumptions(scenario: Scenario, plans: Sequence[Plan], formats: Formats) -> list[Sources]:
    """Sources of the scenario and of every plan that gives some."""
    named: list[tuple[str, Scenario | Plan]] = [(formats.say("assumptions.scenario"), scenario)]
    named += [(formats.heading(plan), plan) for plan in plans]
    groups = [
        Sources(
            name,
            source_rows(each, each.sources, formats),
            open=each is scenario,
            unsourced=unsourced(each, each.sources),
        )
        for name, each in named
    ]
    return [group for group in groups if group.rows or group.unsourced]


def _chance(reading: Reading) -> bool:
    """Whether the charts show what chance made of a disturbance in replication 0."""
    ledger = reading.comparison.ledgers.get(reading.baseline)
    return any(each.drawn for each in spells_of(reading.scenario, ledger, one_run=False))


def _dots(reading: Reading, formats: Formats) -> str:
    """What a dot of the chart of risk stands for."""
    from sim.report.charts.risk import MOST_DOTS

    count = reading.comparison.replications
    if count <= MOST_DOTS:
        return formats.say("risk.chart_lead")
    return formats.say("risk.chart_lead_thinned", dots=formats.number(MOST_DOTS), count=formats.number(count))


def _measures(reading: Reading, formats: Formats) -> list[PlanInWords]:
    words = MeasuresInWords(reading.scenario, formats)
    found: list[PlanInWords] = []
    for name, plan in reading.comparison.plans.items():
        hours = reading.estimate(name, "overtime_refused_h").mean
        refused = formats.say("measures.refused", hours=formats.number(hours, 1)) if hours > 0 else ""
        chosen = reading.is_choice(name)
        found.append(
            PlanInWords(reading.heading(name), formats.say.given(plan.about), words.plan(plan), chosen, refused)
        )
    return found


def _comparison_facts(reading: Reading, formats: Formats) -> list[tuple[str, str]]:
    comparison, say = reading.comparison, formats.say
    return [
        (say("method.replications"), formats.number(comparison.replications)),
        *precision_facts(reading, formats),
        (say("method.seed"), str(comparison.seed)),
        (say("method.workers"), str(comparison.workers)),
        (say("method.paired"), _pairing(reading, formats)),
        (say("method.intervals"), say("method.intervals_text")),
        (say("method.window"), window(reading.scenario, formats)),
    ]


def _pairing(reading: Reading, formats: Formats) -> str:
    """How much pairing on the same draws sharpened the differences: medians over plans."""
    factors: dict[str, str] = {}
    for name, kpi in (("service", "service_level_ship"), ("net", "net_contribution")):
        gaps = [reading.gap(plan, kpi) for plan in reading.plans]
        known = sorted(gap.crn_factor for gap in gaps if gap is not None and math.isfinite(gap.crn_factor))
        if known:
            factors[name] = formats.number(known[len(known) // 2], 1)
    if len(factors) < 2:
        return formats.say("method.paired_text_only")
    return formats.say("method.paired_text", **factors)


def window(scenario: Scenario, formats: Formats) -> str:
    """What was measured, in local times."""
    return formats.say(
        "method.window_text",
        start=formats.moment(scenario.local_time(scenario.measure_from_min)),
        end=formats.moment(scenario.local_time(scenario.measure_to_min)),
        horizon=formats.moment(scenario.local_time(scenario.horizon_min)),
    )


def origin_facts(origin: Origin, formats: Formats, files: str) -> list[tuple[str, str]]:
    """Versions, durations, command and files."""
    say = formats.say
    durations = [f"{say(f'duration.{name}')} {formats.seconds(value)}" for name, value in origin.durations.items()]
    facts = [
        (
            say("method.versions"),
            say("list.comma").join(f"{name} {version}" for name, version in origin.versions.items()),
        ),
        (say("method.durations"), say("list.comma").join(durations)),
        (say("method.command"), origin.command),
        (say("method.files"), files),
    ]
    return [(name, text) for name, text in facts if text]


def notes_in_words(notes: Mapping[str, Any], formats: Formats) -> list[str]:
    """What was left out of an order file, and the like, one sentence each."""
    return [formats.say(f"note.{name}", value=_noted(value, formats)) for name, value in notes.items()]


def _noted(value: Any, formats: Formats) -> Any:
    if isinstance(value, float):
        return formats.number(value, 2 if value < 100 else 0)
    return formats.number(value) if isinstance(value, int) else value


def glossary(kpis: Sequence[str], formats: Formats) -> list[Meaning]:
    """Definitions of the KPIs in the tables and files."""
    from sim.indicators import KPIS

    say = formats.say
    return [
        Meaning(
            kpi,
            say(f"kpi.{kpi}.label"),
            say(f"kpi_unit.{KPIS[kpi].unit}", currency=formats.currency),
            say(f"kpi.{kpi}.about"),
        )
        for kpi in kpis
    ]
