"""The report folder and its page: complete, self-contained, safe, whole or not at all."""

from __future__ import annotations

import base64
import csv
import json
import math
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from report_fixture import make_comparison, make_verdict
from shop_fixture import make_plans, make_scenario

from sim.errors import InputError
from sim.experiment import Comparison
from sim.files import harmless
from sim.ledger_io import read_ledger
from sim.report import write_comparison
from sim.report.charts.canvas import Chart
from sim.report.describe import breaking, certainty, headline
from sim.report.folder import new_folder, write_csv
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.report.reading import Reading
from sim.report.tables import difference_table, plan_table, shown, source_rows, value_at
from sim.report.write import draw_comparison
from sim.scenario.provenance import COMMAND_LINE

NASTY = "<script>alert('1')</script> & Söhne 雙十一 $5$"


class Page(HTMLParser):
    """What a browser would meet: tags with their attributes, ids in order, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.ids: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "section":
            self.ids.append(dict(attrs)["id"] or "")
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.text += data


def write(comparison: SimpleNamespace, folder: Path, **more: Any) -> Path:
    given = {"command": "surgesim compare scenario=double11", "config": {"scenario": "double11"}, "durations": {}}
    return write_comparison(cast("Comparison", comparison), folder, **{**given, **more})


def reading_of(comparison: SimpleNamespace) -> Reading:
    return Reading(cast("Comparison", comparison))


def no_charts(*_: object) -> dict[str, Chart]:
    """Charts that cost no time, where a test is not about them."""
    names = ("backlog", "stages", "bottlenecks")
    return {name: Chart(name, "nothing", b"<svg/>", b"") for name in names}


@pytest.fixture(scope="module")
def comparison() -> SimpleNamespace:
    return make_comparison()


@pytest.fixture(scope="module")
def folder(comparison: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(comparison, tmp_path_factory.mktemp("report") / "made").parent


@pytest.fixture(scope="module")
def page(folder: Path) -> Page:
    return Page((folder / "index.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def formats() -> Formats:
    return Formats(catalogue(), "TWD")


def test_the_folder_has_everything(folder: Path, comparison: SimpleNamespace) -> None:
    files = {str(path.relative_to(folder).as_posix()) for path in folder.rglob("*") if path.is_file()}
    charts = {
        f"charts/{name}.{end}"
        for name in ("backlog", "stages", "bottlenecks", "staffing", "pareto", "early_warning")
        for end in ("svg", "png")
    }
    tables = {"summary.csv", "differences.csv", "scorecards.csv", "early_warning.csv"}
    tables |= {"series.parquet", "replications.parquet"}
    assert charts | tables | {"manifest.json", "index.html"} <= files
    assert {path.name for path in (folder / "ledgers").iterdir()} == set(comparison.plans)
    assert [path.name for path in folder.parent.iterdir()] == ["made"]


def test_tables_read_back_as_they_were(folder: Path, comparison: SimpleNamespace) -> None:
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "series.parquet"), comparison.series, check_dtype=False)
    runs = pd.read_parquet(folder / "replications.parquet")
    pd.testing.assert_frame_equal(runs, comparison.per_replication, check_dtype=False)
    summary = pd.read_csv(folder / "summary.csv")
    assert list(summary.columns) == list(comparison.summary.columns)
    np.testing.assert_allclose(summary["mean"], comparison.summary["mean"], rtol=1e-12)
    assert read_ledger(folder / "ledgers" / "overtime").plan == comparison.plans["overtime"]


def test_the_page_needs_nothing_but_itself(page: Page) -> None:
    for tag, attributes in page.tags:
        assert tag not in {"script", "link", "iframe", "object", "base"}
        for name in ("src", "href"):
            value = attributes.get(name)
            assert value is None or value.startswith(("data:image/svg+xml;base64,", "#")), (tag, value)
    assert "@import" not in page.text
    assert "url(" not in (Path(write_comparison.__code__.co_filename).parent / "templates/style.css").read_text("utf-8")


def test_every_picture_has_a_text_and_is_an_svg_of_its_own(page: Page) -> None:
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    assert len(pictures) == 7
    for attributes in pictures:
        assert len(attributes["alt"] or "") > 40
        svg = base64.b64decode((attributes["src"] or "").split(",", 1)[1]).decode()
        assert svg.lstrip().startswith("<?xml")
        assert "http" not in re.sub(
            r'xmlns(:\w+)?="[^"]*"|<!DOCTYPE[^>]*>|<metadata>.*?</metadata>', "", svg, flags=re.DOTALL
        )


def test_the_page_answers_in_the_order_of_a_planner(page: Page) -> None:
    first = "verdict plans differences risk scorecards costs backlog time limits staffing pareto early_warning"
    assert " ".join(page.ids) == f"{first} assumptions measures law method glossary catalogue"
    targets = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert targets == [f"#{name}" for name in page.ids[1:]]


def test_the_page_says_how_many_replications_and_how_it_was_made(page: Page) -> None:
    text = " ".join(page.text.split())
    for part in (
        "Means over 12 replications",
        "30 fresh surges",
        "surgesim compare scenario=double11",
        "python 3.",
        "6.4",
    ):
        assert part in text, part
    assert "Orders in the file: 12,345" in text


def test_the_first_sentence_chooses_and_says_how_sure(comparison: SimpleNamespace, formats: Formats) -> None:
    text = str(headline(reading_of(comparison), formats)).replace("\u00a0", " ")
    assert text.startswith("Choose <strong>Overtime, temporary staff and third party</strong>")
    assert "97.3 %</strong> of orders on time (95 % interval 96.8 % to 97.8 %)" in text
    assert "29 of 30 fresh surges" in text
    assert "TWD 1.23 million more net contribution than “No measures” (TWD 1.01 to 1.46 million)" in text
    assert text.count(". ") == 0


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"holds": False}, "No plan holds"),
        (
            {"net_low": -9e5, "net_high": -1e5, "net_mean": -5e5},
            "TWD 500,000 less net contribution than “No measures” (TWD 100,000 to 900,000)",
        ),
        ({"net_low": -1e5}, "cannot be told from"),
        ({"plan": "none", "net_mean": 0.0}, "fresh surges."),
        ({"service_high": 1.002}, "to 100 %)"),
    ],
)
def test_other_verdicts(comparison: SimpleNamespace, formats: Formats, changes: dict[str, Any], part: str) -> None:
    given = {"plan": "combined", **changes}
    other = SimpleNamespace(**{**vars(comparison), "verdict": make_verdict(**given)})
    assert part in str(headline(reading_of(other), formats)).replace("\u00a0", " ")


def test_a_plan_that_held_only_where_it_was_chosen_is_not_said_to_fail(
    comparison: SimpleNamespace, formats: Formats
) -> None:
    easy = comparison.scenario.targets.model_copy(update={"probability": 0.0})
    scenario = comparison.scenario.model_copy(update={"targets": easy})
    other = SimpleNamespace(
        **{**vars(comparison), "scenario": scenario, "verdict": make_verdict("combined", holds=False)}
    )
    text = str(headline(reading_of(other), formats))
    assert text.startswith(
        "“<strong>Overtime, temporary staff and third party</strong>” is not sure to hold: it did in"
    )
    assert text.endswith("take more replications.")
    assert "earns most" not in text


def test_the_certainty_tells_fresh_surges_from_those_that_chose(comparison: SimpleNamespace, formats: Formats) -> None:
    text = certainty(reading_of(comparison), formats).replace("\u00a0", " ")
    assert "between 83 % and 99 %" in text
    assert "means over the 12 surges" in text
    assert "Second best: Temporary staff." in text


def test_what_breaks_first_is_the_first_to_limit_half_of_the_surges(
    comparison: SimpleNamespace, formats: Formats
) -> None:
    hours = np.arange(216)
    rows = [
        pd.DataFrame({"plan": "none", "hour": hours, "resource": name, "share": share})
        for name, share in (
            ("picking", 0.8 * (hours >= 90)),
            ("packing", 0.5 * ((hours >= 75) & (hours < 80))),
            ("dock", 0.4),
        )
    ]
    rows.append(pd.DataFrame({"plan": "combined", "hour": hours[60:61], "resource": "dock", "share": 0.25}))
    other = SimpleNamespace(**{**vars(comparison), "bottlenecks": pd.concat(rows)})
    first, chosen = breaking(reading_of(other), formats)
    assert "packing gives way first: from Tue 11 Nov, 03:00 on" in first
    assert "Longest in the way is picking, for 126 hours" in first
    assert "nothing gives way in most surges" in chosen
    assert "the dock, in up to 25" in chosen


def test_the_best_of_each_column_is_marked_and_only_that(comparison: SimpleNamespace, formats: Formats) -> None:
    reading = reading_of(comparison)
    table = plan_table(reading, formats)
    backlog = next(place for place, head in enumerate(table.heads) if head.text == "peak, orders")
    marked = [row.name for row in table.rows if row.cells[backlog].mark == "best"]
    means = {plan: reading.estimate(plan, "peak_backlog_orders").mean for plan in reading.plans}
    assert marked == [reading.heading(plan) for plan, mean in means.items() if mean == min(means.values())]
    assert sum(group.span for group in table.groups) == len(table.heads)


def test_differences_are_called_better_or_worse_by_the_direction_of_the_kpi(
    comparison: SimpleNamespace, formats: Formats
) -> None:
    frame = comparison.differences.copy()
    rows = (frame["plan"] == "overtime") & frame["kpi"].isin(["total_cost", "service_level_ship", "cancelled_share"])
    frame.loc[rows, ["mean", "simultaneous_low", "simultaneous_high"]] = [1.0, 0.5, 1.5]
    frame.loc[rows & (frame["kpi"] == "cancelled_share"), "simultaneous_low"] = -0.5
    table = difference_table(reading_of(SimpleNamespace(**{**vars(comparison), "differences": frame})), formats)
    assert table is not None
    marks = {head.text: cell.mark for head, cell in zip(table.heads, table.rows[0].cells, strict=True)}
    assert marks["Total cost"] == "worse"
    assert marks["Shipped on time"] == "better"
    assert marks["Cancelled"] == "open"


def test_everything_from_the_user_is_escaped(tmp_path: Path) -> None:
    plans = {name: plan for name, plan in make_plans().items() if name in {"none", "overtime"}}
    plans["overtime"] = plans["overtime"].model_copy(update={"title": NASTY, "about": NASTY, "sources": {NASTY: NASTY}})
    scenario = make_scenario(title=NASTY, story=NASTY, sources={"demand.profile.per_day": NASTY})
    comparison = make_comparison(plans, replications=3, scenario=scenario)
    comparison.notes = {"file": NASTY}
    page = Page(write(comparison, tmp_path / "r", command=NASTY).read_text(encoding="utf-8"))
    assert not [tag for tag, _ in page.tags if tag == "script"]
    assert page.text.count("<script>alert") >= 8
    for chart in (tmp_path / "r" / "charts").glob("*.svg"):
        assert "<script" not in chart.read_text(encoding="utf-8")
    assert "雙十一" in (tmp_path / "r" / "charts" / "backlog.svg").read_text(encoding="utf-8")


def test_one_plan_and_one_replication_still_make_a_page(tmp_path: Path) -> None:
    comparison = make_comparison({"none": make_plans()["none"]}, replications=2)
    runs = comparison.per_replication[comparison.per_replication["replication"] == 0]
    summary = comparison.summary.assign(low=math.nan, high=math.nan, n=1)
    once = {"per_replication": runs, "summary": summary, "verdict": None, "replications": 1}
    page = Page(write(SimpleNamespace(**{**vars(comparison), **once}), tmp_path / "r").read_text(encoding="utf-8"))
    assert "In the one surge simulated, No measures shipped" in page.text
    assert "There is only one plan" in page.text
    assert "±" not in page.text.replace("± is half", "")
    assert not (tmp_path / "r" / "charts" / "pareto.svg").exists()


def test_a_scenario_without_promise_desk_and_money_still_makes_a_page(tmp_path: Path) -> None:
    plans = {name: plan for name, plan in make_plans().items() if name in {"none", "overtime"}}
    comparison = make_comparison(plans, replications=3, scenario=make_scenario(promise=None, desk=None, sources={}))
    nothing = ["service_level", "tardiness", "clear_time", "contacts", "abandonment", "satisfaction", "wait_desk"]
    for frame in (comparison.summary, comparison.differences):
        frame.loc[frame["kpi"].str.contains("|".join(nothing)), ["mean", "low", "high"]] = math.nan
    comparison.per_replication["service_level_ship"] = math.nan
    comparison.costs["mean"] = 0.0
    comparison.series.loc[comparison.series["series"].str.endswith("_desk"), ["mean", "low", "high"]] = 0.0
    for ledger in comparison.ledgers.values():
        ledger.tables["orders"]["due_ship_min"][:] = math.nan
    comparison.verdict = None
    page = Page(write(comparison, tmp_path / "r").read_text(encoding="utf-8"))
    assert "Nothing falls due in this scenario" in page.text
    assert "No costs are given" in page.text
    assert "0 figures, 0 of them assumptions; " in page.text
    assert "delivered" not in page.text.split("The plans side by side")[1].split("Differences against")[0]


def test_charts_are_the_same_bytes_again_and_leave_no_trace(comparison: SimpleNamespace, folder: Path) -> None:
    before = dict(mpl.rcParams)
    charts = draw_comparison(reading_of(comparison), Formats(catalogue(), "TWD"))
    assert dict(mpl.rcParams) == before
    for name, chart in charts.items():
        assert chart.svg == (folder / "charts" / f"{name}.svg").read_bytes(), name
        assert chart.png == (folder / "charts" / f"{name}.png").read_bytes(), name


def test_no_module_of_the_report_uses_global_figures() -> None:
    for path in Path(write_comparison.__code__.co_filename).parent.rglob("*.py"):
        assert "pyplot" not in path.read_text(encoding="utf-8"), path.name


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_whatever_goes_wrong_nothing_half_written_stays(
    comparison: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("sim.report.write.write_manifest", fail)
    monkeypatch.setattr("sim.report.write.draw_comparison", no_charts)
    with pytest.raises(error):
        write(comparison, tmp_path / "deep" / "report")
    assert list((tmp_path / "deep").iterdir()) == []


def test_an_existing_folder_is_refused_and_left_alone(comparison: SimpleNamespace, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(InputError, match=r"mine: the folder exists already; choose another folder"):
        write(comparison, tmp_path / "mine")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert (tmp_path / "mine" / "notes.txt").read_text(encoding="utf-8") == "keep"


def test_a_folder_that_appears_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    with pytest.raises(InputError), new_folder(tmp_path / "r", catalogue()):
        (tmp_path / "r").mkdir()
    assert [path.name for path in tmp_path.iterdir()] == ["r"]
    assert list((tmp_path / "r").iterdir()) == []


def test_text_cells_can_not_become_formulas_and_numbers_stay_numbers(tmp_path: Path) -> None:
    frame = pd.DataFrame({"plan": ["=1+1", "+a", "-b", "@c", "\td", "fine", None], "=kpi": [-1.5, 2.0, 0, 0, 0, 0, -3]})
    write_csv(frame, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["plan", "'=kpi"]
    assert [row[0] for row in rows[1:]] == ["'=1+1", "'+a", "'-b", "'@c", "'\td", "fine", ""]
    assert [float(row[1]) for row in rows[1:]] == [-1.5, 2.0, 0, 0, 0, 0, -3]
    assert harmless(-1) == -1


def test_the_manifest_says_what_was_run_and_nothing_about_who(
    comparison: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "hunter2-hunter2")
    monkeypatch.setattr("sim.report.write.draw_comparison", no_charts)
    write(comparison, tmp_path / "r", config=None, durations={"total_s": 25.0})
    text = (tmp_path / "r" / "manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(text)
    assert manifest["seed"] == 1
    assert manifest["replications"] == 12
    assert manifest["durations_s"]["total_s"] == 25.0
    assert {"surgesim", "python", "numpy", "pandas"} <= set(manifest["versions"])
    assert manifest["config"]["scenario"]["demand"]["profile"]["per_day"] == 6000.0
    assert list(manifest["config"]["plan"]) == list(comparison.plans)
    assert "hunter2" not in text
    for private in (os.environ.get("USER", ""), os.environ.get("HOSTNAME", "")):
        assert len(private) < 5 or private not in text


def test_sources_show_the_value_used_and_mark_assumptions(formats: Formats) -> None:
    scenario = make_scenario()
    rows = {row.path: row for row in source_rows(scenario, scenario.sources, formats)}
    assert rows["demand.profile.per_day"].assumed
    assert rows["demand.profile.per_day"].source == "a shop of 200,000 orders a month"
    assert rows["site.labour.monthly_cap_h"].value.replace("\u00a0", " ") == "46 h"
    assert not rows["site.labour.monthly_cap_h"].assumed
    assert rows["carriers.blackcat.pickups.afternoon.time"].value == "14:00"
    assert "multiplier 1.333" in rows["site.labour.overtime_pay"].value
    assert rows["demand.profile.per_day"].sweep == "4,000 to 9,000"
    assert rows["carriers.blackcat.cost_per_parcel"].sweep == "none given"
    assert rows["site.labour.monthly_cap_h"].sweep == ""  # the law's, not ours


@pytest.mark.parametrize(
    ("place", "source", "sweep", "text"),
    [
        ("carriers.store.share", "assumption; sweep 0.2-0.455", "20 % to 45.5 %", ""),
        (
            "carriers.blackcat.pickups.afternoon.time",
            "assumption: one van; sweep 12:00-16:00",
            "12:00 to 16:00",
            "one van",
        ),
        (
            "promise.order_cutoff",
            "V 14:00-17:00; assumption; sweep 12:00-17:00",
            "12:00 to 17:00",
            "V 14:00-17:00; assumption",
        ),
        ("demand.campaign.uplift_cv", "assumption; sweep -24 to 12", "−24 to 12", ""),
        (
            "customers.bands.0",
            "assumption; sweep score 4-5, churn_share 0-0.05",
            "score 4 to 5, churn_share 0 % to 5 %",
            "",
        ),
        ("customers.bands.0", "R Olist 2017; assumption", "none given", "R Olist 2017; assumption"),
        ("carriers.store.kind", "assumption: as most", "fixed", "as most"),
        ("alerts.callers_wait.review_every_min", "assumption, fixed: once an hour", "fixed", "once an hour"),
        ("desk.channels.phone.handle_min", "V 2-4 min; sweep 2-6", "2 to 6", "V 2-4 min"),
        ("desk.channels.phone.handle_min", "V 2-4 min", "", "V 2-4 min"),
        ("demand.profile.per_day", COMMAND_LINE, "", COMMAND_LINE),
    ],
)
def test_the_range_to_sweep_stands_beside_the_value(
    formats: Formats, place: str, source: str, sweep: str, text: str
) -> None:
    (row,) = source_rows(make_scenario(), {place: source}, formats)
    assert row.sweep.replace("\u00a0", " ") == sweep
    assert row.source == text


def test_the_page_shows_ranges_in_a_column_of_their_own(folder: Path) -> None:
    text = (folder / "index.html").read_text(encoding="utf-8")
    section = text[text.index('<section id="assumptions">') :]
    heads = re.findall(r'<th scope="col">(.*?)</th>', section[: section.index("</thead>")])
    assert heads == ["Figure", "Value", "Range to sweep", "Source"]
    row = next(row for row in section.split("<tr>") if "4,000 to 9,000" in row)
    assert [re.sub("<.*?>", "", cell).strip() for cell in re.findall(r"<td>(.*?)</td>", row)][1:] == [
        "4,000 to 9,000",
        "assumption a shop of 200,000 orders a month",
    ]


def test_paths_lead_through_names_aliases_and_numbers_or_to_a_dash(formats: Formats) -> None:
    scenario = make_scenario()
    assert value_at(scenario, "demand.from", formats) == "not set"
    assert value_at(scenario, "customers.bands.0.score", formats) == "5"
    assert value_at(scenario, "carriers.store.share", formats).replace("\u00a0", " ") == "30 %"
    for nowhere in ("demand.profil", "customers.bands.9", "carriers.nobody.share", "seed.x"):
        assert value_at(scenario, nowhere, formats) == "–"
    assert shown(True, "", formats) == "yes"
