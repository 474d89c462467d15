"""The commands that choose: select and optimise, from the words to the report, and again from the store alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_fixture import Ask

SMALL = ["scale=0.01", "compute=serial", "store=kept"]
SELECT = ["select", "plans=[none,announcement]", "constraint=null", "fresh=2", "first_stage=4", *SMALL]


def manifest(index: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(index).parent / "manifest.json").read_text(encoding="utf-8"))
    return {key: value for key, value in found.items() if key not in {"durations_s", "command"}}


def parts(index: str) -> str:
    """The page from its headline to the assumptions, which come before times and counts of runs."""
    page = Path(index).read_text(encoding="utf-8")
    return page[page.index('<section id="verdict">') : page.index('<section id="assumptions">')]


def test_a_selection_is_made_and_reported_anew_without_simulating(surgesim: Ask) -> None:
    first = surgesim(*SELECT, "out=first")
    assert (first.code, first.err) == (0, "")
    assert first.out.lstrip().startswith("Choose ")
    again = surgesim(*SELECT, "out=again")
    assert " runs: 0 computed now" in again.out
    assert " of " not in surgesim("results", "kept").out, "every run that was asked for is there"
    anew = surgesim("results", "kept", "report=anew")
    assert (anew.code, anew.err) == (0, "")
    assert manifest("first/index.html") == manifest("again/index.html") | {
        "config": manifest("first/index.html")["config"]
    }
    assert parts("first/index.html") == parts("again/index.html") == parts("anew/index.html")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["objective=profit"], ["objective = profit: is no KPI"]),
        (["indifference=-1"], ["indifference"]),
        (["constraint={kpi:revenue}"], ["constraint.level: say which level of revenue"]),
        (["constraint={kpi:nothing}", "objective=nothing"], ["constraint.kpi = nothing", "objective = nothing"]),
        (["constraint={tolerance:0.2}"], ["constraint.tolerance = 0.2: must lie between 0 and 0.1"]),
        (["scenario=textbook_mmc"], ["constraint.kpi", "promises nothing"]),
        (["sweep={plan.none.measures.floor.hours:[1,2]}"], ["plan.none.measures.floor.hours"]),
        (["baseline=overtme"], ["baseline = overtme", "did you mean"]),
        (["first_stage=20", "at_most=10"], ["at_most = 10: must be at least first_stage = 20"]),
    ],
)
def test_a_selection_that_can_not_be_is_refused_before_anything_is_run(
    surgesim: Ask, here: Path, words: list[str], told: list[str]
) -> None:
    answer = surgesim("select", *words)
    assert (answer.code, answer.out) == (2, "")
    assert all(each in answer.err for each in told)
    assert not list(here.iterdir())


OPTIMISE = ["optimise", "plans=[none,overtime]", "levels={plan.overtime.measures.floor.hours:[1,3]}", *SMALL]
FEW = ["constraint=null", "first=2", "most=2", "fresh=2", "trials=3"]


def test_levels_are_tuned_and_the_plan_found_is_used_at_once(surgesim: Ask, here: Path) -> None:
    first = surgesim(*OPTIMISE, *FEW, "out=first")
    assert (first.code, first.err) == (0, "")
    assert first.out.lstrip().startswith("Best in ")
    anew = surgesim("results", "kept", "report=anew")
    assert (anew.code, anew.err) == (0, "")
    assert parts("first/index.html") == parts("anew/index.html")
    assert (here / "anew" / "plan" / "overtime_tuned.yaml").is_file()
    shown = surgesim("show", "plan=overtime_tuned", "--config-dir", "first")
    assert (shown.code, shown.err) == (0, "")
    assert "tuned" in shown.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], ["levels: give figures and their ranges"]),
        (["levels={plan.overtime.measures.floor.hours:[3,1]}"], ["low lies above high: write [1,3]"]),
        (["levels={plan.overtime.measures.floor.hours:[2,2]}"], ["is empty"]),
        (["levels={plan.overtime.measures.floor.huors:[1,2]}"], ["floor.huors", "did you mean"]),
        (["levels={plan.overtme.measures.floor.hours:[1,2]}"], ["no plan 'overtme'", "did you mean 'overtime'"]),
        (["levels={demand.campaign.uplift:[1,2]}"], ["is not ours to decide"]),
        (["levels={plan.overtime.measures.floor.hours:[-1,2]}"], ["plan.overtime.measures.floor.hours = -1"]),
        (["levels={site.x:[2,1],site.y:[1,1]}", "objective=profit"], ["levels.site.x", "levels.site.y", "objective"]),
        (["levels={plan.overtime.measures.floor.hours:[1,2]}", "first=9", "most=8"], ["most = 8: must be at least"]),
    ],
)
def test_levels_that_can_not_be_tuned_are_refused_before_anything_is_run(
    surgesim: Ask, here: Path, words: list[str], told: list[str]
) -> None:
    answer = surgesim("optimise", "plans=[none,overtime]", *words)
    assert (answer.code, answer.out) == (2, "")
    assert [each for each in told if each not in answer.err] == []
    assert not list(here.iterdir())
