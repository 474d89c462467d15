"""Random numbers by key: streams, and who keeps their numbers whatever else changes."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sim.draws import BACKUP_CARRIERS, PLAN_CREWS, PLAN_POOL, Draws, sample
from sim.scenario.scenario import Scenario
from sim.streams import Stream, name_key
from tests.ledgers import CREW, world
from tests.rich_world import CARRIERS, DAYS, GRID, PROFILE, RARE, RICH, rich, rich_world

# --- streams ----------------------------------------------------------------------------------------------------


def numbers(seed: int = 1, replication: int = 0, name: str = "arrivals", key: tuple[int, int] = (5, 2)) -> list[float]:
    return list(Stream(seed, replication, name).at(*key).random(6))


def test_a_stream_is_its_seed_replication_and_name() -> None:
    assert numbers() == numbers()
    others = [
        numbers(seed=2),
        numbers(replication=1),
        numbers(name="basket"),
        numbers(key=(6, 2)),
        numbers(key=(5, 3)),
        numbers(key=(2, 5)),
        numbers(seed=0, replication=1),
    ]
    drawn = [value for other in [numbers(), *others] for value in other]
    assert len(set(drawn)) == len(drawn)


def test_keys_of_names_are_the_same_in_every_process() -> None:
    # The first eight bytes of sha256("arrivals"); Python's own hash would differ from run to run
    assert name_key("arrivals") == int.from_bytes(bytes.fromhex("1b89b4c9812f8b34"), "little") >> 1
    assert 0 <= name_key("") < 2**63


def test_numbers_of_a_key_do_not_depend_on_what_was_drawn_before() -> None:
    wanted = numbers(key=(7, 1))
    stream = Stream(1, 0, "arrivals")
    stream.at(5, 2).random(1000)
    stream.at(5, 2).integers(0, 9, 3, dtype=np.uint32)  # leaves half a word buffered
    stream.at(3, 0).poisson(7.5)
    assert list(stream.at(7, 1).random(6)) == wanted
    stream.at(7, 1).standard_normal(3)
    assert list(stream.at(7, 1).random(6)) == wanted


def test_large_keys_are_told_apart() -> None:
    big = name_key("picking/day")
    drawn = [numbers(key=(738_000, second)) for second in (0, 1, big, big + 1)]
    assert len({tuple(each) for each in drawn}) == 4


def test_neighbouring_keys_are_unrelated_and_uniform() -> None:
    stream = Stream(3, 0, "arrivals")
    table = np.stack([stream.at(first).random(50) for first in range(2000)])
    assert stats.kstest(table.ravel(), "uniform").pvalue > RARE
    neighbours = [
        stats.pearsonr(table[:-1].ravel(), table[1:].ravel()).pvalue,
        stats.pearsonr(table[:, :-1].ravel(), table[:, 1:].ravel()).pvalue,
        stats.pearsonr(numbers_of(Stream(3, 1, "arrivals")), table.ravel()).pvalue,
    ]
    assert min(neighbours) > RARE


def numbers_of(stream: Stream) -> NDArray[np.float64]:
    return np.concatenate([stream.at(first).random(50) for first in range(2000)])


# --- who is who, whatever else changes --------------------------------------------------------------------------

PER_ORDER = (
    "lines",
    "units",
    "express",
    "carrier",
    "cod",
    "unclaimed",
    "pick_work_min",
    "pack_work_min",
    "transit_u",
    "route_u",
    "redeem_u",
    "due_ship_min",
)


def changed(**demand: Any) -> Draws:
    return sample(world(**{**RICH, "demand": {**RICH["demand"], **demand}}))


def assert_keeps(small: Draws, large: Draws) -> None:
    """All orders of the one are orders of the other, the same in every respect."""
    place = np.searchsorted(large.placed_min, small.placed_min)
    assert len(np.unique(small.placed_min)) == len(small)  # no ties: the place says who it is
    np.testing.assert_array_equal(large.placed_min[place], small.placed_min)
    for name in PER_ORDER:
        np.testing.assert_array_equal(getattr(large, name)[place], getattr(small, name), err_msg=name)


@pytest.mark.parametrize("factor", [1.05, 3.3])
def test_a_higher_rate_keeps_all_customers_and_adds_some(factor: float) -> None:
    more = changed(profile={**PROFILE, "per_day": factor * PROFILE["per_day"]})
    assert len(more) > 1.02 * len(rich())
    assert_keeps(rich(), more)


def test_a_campaign_keeps_the_customers_of_ordinary_days() -> None:
    assert_keeps(changed(campaign=None), rich())


def test_a_later_end_keeps_what_came_before() -> None:
    longer = sample(world(**{**RICH, "window": {"measure_to": 24.0 * (DAYS + 2)}}))
    count = len(rich())
    for name in ("placed_min", *PER_ORDER):
        np.testing.assert_array_equal(getattr(longer, name)[:count], getattr(rich(), name))


def test_an_earlier_start_keeps_the_customers_of_each_date() -> None:
    later = sample(world(start="2026-01-06", demand={"profile": {"per_day": 500.0}}), seed=3)
    earlier = sample(world(window={"measure_to": 72.0}, demand={"profile": {"per_day": 500.0}}), seed=3)
    rest = earlier.placed_min >= 1440
    np.testing.assert_allclose(earlier.placed_min[rest] - 1440, later.placed_min, atol=1 / GRID)
    np.testing.assert_array_equal(earlier.transit_u[rest], later.transit_u)


@pytest.mark.parametrize(
    ("part", "value", "moved"),
    [
        ("customers", {}, {"cancel_", "ask_"}),
        ("desk", None, {"ask_", "absence_u ('desk'"}),
        ("promise", {"express_share": 0.5}, {"express", "due_", "ask_", "wished_days"}),
        ("carriers", {"home": {**CARRIERS["home"], "share": 1.0}}, {"carrier", "cod", "unclaimed", "pickup_u"}),
        ("economics", {}, {"value"}),
    ],
)
def test_what_concerns_one_thing_moves_no_other(part: str, value: Any, moved: set[str]) -> None:
    other = sample(world(**{**RICH, part: value}))
    for name, here in arrays(rich()).items():
        if not any(name.startswith(prefix) for prefix in moved):
            np.testing.assert_array_equal(arrays(other)[name], here, err_msg=name)


def arrays(draws: Draws) -> dict[str, NDArray[Any]]:
    """All arrays of draws by name, those of tables by name and key."""
    found: dict[str, NDArray[Any]] = {}
    for each in fields(draws):
        value = getattr(draws, each.name)
        if isinstance(value, np.ndarray):
            found[each.name] = value
        elif each.name in {"absence_u", "pickup_u"}:
            found |= {f"{each.name} {key}": table for key, table in value.items()}
    return found


def test_the_same_key_gives_the_same_bytes_whatever_was_drawn_between() -> None:
    first = arrays(rich())
    sample(rich_world(), 1, 1)
    again = arrays(sample(rich_world(), 1, 0))
    assert first.keys() == again.keys()
    for name, values in first.items():
        assert values.tobytes() == again[name].tobytes() or values.dtype == object, name


def test_seeds_and_replications_are_different_worlds() -> None:
    scenario = world(demand={"profile": {"per_day": 500.0}})
    worlds = [sample(scenario, seed, replication) for seed in (1, 2) for replication in (0, 1)]
    times = np.concatenate([each.placed_min for each in worlds])
    assert len(np.unique(times)) == len(times)
    assert [(each.seed, each.replication) for each in worlds] == [(1, 0), (1, 1), (2, 0), (2, 1)]


# --- people and pickups -----------------------------------------------------------------------------------------


def crew(**shifts: int) -> Scenario:
    made = {name: {"start": "08:00", "end": "16:00", "headcount": count} for name, count in shifts.items()}
    return world(site={"picking": {**CREW, "shifts": made}})


def test_absence_has_one_number_per_roster_slot() -> None:
    table = sample(crew(day=3, late=0)).absence_u
    assert set(table) == {("picking", name) for name in ("day", "late", *PLAN_CREWS)}
    assert table["picking", "day"].shape == (3, 3)  # the day before the start, and two days
    assert table["picking", "late"].shape == (3, 0)
    assert all(table["picking", name].shape == (3, PLAN_POOL) for name in PLAN_CREWS)
    everything = np.concatenate([values.ravel() for values in table.values()])
    assert len(np.unique(everything)) == len(everything)


def test_more_people_and_more_shifts_change_nobody_elses_luck() -> None:
    few, many = sample(crew(day=3)).absence_u, sample(crew(day=9, late=4)).absence_u
    np.testing.assert_array_equal(many["picking", "day"][:, :3], few["picking", "day"])
    for name in PLAN_CREWS:
        np.testing.assert_array_equal(many["picking", name], few["picking", name])


def test_headcount_factors_are_rounded_half_up() -> None:
    scenario = world(site={"picking": {**CREW, "headcount_factor": 1.25}})  # 2 x 1.25
    assert sample(scenario).absence_u["picking", "day"].shape[1] == 3


def test_luck_of_people_and_pickups_belongs_to_the_date() -> None:
    early = world(carriers={"home": {**CARRIERS["home"], "share": 1.0}})
    late = early.model_copy(update={"start": early.first_day.replace(day=6)})
    late = Scenario.model_validate(late.model_dump(by_alias=True))
    one, other = sample(early), sample(late)
    np.testing.assert_array_equal(one.pickup_u["home"][1:], other.pickup_u["home"][:-1])
    np.testing.assert_array_equal(one.absence_u["picking", "day"][1:], other.absence_u["picking", "day"][:-1])


def test_pickups_have_one_number_per_quarter_of_an_hour_and_carrier() -> None:
    table = rich().pickup_u
    names = {"home", "store", *BACKUP_CARRIERS}  # those that a plan may bring have their luck too
    assert {name: values.shape for name, values in table.items()} == dict.fromkeys(names, (DAYS, 96))
    assert not np.intersect1d(table["home"], table["store"]).size
