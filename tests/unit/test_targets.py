"""Targets of teams: what may be written, what is refused and where, and what becomes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

import sim
from sim.errors import InputError
from sim.scenario.economics import Bound, Goal, Targets
from sim.scenario.problems import problems_of


def problems(teams: object) -> dict[str, str]:
    """Place -> remedy of everything refused."""
    given = {"teams": teams}
    with pytest.raises(ValidationError) as raised:
        Targets.model_validate(given)
    return {problem.place: problem.remedy for problem in problems_of(raised.value, Targets, given)}


def goals(teams: object, scale: float = 1.0) -> list[Goal]:
    return list(Targets.model_validate({"teams": teams}).goals(scale))


def test_the_direction_of_a_bare_number_is_the_kpis() -> None:
    assert goals({"night shift & co": {"service_level_ship": 0.9, "overtime_h": 40}}) == [
        Goal("night shift & co", "service_level_ship", "at_least", 0.9),
        Goal("night shift & co", "overtime_h", "at_most", 40.0),
    ]


def test_a_direction_that_is_given_wins() -> None:
    given = {"a": {"utilisation_desk": {"at_most": 0.8}, "contacts_per_100_orders": {"at_least": 1.0}}}
    assert [(goal.kpi, goal.direction, goal.target) for goal in goals(given)] == [
        ("utilisation_desk", "at_most", 0.8),
        ("contacts_per_100_orders", "at_least", 1.0),
    ]


def test_a_target_of_nought_is_one() -> None:
    given = {"a": {"no_show_share": 0.0, "pickup_fill_share": {"at_most": 0.0}}}
    assert [(goal.direction, goal.target) for goal in goals(given)] == [("at_most", 0.0), ("at_most", 0.0)]


def test_null_takes_a_target_or_a_card_away() -> None:
    assert goals({"a": {"no_show_share": None, "lost_share": 0.1}, "b": None}) == [
        Goal("a", "lost_share", "at_most", 0.1)
    ]


def test_targets_on_totals_shrink_with_the_scale() -> None:
    given = {"a": {"left_behind_parcels": 100.0, "clear_time_h": 24.0, "total_cost": 5e5, "lost_share": 0.1}}
    assert [goal.target for goal in goals(given, 0.1)] == pytest.approx([10.0, 24.0, 5e4, 0.1])


@pytest.mark.parametrize(
    ("kpi", "given", "remedy"),
    [
        ("order_per_staff_h", 10.0, "no such KPI; did you mean 'orders_per_staff_h'?"),
        ("xyz", 10.0, "no such KPI; docs/reference/kpis.md lists them"),
        ("no_show_share", 1.01, "must be between 0 and 1 (share)"),
        ("utilisation_desk", {"at_least": -0.1}, "must be between 0 and 1 (share)"),
        ("satisfaction_mean", 0.9, "must be between 1 and 5"),
        ("overtime_h", -1.0, "must be at least 0 (h)"),
        ("utilisation_packing", 0.9, "neither much nor little of it is good in itself: write {at_least: x} or "),
        ("lost_share", "0.1", "a number is needed: write it without quotes"),
        ("lost_share", True, "a number is needed, not true or false"),
        ("total_cost", float("inf"), "must be finite"),
        ("lost_share", {"at_least": 0.1, "at_most": 0.2}, "give either at_least or at_most"),
        ("lost_share", {}, "give either at_least or at_most"),
    ],
)
def test_what_can_not_be_a_target_is_refused_at_its_place(kpi: str, given: object, remedy: str) -> None:
    found = problems({"a": {kpi: given}})
    assert list(found) == [f"teams.a.{kpi}"]
    assert found[f"teams.a.{kpi}"].startswith(remedy)


def test_a_mistyped_direction_is_refused() -> None:
    assert "did you mean 'at_most'?" in problems({"a": {"lost_share": {"at_mots": 0.1}}})["teams.a.lost_share.at_mots"]


def test_all_mistakes_of_all_teams_are_told_at_once() -> None:
    found = problems({"a": {"no_show_share": 2.0, "nothing": 1.0}, "b": {"lost_share": -1.0}, "c": 5})
    assert set(found) == {"teams.a.no_show_share", "teams.a.nothing", "teams.b.lost_share", "teams.c"}


@pytest.mark.parametrize("name", ["", "x" * 61])
def test_a_team_needs_a_name_that_fits_on_a_page(name: str) -> None:
    assert problems({name: {}})


@pytest.mark.parametrize("kpi", ["net_contribution", "net_contribution_per_order"])
def test_a_loss_may_be_what_is_allowed(kpi: str) -> None:
    assert goals({"a": {kpi: -5000.0}})[0].target == -5000.0


def test_a_card_reads_back_from_what_it_was_written_as() -> None:
    targets = Targets.model_validate({"teams": {"a": {"lost_share": 0.1, "utilisation_desk": {"at_most": 0.8}}}})
    assert targets.teams["a"] == {"lost_share": 0.1, "utilisation_desk": Bound(at_most=0.8)}
    for mode in ("python", "json"):
        dumped: dict[str, Any] = targets.model_dump(mode=mode)
        assert Targets.model_validate(dumped) == targets
    assert json.loads(targets.model_dump_json(exclude_unset=True)) == {
        "teams": {"a": {"lost_share": 0.1, "utilisation_desk": {"at_most": 0.8}}}
    }


def test_a_scenario_file_can_be_overridden_target_by_target() -> None:
    scenario = sim.load_scenario(
        "double11", ["targets.service_level_ship=0.9", "+targets.teams.board.total_cost=1e6", "~targets.teams.carriers"]
    )
    found = {(goal.team, goal.kpi): goal.target for goal in scenario.targets.goals()}
    assert found["warehouse", "service_level_ship"] == 0.9  # taken from the target of plans
    assert found["board", "total_cost"] == 1e6
    assert {team for team, _ in found} == {"marketing", "warehouse", "service_desk", "board"}
    assert scenario.sources["targets.teams.warehouse.utilisation_packing.at_most"].startswith("assumption")


def test_a_mistyped_kpi_on_the_command_line_is_told_with_the_nearest_name() -> None:
    with pytest.raises(InputError, match=r"targets\.teams\.carriers\.no_show_shar\b.*did you mean 'no_show_share'"):
        sim.load_scenario("double11", ["+targets.teams.carriers.no_show_shar=0.1"])
