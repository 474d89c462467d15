"""Precision on the command line: a shipped scenario that stops, gives up and says so, and whatever one gets wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from cli_fixture import Ask, files_in

SMALL = ["compare", "scenario=steady", "scale=0.05", "plans=[none,all_hands]", "workers=1", "out=r"]
QUICK = "at_least:4,look_ahead:1"


def manifest(here: Path) -> dict[str, object]:
    told: dict[str, object] = json.loads((here / "r" / "manifest.json").read_text(encoding="utf-8"))
    return told


def test_it_stops_when_enough_is_known(surgesim: Ask, here: Path) -> None:
    answer = surgesim(*SMALL, f"precision={{relative:0.2,kpis:[peak_backlog_orders],{QUICK},at_most:30}}")
    assert (answer.code, answer.err) == (0, "")
    told = manifest(here)
    count, precision = told["replications"], told["precision"]
    assert isinstance(count, int)
    assert isinstance(precision, dict)
    assert 4 <= count < 30
    assert (precision["reached"], precision["missed"], precision["looked_at"]) == (True, [], count + 1)
    assert f"A normal week: {count} replications" in answer.out
    assert f"The precision asked for was reached: it took {count} surges." in answer.out
    assert "Not known" not in answer.out
    risk = pd.read_csv(here / "r" / "risk.csv")
    assert set(risk["plan"]) == {"none", "all_hands"}
    assert (risk.loc[risk["figure"] == "target_met", "n"] == count).all()
    table = pd.read_csv(here / "r" / "precision.csv")
    assert (table["half_width"] <= table["wanted"]).all()


def test_it_gives_up_at_the_cap_and_says_what_is_not_known(surgesim: Ask, here: Path) -> None:
    answer = surgesim(*SMALL, f"precision={{relative:0.001,{QUICK},at_most:6}}")
    assert (answer.code, answer.err) == (0, "")
    told = manifest(here)
    precision = told["precision"]
    assert isinstance(precision, dict)
    assert (told["replications"], precision["reached"]) == (6, False)
    assert {each["kpi"] for each in precision["missed"]} >= {"net_contribution"}
    assert "The precision asked for was not reached: after 6 surges" in answer.out
    assert answer.out.count("Not known closely enough: ") == len(precision["missed"])
    assert 'id="precision"' in (here / "r" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["precision=0"], ["precision.relative = 0: must be above 0"]),
        (["precision=true"], ["precision = true: needs keys with values"]),
        (["precision='0.02'"], ["precision = "]),
        (["precision={relative:true}"], ["precision.relative = true: a number is needed, not true or false"]),
        (["precision={kpis:[]}"], ["precision.kpis = []: name at least one KPI"]),
        (["precision={at_least:2}"], ["precision.at_least = 2: must be at least 3"]),
        (["precision={at_lest:5}"], ["precision.at_lest = 5: unknown key; did you mean 'at_least'?"]),
        (["precision={relative:null}"], ["precision.absolute.net_contribution: give a half-width"]),
        (
            ["precision={absolute:{totl_cost:3}}"],
            ["precision.absolute.totl_cost: is no KPI; did you mean 'total_cost'?"],
        ),
        (["precision={absolute:{total_cost:3}}"], ["precision.absolute.total_cost: is none of the KPIs that decide"]),
        (
            [
                "precision={relative:-1,kpis:[servce_level_ship,net_contribution,net_contribution],at_least:20,at_most:5,"
                "look_ahead:-1,absolute:{net_contribution:-2}}",
                "sede=3",
            ],
            [
                "(7 problems)",
                "precision.relative = -1: must be above 0",
                "precision.kpis = servce_level_ship: is no KPI; did you mean 'service_level_ship'?",
                "precision.kpis = net_contribution: is named twice",
                "precision.absolute.net_contribution = -2: must be above 0",
                "precision.at_most = 5: must be at least at_least = 20",
                "precision.look_ahead = -1: must be at least 0",
                "sede = 3: unknown key; did you mean 'seed'?",
            ],
        ),
    ],
)
@pytest.mark.parametrize("command", ["compare", "sweep"])
def test_what_is_wrong_is_told_together(
    surgesim: Ask, here: Path, command: str, words: list[str], told: list[str]
) -> None:
    answer = surgesim(command, *words)
    assert answer.code == 2
    assert answer.out == ""
    for text in told:
        assert text in answer.err
    assert files_in(here) == []
