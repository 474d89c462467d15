"""The combined report of ``--multirun``: read from the single reports, written whole or not at all."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from report_fixture import make_comparison, make_verdict
from shop_fixture import make_plans, make_scenario
from sweep_fixture import FORMATS, grid, lab_of, make_results

from sim.errors import InputError
from sim.experiment import Comparison
from sim.report import write, write_comparison
from sim.report.charts.canvas import Chart
from sim.report.experiment import write_experiment
from sim.report.folder import filled
from sim.report.many import FILES, Job, write_jobs
from sim.report.many.jobs import labels, lines_of
from sim.report.messages import catalogue
from sim.report.sweep import sweep_draft
from sim.scenario.plan import Plan

NASTY = "<script>alert('1')</script> & $5$"
SHARED = ("scale=0.5", "out=all")


def no_charts(*_: object) -> dict[str, Chart]:
    """Charts that cost no time."""
    return {name: Chart(name, "nothing", b"<svg/>", b"") for name in ("backlog", "stages", "bottlenecks")}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "draw_comparison", no_charts)


def compared(folder: Path, number: int, own: str, verdict: Any = None, plans: Mapping[str, Plan] | None = None) -> Job:
    """A job whose single report is written."""
    chosen = dict(list(make_plans().items())[:3]) if plans is None else dict(plans)
    comparison = make_comparison(chosen, 4, make_scenario())
    comparison.verdict = verdict
    report = folder / str(number)
    write_comparison(cast("Comparison", comparison), report, command="surgesim compare", config={})
    return Job(number, (own, *SHARED), comparison.scenario, chosen, report)


def swept(folder: Path, number: int, own: str) -> Job:
    """The same of a sweep."""
    results = make_results(grid(uplift=[2, 3, 6]))
    report = folder / str(number)
    write_experiment(sweep_draft(results, FORMATS, None), lab_of(results), report, FORMATS, command="surgesim sweep")
    return Job(number, (own, *SHARED), results.scenario, results.plans, report)


def test_jobs_are_told_apart_by_what_they_do_not_share() -> None:
    scenario = make_scenario()
    jobs = [Job(number, (f"seed={number}", *SHARED), scenario, {}, Path()) for number in (1, 2)]
    assert labels(jobs) == ["seed=1", "seed=2"]
    assert labels([Job(1, SHARED, scenario, {}, Path())] * 2) == [scenario.heading] * 2


def test_a_comparison_is_a_line_with_the_figures_of_its_verdict(tmp_path: Path) -> None:
    job = compared(tmp_path, 0, "seed=1", make_verdict("overtime", fresh=30, reach_share=0.9, net_mean=float("nan")))
    (line,), table = lines_of(job)
    assert (line.plan, line.point, line.baseline) == ("overtime", "", "none")
    assert line.chosen is not None
    assert math.isnan(line.chosen.gap.mean), "null in the manifest"
    assert (line.chosen.met, line.chosen.of, line.chosen.service.mean) == (27, 30, 0.973)
    assert list(line.plans) == ["none", "overtime", "temporary_staff"]
    assert line.plans["none"].of == 4
    assert table["plan"].tolist() == ["none", "overtime", "temporary_staff"]


def test_a_sweep_has_a_line_for_each_point(tmp_path: Path) -> None:
    lines, table = lines_of(swept(tmp_path, 0, "seed=1"))
    assert [line.point for line in lines] == [
        f"{n}: demand.campaign.uplift={value}" for n, value in enumerate((2, 3, 6))
    ]
    assert [(line.plan, line.chosen is not None and line.chosen.holds) for line in lines] == [
        ("none", True), ("overtime", True), ("temporary", False),
    ]  # fmt: skip
    assert len(table) == 9
    assert table.loc[table["chosen"], "plan"].tolist() == ["none", "overtime"]
    assert lines[1].plans["overtime"].gap.mean == -1000.0


def test_the_page_links_to_the_single_reports_and_its_table_is_the_verdicts(tmp_path: Path) -> None:
    folder = tmp_path / "all jobs"
    folder.mkdir()
    jobs = [
        compared(folder, 0, "seed=1", make_verdict("overtime")),
        compared(folder, 1, f"title={NASTY}", make_verdict("none", holds=False, reach_share=0.2)),
        compared(folder, 2, "seed=3"),
    ]
    index = write_jobs(jobs, folder, command="surgesim compare --multirun", what="compare")
    page = index.read_text(encoding="utf-8")
    assert "In 1 of 3 comparisons a plan holds: <strong>Overtime</strong> in 1." in page
    links = re.findall(r'<th scope="row"[^>]*><a href="([^"]+)">', page)
    assert links == ["0/index.html", "1/index.html", "2/index.html"]
    assert all((folder / link).is_file() for link in links)
    assert "(none; No measures)" in page
    assert "<script>alert" not in page
    assert "title=&lt;script&gt;" in page
    with (folder / "jobs.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 9
    assert [(row["job"], row["report"]) for row in rows][::3] == [(str(n), f"{n}/index.html") for n in range(3)]
    assert sorted(path.name for path in folder.iterdir()) == sorted([*FILES, "0", "1", "2"])


def test_links_lead_out_of_the_folder_where_the_page_stands_elsewhere(tmp_path: Path) -> None:
    jobs = [compared(tmp_path / "compare" / "a b", number, f"seed={number}", make_verdict("none")) for number in (0, 1)]
    index = write_jobs(jobs, tmp_path / "compare" / "multirun" / "now", command="", what="compare")
    assert 'href="../../a%20b/0/index.html"' in index.read_text(encoding="utf-8")


def test_plans_that_not_all_jobs_have(tmp_path: Path) -> None:
    plans = make_plans()
    jobs = [
        compared(tmp_path, 0, "plans=[none]", make_verdict("none", runner_up=None), {"none": plans["none"]}),
        compared(tmp_path, 1, "plans=[none,overtime]", None, {name: plans[name] for name in ("none", "overtime")}),
    ]
    index = write_jobs(jobs, tmp_path, command="", what="compare")
    assert "not in it" in (tmp_path / "charts" / "jobs.svg").read_text(encoding="utf-8")
    assert "In 1 of 2 comparisons" in index.read_text(encoding="utf-8")


def test_sweeps_together(tmp_path: Path) -> None:
    jobs = [swept(tmp_path, number, f"seed={number}") for number in (0, 1)]
    page = write_jobs(jobs, tmp_path, command="", what="sweep").read_text(encoding="utf-8")
    assert (
        "A plan holds at 4 of 6 points of all sweeps: <strong>None</strong> in 2 and <strong>Overtime</strong> in 2."
        in page
    )
    assert "2 of 3" in (tmp_path / "charts" / "jobs.svg").read_text(encoding="utf-8")
    assert page.count('<a href="1/index.html">') == 3


def test_where_nothing_falls_due_there_is_a_table_and_no_chart(tmp_path: Path) -> None:
    jobs = [compared(tmp_path, number, f"seed={number}") for number in (0, 1)]
    page = write_jobs(jobs, tmp_path, command="", what="compare").read_text(encoding="utf-8")
    assert "Nothing falls due in any of them" in page
    assert not (tmp_path / "charts").exists()


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_nothing_half_written_stays(tmp_path: Path, there: bool, error: type[BaseException]) -> None:
    folder = tmp_path / "all"
    if there:
        (folder / "0").mkdir(parents=True)

    def stop() -> None:
        with filled(folder, FILES, catalogue()) as partial:
            (partial / "jobs.csv").write_text("half", encoding="utf-8")
            raise error

    with pytest.raises(error):
        stop()
    assert [path.name for path in tmp_path.rglob("*")] == (["all", "0"] if there else [])


def test_what_has_moved_goes_again_when_the_rest_can_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename, moved = Path.rename, list[str]()

    def refuse(path: Path, target: Path) -> Path:
        if path.name == "index.html":
            raise OSError(28, "No space left on device")
        moved.append(path.name)
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)

    def fill() -> None:
        with filled(tmp_path, FILES, catalogue()) as partial:
            (partial / "charts").mkdir()
            for name in ("jobs.csv", "index.html"):
                (partial / name).touch()

    with pytest.raises(OSError, match="No space"):
        fill()
    assert moved == ["charts", "jobs.csv"], "the page comes last"
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="exists"), filled(tmp_path, FILES, catalogue()):
        pass
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == "mine"
