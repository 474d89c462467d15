"""Measures on people need the stages that they name, and people who are free at the time."""

from __future__ import annotations

from collections.abc import Iterator

from sim.errors import Problem
from sim.scenario.measures import AnyMeasure, BatchPicking, CrossTraining, ExtraShift, SizedByHeads
from sim.scenario.people import Crew, Shift
from sim.scenario.problems import shorten
from sim.scenario.rosters import days_of_extra_shift, largest_shift, works
from sim.scenario.scenario import MOST_WORKER_DAYS, Scenario
from sim.scenario.types import WEEKDAYS


def people_misfits(scenario: Scenario, measure: AnyMeasure, place: str) -> Iterator[Problem]:
    """Problems of a measure that moves or calls people."""
    if isinstance(measure, SizedByHeads):
        yield from _too_many(scenario, measure, place)
    if isinstance(measure, ExtraShift):
        yield from _extra_shift(scenario, measure, place)
    elif isinstance(measure, CrossTraining):
        yield from _moves(scenario, measure, place)
    elif isinstance(measure, BatchPicking):
        yield from _batches(scenario, measure, place)


def _stages(scenario: Scenario) -> str:
    return f"the scenario '{scenario.name}' has no such stage, it has: {', '.join(scenario.crews)}"


def _too_many(scenario: Scenario, measure: SizedByHeads, place: str) -> Iterator[Problem]:
    """More people than memory has room for; at each stage, on every day of the run."""
    crews = scenario.crews
    stages = getattr(measure, "stages", ["desk"])
    heads = sum(_heads(scenario, measure, crews[stage]) for stage in stages if stage in crews)
    asked = heads * scenario.scale * scenario.days
    if asked > MOST_WORKER_DAYS:
        size = "headcount" if measure.headcount is not None else "headcount_share"
        remedy = f"asks for up to {asked:,.0f} worker-days, at most {MOST_WORKER_DAYS:,}: see also scale"
        yield Problem(f"{place}.{size}", shorten(getattr(measure, size)), remedy)


def _heads(scenario: Scenario, measure: SizedByHeads, crew: Crew) -> float:
    if measure.headcount is not None:
        return measure.headcount
    name = largest_shift(scenario, crew)
    largest = 0.0 if name is None else crew.shifts[name].headcount * crew.headcount_factor
    return largest * (measure.headcount_share or 0.0)


def _moves(scenario: Scenario, measure: CrossTraining, place: str) -> Iterator[Problem]:
    for number, move in enumerate(measure.moves):
        for key, stage in (("from", move.from_), ("to", move.to)):
            if stage not in scenario.crews:
                yield Problem(f"{place}.moves[{number}].{key}", stage, _stages(scenario))


def _batches(scenario: Scenario, measure: BatchPicking, place: str) -> Iterator[Problem]:
    size = scenario.site.picking.batch_size
    if measure.batch_size < size:
        remedy = f"the scenario '{scenario.name}' already picks up to {size} orders on one walk: give more than that"
        yield Problem(f"{place}.batch_size", shorten(measure.batch_size), remedy)


def _extra_shift(scenario: Scenario, measure: ExtraShift, place: str) -> Iterator[Problem]:
    crews = {stage: crew for stage, crew in scenario.crews.items() if stage in measure.stages}
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
