"""Sweeps: the same draws for every plan, only what is missing is run, and the same bytes however it was run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.compute import Engine
from sim.draws import sample
from sim.errors import InputError, SurgesimError
from sim.experiment.enough import Enough
from sim.experiment.laboratory import lab as module
from sim.experiment.laboratory.design import points_of
from sim.experiment.laboratory.fingerprint import plan_key, scenario_key
from sim.experiment.laboratory.store import NAMES, Store
from sim.experiment.questions.sweep import sweep, sweep_in
from sim.floor import simulate
from sim.indicators import kpi_values
from sim.scenario.plan import Plan
from sim.statistics.intervals import mean_interval
from sim.statistics.precision import Precision
from tests.experiment_fixture import HOURS, SETUP, lab, plans, shop, swept

POINTS = points_of({SETUP: [10.0, 20.0], HOURS: [1.0, 3.0]})


def test_every_kpi_is_that_of_a_single_run() -> None:
    results = swept(POINTS, 2)
    world = shop().model_copy(update={"site": shop().site.model_copy(update={"picking": _slower(20.0)})})
    draws = sample(world, 1, 1)
    for place, plan in enumerate(_longer(3.0)):
        expected = [kpi_values(simulate(world, plan, draws))[name] for name in NAMES]
        found = results.kpis(3, list(results.plans)[place])[1]
        assert np.array_equal(found, expected, equal_nan=True)


def _slower(minutes: float) -> Any:
    return shop().site.picking.model_copy(update={"setup_min": minutes})


def _longer(hours: float) -> list[Plan]:
    none, longer = plans().values()
    floor = longer.measures["floor"].model_copy(update={"hours": hours})
    return [none, longer.model_copy(update={"measures": {"floor": floor}})]


def test_a_figure_of_a_plan_leaves_the_other_plans_alone() -> None:
    results = swept(POINTS, 2)
    first, second = results.variants[0], results.variants[1]
    assert first[0].cell == second[0].cell, "plan none is the same run at both"
    assert first[1].cell != second[1].cell
    assert results.ran == 2 * (2 + 4), "two worlds, plan none once in each, two levels of the other plan"
    assert results.runs == 4 * 2 * 2


def test_asking_again_runs_nothing_and_asking_for_more_only_that(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    ran = [swept(POINTS[:2], 2, Store(folder)).ran]
    ran += [swept(POINTS[:2], 2, Store(folder)).ran, swept(POINTS[:2], 3, Store(folder)).ran]
    ran += [swept(POINTS, 3, Store(folder)).ran]
    none, longer = plans().values()
    third = Plan(name="third", measures={"floor": longer.measures["floor"].model_copy(update={"hours": 1.5})})
    more = {"none": none, "longer": longer, "third": third}
    ran += [sweep_in(lab(Store(folder), plans=more), POINTS, 3).ran]
    assert ran == [6, 0, 3, 9, 6]


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_the_tidy_file_is_the_same_bytes_however_it_was_made(tmp_path: Path, ending: str) -> None:
    whole, parts = tmp_path / f"whole.{ending}", tmp_path / f"parts.{ending}"
    swept(POINTS, 3).write(whole)
    store = tmp_path / "store"
    swept(POINTS[2:], 3, Store(store))
    swept(POINTS[1:3], 2, Store(store))
    swept(POINTS, 3, Store(store)).write(parts)
    assert whole.read_bytes() == parts.read_bytes()


@pytest.mark.parametrize("kind", ["local", "serial"])
def test_the_kind_of_computing_makes_no_difference(tmp_path: Path, kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SERIAL_BELOW_S", 0.0)
    monkeypatch.setattr(module, "BLOCK_S", 0.02)
    swept(POINTS, 3).write(tmp_path / "one.parquet")
    with Engine(kind, workers=2 if kind == "local" else None) as engine:
        sweep(shop(), POINTS, plans().values(), 3, engine=engine).write(tmp_path / "other.parquet")
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "other.parquet").read_bytes()


def test_the_tidy_table() -> None:
    results = swept([{SETUP: 10.0}, {SETUP: 20.0, HOURS: 3.0}], 2)
    table = _tidy(results)
    assert list(table.columns[:5]) == ["point", SETUP, HOURS, "plan", "replication"]
    assert table["point"].tolist() == [0] * 4 + [1] * 4
    assert table["plan"].tolist() == ["none", "none", "longer", "longer"] * 2
    assert table["replication"].tolist() == [0, 1] * 4
    assert table[HOURS].tolist()[4:] == [3.0] * 4
    assert table[HOURS].isna().tolist() == [True] * 4 + [False] * 4
    assert table["service_level_ship"].tolist()[:2] == results.kpi(0, "none", "service_level_ship").tolist()


def _tidy(results: Any) -> pd.DataFrame:
    import io

    import pyarrow.parquet as pq

    folder = results.store.folder
    results.write(folder / "tidy.parquet")
    frame: pd.DataFrame = pq.read_table(io.BytesIO((folder / "tidy.parquet").read_bytes())).to_pandas()
    return frame


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_exports_are_harmless_in_a_spreadsheet(tmp_path: Path, ending: str) -> None:
    none = plans()["none"]
    evil = none.model_copy(update={"name": "=cmd()"})
    results = sweep_in(lab(plans={"none": none, "=cmd()": evil}), [{"economics.currency": "TWD"}], 1)
    path = tmp_path / f"runs.{ending}"
    results.write(path)
    table = pd.read_csv(path) if ending == "csv" else pd.read_excel(path)
    assert table["plan"].tolist() == ["none", "'=cmd()"]
    assert table["economics.currency"].tolist() == ["TWD", "TWD"]
    assert table["orders_accepted"].tolist() == results.kpi(0, "none", "orders_accepted").tolist() * 2


@pytest.mark.parametrize(
    ("name", "told"), [("runs.txt", "must end in .csv, .xlsx or .parquet"), ("there.csv", "exists")]
)
def test_exports_never_overwrite(tmp_path: Path, name: str, told: str) -> None:
    results = swept([{}], 1)
    (tmp_path / "there.csv").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=told):
        results.write(tmp_path / name)
    assert (tmp_path / "there.csv").read_text(encoding="utf-8") == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_too_many_rows_for_a_sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.experiment.laboratory import tidy

    monkeypatch.setattr(tidy, "MOST_ROWS_OF_EXCEL", 3)
    results = swept([{}], 2)
    with pytest.raises(InputError, match=r"a sheet holds 3 rows, and there are 4: export to \.csv or \.parquet"):
        results.write(tmp_path / "runs.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_the_table_of_estimates_by_hand() -> None:
    results = swept([{SETUP: 20.0}], 3)
    table = results.table(["service_level_ship"]).set_index("plan")
    none, longer = (results.kpi(0, plan, "service_level_ship") for plan in ("none", "longer"))
    assert table.loc["none", "mean"] == pytest.approx(none.mean())
    assert table.loc["longer", "difference"] == pytest.approx((longer - none).mean())
    assert np.isnan(table.loc["none", "difference"])
    assert table.loc["longer", "n"] == 3


def test_the_target_may_be_swept() -> None:
    results = swept([{"targets.service_level_ship": 0.0001}, {"targets.service_level_ship": 1.0}], 3)
    reached = results.reached().set_index(["point", "plan"])["share"]
    assert reached[0, "none"] == 1.0
    assert reached[1, "none"] == float((results.kpi(1, "none", "service_level_ship") >= 1.0).mean())


# --- precision -------------------------------------------------------------------------------------------------------


def test_points_run_until_enough_is_known() -> None:
    enough = Enough(("total_cost",), Precision(relative=0.05, at_least=5, at_most=40, look_ahead=2))
    results = swept(points_of({SETUP: [10.0, 30.0]}), enough=enough)
    assert not results.unsettled
    for point, count in enumerate(results.replications):
        assert 5 <= count < 40
        for plan in results.plans:
            mean, low, high, n = mean_interval(results.kpi(point, plan, "total_cost"))
            assert n == count
            assert (high - low) / 2 <= 0.05 * mean


def test_points_that_do_not_settle_are_told() -> None:
    enough = Enough(("peak_backlog_orders",), Precision(relative=1e-6, at_least=3, at_most=6, look_ahead=1))
    results = swept([{SETUP: 10.0}], enough=enough)
    assert results.replications == [6]
    assert {(each.plan, each.kpi) for each in results.unsettled} >= {("none", "peak_backlog_orders")}
    assert all(each.half_width > each.wanted for each in results.unsettled)


# --- runs that fail --------------------------------------------------------------------------------------------------


def test_a_run_that_fails_is_told_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tried = []

    def broken(world: Any, plan: Plan, draws: Any) -> Any:
        if plan.name == "longer" and draws.replication == 1:
            tried.append(world.site.picking.setup_min)
            raise RuntimeError("parcels appeared from nowhere")
        return simulate(world, plan, draws)

    monkeypatch.setattr(module, "simulate", broken)
    results = swept([{SETUP: 10.0}], 3)
    (failed,) = results.failures
    assert (failed.plan, failed.seed, failed.replication, failed.values) == ("longer", 1, 1, {SETUP: 10.0})
    assert "parcels appeared from nowhere" in failed.error
    assert np.isnan(results.kpis(0, "longer")[1]).all()
    assert not np.isnan(results.kpi(0, "longer", "orders_accepted")[[0, 2]]).any()
    assert not np.isnan(results.kpi(0, "none", "orders_accepted")).any()
    results.write(tmp_path / "runs.csv")
    assert len(pd.read_csv(tmp_path / "runs.csv")) == 5
    assert len(tried) >= 3, "each is tried three times"


def test_a_store_to_read_from_runs_nothing(tmp_path: Path) -> None:
    swept([{}], 2, Store(tmp_path / "store"))
    looked_at = Store(tmp_path / "store", read_only=True)
    assert swept([{}], 2, looked_at).ran == 0
    with pytest.raises(SurgesimError, match="2 runs are not in the store"):
        swept([{}], 3, looked_at)


# --- keys ------------------------------------------------------------------------------------------------------------


def test_words_for_readers_change_no_key_and_figures_do() -> None:
    scenario, plan = shop(), plans()["longer"]
    assert scenario_key(scenario.model_copy(update={"title": "x", "story": "y"})) == scenario_key(scenario)
    assert plan_key(plan.model_copy(update={"title": "x", "about": "y", "name": "z"})) == plan_key(plan)
    assert scenario_key(reduced_window(scenario)) != scenario_key(scenario)


def reduced_window(scenario: Any) -> Any:
    return scenario.model_copy(update={"window": scenario.window.model_copy(update={"run_on_h": 1.0})})


def test_progress_counts_runs_that_are_missing(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    swept([{}], 2, Store(tmp_path / "store"))
    worker = lab(Store(tmp_path / "store"), progress=lambda done, total: told.append((done, total)))
    sweep_in(worker, [{}], 5)
    assert told[-1] == (6, 6)
    sweep_in(worker, [{}], 6)
    assert told[-1] == (8, 8), "what is asked later comes on top"
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_what_was_asked_is_remembered_in_order() -> None:
    worker = lab()
    (first,), (second,) = worker.variants({SETUP: 10.0}, ["none"]), worker.variants({SETUP: 20.0}, ["none"])
    worker.fill([(second, range(2))])
    worker.fill([(first, range(1)), (second, range(1, 3))])
    asked = [(each.variant.values[SETUP], each.replications) for each in worker.asked.values()]
    assert asked == [(20.0, range(3)), (10.0, range(1))]


def test_the_python_door() -> None:
    results = sweep(shop(), {SETUP: [10.0, 20.0]}, plans().values(), 2, engine=Engine("serial"))
    assert results.points == [{SETUP: 10.0}, {SETUP: 20.0}]
    assert results.baseline == "none"
    assert results.replications == [2, 2]
    with pytest.raises(InputError) as caught:
        sweep(shop(), [{"site.picking.setup": 1.0}], plans().values(), 0, baseline="nobody", engine=Engine("serial"))
    assert "replications" in str(caught.value)
    assert "baseline" in str(caught.value)


def test_a_wrong_point_is_told_before_anything_runs() -> None:
    worker = lab()
    with pytest.raises(InputError, match=r"site\.picking\.setup_mn.*did you mean 'setup_min'"):
        sweep_in(worker, [{SETUP: 10.0}, {"site.picking.setup_mn": 1.0}], 2)
    assert worker.ran == 0
