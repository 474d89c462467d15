"""Engine and textbook model agree order by order, to the last bit, on the reduced line.

The textbook model (`benchmarks/textbook.py`) is written in another style, a process per order, and shares nothing with
the floor but the ranks of simultaneous events; so what both say is hardly wrong in the same way.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import sim
from benchmarks import textbook
from benchmarks.common import differing, happened, reduced, textbook_inputs
from sim.draws import Draws
from sim.scenario.plan import Plan
from sim.scenario.types import Shape

LOADS: dict[str, dict[str, Any]] = {
    "light": {"days_to_clear": 0.5},
    "busy": {"days_to_clear": 1.05},
    "surge": {"days_to_clear": 2.0},
    "overload": {"days_to_clear": 8.0},  # not done when the clock stops
    "slow_packing": {"days_to_clear": 1.0, "packers": 1},
    "small_vans": {"days_to_clear": 1.0, "capacity": 60},
}


def both(draws_seed: int, orders: int = 1200, **figures: Any) -> tuple[dict[str, Any], dict[str, Any], Draws]:
    scenario = reduced(orders, **figures)
    draws = sim.sample(scenario, seed=draws_seed)
    engine = happened(sim.simulate(scenario, Plan(name="none"), draws))
    return engine, textbook.run(*textbook_inputs(scenario, draws), scenario.horizon_min), draws


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("patience_min", [None, 10.0], ids=["patient_callers", "callers_hang_up"])
@pytest.mark.parametrize("cancel_share", [0.0, 0.4], ids=["nobody_cancels", "some_cancel"])
@pytest.mark.parametrize("load", LOADS)
def test_engine_and_textbook_agree(load: str, cancel_share: float, patience_min: float | None, seed: int) -> None:
    engine, lesson, _ = both(seed, cancel_share=cancel_share, patience_min=patience_min, **LOADS[load])
    assert differing(engine, lesson) == {}
    seen = {name for name, times in lesson.items() if np.isfinite(times).any()}
    if load in ("surge", "overload"):  # lest they agree on nothing
        unseen = {"cancelled"} if cancel_share == 0 else set()
        assert seen == set(lesson) - unseen - ({"gave_up"} if patience_min is None else set())


@pytest.mark.parametrize("cancel_share", [0.0, 0.4])
def test_they_agree_where_everything_happens_at_once(cancel_share: float) -> None:
    """Equal work for all and times in whole minutes: thousands of ties, settled by kind and number."""
    scenario = reduced(3000, cancel_share=cancel_share, setup=Shape(distribution="deterministic"))
    drawn = sim.sample(scenario, seed=5)
    draws = whole_minutes(drawn)
    assert len(np.unique(draws.placed_min)) < 0.5 * len(draws)
    engine = happened(sim.simulate(scenario, Plan(name="none"), draws))
    lesson = textbook.run(*textbook_inputs(scenario, draws), scenario.horizon_min)
    assert differing(engine, lesson) == {}
    assert np.isfinite(lesson["gave_up"]).any()


def whole_minutes(draws: Draws) -> Draws:
    """The same customers, every time and duration rounded up to a whole minute."""
    names = (
        "placed_min",
        "pick_work_min",
        "pack_work_min",
        "cancel_min",
        "ask_min",
        "ask_handle_min",
        "ask_patience_min",
    )
    values = {each.name: getattr(draws, each.name) for each in dataclasses.fields(draws)}
    values |= {name: np.ceil(values[name]) for name in names}
    sooner = np.lexsort((values["ask_order"], values["ask_min"]))  # contacts are numbered by time, then by order
    return Draws(**{name: each[sooner] if name.startswith("ask_") else each for name, each in values.items()})


def test_the_comparison_notices_one_late_parcel() -> None:
    engine, lesson, _ = both(1)
    row = int(np.flatnonzero(np.isfinite(lesson["picked_up"]))[0])
    lesson["picked_up"][row] = np.nextafter(lesson["picked_up"][row], np.inf)
    assert differing(engine, lesson) == {"picked_up": 1}


def test_the_textbook_by_hand() -> None:
    """Three orders, one worker of each kind, arithmetic that fits on a postcard."""
    never = np.full(3, np.inf)
    orders = textbook.Orders(
        placed=np.array([0.0, 1.0, 2.0]),
        picking=np.array([4.0, 4.0, 4.0]),
        packing=np.array([2.0, 2.0, 2.0]),
        cancel=np.array([np.inf, np.inf, 7.0]),  # picked from 8: too late for this customer
        ask=np.array([9.0, 9.5, 9.6]),  # 0 is packed at 6 and gone at 8, 1 is not; 2 has cancelled
        handling=np.array([3.0, 3.0, 3.0]),
        patience=never,
    )
    site = textbook.Site(pickers=1, packers=1, agents=1, pickups=[8.0, 16.0], cutoff=1.0)
    times = textbook.run(orders, site, until=20.0)
    nan = np.nan
    expected = {
        "pick_start": [0, 4, nan],
        "pick_end": [4, 8, nan],
        "pack_start": [4, 8, nan],
        "pack_end": [6, 10, nan],
        "picked_up": [8, 16, nan],
        "cancelled": [nan, nan, 7],
        "asked": [nan, 9.5, nan],
        "answered": [nan, 9.5, nan],
        "answer_end": [nan, 12.5, nan],
        "gave_up": [nan, nan, nan],
    }
    for name, values in expected.items():
        np.testing.assert_array_equal(times[name], values, err_msg=name)
