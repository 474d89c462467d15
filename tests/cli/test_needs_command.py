"""``surgesim needs``: what it writes, its report made anew, and what it refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from cli_fixture import Answer, Ask

import sim
from sim.cli.commands.needs import given_to_scenario
from sim.cli.settings import NeedsSettings
from sim.scenario.building import Case
from sim.scenario.variation import Variations

SMALL = ["scenario=mid_autumn", "scale=0.05", "workers=1", "compute=serial", "store=kept"]
OWN = {"scale", "window.measure_to", "window.run_on_h"}
SHORT = ["window.measure_to=2026-09-09", "window.run_on_h=48", "tuning=10", "fresh=20", "probability=0.5"]


def told(answer: Answer) -> Path:
    assert (answer.code, "surgesim:" in answer.err) == (0, False), answer.err  # how far it is may be told there
    return Path(answer.last_line)


def test_needs_writes_its_files_and_can_be_reported_anew(surgesim: Ask, here: Path) -> None:
    words = ["needs", *SMALL, *SHORT, "today=2026-08-01", "desk_goal=0"]
    index = told(surgesim(*words))
    assert re.fullmatch(r"reports/needs/mid_autumn/[\d_-]+/index\.html", index.as_posix())
    folder = here / index.parent
    there = {path.name for path in folder.iterdir()}
    assert {"needs.json", "needs.xlsx", "needs.ics", "tasks.csv", "message.txt", "needs.csv"} <= there
    assert "DTSTAMP:20260801T000000Z" in (folder / "needs.ics").read_text(encoding="utf-8")
    facts = json.loads((folder / "needs.json").read_text(encoding="utf-8"))
    assert facts["probability"] == 0.5
    assert list(facts["targets"]) == ["service_level_ship", "carrier_on_time_share"]
    assert pd.read_csv(folder / "tasks.csv").columns.tolist() == ["title", "owner team", "due date", "notes"]
    prepared = sim.load_scenario("prepared", config_dir=folder)
    assert (prepared.scale, prepared.window.run_on_h) == (0.05, 48.0)  # what the command line had set
    asked = sim.load_scenario("mid_autumn", overrides=[word for word in (*SMALL, *SHORT) if word.split("=")[0] in OWN])
    same = {"name": prepared.name, "title": prepared.title}
    met = Variations(asked, {}).world(facts["values"]).model_copy(update=same)
    but = {"sources"}  # where figures come from: the file asked about says it of its own alone
    assert prepared.model_dump(exclude=but) == met.model_dump(exclude=but)
    anew = surgesim("results", "kept", "report=anew")
    assert anew.code == 0, anew.err
    for name in ("needs.json", "needs.ics", "tasks.csv", "message.txt", "needs.csv", "parcels.csv", "budget.csv",
                 "scenario/prepared.yaml"):  # fmt: skip
        assert (here / "anew" / name).read_bytes() == (folder / name).read_bytes(), name
    assert ": 0 computed now" in surgesim(*words, "out=again").out


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (
            ["tuning=9", "fresh=19", "stretch=month", "leads.floor_days=-1", "desk_goal=1.5", "probability=1"],
            ["(6 problems)", "stretch = month", "leads.floor_days = -1", "desk_goal = 1.5", "probability = 1"],
        ),
        (["leads.floor_day=3", "tunning=20"], ["did you mean"]),
        (["plans=[none,overtime]"], ["needs are worked out with one plan in force"]),
        (["scenario=textbook_mmc"], ["nothing falls due in this scenario"]),
    ],
)
def test_what_is_wrong_is_told_at_once_before_any_work(
    surgesim: Ask, here: Path, words: list[str], parts: list[str]
) -> None:
    answer = surgesim("needs", "store=kept", *words)
    assert answer.code == 2
    assert [part for part in parts if part not in answer.err] == [], answer.err
    assert not (here / "kept").exists()
    assert not (here / "reports").exists()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["scenario=double11", "plans=[none]", "tuning=20", "leads.floor_days=3"], {}),
        (["++demand.campaign.uplift=4", "scale=0.5"], {"demand.campaign.uplift": 4.0, "scale": 0.5}),
        (["demand.profile.hour_shares.0=2"], {"demand.profile.hour_shares": [2, 1]}),  # a file replaces a list whole
        (["~demand.campaign.opening"], None),  # no file that extends another takes anything away
    ],
)
def test_what_the_command_line_had_set(words: list[str], found: dict[str, object] | None) -> None:
    config = {"scale": 0.5, "demand": {"campaign": {"uplift": 4.0}, "profile": {"hour_shares": [2, 1]}}, "tuning": 20}
    case = Case(sim.load_scenario("double11"), {}, NeedsSettings(), config, tuple(words))
    assert given_to_scenario(case) == found
