"""``--multirun``: single reports as ever, and one page over all of them when the last is written."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from cli_fixture import Ask, files_in

from sim.cli.commands import combined

SMALL = ("plans=[none,overtime]", "replications=2", "workers=1", "scale=0.02")


def test_comparisons_get_a_page_beside_their_reports(surgesim: Ask, here: Path) -> None:
    answer = surgesim("compare", "-m", "scenario=steady", "seed=1,2", *SMALL, "out=both")
    assert (answer.code, answer.err) == (0, "")
    assert answer.last_line == "both/index.html"
    assert sorted(path.name for path in (here / "both").iterdir()) == [
        "0", "1", "charts", "index.html", "jobs.csv", "manifest.json",
    ]  # fmt: skip
    manifest = json.loads((here / "both" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["command"].endswith("out=both --multirun")
    assert [job["report"] for job in manifest["jobs"]] == ["0/index.html", "1/index.html"]
    with (here / "both" / "jobs.csv").open(encoding="utf-8") as file:
        assert [row["overrides"] for row in csv.DictReader(file)] == ["seed=1"] * 2 + ["seed=2"] * 2
    again = surgesim("compare", "-m", "scenario=steady", "seed=1,2", *SMALL, "out=both")
    assert again.code == 2, "reports are never overwritten"


def test_without_out_it_stands_in_a_folder_of_its_own(surgesim: Ask, here: Path) -> None:
    figures = "sweep={demand.profile.per_day:[300,900]}"
    answer = surgesim("sweep", "-m", "scenario=steady", "seed=1,2", figures, *SMALL)
    assert (answer.code, answer.err) == (0, "")
    index = Path(answer.last_line)
    assert re.fullmatch(r"reports/sweep/multirun/[\d_-]+/index\.html", index.as_posix())
    links = re.findall(r'<a href="([^"#]+)">', index.read_text(encoding="utf-8"))
    assert len(links) == 4, "a row for each point of each sweep"
    assert all((index.parent / unquote(link)).is_file() for link in links)


def test_runs_are_not_put_together(surgesim: Ask, here: Path) -> None:
    answer = surgesim("run", "-m", "scenario=steady", "seed=1,2", "scale=0.02", "out=both")
    assert answer.code == 0
    assert sorted(path.name for path in (here / "both").iterdir()) == ["0", "1"]


def test_what_is_in_the_way_is_told_before_any_work(surgesim: Ask, here: Path) -> None:
    (here / "both").mkdir()
    (here / "both" / "index.html").touch()
    answer = surgesim("compare", "-m", "scenario=steady", "seed=1,2", *SMALL, "out=both")
    assert answer.code == 2
    assert "both/index.html: exists already" in answer.err.replace("out = ", "")
    assert files_in(here) == ["both", "both/index.html"]


def test_an_interrupt_leaves_the_single_reports_and_no_half_page(
    surgesim: Ask, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim.report.many import write

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(write, "_frame", interrupted)
    answer = surgesim("compare", "-m", "scenario=steady", "seed=1,2", *SMALL, "out=both")
    assert answer.code == 130
    assert sorted(path.name for path in (here / "both").iterdir()) == ["0", "1"]


def test_a_single_job_and_reports_that_are_gone_have_nothing_to_combine(tmp_path: Path) -> None:
    index = tmp_path / "index.html"
    assert not combined.wanted("compare", [index, index])
    index.touch()
    assert combined.wanted("compare", [index, index])
    assert not combined.wanted("compare", [index])
    assert not combined.wanted("run", [index, index])
