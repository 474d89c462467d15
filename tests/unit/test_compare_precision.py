"""Comparisons that take as many replications as it takes: a small shop, and what comes out of the report."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.compute import Engine
from sim.experiment import Comparison, Enough, Precision, compare
from sim.experiment.questions.sweep import sweep
from sim.experiment.rounds import first_round
from sim.experiment.scorecard import MOST_FOR_BOOTSTRAP, WITHIN_RUN, kpi_interval
from sim.report import write_comparison
from sim.report.describe import certainty
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.report.precision import precision_facts, precision_lines, precision_table
from sim.report.reading import Reading
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.statistics.intervals import mean_interval
from sim.statistics.quantiles import bootstrap_mean
from tests.ledgers import world

SERVICE, NET, BACKLOG, WAIT = "service_level_ship", "net_contribution", "peak_backlog_orders", "mean_wait_picking_min"
STAY = {"late": {"kind": "overtime", "stages": ["picking"], "hours": 2.0}}
FORMATS = Formats(catalogue(), "TWD")


@cache
def shop() -> Scenario:
    """Two pickers who just cope, nothing promised to be delivered: a run takes no time."""
    return world(
        window={"measure_to": 24.0, "run_on_h": 24.0},
        demand={"profile": {"per_day": 60.0}},
        promise={"standard": {"ship_within_days": 0, "deliver_within_days": 2}},
        site={
            "picking": {
                "setup_min": 12.0,
                "wage_per_h_cost": 200.0,
                "shifts": {"day": {"start": "08:00", "end": "16:00", "headcount": 2}},
            }
        },
        carriers={"home": {"share": 1.0, "pickups": {"late": {"time": "20:30"}}}},
        economics={"price_per_unit": 500.0, "margin_share": 0.4},
    )


def plans() -> list[Plan]:
    return [Plan(name="none"), Plan.model_validate({"name": "stay", "measures": STAY})]


def rule(kpis: tuple[str, ...] = (BACKLOG,), **precision: float) -> Enough:
    given = {"relative": 0.08, "at_least": 5, "at_most": 60, "look_ahead": 2, **precision}
    return Enough(kpis, Precision(**given))  # type: ignore[arg-type]


@cache
def settled() -> Comparison:
    return compare(shop(), plans(), enough=rule(), workers=1)


@cache
def gave_up() -> Comparison:
    return compare(shop(), plans(), enough=rule((BACKLOG, NET), relative=0.001, at_most=8), workers=1)


def test_it_stops_where_enough_is_known() -> None:
    found = settled()
    assert found.precision is not None
    n = found.replications
    assert found.precision.reached
    assert 5 < n < 60, "later than at the first look, and before the cap"
    assert (found.precision.replications, found.precision.looked_at) == (n, n + 2)
    runs = found.per_replication
    for plan in ("none", "stay"):
        part = runs[runs["plan"] == plan]
        assert part["replication"].tolist() == list(range(n)), "those that count, the same for every plan"
        mean, low, high, _ = mean_interval(part[BACKLOG].to_numpy(float))
        assert (high - low) / 2 <= 0.08 * mean


def test_the_comparison_is_the_one_of_so_many_replications() -> None:
    found, plain = settled(), compare(shop(), plans(), settled().replications, workers=1)
    for table in ("summary", "differences", "risk", "series", "scorecards", "costs"):
        pd.testing.assert_frame_equal(getattr(found, table), getattr(plain, table))
    assert plain.precision is None


def test_fresh_replications_come_after_those_that_decided() -> None:
    found = settled()
    assert found.precision is not None
    assert found.verdict is not None
    fresh = max(5, found.replications // 2)
    assert found.verdict.fresh == fresh
    first, stop = found.precision.looked_at, found.precision.looked_at + fresh
    runs = compare(shop(), plans(), stop, workers=1).per_replication
    chosen = runs[(runs["plan"] == found.verdict.plan) & (runs["replication"] >= first)]
    assert found.verdict.service_mean == pytest.approx(chosen[SERVICE].mean())


def test_workers_and_larger_rounds_move_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.experiment.runner.SERIAL_BELOW_S", -1.0)
    pool = compare(shop(), plans(), enough=rule(), workers=2)
    monkeypatch.undo()
    monkeypatch.setattr("sim.experiment.rounds.first_round", lambda enough: 40)
    more = compare(shop(), plans(), enough=rule(), workers=1)
    assert more.precision is not None
    assert more.precision.ran == 40
    for other in (pool, more):
        assert other.precision == settled().precision
        assert other.verdict == settled().verdict
        pd.testing.assert_frame_equal(other.summary, settled().summary)
        pd.testing.assert_frame_equal(other.per_replication, settled().per_replication)


def test_progress_ends_where_the_work_does() -> None:
    told: list[tuple[int, int]] = []
    found = compare(shop(), plans(), enough=rule(), workers=1, progress=lambda *each: told.append(each))
    assert found.precision is not None
    assert all(done <= total for done, total in told)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1]
    assert told[-1][0] >= found.precision.looked_at + max(5, found.replications // 2)


def test_it_gives_up_at_the_cap_and_says_what_is_not_known() -> None:
    found = gave_up()
    assert found.precision is not None
    assert (found.replications, found.precision.looked_at, found.precision.ran) == (8, 8, 8)
    assert not found.precision.reached
    table = found.precision.table()
    row = table[(table["plan"] == "none") & (table["kpi"] == BACKLOG)].iloc[0]
    mean, low, high, n = mean_interval(found.per_replication.query("plan == 'none'")[BACKLOG].to_numpy(float))
    assert (row["mean"], row["half_width"]) == (pytest.approx(mean), pytest.approx((high - low) / 2))
    assert (row["wanted"], row["measured"]) == (pytest.approx(0.001 * mean), n)
    reading = Reading(found)
    assert "The precision asked for was not reached: after 8 surges" in certainty(reading, FORMATS)
    missed = precision_table(reading, FORMATS)
    assert missed is not None
    assert [each.name for each in missed.rows] == [
        each.plan for each in found.precision.figures if not each.stop.reached
    ]
    lines = precision_lines(reading, FORMATS)
    assert len(lines) == len(missed.rows)
    assert lines[0].startswith("Not known closely enough: Peak backlog of none, half-width ")
    assert "after 8 surges, wanted " in lines[0]


def test_the_report_and_the_manifest_tell_it(tmp_path: Path) -> None:
    page = write_comparison(gave_up(), tmp_path / "r", command="c", config=None).read_text(encoding="utf-8")
    assert 'id="precision"' in page
    assert "The precision asked for was not reached" in page
    assert "Hoad, Robinson and Davies 2010" in page
    text = (tmp_path / "r" / "manifest.json").read_text(encoding="utf-8")
    manifest = json.loads(text, parse_constant=pytest.fail)
    told = manifest["precision"]
    assert (manifest["replications"], told["reached"], told["looked_at"], told["ran"]) == (8, False, 8, 8)
    assert told["asked"]["kpis"] == [BACKLOG, NET]
    assert {each["kpi"] for each in told["missed"]} <= {BACKLOG, NET}
    written = pd.read_csv(tmp_path / "r" / "precision.csv")
    assert list(written["kpi"]) == [BACKLOG] * 3 + [NET] * 3
    assert len(pd.read_csv(tmp_path / "r" / "risk.csv")) == len(gave_up().risk)


def test_the_report_says_that_it_was_reached(tmp_path: Path) -> None:
    page = write_comparison(settled(), tmp_path / "r", command="c", config=None).read_text(encoding="utf-8")
    assert f"The precision asked for was reached: it took {settled().replications} surges." in page
    assert 'id="precision"' not in page
    plain = compare(shop(), plans(), 3, workers=1)
    write_comparison(plain, tmp_path / "p", command="c", config=None)
    assert not (tmp_path / "p" / "precision.csv").exists()
    assert "precision" not in json.loads((tmp_path / "p" / "manifest.json").read_text(encoding="utf-8"))
    assert "precision" not in certainty(Reading(plain), FORMATS)


def test_a_kpi_that_nobody_can_measure_is_told_and_holds_up_nobody() -> None:
    """Without a desk nobody waits for an agent."""
    found = compare(shop(), plans(), enough=rule((BACKLOG, "mean_wait_desk_min")), workers=1)
    assert found.precision is not None
    assert found.replications == settled().replications
    assert not found.precision.reached
    missed = {(each.kpi, each.stop.measured) for each in found.precision.figures if not each.stop.reached}
    assert missed == {("mean_wait_desk_min", 0)}
    lines = precision_lines(Reading(found), FORMATS)
    assert lines[0] == "Not known: Mean wait at the desk of none could not be measured."


def test_a_figure_that_never_varies_is_known_at_the_first_look() -> None:
    found = compare(shop(), plans(), enough=rule(("overtime_refused_h",)), workers=1)
    assert found.precision is not None
    assert (found.replications, found.precision.reached) == (5, True)


def test_the_method_says_what_was_asked_for() -> None:
    ((_, text),) = precision_facts(Reading(gave_up()), FORMATS)
    text = text.replace("\u00a0", " ")
    assert "0.1 % of the mean or, where that is wider, for Net contribution 0.1 % of the baseline's mean" in text
    assert "Looked at from 5 surges on, up to 8" in text
    absolute = compare(
        shop(), plans(), enough=Enough((BACKLOG,), Precision(None, 50.0, at_least=3, look_ahead=0)), workers=1
    )
    ((_, text),) = precision_facts(Reading(absolute), FORMATS)
    assert "at most 50 for Peak backlog, for Peak backlog" in text
    assert absolute.replications == first_round(absolute.precision.enough) == 3  # type: ignore[union-attr]


@pytest.mark.parametrize("kpi", sorted(WITHIN_RUN))
def test_quantiles_within_a_run_have_bootstrap_intervals(kpi: str) -> None:
    rng = np.random.default_rng(5)
    values = np.where(rng.random(30) < 0.7, 0.0, rng.lognormal(3, 1, 30))
    mean, low, high, n = kpi_interval(kpi, values)
    wanted = bootstrap_mean(values)
    assert (mean, low, high, n) == (wanted.mean, wanted.low, wanted.high, 30)
    assert 0 <= low < mean < high
    assert high - mean > mean - low, "skewed as the values are"
    many = rng.lognormal(3, 1, MOST_FOR_BOOTSTRAP + 1)
    assert kpi_interval(kpi, many) == mean_interval(many)
    assert all(math.isnan(each) for each in kpi_interval(kpi, np.array([math.nan]))[:3])


def test_other_figures_have_t_intervals() -> None:
    assert {"tardiness_ship_p50_min", "tardiness_ship_p90_min", "tardiness_ship_p99_min"} == WITHIN_RUN
    values = np.arange(30.0)
    assert kpi_interval(WAIT, values) == mean_interval(values)


def test_a_sweep_stops_where_a_comparison_does() -> None:
    swept = sweep(shop(), [{}], plans(), enough=rule(), engine=Engine("serial"))
    assert swept.replications == [settled().replications]
    capped = sweep(
        shop(), [{}], plans(), enough=rule((BACKLOG, NET), relative=0.001, at_most=8), engine=Engine("serial")
    )
    found = gave_up().precision
    assert found is not None
    missed = [(each.plan, each.kpi, each.paired) for each in found.figures if not each.stop.reached]
    assert [(each.plan, each.kpi, each.paired) for each in capped.unsettled] == missed
