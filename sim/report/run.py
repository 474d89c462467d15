"""The page on one run: one plan, one replication."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.ledger import EVENTS, Ledger
from sim.report.alarms import alarms_of
from sim.report.cards import run_cards
from sim.report.disturbances import disturbances_in_words
from sim.report.formats import Formats
from sim.report.measure_words import MeasuresInWords
from sim.report.page import (
    Origin,
    PlanInWords,
    assumptions,
    frame,
    glossary,
    notes_in_words,
    origin_facts,
    pictures,
    render,
    window,
)
from sim.report.refusals import rule_in_words
from sim.report.stock import stock_of_run
from sim.report.tables import Cell, Head, Row, Table

if TYPE_CHECKING:
    import pandas as pd

    from sim.report.charts.canvas import Chart

MOST_ROWS = 60  # longer tables are cut on the page; the ledger has all of it
GROUPS: dict[str, tuple[str, ...]] = {
    "on_time": ("orders_accepted", "orders_due", "service_level_ship", "service_level_delivery", "open_share"),
    "tardiness": ("tardiness_ship_p50_min", "tardiness_ship_p90_min", "tardiness_ship_p99_min"),
    "backlog": ("peak_backlog_orders", "clear_time_h", "mean_wait_picking_min", "mean_wait_packing_min", "full_dock_h"),
    "customers": (
        "cancelled_share",
        "lost_share",
        "contacts_per_100_orders",
        "abandonment_share",
        "answered_in_time_share",
        "mean_wait_desk_min",
        "satisfaction_mean",
    ),
    "carriers": ("carrier_on_time_share", "no_show_share", "pickup_fill_share", "left_behind_parcels"),
    "stock": (
        "fill_rate",
        "backordered_share",
        "dropped_units",
        "rejected_share",
        "short_sku_days",
        "written_off_units",
        "peak_storage_m3",
        "stock_end_units",
        "returned_share",
    ),
    "people": (
        "orders_per_staff_h",
        "utilisation_picking",
        "utilisation_packing",
        "utilisation_desk",
        "overtime_h",
        "overtime_refused_h",
    ),
    "money": ("revenue", "total_cost", "net_contribution", "net_contribution_per_order", "lost_future_margin"),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """A group of KPIs: label and value of each."""

    title: str
    rows: list[tuple[str, str]]


def kpi_frame(figures: pd.Series[float]) -> pd.DataFrame:
    """KPIs of a run as a table: kpi, unit, value."""
    import pandas as pd

    from sim.indicators import KPIS

    names = [str(name) for name in figures.index]
    return pd.DataFrame({"kpi": names, "unit": [KPIS[name].unit for name in names], "value": figures.to_numpy()})


def run_page(
    ledger: Ledger,
    figures: pd.Series[float],
    scorecards: pd.DataFrame,
    charts: Sequence[Chart],
    formats: Formats,
    origin: Origin,
) -> str:
    """The page as HTML."""
    scenario, plan, say = ledger.scenario, ledger.plan, formats.say
    values = {str(name): float(value) for name, value in figures.items()}
    measures = PlanInWords(formats.heading(plan), say.given(plan.about), MeasuresInWords(scenario, formats).plan(plan))
    cards = run_cards(scorecards, formats)
    disturbances = disturbances_in_words(scenario, ledger, formats)
    shown = {"scorecards": cards, "disturbances": disturbances, "stock": scenario.stock}
    absent = {name for name, something in shown.items() if not something}
    sections = (
        "disturbances kpis scorecards timeline stock costs alerts alarms pickups measures assumptions method glossary"
    )
    alarms = alarms_of(ledger, formats)
    facts = [
        (say("method.seed"), str(ledger.seed)),
        (say("method.replication"), str(ledger.replication)),
        (say("method.window"), window(scenario, formats)),
    ]
    return render(
        "run.html.j2",
        **frame(scenario, formats, origin),
        title=say("page.run_title", scenario=formats.heading(scenario), plan=formats.heading(plan)),
        kicker=say("page.kicker_run"),
        contents=[
            (name, say("nav.measures_run" if name == "measures" else f"nav.{name}"))
            for name in sections.split()
            if name not in absent
        ],
        disturbances=disturbances,
        groups=_groups(values, formats),
        cards=cards,
        charts=pictures({chart.name: chart for chart in charts}, ("timeline", "stock", "skus")),
        stock=stock_of_run(ledger, formats),
        cost_table=_costs(values, formats),
        currency=formats.currency,
        alerts=_alerts(ledger, formats),
        alerts_of=len(ledger.column("alerts", "time_min")),
        alarms=alarms[:MOST_ROWS],
        alarms_of=len(alarms),
        pickups=_pickups(ledger, formats),
        pickups_of=len(ledger.column("pickups", "planned_min")),
        measures=[measures],
        assumptions=assumptions(scenario, [plan], formats),
        facts=[*facts, *origin_facts(origin, formats, say("method.files_run"))],
        notes=notes_in_words(ledger.remarks, formats),
        glossary=glossary([kpi for kpi, value in values.items() if math.isfinite(value)], formats),
    )


def _groups(values: Mapping[str, float], formats: Formats) -> list[Figures]:
    from sim.indicators import KPIS

    found: list[Figures] = []
    for group, kpis in GROUPS.items():
        rows = [
            (formats.say(f"kpi.{kpi}.label"), _with_unit(values[kpi], KPIS[kpi].unit, formats))
            for kpi in kpis
            if math.isfinite(values[kpi])
        ]
        if rows:
            found.append(Figures(formats.say(f"plans.group.{group}", currency=formats.currency), rows))
    return found


def _with_unit(value: float, unit: str, formats: Formats) -> str:
    """A figure that stands alone: hours need their unit, shares and durations bring it."""
    text = formats.value(value, unit)
    return formats.say("run.hours", hours=text) if unit == "h" else text


def _costs(values: Mapping[str, float], formats: Formats) -> Table | None:
    """Cost lines with their parts of the total; nothing where nothing costs."""
    from sim.costs import LINES

    say, total = formats.say, values["total_cost"]
    if not total:
        return None
    rows = [
        Row(
            say(f"cost.{line}"),
            (Cell(formats.amount(values[f"cost_{line}"])), _part(values[f"cost_{line}"], total, formats)),
        )
        for line in LINES
        if values[f"cost_{line}"]
    ]
    rows.append(
        Row(say("kpi.total_cost.label"), (Cell(formats.amount(total)), _part(total, total, formats)), kind="total")
    )
    return Table((Head(say("run.amount"), unit=formats.currency), Head(say("run.share"))), tuple(rows))


def _part(amount: float, total: float, formats: Formats) -> Cell:
    return Cell(formats.share(amount / total))


def _alerts(ledger: Ledger, formats: Formats) -> list[tuple[str, ...]]:
    """Decisions in the order of time: when, measure, what, because of, value, level."""
    say, table = formats.say, ledger.tables["alerts"]
    rows: list[tuple[str, ...]] = []
    for row in np.argsort(table["time_min"], kind="stable")[:MOST_ROWS]:
        event, metric = EVENTS[int(table["event"][row])], str(table["metric"][row])
        value, level = float(table["value"][row]), float(table["level"][row])
        found = formats.plain(value) if math.isfinite(value) else ""
        rows.append(
            (
                formats.moment(ledger.scenario.local_time(float(table["time_min"][row]))),
                str(table["measure"][row]),
                say(f"run.event.{event}"),
                _because(event, metric, formats),
                say("run.hours", hours=found) if event == "refused" else found if metric else "",
                formats.plain(level) if metric and math.isfinite(level) else "",
            )
        )
    return rows


def _because(event: str, metric: str, formats: Formats) -> str:
    """A watched metric with its unit, nothing for other triggers; the rule of the law that refused something."""
    if not metric:
        return ""
    say = formats.say
    if event == "refused":
        return rule_in_words(metric, formats)
    return say("run.alert_because", metric=say(f"metric.{metric}"), unit=say(f"metric_unit.{metric}"))


def _pickups(ledger: Ledger, formats: Formats) -> list[tuple[str, ...]]:
    """Visits in the order of time: planned, carrier, capacity, taken, left behind, remark."""
    say, table = formats.say, ledger.tables["pickups"]
    names = ledger.names_of("pickups", "carrier") if len(table["carrier"]) else ()
    rows: list[tuple[str, ...]] = []
    for row in np.argsort(table["planned_min"], kind="stable")[:MOST_ROWS]:
        capacity = float(table["capacity"][row])
        remarks = [say(f"run.{name}") for name in ("no_show", "extra") if bool(table[name][row])]
        if not table["no_show"][row] and table["left"][row] > 0:
            remarks.append(say("run.full"))
        rows.append(
            (
                formats.moment(ledger.scenario.local_time(float(table["planned_min"][row]))),
                names[int(table["carrier"][row])],
                formats.number(capacity) if math.isfinite(capacity) else say("run.no_limit"),
                formats.number(int(table["taken"][row])),
                formats.number(int(table["left"][row])),
                say("list.comma").join(remarks),
            )
        )
    return rows
