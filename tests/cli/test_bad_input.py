"""Whatever a user gets wrong: exit code 2, one clear message, no traceback, nothing written."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from cli_fixture import Answer, Ask, files_in

from sim.cli import main
from sim.cli.commands import compare
from sim.errors import LedgerError

TRACE = ["scenario=trace", "demand.file=orders.csv", "demand.from=2026-03-02", "demand.to=2026-03-03"]


def refused(answer: Answer, *told: str) -> None:
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith("surgesim: ")
    assert "Traceback" not in answer.err
    assert "Error executing job" not in answer.err
    for text in told:
        assert text in answer.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        # commands, options, overrides
        ("comprae", "comprae: no such command; did you mean 'compare'?"),
        ("help comprae", "comprae: no such command; did you mean 'compare'?"),
        ("compare steady", "steady: is neither a command nor KEY=VALUE"),
        ("compare --multirn", "--multirn: no such option; did you mean '--multirun'?"),
        ("compare --config-path conf", "--config-path: no such option"),
        ("compare --experimental-rerun x", "--experimental-rerun: no such option"),
        ("compare --config-dir", "--config-dir: needs a value"),
        ("run report.lang=zh", "report.lang = zh: there is no such language; there are en, zh_TW"),
        ("select report.lang=zh_tw", "there are en, zh_TW; did you mean 'zh_TW'?"),
        ("robust report.language=en", "report.language = en: unknown key"),
        ("compare --cfg jobs", "--cfg = jobs: must be one of job, hydra, all"),
        ("list scenario=steady", "list takes no overrides"),
        ("list --multirun", "--multirun: no such option"),
        ("compare seed=[1", "seed=[1: is not KEY=VALUE in a form that can be read"),
        ("compare plan=none plans=none", "plan=none and plans=none: choose plans once"),
        ("compare --config-dir nowhere", "--config-dir = nowhere: no such folder"),
        ("compare hydra/launcher=joblib", "jobs run one after another"),
        ("compare hydra.nothing=1", "Hydra's own settings are fixed"),
        ("compare x._target_=os.getcwd", "x._target_=os.getcwd: _target_ is not allowed"),
        ("compare +hydra.callbacks.x={_target_:os.getcwd}", "_target_ is not allowed"),
        ("compare hydra.run.dir=here", "hydra.run.dir=here: out=FOLDER chooses the folder of the report"),
        ("compare hydra.searchpath=[file:///tmp]", "--config-dir FOLDER brings scenarios and plans of your own"),
        # names
        ("compare scenario=doubel11", "no such scenario; did you mean 'double11'?; there are: black_friday, double11"),
        ("compare plans=[none,overtme]", "no such plan; did you mean 'overtime'?; there are: all_hands, announcement"),
        (
            "run scenario=steady plan=throttle",
            "plan.throttle.measures.ads = throttle: the scenario 'steady' has no campaign",
        ),
        ("run plan=nowhere", "plan = nowhere: no such plan; there are: all_hands"),
        ("compare scenario=../conf/base", "no such scenario"),
        ("compare scenario=_shop", "scenario: window.measure_to is needed"),
        # choices
        ("compare plans=[]", "plans = []: choose at least one"),
        ("run plans=[none,overtime]", "plan = [none, overtime]: run takes one plan"),
        ("compare scenario=[steady,trace]", "several are a sweep"),
        ("compare baseline=overflow", "baseline = overflow: is not among the plans compared"),
        ("compare plans=[none,overtime] plan.overtime.name=none", "plans = [none, none]: two plans are named 'none'"),
        (
            "compare plans=none plan.overtime.measures.floor.hours=1",
            "plan.overtime: is not among the plans chosen (none)",
        ),
        ("compare plan.overtme.measures.floor.hours=1", "plan.overtme: no such plan; did you mean 'overtime'?"),
        # sweeps
        ("compare seed=1,2", "seed=1,2: several values are a sweep: add --multirun"),
        ("compare --multirun scenario=glob(zz*)", "scenario=glob(zz*): the sweep matches nothing and would run no job"),
        ("compare --multirun demand.campaign.uplift=glob(*)", "would run no job"),
        ("compare --multirun seed=choice()", "empty choice is not legal"),
        # values: units, types, ranges
        ("compare demand.campaign.upliftt=4", "demand.campaign.upliftt = 4: unknown key; did you mean 'uplift'?"),
        ("compare sede=4", "sede = 4: unknown key; did you mean 'seed'?"),
        ("compare site.picking.setup_min='2'", "a number is needed (min)"),
        ("compare site.picking.setup_min=2min", "site.picking.setup_min = 2min: a number is needed (min), not text"),
        ("compare site.picking.setup_min=true", "a number is needed (min), not true or false"),
        ("compare site.picking.shifts.early.headcount=-1", "headcount = -1: must be at least 0 (workers)"),
        ("compare site.picking.shifts.early.headcount=2.5", "headcount = 2.5: a whole number is needed (workers)"),
        ("compare site.picking.shifts.early.end=07:00", "a shift ends after it starts"),
        ("compare site.picking.shifts.early.end=soon", "write a clock time as HH:MM"),
        ("compare promise.express_share=1.5", "promise.express_share = 1.5: must be at most 1 (share)"),
        ("compare scale=${nothing}", "scale: Interpolation key 'nothing' not found"),
        ("compare replications=true", "replications = true: a whole number is needed"),
        ("compare replications=1", "replications = 1: must be at least 2"),
        ("compare compute=dusk", "compute = dusk: must be one of local, serial, dask; did you mean 'dask'?"),
        ("compare scheduler=here:8786", "scheduler = here:8786: is used with compute=dask, and this is compute=local"),
        ("run seed=-1", "seed = -1: must be at least 0"),
        (
            "compare plan.overtime.measures.floor.trigger.metric=backlog",
            "plan.overtime.measures.floor.trigger.metric = backlog: must be one of backlog_orders, ",
        ),
        (
            "compare plan.overtime.measures.floor.hours=-1",
            "plan.overtime.measures.floor.hours = -1: must be above 0 (h)",
        ),
        ("run scenario=trace", "demand.file: must be given"),
        ("compare carriers={}", "carriers={}: an empty mapping is merged, and changes nothing"),
        ("compare promise.hard_deadline=2020-01-01", "promise.hard_deadline lies before the start"),
        # what would overflow, or never come to an end
        ("run economics.price_per_unit=1e308", "economics.price_per_unit = 1e+308: must be at most 1e+09"),
        ("run site.picking.service.cv=1e300", "site.picking.service.cv = 1e+300: must be at most 100"),
        ("run site.picking.headcount_factor=1e8", "worker-days, at most 5,000,000"),
        ("run demand.profile.per_day=1e9", "arrivals in one replication, at most 100,000,000"),
        ("run demand.basket.lines_mean=1e18", "demand.basket.lines_mean = 1e+18: must be at most 10000"),
        ("run promise.standard.deliver_within_days=1000", "deliver_within_days = 1000: must be at most 366"),
        ("run demand.campaign.opening.hours=1e300", "demand.campaign.opening.hours = 1e+300: must be at most 8784"),
        ("run start=0001-01-01", "start = 0001-01-01: dates lie between 1900 and 2199"),
        ("run window.measure_to=1e300", "a moment lies within 100,000 hours of the start"),
        ("run seed=range(1,1e9) --multirun", "--multirun = 999,999,999 jobs: a sweep has at most 1,000"),
        ("run seed=1,2 scale=range(1,900) --multirun", "--multirun = 1,798 jobs"),
        ("run transit_calendar=[{first_day:2026-11-01,last_day:2026-11-30,factor:1e308}]", "must be at most 100"),
        ("run site.labour.overtime_pay=[{hours:4.0,multiplier:1e308}]", "multiplier = 1e+308: must be at most 100"),
        (
            "run +disturbances.belt={kind:outage,stages:[picking,packing,desk,dock,release],mean_between_h:0.1,"
            "mean_hours:0.01} +disturbances.lift=${disturbances.belt} demand.campaign=null",
            "disturbances: about 50,182 outages in one replication, at most 50,000",
        ),
        ("run alerts=[]", "  - alerts=[]: needs keys with values, not a list"),
        # what could never act, or would act twice
        ("run plan=overtime plan.overtime.measures.floor.stages=[]", "stages = []: needs at least 1 entry"),
        (
            "run plan=overtime plan.overtime.measures.floor.stages=[picking,picking]",
            "plan.overtime.measures.floor.stages = [picking, picking]: picking is named twice",
        ),
        (
            "run +plan.none.measures.word={kind:announcement,trigger:{when:time,at:2026-11-12,until:2026-11-10}}",
            "plan.none.measures.word.trigger.until = 2026-11-10 00:00:00: lies after 'at'",
        ),
        (
            "run plan=staggered_release plan.staggered_release.measures.turns.opens=2030-01-01",
            "opens = 2030-01-01",
        ),
        (
            "run plan=desk_reinforcement desk=null scenario=steady",
            "has no service desk: give it one, or leave the measure out",
        ),
    ],
)
def test_one_mistake(surgesim: Ask, here: Path, words: str, told: str) -> None:
    refused(surgesim(*words.split()), told)
    assert files_in(here) == []


def test_every_mistake_of_scenario_plans_and_settings_at_once(surgesim: Ask, here: Path) -> None:
    answer = surgesim(
        "compare",
        "scale=-1",
        "site.piking=3",
        "carriers.home.cutoff_min='30'",
        "plan.overtime.measures.floor.hours=true",
        "plan.overflow_3pl.measures.overflow.shar=1",
        "replications=ten",
        "workers=0",
    )
    refused(
        answer,
        "(7 problems)",
        "  - scale = -1: must be above 0\n",
        "  - site.piking = 3: unknown key; did you mean 'picking'?\n",
        "  - plan.overtime.measures.floor.hours = true: a number is needed (h), not true or false\n",
        "  - plan.overflow_3pl.measures.overflow.shar = 1: unknown key; did you mean 'share'?\n",
        "  - replications = ten: a whole number is needed, not text\n",
        "  - workers = 0: must be at least 1\n",
    )
    assert files_in(here) == []


def test_settings_of_hydra_write_no_file_and_lose_none(surgesim: Ask, here: Path) -> None:
    kept = here / "config.yaml"
    kept.write_text("precious", encoding="utf-8")
    refused(surgesim("run", "hydra={output_subdir: .}", "scale=-1"), "Hydra's own settings are fixed")
    handler = "+hydra.job_logging.handlers.f={class: logging.FileHandler, filename: config.yaml, mode: w}"
    refused(surgesim("run", handler, "scale=-1"), "Hydra's own settings are fixed")
    assert kept.read_text(encoding="utf-8") == "precious"
    assert files_in(here) == [kept.name]


def test_a_plan_that_does_not_fit_is_told_by_every_command_with_all_else(surgesim: Ask, here: Path) -> None:
    plans = here / "my" / "plan"
    plans.mkdir(parents=True)
    text = "measures:\n  vans: {kind: extra_pickups, carriers: [nobody], times: ['10:00']}\n"
    (plans / "mine.yaml").write_text(text, encoding="utf-8")
    words = ["scenario=steady", "plan=mine", "--config-dir", "my", "seed=-1"]
    refused(surgesim("run", *words), "plan.mine.measures.vans.carriers", "has no such carrier")


def test_a_sweep_is_refused_before_its_first_job_if_one_can_not_be(surgesim: Ask, here: Path) -> None:
    answer = surgesim("compare", "-m", "scale=0.05,-1", "replications=2", "seed=1,x")
    refused(answer, "scale = -1", "seed = x", "(2 problems)")
    assert files_in(here) == []


EXTENDED = "defaults: [double11, _self_]\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("scale: 1.0\ncarriers: [", ", line 3: is not valid YAML"),
        ("scale: 1.0\n\tsite: 1\n", ", line 2: is not valid YAML"),
        ("defaults: [double12]\n", ": defaults: there is no scenario 'double12'; did you mean 'double11'?"),
        ("defaults: [wrong]\n", "extends itself"),
        ("site: {_target_: os.getcwd}\n", "_target_ is not allowed"),
        (EXTENDED + "hydra: {verbose: true}\n", ": hydra: unknown key"),
        (EXTENDED + "plan: {overtime: {measures: {}}}\n", ": plan: unknown key"),
        (EXTENDED + "scale: fast\n", ":2) = fast: a number is needed, not text"),
        (EXTENDED + "site: {picking: {shifts: {early: {headcount: -3}}}}\n", ":2) = -3: must be at least 0 (workers)"),
    ],
)
def test_mistakes_in_own_files_are_told_with_file_and_line(surgesim: Ask, my: Path, text: str, told: str) -> None:
    (my / "scenario" / "wrong.yaml").write_text(text, encoding="utf-8")
    refused(surgesim("compare", "scenario=wrong", "--config-dir", "my"), "my/scenario/wrong.yaml", told)


def test_a_plan_that_is_not_there_in_an_own_file(surgesim: Ask, my: Path) -> None:
    (my / "scenario" / "wrong.yaml").write_text(EXTENDED + "plans: [none, overtme]\n", encoding="utf-8")
    refused(surgesim("compare", "scenario=wrong", "--config-dir", "my"), "no such plan; did you mean 'overtime'?")


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"scale: 1.0\x00", "NUL"), ("story: Größe".encode("latin-1"), "is not UTF-8"), (b"#" * 1_000_001, "too large")],
)
def test_files_that_are_no_text(surgesim: Ask, my: Path, content: bytes, told: str) -> None:
    (my / "plan" / "wrong.yaml").write_bytes(content)
    refused(surgesim("run", "plan=wrong", "--config-dir", "my"), "my/plan/wrong.yaml", told)


def test_own_files_do_not_hide_shipped_ones(surgesim: Ask, my: Path) -> None:
    (my / "plan" / "overtime.yaml").write_text("measures: {}\n", encoding="utf-8")
    refused(surgesim("run", "--config-dir", "my"), "my/plan/overtime.yaml: is the name of a shipped plan")


@pytest.mark.parametrize("command", ["run", "compare"])
@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "orders.csv"),
        (b"", "orders.csv"),
        (b"order_id,placed\n", "orders.csv"),
        (b"order_id,placed\n1,2026-03-02 10:00\n2,soon\n", "soon"),
        (b"a,b\n1,2\n", "order_id"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "orders.csv"),
    ],
)
def test_order_files_that_can_not_be_used(
    surgesim: Ask, here: Path, command: str, content: bytes | None, told: str
) -> None:
    if content is not None:
        (here / "orders.csv").write_bytes(content)
    before = files_in(here)
    refused(surgesim(command, *TRACE), told)
    assert files_in(here) == before


def test_a_report_folder_that_is_taken_is_told_before_the_work(
    surgesim: Ask, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "perform", lambda *_: pytest.fail("no work is done"))
    (here / "taken").mkdir()
    (here / "file").write_text("", encoding="utf-8")
    refused(surgesim("compare", "out=taken"), "out = taken: exists already")
    refused(surgesim("compare", "out=file/report"), "is a file, not a folder")
    refused(surgesim("compare", "out=''"), "out")
    if sys.platform != "win32" and os.geteuid() != 0:
        here.chmod(0o500)
        refused(surgesim("compare"), "no right to write into")


def test_a_defect_of_ours_shows_its_traceback(monkeypatch: pytest.MonkeyPatch, here: Path) -> None:
    def broken(*_: object) -> Path:
        raise LedgerError("parcels appeared from nowhere")

    monkeypatch.setattr(compare, "perform", broken)
    with pytest.raises(LedgerError):
        main(["compare"])
