"""Whether a plan fits a scenario: what each of them can't see for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sim.errors import Problem, nearest
from sim.scenario.measures import BatchPicking, CrossTraining, ExtraPickups, ExtraShift
from sim.scenario.people import Crew, Shift
from sim.scenario.plan import Plan
from sim.scenario.problems import shorten
from sim.scenario.rosters import days_of_extra_shift, largest_shift, works
from sim.scenario.scenario import Scenario
from sim.scenario.types import WEEKDAYS


def misfits(scenario: Scenario, plan: Plan) -> list[Problem]:
    """Problems of running a plan in a scenario; empty when it fits."""
    problems = []
    economics = scenario.economics
    if plan.currency not in (None, economics.currency, *economics.exchange):
        remedy = f"the plan '{plan.name}' has prices in {plan.currency}: say what 1 {plan.currency} is worth in "
        problems.append(Problem(f"economics.exchange.{plan.currency}", "", remedy + economics.currency))
    for label, measure in plan.measures.items():
        for kind, check in _CHECKS.items():
            if isinstance(measure, kind):
                problems.extend(check(scenario, measure, f"plan.{plan.name}.measures.{label}"))
    return problems


def _carriers(scenario: Scenario, measure: ExtraPickups, place: str) -> Iterator[Problem]:
    for name in sorted(set(measure.carriers) - set(scenario.carriers)):
        known = ", ".join(scenario.carriers) or "none"
        remedy = f"the scenario '{scenario.name}' has no such carrier, it has: {known}"
        yield Problem(f"{place}.carriers", name, remedy + nearest(name, scenario.carriers))


# --- people -----------------------------------------------------------------------------------------------------


def _crews(scenario: Scenario) -> dict[str, Crew]:
    """Crews by stage, of those stages that the scenario has."""
    every = {"picking": scenario.site.picking, "packing": scenario.site.packing, "desk": scenario.desk}
    return {stage: crew for stage, crew in every.items() if crew is not None}


def _stages(scenario: Scenario) -> str:
    return f"the scenario '{scenario.name}' has no such stage, it has: {', '.join(_crews(scenario))}"


def _moves(scenario: Scenario, measure: CrossTraining, place: str) -> Iterator[Problem]:
    for number, move in enumerate(measure.moves):
        for key, stage in (("from", move.from_), ("to", move.to)):
            if stage not in _crews(scenario):
                yield Problem(f"{place}.moves[{number}].{key}", stage, _stages(scenario))


def _batches(scenario: Scenario, measure: BatchPicking, place: str) -> Iterator[Problem]:
    size = scenario.site.picking.batch_size
    if measure.batch_size < size:
        remedy = f"the scenario '{scenario.name}' already picks up to {size} orders on one walk: give more than that"
        yield Problem(f"{place}.batch_size", shorten(measure.batch_size), remedy)


def _extra_shift(scenario: Scenario, measure: ExtraShift, place: str) -> Iterator[Problem]:
    crews = {stage: crew for stage, crew in _crews(scenario).items() if stage in measure.stages}
    if not crews:
        yield Problem(f"{place}.stages", shorten(measure.stages), _stages(scenario))
    for stage, crew in crews.items():
        name = largest_shift(scenario, crew)
        if name is not None:
            who = f"the shift '{name}' of {stage}"
            yield from _extra_days(scenario, measure, crew.shifts[name], who, place)
            if measure.day == "rest":
                yield from _same_people(scenario, measure, crew, name, who, place)


def _extra_days(scenario: Scenario, measure: ExtraShift, shift: Shift, who: str, place: str) -> Iterator[Problem]:
    """Weekdays named one by one have to be days off (or working days) of the crew."""
    named = measure.hours.weekdays
    on_working_days = measure.day == "working"
    wrong = [name for name in named if (name in shift.weekdays) != on_working_days]
    if wrong and set(named) != set(WEEKDAYS):
        does, other = ("is not worked", "rest") if on_working_days else ("is worked", "working")
        remedy = f"{who} {does} then: name other weekdays, or say day: {other}"
        yield Problem(f"{place}.hours.weekdays", shorten(wrong), remedy)


def _same_people(
    scenario: Scenario, measure: ExtraShift, crew: Crew, name: str, who: str, place: str
) -> Iterator[Problem]:
    """Nobody works two shifts at once, and no more come than there are."""
    shift, hours = crew.shifts[name], measure.hours
    for day in days_of_extra_shift(scenario, shift, measure):
        others = [other for other in (day - 1, day + 1) if works(scenario, shift, other)]
        if any(
            day * 1440 + hours.start < other * 1440 + shift.end and other * 1440 + shift.start < day * 1440 + hours.end
            for other in others
        ):
            remedy = f"its people still work {who}, or begin it, in these hours: let them begin later or end earlier"
            yield Problem(f"{place}.hours", "", remedy)
            break
    most = int(shift.headcount * crew.headcount_factor + 0.5)
    if (measure.headcount or 0) > most:
        remedy = f"{who} has {most} people: ask for no more than that"
        yield Problem(f"{place}.headcount", shorten(measure.headcount), remedy)


_CHECKS: dict[type[Any], Callable[[Scenario, Any, str], Iterator[Problem]]] = {
    ExtraPickups: _carriers,
    ExtraShift: _extra_shift,
    CrossTraining: _moves,
    BatchPicking: _batches,
}
