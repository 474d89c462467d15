"""Scenarios and plans by name or file, with overrides, composed as on the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.utils import JobRuntime
from hydra.version import VersionBase

from sim.errors import InputError
from sim.scenario.library import SCENARIOS, open_library
from sim.scenario.loader import load_plan, load_scenario
from sim.scenario.measures import Overtime
from sim.scenario.provenance import COMMAND_LINE

SHOP = """\
timezone: UTC
window: {measure_to: 24.0}
demand:
  profile:
    per_day: 100.0  # R measured
site:
  picking:
    setup_min: 1.0  # assumption
    shifts:
      day: {start: "08:00", end: "16:00", headcount: 2}  # assumption
"""


@pytest.fixture
def my(tmp_path: Path) -> Path:
    """A folder of a user's own: no Hydra headers, one file extending another."""
    folder = tmp_path / "my"
    (folder / "scenario").mkdir(parents=True)
    (folder / "plan").mkdir()
    (folder / "scenario" / "shop.yaml").write_text(SHOP, encoding="utf-8")
    (folder / "scenario" / "big_shop.yaml").write_text(
        "defaults: [shop, _self_]\ndemand: {profile: {per_day: 900.0}}  # R counted\n", encoding="utf-8"
    )
    (folder / "scenario" / "mine11.yaml").write_text(
        "defaults: [double11, _self_]\nplans: [none, longer]\nscale: 0.5\n", encoding="utf-8"
    )
    (folder / "plan" / "longer.yaml").write_text(
        "defaults: [overtime, _self_]\nmeasures: {floor: {hours: 4.0}}\n", encoding="utf-8"
    )
    (folder / "plan" / "longest.yaml").write_text(
        "defaults: [longer]\nmeasures: {floor: {share: 1.0}}\n", encoding="utf-8"
    )
    return folder


