"""Scorecards on the page: every team, its targets, marks that are signs and not colours, and names that are escaped."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest
from report_fixture import make_comparison
from shop_fixture import make_plans, make_scenario

import sim
from sim.experiment import Comparison
from sim.experiment.scorecard import scorecards
from sim.report import write_comparison, write_run
from sim.report.cards import Card, comparison_cards, run_cards, team_name
from sim.report.charts.canvas import Chart
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.report.reading import Reading
from sim.report.tables import Cell
from tests.ledgers import world
from tests.small_shop import ledger

FORMATS = Formats(catalogue(), "TWD")
NASTY = "<script>alert(1)</script> & 夜班"


def cards_of(cards: dict[str, Any], values: dict[tuple[str, str], list[float]], **more: Any) -> list[Card]:
    """Cards of one or more plans with these figures."""
    names = list(dict.fromkeys(plan for plan, _ in values))
    scenario = world(targets={"teams": cards}, **more)
    frame = scorecards(scenario, names, {key: np.array(each) for key, each in values.items()})
    if len(names) == 1:
        return run_cards(frame, FORMATS)
    plans = {name: make_plans()[name] for name in names}
    comparison = SimpleNamespace(
        scenario=scenario, plans=plans, baseline=names[0], verdict=None, scorecards=frame, summary=pd.DataFrame()
    )
    reading = Reading(cast("Comparison", comparison))
    reading.__dict__["chosen"] = names[-1]
    return comparison_cards(reading, FORMATS)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def texts(cell: Cell) -> tuple[str, str, str]:
    return plain(cell.text), cell.below, cell.mark


def test_plans_stand_side_by_side_with_the_target_in_the_head() -> None:
    (card,) = cards_of(
        {"service_desk": {"answered_in_time_share": 0.8, "mean_wait_desk_min": 75.0}},
        {
            ("none", "answered_in_time_share"): [0.7, 0.8, 0.75],
            ("none", "mean_wait_desk_min"): [60.0, 60.0, 60.0],
            ("overtime", "answered_in_time_share"): [0.8, 0.9, 0.85],
            ("overtime", "mean_wait_desk_min"): [np.nan] * 3,
        },
    )
    assert card.team == "Service desk"
    assert [(head.text, plain(head.unit)) for head in card.table.heads] == [
        ("Targets met", ""),
        ("Answered in time", "at least 80 %"),
        ("Mean wait at the desk", "at most 75 min"),
    ]
    first, second = card.table.rows
    assert (first.name, first.baseline) == ("No measures", True)
    assert list(map(texts, first.cells)) == [
        ("1 of 2", "", ""),
        ("75 %", "1 of 3", "missed"),
        ("60 min", "3 of 3", "met"),
    ]
    assert list(map(texts, second.cells)) == [("1 of 1", "", ""), ("85 %", "3 of 3", "met"), ("–", "", "")]


def test_one_plan_has_its_figures_below_each_other() -> None:
    (card,) = cards_of(
        {"warehouse": {"overtime_h": 12.0, "utilisation_packing": {"at_most": 0.9}}},
        {("none", "overtime_h"): [12.5], ("none", "utilisation_packing"): [0.5]},
    )
    assert plain(card.met) == "1 of 2 met"
    assert [row.name for row in card.table.rows] == ["Overtime worked", "Utilisation of packing"]
    assert [list(map(texts, row.cells)) for row in card.table.rows] == [
        [("at most 12 h", "", ""), ("12.5", "", "missed")],
        [("at most 90 %", "", ""), ("50 %", "", "met")],
    ]


@pytest.mark.parametrize(
    ("kpi", "target", "value", "shown"),
    [
        ("answered_in_time_share", 0.8, 0.7996, "79.96 %"),
        ("answered_in_time_share", 0.8, 0.8004, "80.0 %"),
        ("satisfaction_mean", 4.2, 4.1996, "4.1996"),
        ("net_contribution_per_order", 200.0, 199.7, "199.7"),
        ("net_contribution_per_order", 200.0, 199.4, "199"),
        ("left_behind_parcels", 100.0, 100.2, "100.2"),
    ],
)
def test_a_near_miss_does_not_read_like_the_target(kpi: str, target: float, value: float, shown: str) -> None:
    (card,) = cards_of({"a": {kpi: target}}, {("none", kpi): [value]})
    assert plain(card.table.rows[0].cells[1].text) == shown


@pytest.mark.parametrize(
    ("team", "heading"),
    [("service_desk", "Service desk"), ("night_shift", "Night shift"), ("QA", "QA"), ("夜班", "夜班"), ("a.b", "A.b")],
)
def test_teams_are_named_for_readers(team: str, heading: str) -> None:
    assert team_name(team, catalogue()) == heading


def section(page: str) -> str:
    return plain(page.split('<section id="scorecards"')[1].split("</section>")[0])


@pytest.fixture(autouse=True)
def _without_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """They cost time, and these tests are not about them."""
    charts = {name: Chart(name, "nothing", b"<svg/>", b"") for name in ("backlog", "stages", "bottlenecks")}
    monkeypatch.setattr("sim.report.write.draw_comparison", lambda *_: charts)


def write(comparison: SimpleNamespace, folder: Path) -> str:
    index = write_comparison(cast("Comparison", comparison), folder, command="", config=None)
    return index.read_text(encoding="utf-8")


def test_the_page_of_a_comparison_has_a_card_per_team_and_the_folder_the_table(tmp_path: Path) -> None:
    comparison = make_comparison()
    page = section(write(comparison, tmp_path / "r"))
    assert re.findall("<h3>(.*?)</h3>", page) == ["Marketing", "Warehouse", "Night shift"]
    marks = re.findall(r'<td class="(met|missed)">\s*<span class="sign" role="img" aria-label="(\w+)">(.)</span>', page)
    assert set(marks) == {("met", "met", "✓"), ("missed", "missed", "✗")}
    assert len(marks) == len(comparison.scorecards) == 8 * 5
    table = pd.read_csv(tmp_path / "r" / "scorecards.csv")
    assert list(table.columns) == list(comparison.scorecards.columns)
    assert table["met"].tolist() == comparison.scorecards["met"].tolist()
    np.testing.assert_allclose(table["met_share"], comparison.scorecards["met_share"])


def test_names_of_teams_are_escaped_on_the_page_and_harmless_in_the_table(tmp_path: Path) -> None:
    plans = {name: plan for name, plan in make_plans().items() if name in {"none", "overtime"}}
    teams = {NASTY: {"lost_share": 0.1}, "=1+1": {"lost_share": 0.1}}
    comparison = make_comparison(plans, replications=3, scenario=make_scenario(targets={"teams": teams}))
    page = write(comparison, tmp_path / "r")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; 夜班" in section(page)
    assert pd.read_csv(tmp_path / "r" / "scorecards.csv")["team"].tolist() == [NASTY] * 2 + ["'=1+1"] * 2


def test_without_targets_for_teams_there_is_no_section(tmp_path: Path) -> None:
    comparison = make_comparison({"none": make_plans()["none"]}, 3, make_scenario(targets={}))
    page = write(comparison, tmp_path / "r")
    assert 'id="scorecards"' not in page
    assert 'href="#scorecards"' not in page


def test_the_page_of_a_run_shows_the_same_for_its_plan(tmp_path: Path) -> None:
    scenario = sim.load_scenario("steady", ["scale=0.1", f"+targets.teams.{'night_shift'}.overtime_h=0"])
    made = sim.simulate(scenario, sim.load_plan("none"), sim.sample(scenario, seed=1))
    page = write_run(made, tmp_path / "r", command="", config=None).read_text(encoding="utf-8")
    found = re.findall('<h3>(.*?) <span class="tag">(.*?)</span></h3>', section(page))
    assert [team for team, _ in found] == ["Marketing", "Warehouse", "Carriers", "Service desk", "Night shift"]
    assert 'href="#scorecards"' in page
    assert "at most 10" in section(page)  # of 100 parcels left behind, at a tenth of the shop
    table = pd.read_csv(tmp_path / "r" / "scorecards.csv")
    assert table["plan"].unique().tolist() == ["none"]
    assert len(table) == len(list(scenario.targets.goals()))


def test_a_run_without_targets_has_no_section(tmp_path: Path) -> None:
    page = write_run(ledger(alerts=[]), tmp_path / "r", command="", config=None).read_text(encoding="utf-8")
    assert 'scorecards"' not in page
