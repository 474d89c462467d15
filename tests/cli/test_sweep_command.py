"""``surgesim sweep`` and ``surgesim results`` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from cli_fixture import Answer, Ask, files_in

from sim.version import code_key

# a shop of one day: a run takes some milliseconds
SMALL = ["scenario=textbook_mmc", "scale=0.05", "plans=[none]"]
SWEEP = ["sweep", *SMALL, "sweep={site.picking.setup_min:[3,4]}", "replications=2"]


def refused(answer: Answer, *told: str) -> None:
    assert answer.code == 2
    assert answer.out == ""
    for text in told:
        assert text in answer.err


def store_of(here: Path) -> Path:
    return here / "reports" / "store" / code_key()


@pytest.fixture
def swept(surgesim: Ask) -> Ask:
    answer = surgesim(*SWEEP)
    assert answer.code == 0, answer.err
    return surgesim


def test_a_sweep_is_kept_and_goes_on(swept: Ask, here: Path) -> None:
    report = next((here / "reports" / "sweep").glob("*/*"))
    runs = pd.read_parquet(report / "runs.parquet")
    assert len(runs) == 4
    assert runs["site.picking.setup_min"].tolist() == [3, 3, 4, 4]
    assert {"index.html", "manifest.json", "points.csv"} <= set(files_in(report))
    again = swept(*SWEEP)
    assert "4 runs: 0 computed now" in again.out
    more = swept(*SWEEP[:-2], "sweep={site.picking.setup_min:[3,4,5]}", "replications=3")
    assert "9 runs: 5 computed now" in more.out
    manifest = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["runs"] == 4
    assert manifest["seed"] == 1


def test_results_are_listed_exported_and_reported_anew(swept: Ask, here: Path) -> None:
    report = next((here / "reports" / "sweep").glob("*/*"))
    swept(*SWEEP, "seed=2")
    listed = swept("results").out
    assert f"{Path('reports') / 'store' / code_key()}: 8 runs" in listed
    names = [line.split()[0] for line in listed.splitlines() if "surgesim sweep" in line]
    assert len(names) == 2
    for ending, read in {"csv": pd.read_csv, "xlsx": pd.read_excel, "parquet": pd.read_parquet}.items():
        answer = swept("results", str(store_of(here)), f"experiment={names[0]}", f"export=runs.{ending}")
        assert "4 runs written to" in answer.out
        pd.testing.assert_frame_equal(
            read(here / f"runs.{ending}"), pd.read_parquet(report / "runs.parquet"), check_dtype=False
        )
    assert (here / "runs.parquet").read_bytes() == (report / "runs.parquet").read_bytes()
    anew = swept("results", f"experiment={names[0]}", "report=anew")
    assert anew.code == 0
    assert (here / "anew" / "runs.parquet").read_bytes() == (report / "runs.parquet").read_bytes()
    assert (here / "anew" / "points.csv").read_bytes() == (report / "points.csv").read_bytes()
    assert "Setting" in swept("results", f"experiment={names[1]}").out


def test_another_language_runs_nothing_again_and_is_the_same_experiment(swept: Ask, here: Path) -> None:
    again = swept(*SWEEP, "report.lang=zh_TW", "out=chinese")
    assert "4 runs: 0 computed now" in again.out
    name = next(line.split()[0] for line in swept("results").out.splitlines() if "surgesim sweep" in line)
    assert swept("results").out.count("surgesim sweep") == 1
    anew = swept("results", f"experiment={name}", "report=anew", "report.lang=zh_TW")
    assert anew.code == 0, anew.err
    for folder in ("chinese", "anew"):
        page = (here / folder / "index.html").read_text(encoding="utf-8")
        assert '<html lang="zh-Hant-TW">' in page
        assert "參數掃描" in page


def test_what_was_not_finished_is_told(swept: Ask, here: Path) -> None:
    (record,) = (store_of(here) / "experiments").glob("*.json")
    facts = json.loads(record.read_text(encoding="utf-8"))
    record.write_text(json.dumps({**facts, "ended": None}), encoding="utf-8")
    assert "not finished" in swept("results").out
    refused(
        swept("results", "export=runs.csv"), "was not finished; go on with it: surgesim sweep scenario=textbook_mmc"
    )
    assert not (here / "runs.csv").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["sweep"], "sweep = null: give figures and their values"),
        (["sweep", "sweep={}"], "an empty mapping is merged, and changes nothing"),
        (["sweep", "sweep=[]"], "a list of points is needed"),
        (["sweep", "sweep={site.picking.setup_mn:[1]}"], "did you mean 'setup_min'"),
        (["sweep", "sweep={plan.nobody.measures.x:[1]}"], "no plan 'nobody' is among those chosen"),
        (["sweep", "sweep={site.picking.setup_min:[]}"], "needs a list of at least one value"),
        (["sweep", "sweep={site.picking.setup_min:[-1]}"], "site.picking.setup_min = -1"),
        (["sweep", "sweep={site.picking.setup_min:[1,2]}", "points=0"], "points"),
        (["sweep", "sweep={site.picking.setup_min:[1,2]}", "precision=-1"], "precision.relative"),
        (["sweep", "sweep={site.picking.setup_min:[1]}", "precision={kpis:[net]}"], "precision.kpis = net: is no KPI"),
        (["sweep", "sweep={site.picking.setup_min:[1]}", "scheduler=tcp://127.0.0.1:1"], "is used with compute=dask"),
        (["sweep", "sweep={site.picking.setup_min:[1]}", "compute=cloud"], "compute = cloud"),
        (["sweep", "sweep={site.picking.setup_min:[1]}", "store=taken"], "is there and is no result store"),
        (["sweep", "sweep={site.picking.setup_min:[1]}", "baseline=nobody"], "is not among the plans compared"),
        (
            ["sweep", "sweep={scale:[0.1]}", "precision=0.1", "replications=3"],
            "replications = 3: precision says how many",
        ),
        (["compare", "precision=0.1", "replications=3"], "replications = 3: precision says how many"),
        (["results"], "holds no result store yet"),
        (["results", "taken"], "holds no results of experiments"),
        (["results", "nowhere"], "holds no results of experiments"),
        (["results", "a", "b"], "name one folder"),
        (["results", "exprot=a.csv"], "did you mean 'export'"),
        (["results", "export="], "export=: needs a value"),
        (["results", "report=a", "report.lang=fr"], "report.lang = fr: there is no such language; there are en, zh_TW"),
        (["results", "report.lang=zh_TW"], "report.lang = zh_TW: is of a report: give report=FOLDER too"),
    ],
)
def test_wrong_words_are_told_and_nothing_is_written(surgesim: Ask, here: Path, words: list[str], told: str) -> None:
    (here / "taken").mkdir()
    (here / "taken" / "thesis.txt").write_text("mine", encoding="utf-8")
    small = SMALL if words[0] != "results" else []
    refused(surgesim(words[0], *small, *words[1:]), told)
    assert files_in(here) == ["taken", "taken/thesis.txt"]


def test_all_problems_of_a_sweep_are_told_at_once(surgesim: Ask, here: Path) -> None:
    words = ["sweep={site.picking.setup_mn:[1],site.picking.setup_min:[-1]}", "kpis=[net]", "baseline=me"]
    refused(surgesim("sweep", *SMALL, *words), "setup_mn", "setup_min = -1", "kpis = net", "baseline = me")
    words = ["sweep={scale:[1]}", "precision={kpis:[net],relative:-1,at_least:1}", "points=0"]
    refused(surgesim("sweep", *SMALL, *words), "precision.relative", "precision.at_least", "points = 0")
    assert files_in(here) == []


def test_results_of_another_version(swept: Ask, here: Path) -> None:
    manifest = store_of(here) / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(code_key(), "0.0.1-x"), encoding="utf-8")
    refused(swept(*SWEEP, f"store={store_of(here)}"), "was written by surgesim 0.0.1-x", "store=FOLDER")
    assert "written by surgesim 0.0.1-x" in swept("results").out
    assert swept("results", "export=runs.csv").code == 0
    refused(swept("results", "report=anew"), "its report is made by that version")
    refused(swept("results", "experiment=nothing", "export=x.csv"), "there are:")


def test_what_a_file_takes_from_another_figure_follows_it(surgesim: Ask, here: Path) -> None:
    """The textbook scenarios write ``headcount: ${textbook.servers}``."""
    knob = surgesim("sweep", *SMALL[:1], "plans=[none]", "sweep={textbook.servers:[3,4]}", "replications=1", "out=knob")
    shift = "sweep={site.picking.shifts.always.headcount:[3,4]}"
    figure = surgesim("sweep", *SMALL[:1], "plans=[none]", shift, "replications=1", "out=figure")
    assert (knob.code, figure.code) == (0, 0)
    by_knob, by_figure = (pd.read_parquet(here / name / "runs.parquet").iloc[:, 3:] for name in ("knob", "figure"))
    assert by_knob["utilisation_picking"].nunique() == 2
    pd.testing.assert_frame_equal(by_knob, by_figure)
