"""Early warning in the report: rules in words, levels to choose by, the chart, and hours the law refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from report_fixture import make_comparison
from shop_fixture import make_plans, make_scenario

from sim.early_warning import LEVELS
from sim.experiment import Comparison
from sim.experiment.alarms import COLUMNS
from sim.ledger import EVENTS
from sim.report import write_comparison
from sim.report.alarms import early_warning, false_alarms, lead_in_words
from sim.report.charts.alarms import alarms_chart
from sim.report.charts.canvas import style
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.report.reading import Reading
from sim.report.refusals import refusal_table
from sim.scenario.scenario import Scenario

FORMATS = Formats(catalogue(), "TWD")
NASTY = "<script>alert('1')</script>"


def compared(scenario: Scenario | None = None, **changes: Any) -> SimpleNamespace:
    plans = {name: plan for name, plan in make_plans().items() if name in {"none", "overtime"}}
    return SimpleNamespace(**{**vars(make_comparison(plans, replications=10, scenario=scenario)), **changes})


def reading_of(comparison: SimpleNamespace) -> Reading:
    return Reading(cast("Comparison", comparison))


@pytest.fixture(scope="module")
def comparison() -> SimpleNamespace:
    return compared()


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (12.0, "12 h ahead"),
        (0.5, "30 min ahead"),
        (-3.5, "3.5 h too late"),
        (-72.0, "3 days too late"),
        (0.0, "just then"),
        (float("nan"), "–"),
    ],
)
def test_a_lead_time_is_said_in_words(hours: float, text: str) -> None:
    assert plain(lead_in_words(hours, FORMATS)) == text


@pytest.mark.parametrize(("per_run", "text"), [(0.0, "0"), (0.167, "0.17"), (1.0, "1.0"), (12.34, "12.3")])
def test_false_alarms_have_the_decimals_that_tell_levels_apart(per_run: float, text: str) -> None:
    assert false_alarms(per_run, FORMATS) == text


def test_a_rule_says_what_it_watches_whom_it_tells_and_how_it_did(comparison: SimpleNamespace) -> None:
    rule = early_warning(reading_of(comparison), FORMATS).rules[0]
    assert (rule.name, rule.watches, plain(rule.level)) == (
        "work_piles_up",
        "the work waiting",
        "8 hours of the largest crew",
    )
    assert (rule.severity_name, rule.told) == ("warning", "tells warehouse")
    assert plain(rule.how) == "cleared below 4, looked at every 60 min"
    # the fixture's figures at the level set: lead 6 h, 10 % to 90 % -4 to 18 h, first at hour 90 of 8 November
    assert plain(rule.lead.time) == "6 h ahead"
    assert plain(rule.lead.spread) == "4 h too late to 18 h ahead"
    assert rule.lead.first == "Tue 11 Nov, 18:00"
    assert (rule.lead.warned, rule.lead.in_time, rule.lead.false) == ("8 of 8", "8", "0.50")


def test_the_baseline_is_what_is_shown(comparison: SimpleNamespace) -> None:
    table = comparison.early_warning
    other = table.assign(lead_h_p50=table["lead_h_p50"].where(table["plan"] == "none", 999.0))
    reading = reading_of(compared(early_warning=other))
    assert plain(early_warning(reading, FORMATS).rules[0].lead.time) == "6 h ahead"


def test_every_level_is_listed_and_the_one_set_is_marked(comparison: SimpleNamespace) -> None:
    levels = early_warning(reading_of(comparison), FORMATS).levels
    assert [each.name for each in levels] == ["work_piles_up", "callers_wait"]
    assert [row.level for row in levels[0].rows] == [FORMATS.plain(8 * share) for share in LEVELS]
    assert [row.chosen for row in levels[0].rows] == [share == 1 for share in LEVELS]
    assert levels[0].about == "the work waiting (hours of the largest crew)"
    never = levels[0].rows[-1].lead
    assert (never.first, never.time, never.spread, never.warned) == ("never", "–", "", "0 of 8")


def test_levels_that_a_share_can_not_reach_are_left_out() -> None:
    scenario = make_scenario(alerts={"hang_up": {"metric": "abandonment_share", "above": 0.5}})
    (levels,) = early_warning(reading_of(compared(scenario)), FORMATS).levels
    assert [row.level for row in levels.rows] == ["0.25", "0.375", "0.5", "0.75", "1"]


def test_a_rule_with_nothing_to_read_says_what_the_scenario_lacks() -> None:
    alerts = {"vans": {"metric": "pickup_fill", "above": 1.0}, "pile": {"metric": "backlog_hours", "above": 8.0}}
    scenario = make_scenario(alerts=alerts, carriers={})
    table = compared(scenario).early_warning
    found = early_warning(reading_of(compared(scenario, early_warning=table[table["rule"] == "pile"])), FORMATS)
    assert [rule.lacks for rule in found.rules] == ["nothing to read: the scenario has no carriers", ""]
    assert [each.name for each in found.levels] == ["pile"]


def test_a_rule_that_was_never_looked_at_says_so(comparison: SimpleNamespace) -> None:
    table = comparison.early_warning
    found = early_warning(reading_of(compared(early_warning=table[table["rule"] != "callers_wait"])), FORMATS)
    assert found.rules[1].lacks == "nothing to read: no review fell into the run"


def test_the_sentences_say_what_is_true_and_how_many_surges_were_in_trouble(comparison: SimpleNamespace) -> None:
    first, second = early_warning(reading_of(comparison), FORMATS).sentences
    assert "under “No measures”" in first
    assert "target of 95 %" in plain(first)
    assert "within 2 days after it was raised" in plain(first)
    assert second == "8 of 10 surges had a troubled day."


def test_without_trouble_every_alarm_is_false_and_nobody_was_in_time(comparison: SimpleNamespace) -> None:
    nothing = {name: float("nan") for name in COLUMNS if name.startswith("lead") or name.endswith("_share")}
    table = comparison.early_warning.assign(troubled=0, **nothing)
    found = early_warning(reading_of(compared(early_warning=table)), FORMATS)
    assert found.sentences[-1].startswith("None of the 10 surges had a troubled day")
    assert (found.rules[0].lead.warned, found.rules[0].lead.in_time, found.rules[0].lead.time) == ("–", "", "–")


def test_without_a_promise_or_rules_the_section_says_why_it_is_empty() -> None:
    nothing = early_warning(reading_of(compared(make_scenario(promise=None))), FORMATS)
    assert nothing.sentences == [
        "Nothing is promised in this scenario, so nothing can be late and there are no lead times."
    ]
    assert [rule.lacks for rule in nothing.rules] == ["", ""]
    assert nothing.levels == []
    bare = early_warning(reading_of(compared(make_scenario(alerts={}))), FORMATS)
    assert (bare.sentences, bare.rules) == (["This scenario has no alert rules."], [])


def test_the_chart_has_a_panel_per_rule_and_says_in_words_what_it_shows(comparison: SimpleNamespace) -> None:
    with style():
        chart = alarms_chart(reading_of(comparison), FORMATS)
    assert chart is not None
    text = chart.svg.decode()
    for part in ("work_piles_up", "callers_wait", ">8<", ">6<", "level set"):
        assert part in text, part
    assert "work_piles_up 6 h ahead, 0.50 false alarms" in plain(chart.alt)


def test_without_lead_times_there_is_no_chart(comparison: SimpleNamespace) -> None:
    table = comparison.early_warning.assign(lead_h_p50=float("nan"))
    with style():
        assert alarms_chart(reading_of(compared(early_warning=table)), FORMATS) is None


def test_the_table_is_written_beside_the_page_and_names_are_escaped(tmp_path: Path) -> None:
    nasty = {"metric": "backlog_hours", "above": 8.0, "about": NASTY, "tell": [NASTY]}
    comparison = compared(make_scenario(alerts={NASTY: nasty, "wait": {"metric": "desk_wait_min", "above": 6.0}}))
    page = write_comparison(cast("Comparison", comparison), tmp_path / "r", command="", config={})
    pd.testing.assert_frame_equal(
        pd.read_csv(tmp_path / "r" / "early_warning.csv"), comparison.early_warning, check_dtype=False
    )
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 4


def refusing(comparison: SimpleNamespace, plan: str, rows: list[tuple[str, float]]) -> SimpleNamespace:
    """The comparison, with refusals of our own in one plan's ledger and none in the others."""
    ledgers = {}
    for name, ledger in comparison.ledgers.items():
        own = rows if name == plan else []
        alerts = {
            "time_min": np.zeros(len(own)),
            "measure": np.array(["stay"] * len(own), dtype=object),
            "event": np.full(len(own), EVENTS.index("refused"), dtype="i1"),
            "metric": np.array([rule for rule, _ in own], dtype=object),
            "value": np.array([hours for _, hours in own]),
            "level": np.full(len(own), np.nan),
        }
        ledgers[name] = replace(ledger, tables={**ledger.tables, "alerts": alerts})
    return SimpleNamespace(**{**vars(comparison), "ledgers": ledgers})


