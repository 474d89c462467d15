"""The report on one run, on a real ledger of the engine."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import InputError
from sim.indicators import kpi_values
from sim.ledger import EVENTS, WARNINGS, Ledger
from sim.ledger_io import read_ledger, write_ledger
from sim.report import write_run
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.report.run import MOST_ROWS


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    scenario = sim.load_scenario("double11", overrides=["scale=0.05"])
    return sim.simulate(scenario, sim.load_plan("all_hands"), sim.sample(scenario, seed=1, replication=0))


def page_of(ledger: Ledger, folder: Path) -> str:
    return write_run(ledger, folder, command="surgesim run", config=None).read_text(encoding="utf-8")


def test_the_folder_holds_the_ledger_and_its_figures(ledger: Ledger, tmp_path: Path) -> None:
    page = page_of(ledger, tmp_path / "r")
    assert {path.name for path in (tmp_path / "r").iterdir()} == {
        "index.html",
        "charts",
        "kpis.csv",
        "ledger",
        "manifest.json",
        "scorecards.csv",
        "series.parquet",
    }
    figures = pd.read_csv(tmp_path / "r" / "kpis.csv").set_index("kpi")["value"]
    expected = kpi_values(ledger)
    np.testing.assert_allclose(figures.to_numpy(), np.array(list(expected.values())), rtol=1e-12)
    for section in (
        *("kpis", "scorecards", "timeline", "costs", "alerts", "alarms", "pickups"),
        *("measures", "assumptions", "method", "glossary"),
    ):
        assert f'<section id="{section}"' in page
    assert f"Double 11 under “{ledger.plan.heading}”" in page


def test_figures_can_be_computed_again_from_the_files(ledger: Ledger, tmp_path: Path) -> None:
    write_ledger(ledger, tmp_path / "l")
    again, before = kpi_values(read_ledger(tmp_path / "l")), kpi_values(ledger)
    assert np.array(list(again.values())).tobytes() == np.array(list(before.values())).tobytes()


def test_decisions_and_refusals_are_listed_in_order(ledger: Ledger, tmp_path: Path) -> None:
    alerts = {
        "time_min": np.array([720.0, 60.0, 780.0]),
        "measure": np.array(["stay", "<b>vans</b>", "stay"], dtype=object),
        "event": np.array([EVENTS.index(name) for name in ("refused", "decided", "refused")], dtype="i1"),
        "metric": np.array(["", "backlog_days", "monthly_cap"], dtype=object),
        "value": np.array([12.5, 1.75, 3.25]),
        "level": np.array([np.nan, 1.5, np.nan]),
    }
    page = page_of(replace(ledger, tables={**ledger.tables, "alerts": alerts}), tmp_path / "r")
    text = page.split('<section id="alerts"')[1].split("</section>")[0].replace("\u00a0", " ")
    assert text.index("&lt;b&gt;vans") < text.index("stay")
    assert "the backlog (ordinary days&#39; orders)" in text
    assert "1.75" in text
    assert "refused by law" in text
    assert '<td></td><td class="figure">12.5 h</td>' in text
    assert '<td>overtime of a month</td><td class="figure">3.25 h</td>' in text


def alarms_in(ledger: Ledger, folder: Path, rows: list[tuple[float, str, str]]) -> str:
    """Text of the section on alarms, with alarms of our own: minute, rule, event."""
    warnings = {
        "time_min": np.array([time for time, _, _ in rows]),
        "rule": np.array([rule for _, rule, _ in rows], dtype=object),
        "event": np.array([WARNINGS.index(event) for _, _, event in rows], dtype="i1"),
        "value": np.full(len(rows), 9.25),
        "level": np.full(len(rows), 8.0),
    }
    page = page_of(replace(ledger, tables={**ledger.tables, "warnings": warnings}), folder)
    section = page.split('<section id="alarms"')[1].split("</section>")[0].replace("\u00a0", " ")
    return re.sub(r"(<[^>]*>|\s)+", " ", section)


def test_alarms_are_listed_with_when_they_were_cleared(ledger: Ledger, tmp_path: Path) -> None:
    text = alarms_in(
        ledger,
        tmp_path / "r",
        [
            (480.0, "work_piles_up", "raised"),
            (540.0, "callers_wait", "raised"),
            (600.0, "work_piles_up", "cleared"),
            (660.0, "work_piles_up", "raised"),
        ],
    )
    day = Formats(catalogue(), "TWD").day(ledger.scenario.local_time(0.0))
    first = f"{day}, 08:00 work_piles_up the work waiting (hours of the largest crew) 9.25 8 {day}, 10:00"
    assert first in text
    assert text.index("08:00") < text.index(f"{day}, 09:00 callers_wait") < text.index(f"{day}, 11:00 work_piles_up")
    assert text.count("still on at the end") == 2


def test_a_run_without_alarms_says_so(ledger: Ledger, tmp_path: Path) -> None:
    assert "No alarm was raised in this run." in alarms_in(ledger, tmp_path / "r", [])


def test_long_tables_are_cut_and_say_so(ledger: Ledger, tmp_path: Path) -> None:
    count = MOST_ROWS + 5
    pickups = {name: np.resize(values, count) for name, values in ledger.tables["pickups"].items()}
    page = page_of(replace(ledger, tables={**ledger.tables, "pickups": pickups}), tmp_path / "r")
    assert f"The first {MOST_ROWS} of {count}" in page


def test_a_run_without_measures_carriers_or_promise(tmp_path: Path) -> None:
    scenario = sim.load_scenario("textbook_mmc", overrides=["textbook.horizon_h=30", "textbook.warmup_h=2"])
    ledger = sim.simulate(scenario, sim.load_plan("none"), sim.sample(scenario, seed=1, replication=0))
    page = page_of(ledger, tmp_path / "r")
    assert "No measure decided anything" in page
    assert "No carrier calls" in page
    assert "No costs are given" in page


def test_an_existing_folder_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="exists already"):
        write_run(ledger, tmp_path, command="", config=None)
