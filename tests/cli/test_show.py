"""``surgesim show``: every figure with its unit and its source."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cli_fixture import Ask

from sim.scenario.library import open_library


def row(text: str, path: str) -> list[str]:
    """Cells of a row: value, unit, source where there are."""
    line = next(line for line in text.splitlines() if line.startswith(f"{path} "))
    return re.split(r" {2,}", line.strip())[1:]


def test_figures_have_units_and_sources(surgesim: Ask) -> None:
    out = surgesim("show", "scenario=double11", "demand.campaign.uplift=6").out
    assert row(out, "demand.campaign.uplift") == ["6", "1", "given on the command line"]
    assert row(out, "site.picking.wage_per_h_cost")[:2] == ["230", "TWD/h"]
    assert row(out, "site.picking.per_line_min")[2].startswith("V bitergo")
    assert row(out, "promise.order_cutoff")[:2] == ["14:00", "HH:MM"]


def test_defaults_are_shown_when_asked_for(surgesim: Ask) -> None:
    short, long = surgesim("show").out, surgesim("show", "all=true").out
    assert "site.picking.per_unit_min" not in short
    assert "more stand at their defaults" in short
    assert row(long, "site.picking.per_unit_min") == ["0", "min", "default"]
    assert "more stand at their defaults" not in long


@pytest.mark.parametrize("name", open_library().names("scenario"))
def test_every_scenario_shows(surgesim: Ask, name: str) -> None:
    answer = surgesim("show", f"scenario={name}")
    assert answer.code == 0
    assert f"(scenario={name})" in answer.out


@pytest.mark.parametrize("name", open_library().names("plan"))
def test_every_plan_shows_alone(surgesim: Ask, name: str) -> None:
    answer = surgesim("show", f"plan={name}")
    assert answer.code == 0
    assert f"(plan={name})" in answer.out
    assert "scenario=" not in answer.out


def test_a_scenario_with_plans(surgesim: Ask) -> None:
    out = surgesim("show", "scenario=steady", "plans=[overtime,overflow_3pl]").out
    headings = re.findall(r"\((\w+=\w+)\)", out)
    assert headings == ["scenario=steady", "plan=overtime", "plan=overflow_3pl"]
    assert row(out, "plan.overflow_3pl.measures.overflow.cost_per_order")[1] == "TWD"


def test_own_files(surgesim: Ask, my: Path) -> None:
    out = surgesim("show", "scenario=our_shop", "plan=longer", "--config-dir", str(my)).out
    assert row(out, "scale") == ["0.05", "1", "R our own books"]
    assert row(out, "plan.longer.measures.floor.hours") == ["4", "h", "R agreed"]


def test_figures_that_are_still_to_be_given(surgesim: Ask) -> None:
    out = surgesim("show", "scenario=trace").out
    assert row(out, "demand.file")[0] == "???"
    assert row(out, "demand.lead_in_days")[:2] == ["7", "days"]
    assert "Still to be given: demand.file, demand.from, demand.to\n" in out
    assert surgesim("show", "scenario=trace", "scale=-1").code == 2


def test_several_at_once(surgesim: Ask) -> None:
    out = surgesim("show", "--multirun", "scenario=steady,flash_sale").out
    assert re.findall(r"\(scenario=(\w+)\)", out) == ["steady", "flash_sale"]


def test_on_a_terminal_it_fits_the_screen(
    surgesim: Ask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "120")
    out = surgesim("show", "scenario=flash_sale").out
    assert "\ndemand.campaign\n  start " in out
    assert "\ntargets.teams.carriers\n  carrier_on_time_share " in out
    assert max(len(line) for line in out.split("figure", 1)[1].splitlines()) <= 120


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        ("marketing.net_contribution_per_order", "TWD"),
        ("warehouse.orders_per_staff_h", "orders/h"),
        ("carriers.pickup_fill_share.at_least", "share"),
    ],
)
def test_a_teams_target_has_the_unit_of_its_kpi(surgesim: Ask, path: str, unit: str) -> None:
    assert f"  {unit}  " in next(
        line for line in surgesim("show", "scenario=steady").out.splitlines() if f"targets.teams.{path} " in line
    )


def test_nothing_to_show_is_refused(surgesim: Ask) -> None:
    assert surgesim("show", "plans=[]").code == 2


def test_hydra_prints_the_composed_configuration(surgesim: Ask, my: Path) -> None:
    answer = surgesim("compare", "--cfg", "job", "scenario=our_shop", "--config-dir", "my", "seed=7")
    assert answer.code == 0
    assert "seed: 7" in answer.out
    assert "scale: 0.05" in answer.out
    assert "  longer:\n" in answer.out, "the scenario brings its own plans"
    assert "hydra:" not in answer.out
