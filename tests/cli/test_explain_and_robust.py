"""``surgesim explain`` and ``surgesim robust``: what they write, what they refuse, and their reports made anew."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from cli_fixture import Answer, Ask

SMALL = ["scale=0.02", "window.run_on_h=24", "workers=1", "compute=serial", "replications=2", "store=kept"]
ONLY = ("site.picking.wage_per_h_cost", "site.picking.shifts.early", "targets.probability")
EXPLAIN = [
    "explain",
    *SMALL,
    "plans=[none,overtime]",
    f"only=[{','.join(ONLY)}]",
    "first_look=2",
    "top=3",
]
ROBUST = ["robust", *SMALL, "plans=[none,overtime]", "fresh=1"]
FUTURES = (
    "futures={usual:{weight:3},much:{figures:{demand.campaign.uplift:7}},"
    "ill:{figures:{site.picking.absence_share:0.3}}}"
)


def told(answer: Answer) -> Path:
    """The page of a command that went well."""
    assert (answer.code, answer.err) == (0, "")
    return Path(answer.last_line)


def anew(surgesim: Ask, here: Path, index: Path) -> None:
    """The report from the store alone: the same tables, and not a run more."""
    shards = sorted((here / "kept" / "shards").iterdir())
    answer = surgesim("results", "kept", "report=anew")
    assert (answer.code, answer.err) == (0, "")
    assert sorted((here / "kept" / "shards").iterdir()) == shards
    for table in index.parent.glob("*.csv"):
        assert (here / "anew" / table.name).read_bytes() == table.read_bytes(), table.name
    for chart in (index.parent / "charts").glob("*.svg"):
        assert (here / "anew" / "charts" / chart.name).read_bytes() == chart.read_bytes(), chart.name


def test_explain_writes_its_page_and_can_be_reported_anew(surgesim: Ask, here: Path) -> None:
    answer = surgesim(*EXPLAIN, "resources=false", "figures={economics.price_per_unit:[300,600]}")
    index = told(answer)
    assert re.fullmatch(r"reports/explain/double11/[\d_-]+/index\.html", index.as_posix())
    page = (here / index).read_text(encoding="utf-8")
    assert "economics.<wbr>price_<wbr>per_<wbr>unit" in page
    bars = pd.read_csv(here / index.parent / "bars.csv")
    assert set(bars["plan"]) == {"none", "overtime"}
    assert "economics.price_per_unit" in set(bars["path"])
    assert all(path.startswith((*ONLY, "economics.")) for path in bars["path"])
    left = pd.read_csv(here / index.parent / "left_out.csv")
    assert "site.picking.shifts.early.start" in set(left["path"])
    assert "  site.picking.wage_per_h_cost  229 TWD an hour: +" in answer.out
    anew(surgesim, here, index)


def test_explain_tells_what_one_more_of_each_brings(surgesim: Ask, here: Path) -> None:
    words = ["explain", *SMALL, "plans=[none]", "only=[site.picking.setup_min]", "first_look=2"]
    index = told(surgesim(*words))
    worth = pd.read_csv(here / index.parent / "resources.csv").set_index("resource")
    assert {"picking.early", "packing.late", "desk.day", "store.visit", "home.noon", "storage"} <= set(worth.index)
    assert worth.loc["picking.early", "own_cost"] > 0
    assert (index.parent / "charts" / "resources.svg").is_file()
    assert ": 0 computed now" in surgesim(*words, "out=again").out


def test_robust_writes_its_page_and_can_be_reported_anew(surgesim: Ask, here: Path) -> None:
    answer = surgesim(*ROBUST, FUTURES)
    index = told(answer)
    assert re.fullmatch(r"reports/robust/double11/[\d_-]+/index\.html", index.as_posix())
    manifest = json.loads((here / index.parent / "manifest.json").read_text(encoding="utf-8"))
    assert {name: each["weight"] for name, each in manifest["futures"].items()} == {
        "usual": 0.6,
        "much": 0.2,
        "ill": 0.2,
    }
    regret = pd.read_csv(here / index.parent / "regret.csv")
    best = regret[regret["best"] == regret["plan"]]
    assert (best["mean"] == 0).all()
    assert (regret["mean"] >= 0).all()
    assert "Smallest regret in the worst future: " in answer.out
    anew(surgesim, here, index)


def test_robust_brings_futures_of_its_own(surgesim: Ask, here: Path) -> None:
    index = told(surgesim("robust", *SMALL, "plans=[none]", "fresh=0"))
    futures = pd.read_csv(here / index.parent / "futures.csv")
    assert list(futures["future"]) == [
        "as_planned",
        "demand_70",
        "demand_130",
        "demand_160",
        "carrier_fails",
        "staff_absent",
    ]
    assert futures["weight"].sum() == pytest.approx(1.0)


def test_robust_where_nothing_falls_due_says_that_no_plan_is_to_be_chosen_by_it(surgesim: Ask, here: Path) -> None:
    short = ["textbook.warmup_h=1", "textbook.horizon_h=6", "window.run_on_h=1"]
    words = ["robust", "scenario=textbook_mmc", *short, "plans=[none]", "replications=2", "fresh=0", "compute=serial"]
    answer = surgesim(*words, "kpis=[service_level_ship,mean_wait_picking_min]")
    index = told(answer)
    assert "No plan can be applied in every future, or nothing was measured" in answer.out
    assert "Best expectation: no plan (–)" in answer.out
    charts = {path.stem for path in (here / index.parent / "charts").glob("*.svg")}
    assert charts == {"expected_mean_wait_picking_min"}


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (
            [*EXPLAIN[:-1], "top=0"],
            ["top = 0: must be at least 1"],
        ),
        (
            [
                *EXPLAIN,
                "figures={site.pickin.setup_min:[1,2],economics.margin_share:[0.1,2]}",
                "kpis=[net_contributon]",
            ],
            [
                "(4 problems)",
                "did you mean 'picking'?",
                "economics.margin_share = 2",
                "did you mean 'net_contribution'?",
            ],
        ),
        (["explain", *SMALL, "only=[site.pick]"], ["only = site.pick", "did you mean 'site.picking'?"]),
        ([*EXPLAIN, "of=overtim"], ["of = overtim", "did you mean 'overtime'?"]),
        (
            [*ROBUST, "futures={a:{figures:{demand.campain.uplift:3}},b:{weigt:1}}"],
            ["futures.b.weigt", "did you mean 'weight'?"],
        ),
        (
            [*ROBUST, "futures={a:{figures:{demand.campain.uplift:3}},b:{figures:{scale:-1}}}", "kpis=[orders_due]"],
            [
                "futures.a: demand.campain.uplift",
                "did you mean 'campaign'?",
                "futures.b: scale = -1",
                "kpis = orders_due",
            ],
        ),
        ([*ROBUST, "level=1"], ["level = 1: must be below 1"]),
    ],
)
def test_what_is_wrong_is_told_at_once_before_any_work(
    surgesim: Ask, here: Path, words: list[str], parts: list[str]
) -> None:
    answer = surgesim(*words)
    assert answer.code == 2
    assert [part for part in parts if part not in answer.err] == [], answer.err
    assert not (here / "kept").exists()
    assert not (here / "reports").exists()
