"""Blocks of replications through the door: what is handed out, and what is told of runs that fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.compute import Engine
from sim.draws import Draws
from sim.errors import InputError, SurgesimError
from sim.experiment import compare, runner
from sim.floor import simulate
from sim.ledger import Ledger
from sim.scenario.measures import Overtime
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from tests.small_sites import picking, shift, site, van, world

NONE = Plan(name="none")
STAY = Plan(name="stay", measures={"late": Overtime(stages=["picking"], hours=2.0)})


@pytest.fixture
def stall(tmp_path: Path) -> Scenario:
    return world(tmp_path, [540.0, 600.0], site=site(pick=picking(shift())), carriers={"van": van()})


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, int]]:
    """Plans and replications that can't be run."""
    bad: set[tuple[str, int]] = set()

    def simulated(scenario: Scenario, chosen: Plan, draws: Draws) -> Ledger:
        if (chosen.name, draws.replication) in bad:
            raise ZeroDivisionError("nobody at the desk")
        return simulate(scenario, chosen, draws)

    monkeypatch.setattr(runner, "simulate", simulated)
    return bad


def test_runs_that_fail_are_told_with_how_to_run_them_alone(stall: Scenario, failing: set[tuple[str, int]]) -> None:
    failing.update({("stay", 2), ("none", 4), ("stay", 4)})
    told: list[tuple[int, int]] = []
    with pytest.raises(SurgesimError) as failed:
        runner.run(
            stall, {"none": NONE, "stay": STAY}, 7, range(6), progress=lambda done, total: told.append((done, total))
        )
    assert str(failed.value) == (
        "3 runs failed, however often tried; all others went through. Alone (with the same overrides) it shows where:\n"
        "  - plan stay, seed 7, replication 2: ZeroDivisionError: nobody at the desk\n"
        f"    alone: surgesim run scenario={stall.name} plan=stay seed=7 replication=2\n"
        "  - plan none, seed 7, replication 4: ZeroDivisionError: nobody at the desk\n"
        f"    alone: surgesim run scenario={stall.name} plan=none seed=7 replication=4\n"
        "  - plan stay, seed 7, replication 4: ZeroDivisionError: nobody at the desk\n"
        f"    alone: surgesim run scenario={stall.name} plan=stay seed=7 replication=4"
    )
    assert told[-1] == (4, 6), "nine of twelve runs"


def test_many_failures_are_counted(stall: Scenario, failing: set[tuple[str, int]]) -> None:
    failing.update({("none", replication) for replication in range(1, 20)})
    with pytest.raises(SurgesimError, match=r"^19 runs failed") as failed:
        runner.run(stall, {"none": NONE}, 1, range(20))
    assert str(failed.value).endswith("\n  - and 9 more")


@pytest.mark.parametrize(
    ("kind", "workers", "seconds_each", "expected"),
    [
        ("local", 2, 0.01, "serial"),  # little work is done in this process
        ("local", 2, 1.0, "local"),
        ("local", 1, 1.0, "serial"),
        ("serial", None, 1.0, "serial"),
    ],
)
def test_where_work_is_done(
    stall: Scenario, kind: Any, workers: int | None, seconds_each: float, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, list[tuple[int, ...]]]] = []

    def stream(engine: Engine, work: Any, tasks: Iterator[Any]) -> Iterator[Any]:
        drawn = list(tasks)
        asked.append((engine.kind, [task.replications for task in drawn]))
        return iter([(task, work(task)) for task in drawn])

    monkeypatch.setattr(Engine, "stream", stream)
    with Engine(kind, workers=workers) as engine:
        outcomes = runner.run(stall, {"none": NONE}, 1, range(6), engine=engine, seconds_each=seconds_each)
    blocks = [(0, 1), (2, 3), (4, 5)] if expected == "local" else [(number,) for number in range(6)]
    assert asked == [(expected, blocks), (expected, [])]
    assert [outcome.replication for outcome in outcomes] == list(range(6))


def test_an_engine_takes_no_second_description(stall: Scenario) -> None:
    with (
        Engine("serial") as engine,
        pytest.raises(InputError, match="engine = serial: is given, so leave out workers, compute and scheduler"),
    ):
        compare(stall, [NONE], 2, engine=engine, workers=2)


def test_the_report_tells_how_many_worked(stall: Scenario) -> None:
    with Engine("local", workers=3) as engine:
        assert compare(stall, [NONE], 2, engine=engine).workers == 3
    assert compare(stall, [NONE], 2, compute="serial").workers == 1


def test_where_it_cannot_be_computed_is_told_before_any_work(stall: Scenario, failing: set[tuple[str, int]]) -> None:
    failing.update({("none", replication) for replication in range(3)})
    with pytest.raises(InputError, match="compute = 'dusk'"):
        compare(stall, [NONE], 2, compute="dusk")  # type: ignore[arg-type]