def problems(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [str(problem) for problem in error.value.problems]


@pytest.mark.parametrize("name", [name for name in open_library().names("scenario") if name != "trace"])
def test_every_shipped_scenario_loads(name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario.title
    assert scenario.story


@pytest.mark.parametrize("name", open_library().names("plan"))
def test_every_shipped_plan_loads(name: str) -> None:
    plan = load_plan(name)
    assert plan.name == name
    assert plan.title
    assert plan.about


def test_overrides_change_figures_and_their_sources() -> None:
    scenario = load_scenario("double11", ["demand.campaign.uplift=6", "~demand.campaign.teaser", "scale=0.5"])
    assert scenario.demand.campaign is not None
    assert scenario.demand.campaign.uplift == 6
    assert scenario.demand.campaign.teaser.hours == 0
    assert scenario.scale == 0.5
    assert scenario.sources["demand.campaign.uplift"] == COMMAND_LINE
    assert "demand.campaign.teaser" not in scenario.sources
    assert scenario.sources["demand.profile.per_day"].startswith("assumption")  # from the file it extends


def test_overrides_of_a_plan() -> None:
    plan = load_plan("overtime", ["measures.floor.hours=1"])
    measure = plan.measures["floor"]
    assert isinstance(measure, Overtime)
    assert measure.hours == 1
    assert plan.sources["measures.floor.hours"] == COMMAND_LINE
    assert plan.sources["measures.floor.share"].startswith("assumption")


def test_an_entry_can_be_added_with_plus() -> None:
    plan = load_plan("none", ["+measures.evening={kind: overtime, hours: 1.5}"])
    assert plan.measures["evening"].kind == "overtime"


def test_own_files_need_no_headers_and_extend_others(my: Path) -> None:
    scenario = load_scenario("big_shop", config_dir=my)
    assert scenario.name == "big_shop"
    assert scenario.demand.profile.per_day == 900
    assert scenario.site.picking.setup_min == 1
    assert scenario.sources["demand.profile.per_day"] == "R counted"
    assert scenario.sources["site.picking.setup_min"] == "assumption"
    assert load_scenario("mine11", config_dir=my).demand.campaign is not None


def test_own_plans_extend_shipped_ones_in_their_own_place(my: Path) -> None:
    plan = load_plan("longest", config_dir=my)
    measure = plan.measures["floor"]
    assert plan.name == "longest"
    assert isinstance(measure, Overtime)
    assert (measure.hours, measure.share) == (4, 1)
    assert measure.trigger.metric == "backlog_hours"  # from the shipped one


@pytest.mark.parametrize("as_text", [True, False])
def test_a_scenario_from_a_file(my: Path, as_text: bool) -> None:
    path = my / "scenario" / "big_shop.yaml"
    assert load_scenario(str(path) if as_text else path).demand.profile.per_day == 900


def test_a_plan_from_a_file_relative_to_the_current_folder(my: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(my)
    assert load_plan("plan/longest.yaml").name == "longest"


def test_a_shipped_file_can_be_named_too() -> None:
    assert load_scenario(SCENARIOS / "steady.yaml").name == "steady"


def test_unknown_names_are_told_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"scenario = doubel11: no such scenario; did you mean 'double11'.*steady"):
        load_scenario("doubel11")
    with pytest.raises(InputError, match="plan = overtme: no such plan; did you mean 'overtime'"):
        load_plan("overtme")
    with pytest.raises(InputError, match=r"no\.yaml: no such file"):
        load_scenario("nowhere/no.yaml")


def test_all_problems_are_told_at_once_with_file_and_line(my: Path) -> None:
    path = my / "scenario" / "shop.yaml"
    path.write_text(SHOP.replace("1.0", "'1'").replace("headcount: 2", "headcount: -2"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_scenario("shop", ["demand.profile.per_dy=3", "scale=0"], config_dir=my)
    found = problems(caught)
    assert len(found) == 4
    assert any(line.startswith("site.picking.setup_min (") and line.count("shop.yaml:8)") for line in found)
    assert any("headcount (" in line and "= -2: must be at least 0 (workers)" in line for line in found)
    assert "demand.profile.per_dy = 3: unknown key; did you mean 'per_day'?" in found
    assert "scale = 0: must be above 0" in found


def test_a_mistyped_entry_is_one_problem_with_the_nearest_name() -> None:
    with pytest.raises(InputError) as caught:
        load_scenario("double11", ["site.picking.shifts.erly.headcount=3", "carriers.hom.share=0.5"])
    assert problems(caught) == [
        "site.picking.shifts.erly: is new and lacks start, end; did you mean 'early'?",
        "carriers.hom: is new and lacks pickups; did you mean 'home'?",
    ]
    with pytest.raises(InputError, match=r"plan\.overtime\.measures\.evening: is new and lacks kind; there are: floor"):
        load_plan("overtime", ["measures.evening.hours=1"])


def test_what_must_be_given_is_asked_for_and_nothing_else() -> None:
    with pytest.raises(InputError) as caught:
        load_scenario("trace", ["demand.to=soon"])
    assert problems(caught) == [
        "demand.file: must be given (the file says ???)",
        "demand.from: must be given (the file says ???)",
        "demand.to = soon: write a date as YYYY-MM-DD",
    ]


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("a=[3", r"a=\[3: is not KEY=VALUE in a form that can be read: no viable alternative"),
        ("title=雙十一", "title=雙十一: holds a character that must stand in quotes"),
        ("scale=1,2", "scale=1,2: several values are a sweep: add --multirun"),
        ("scale=${foo}", "scale: Interpolation key 'foo' not found"),
        ("x._target_=os.getcwd", "_target_ is not allowed"),
        ("~scal", "Could not delete from config. 'scal' does not exist"),
        ("scenario=steady", "choose scenarios and plans by load_scenario and load_plan"),
        ("plans=[none]", "choose scenarios and plans by load_scenario and load_plan"),
    ],
)
def test_overrides_that_can_not_be_composed(override: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        load_scenario("double11", [override])


def test_quoted_text_in_any_script() -> None:
    assert load_scenario("double11", ["title='雙十一 (試算)'"]).title == "雙十一 (試算)"


def test_broken_yaml_is_told_with_file_and_line(my: Path) -> None:
    (my / "scenario" / "shop.yaml").write_text("demand:\n  profile: {per_day: 3\nsite: 1\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"shop\.yaml, line \d: is not valid YAML"):
        load_scenario("big_shop", config_dir=my)


def test_code_in_a_file_is_refused(my: Path) -> None:
    (my / "scenario" / "shop.yaml").write_text(SHOP + "hydra: {launcher: {_target_: os.getcwd}}\n", encoding="utf-8")
    with pytest.raises(InputError, match="_target_ is not allowed"):
        load_scenario("shop", config_dir=my)


def test_no_state_of_hydra_is_left_behind(my: Path) -> None:
    base = VersionBase.instance().version_base
    load_scenario("steady")
    assert not GlobalHydra.instance().is_initialized()
    assert VersionBase.instance().version_base == base
    # an application of the caller's finds its own search path as it was
    (my / "app.yaml").write_text("a: 1\n", encoding="utf-8")
    with initialize_config_dir(config_dir=str(my), version_base="1.3"):
        sources = GlobalHydra.instance().config_loader().get_search_path().get_path()  # type: ignore[union-attr]
        assert not any("surgesim" in str(source.path) for source in sources)
        assert compose("app") == {"a": 1}


def test_inside_an_application_of_hydra(my: Path) -> None:
    (my / "app.yaml").write_text("uplift: 5\n", encoding="utf-8")
    with initialize_config_dir(config_dir=str(my), version_base="1.2", job_name="theirs"):
        outer = GlobalHydra.instance().hydra
        cfg = compose("app")
        scenario = load_scenario("double11", [f"demand.campaign.uplift={cfg.uplift}"])
        with pytest.raises(InputError):
            load_scenario("nowhere")
        assert GlobalHydra.instance().hydra is outer
        assert str(VersionBase.instance().version_base) == "1.2"
        assert JobRuntime.instance().get("name") == "theirs"
        assert compose("app") == {"uplift": 5}
    assert scenario.demand.campaign is not None
    assert scenario.demand.campaign.uplift == 5


def test_inside_a_script_run_by_hydra(my: Path, tmp_path: Path) -> None:
    (my / "app.yaml").write_text("uplift: 5\nhydra: {run: {dir: .}, output_subdir: null}\n", encoding="utf-8")
    script = tmp_path / "app.py"
    script.write_text(
        "import hydra\nimport sim\n"
        "@hydra.main(version_base='1.3', config_path='my', config_name='app')\n"
        "def main(cfg):\n"
        "    print(sim.load_scenario('double11', [f'demand.campaign.uplift={cfg.uplift}']).demand.campaign.uplift)\n"
        "main()\n",
        encoding="utf-8",
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, str(script), "uplift=7"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(root), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "7.0", done.stderr
