"""``surgesim ceiling``: what it writes, what it refuses, and its report made anew."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cli_fixture import Answer, Ask

SMALL = ["scale=0.02", "window.run_on_h=24", "workers=1", "compute=serial", "store=kept"]
QUICK = ["points=4", "replications=3", "first=2", "fresh=3", "width=0.3", "low=1.0", "high=8.0"]
CEILING = ["ceiling", *SMALL, *QUICK, "plans=[none,overtime]"]


def told(answer: Answer) -> Path:
    """The page of a command that went well."""
    assert answer.code == 0, answer.err
    return Path(answer.last_line)


def test_it_writes_its_page_and_can_be_reported_anew(surgesim: Ask, here: Path) -> None:
    answer = surgesim(*CEILING, "worth=true", "only=[picking]", "of=none", "by=orders", "low=100", "high=800")
    index = told(answer)
    folder = here / index.parent
    found = pd.read_csv(folder / "ceilings.csv").set_index("plan")
    assert list(found.index) == ["none", "overtime"]
    assert (found["verdict"] == "bracket").all()
    assert (found["low"] < found["high"]).all()
    assert found["integrated"].all()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["by"] == "orders"
    assert manifest["range"] == pytest.approx([100.0, 800.0])
    assert set(pd.read_csv(folder / "resources.csv")["resource"]) == {"picking.early", "picking.late"}
    shares = pd.read_csv(folder / "shares.csv")
    assert shares["share"].between(0, 1).all()
    assert " binds" in answer.out
    charts = {path.stem for path in (folder / "charts").glob("*.svg")}
    assert {"shares_as_planned", "curve", "resources"} <= charts
    shards = sorted((here / "kept" / "shards").iterdir())
    again = surgesim("results", "kept", "report=anew")
    assert (again.code, again.err) == (0, "")
    assert sorted((here / "kept" / "shards").iterdir()) == shards
    for table in folder.glob("*.csv"):
        assert (here / "anew" / table.name).read_bytes() == table.read_bytes(), table.name


def test_shapes_stand_side_by_side(surgesim: Ask, here: Path) -> None:
    words = ["plans=[none]", "shapes=[as_planned,longer,members_first,pre_orders]", "binding=false", "points=3"]
    index = told(surgesim("ceiling", *SMALL, *QUICK, *words, "pre_orders={share:0.5,days:3.0}"))
    found = pd.read_csv(here / index.parent / "ceilings.csv")
    assert list(found["shape"]) == ["as_planned", "longer", "members_first", "pre_orders"]
    assert not np.isnan(found["orders_high"]).all()
    page = (here / index).read_text(encoding="utf-8")
    assert "pre-orders: 50\u00a0% of the orders in the 3 days before the opening" in page


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ([*CEILING, "width=0"], ["width = 0: must be at least 0.001"]),
        ([*CEILING, "by=order"], ["by = order", "uplift"]),
        (
            [*CEILING, "shapes=[longr]", "of=overtme", "worth=true", "only=[pickin]"],
            ["(3 problems)", "did you mean 'longer'?", "did you mean 'overtime'?", "did you mean 'picking'?"],
        ),
        ([*CEILING, "low=9.0"], ["sizes run from a low one above 0 to a higher one"]),
        ([*CEILING, "first=5"], ["first = 5: must lie between 2 and replications"]),
        ([*CEILING, "scenario=steady"], ["(1 problem)", "there is no campaign whose size could be varied"]),
        ([*CEILING, "constraint={kpi:service_level_shp}"], ["did you mean 'service_level_ship'?"]),
        ([*CEILING, "constraint={probability:0.98}"], ["constraint.tolerance = 0.05"]),
        ([*CEILING, "shapes=[pre_orders]", "pre_orders={days:30.0}"], ["start: 2026-10-11 or earlier"]),
        ([*CEILING, "pre_orders={share:1.0}"], ["pre_orders.share = 1: must be below 1"]),
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
