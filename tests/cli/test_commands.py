"""Every command on every shipped scenario, small; and where what they write goes."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cli_fixture import Ask, files_in

from sim.cli import folders
from sim.cli.commands import compare, run
from sim.scenario.building import Case
from sim.scenario.library import open_library

SCENARIOS = open_library().names("scenario")
TEXTBOOK = ["textbook.warmup_h=6", "textbook.horizon_h=30", "window.run_on_h=12"]
REPORT = {"index.html", "manifest.json", "charts"}


def small(name: str, folder: Path) -> list[str]:
    """Overrides that keep a scenario's story and make it quick."""
    if name.startswith("textbook"):
        return TEXTBOOK
    if name == "trace":
        return [f"demand.file={order_file(folder).as_posix()}", "demand.from=2026-03-02", "demand.to=2026-03-04"]
    return ["scale=0.05"]


def order_file(folder: Path) -> Path:
    """Ten days of orders, one every half hour by day."""
    start = datetime(2026, 2, 27)
    rows = [
        f"{day * 48 + slot},{start + timedelta(days=day, minutes=30 * slot):%Y-%m-%d %H:%M},2"
        for day in range(10)
        for slot in range(16, 44)
    ]
    path = folder / "orders.csv"
    path.write_text("order_id,placed,quantity\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("name", SCENARIOS)
def test_compare_every_scenario(surgesim: Ask, here: Path, name: str) -> None:
    answer = surgesim(
        "compare", f"scenario={name}", "plans=[none,overtime]", "replications=2", "workers=1", *small(name, here)
    )
    assert (answer.code, answer.err) == (0, "")
    index = Path(answer.last_line)
    assert re.fullmatch(rf"reports/compare/{name}/\d{{4}}-\d\d-\d\d_\d\d-\d\d-\d\d/index\.html", index.as_posix())
    assert REPORT | {"summary.csv", "differences.csv"} <= {path.name for path in index.parent.iterdir()}
    manifest = json.loads((index.parent / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["command"].startswith(f"surgesim compare scenario={name} ")
    assert manifest["config"]["name"] == name
    assert manifest["plans"] == ["none", "overtime"]
    assert "\nnone " in answer.out
    assert "\novertime " in answer.out


@pytest.mark.parametrize("name", SCENARIOS)
def test_run_every_scenario(surgesim: Ask, here: Path, name: str) -> None:
    answer = surgesim("run", f"scenario={name}", "plan=overtime", "seed=3", *small(name, here))
    assert (answer.code, answer.err) == (0, "")
    index = Path(answer.last_line)
    assert re.fullmatch(rf"reports/run/{name}/[\d_-]+/index\.html", index.as_posix())
    assert REPORT | {"ledger"} <= {path.name for path in index.parent.iterdir()}
    manifest = json.loads((index.parent / "manifest.json").read_text(encoding="utf-8"))
    assert (manifest["seed"], manifest["plans"]) == (3, ["overtime"])
    assert re.search(r"\norders_accepted +\d", answer.out)
    assert (here / re.search(r"Ledger \(Parquet\): (\S+)", answer.out)[1]).is_dir()  # type: ignore[index]


def test_from_another_folder_with_own_files(process: Ask, my: Path, here: Path) -> None:
    words = ["scenario=our_shop", "replications=2", "out=report", "workers=1"]
    answer = process("compare", *words, "--config-dir", "my")
    assert (answer.code, answer.err) == (0, "")
    assert answer.last_line == "report/index.html"
    manifest = json.loads((here / "report" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["plans"] == ["none", "longer"], "the scenario's own plans"
    assert manifest["command"] == f"surgesim compare {' '.join(words)} --config-dir my"
    assert manifest["config"]["plan"]["longer"]["measures"]["floor"]["hours"] == 4


class Recorded:
    """Cases that would have been run, and where their reports would have gone."""

    def __init__(self) -> None:
        self.cases: list[Case[Any]] = []
        self.folders: list[Path] = []
        self.lines: list[str] = []

    def __call__(self, case: Case[Any], folder: Path, line: str) -> Path:
        self.cases.append(case)
        self.folders.append(folder)
        self.lines.append(line)
        return folder / "index.html"


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Recorded:
    record = Recorded()
    monkeypatch.setattr(compare, "perform", record)
    monkeypatch.setattr(run, "perform", record)
    return record


@pytest.mark.parametrize("words", [[], ["compare"], ["--config-dir", "my"], ["seed=1"]])
def test_compare_is_the_default(surgesim: Ask, my: Path, recorded: Recorded, words: list[str]) -> None:
    assert surgesim(*words).code == 0
    (case,) = recorded.cases
    assert case.scenario.name == "double11"
    assert list(case.plans) == ["none", "overtime", "overflow_3pl", "compensation", "warehouse_asked", "all_hands"]
    assert (case.settings.replications, case.settings.seed, case.settings.workers) == (30, 1, None)


def test_figures_of_scenario_and_plans_can_be_overridden(surgesim: Ask, recorded: Recorded) -> None:
    words = ["demand.campaign.uplift=4.5", "plan.overtime.measures.floor.hours=1", "plans=[overtime,none]"]
    assert surgesim("compare", *words, "baseline=none", "workers=2").code == 0
    (case,) = recorded.cases
    assert case.scenario.demand.campaign is not None
    assert case.scenario.demand.campaign.uplift == 4.5
    assert list(case.plans) == ["overtime", "none"], "in the order given"
    assert case.plans["overtime"].measures["floor"].model_dump()["hours"] == 1
    assert (case.settings.baseline, case.settings.workers) == ("none", 2)
    assert case.config["plan"]["overtime"]["measures"]["floor"]["hours"] == 1
    assert recorded.lines == [
        "surgesim compare demand.campaign.uplift=4.5 plan.overtime.measures.floor.hours=1 "
        "'plan=[overtime,none]' baseline=none workers=2"
    ]


def test_plans_of_a_scenario_stand_back_behind_the_command_line(surgesim: Ask, my: Path, recorded: Recorded) -> None:
    assert surgesim("compare", "scenario=our_shop", "plans=[overtime]", "--config-dir", "my").code == 0
    assert surgesim("run", "scenario=our_shop", "--config-dir", "my").code == 0
    assert surgesim("run", "scenario=our_shop", "plan=longer", "--config-dir=my").code == 0
    assert [list(case.plans) for case in recorded.cases] == [["overtime"], ["none"], ["longer"]]


def test_a_sweep_runs_every_combination(surgesim: Ask, recorded: Recorded, here: Path) -> None:
    answer = surgesim("compare", "-m", "scenario=steady,flash_sale", "seed=range(1,3)", "out=sweep", "scale=0.5")
    assert answer.code == 0
    met = [(case.scenario.name, case.settings.seed, case.scenario.scale) for case in recorded.cases]
    assert met == [("steady", 1, 0.5), ("steady", 2, 0.5), ("flash_sale", 1, 0.5), ("flash_sale", 2, 0.5)]
    assert [folder.as_posix() for folder in recorded.folders] == ["sweep/0", "sweep/1", "sweep/2", "sweep/3"]
    assert "[2/4] scenario=steady seed=2" in answer.out
    assert answer.out.count("/index.html") == 4
    assert recorded.lines[1] == "surgesim compare scenario=steady seed=2 out=sweep scale=0.5"
    assert files_in(here) == [], "Hydra writes nothing of its own"


def test_a_sweep_over_plans(surgesim: Ask, recorded: Recorded) -> None:
    assert surgesim("compare", "-m", "plans=[none],[none,overtime]").code == 0
    assert surgesim("run", "-m", "plan=glob(over*)").code == 0
    assert [list(case.plans) for case in recorded.cases] == [
        ["none"],
        ["none", "overtime"],
        ["overflow_3pl"],
        ["overtime"],
    ]


def test_a_sweep_over_all_scenarios_but_one(surgesim: Ask, recorded: Recorded) -> None:
    assert surgesim("compare", "-m", "scenario=glob(*,exclude=trace)").code == 0
    assert [case.scenario.name for case in recorded.cases] == [name for name in SCENARIOS if name != "trace"]


def test_two_runs_in_the_same_second_get_folders_of_their_own(here: Path) -> None:
    def write_into(folder: Path) -> Path:
        folder.mkdir(parents=True)
        return folder / "index.html"

    (here / "reports" / "now").mkdir(parents=True)
    (here / "reports" / "now+2").mkdir()

    def refuse_taken(folder: Path) -> Path:
        from sim.errors import InputError

        if folder.exists():
            raise InputError([])
        return write_into(folder)

    found = folders.write(Path("reports/now"), refuse_taken, chosen=False)
    assert found == Path("reports/now+3/index.html")


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_folders_made_on_the_way_go_when_the_work_stops(here: Path, error: type[BaseException]) -> None:
    (here / "reports").mkdir()

    def write_into(folder: Path) -> Path:
        folder.parent.mkdir(parents=True)
        raise error

    with pytest.raises(error):
        folders.write(Path("reports/compare/steady/now"), write_into, chosen=False)
    assert files_in(here) == ["reports"]