def test_hours_refused_are_added_up_by_rule_and_named(comparison: SimpleNamespace) -> None:
    rows = [("monthly_cap", 3.0), ("daily_cap", 1.5), ("monthly_cap", 2.25), ("", 1.0), ("siesta", 0.5)]
    table = refusal_table(reading_of(refusing(comparison, "overtime", rows)), FORMATS)
    assert table is not None
    assert [head.text for head in table.heads] == [
        "overtime of a month",
        "longest working day",
        "the law",
        "siesta",
        "In all",
    ]
    (row,) = table.rows
    assert row.name == "Overtime"
    assert [cell.text for cell in row.cells] == ["5.2", "1.5", "1.0", "0.5", "8.2"]


def test_where_nothing_was_refused_there_is_no_table(comparison: SimpleNamespace, tmp_path: Path) -> None:
    nothing = refusing(comparison, "overtime", [])
    assert refusal_table(reading_of(nothing), FORMATS) is None
    page = write_comparison(cast("Comparison", nothing), tmp_path / "r", command="", config={})
    assert 'id="law"' not in page.read_text(encoding="utf-8")


def test_levels_that_did_the_same_share_one_label(comparison: SimpleNamespace) -> None:
    table = comparison.early_warning
    same = table.assign(lead_h_p50=table["lead_h_p50"].where(table["lead_h_p50"].isna(), 5.0), false_per_run=1.0)
    with style():
        chart = alarms_chart(reading_of(compared(early_warning=same)), FORMATS)
    assert chart is not None
    labels = chart.svg.decode()
    assert ">4 to 16<" in labels
    assert ">8<" not in labels
