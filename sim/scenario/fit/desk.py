"""Measures at the service desk need one, and the channels that they name."""

from __future__ import annotations

from sim.errors import Problem, nearest
from sim.scenario.measures import AnyMeasure, Compensation, DeskCallback, DeskReinforcement, FaqBot
from sim.scenario.scenario import Scenario


def desk_misfits(scenario: Scenario, measure: AnyMeasure, place: str) -> list[Problem]:
    """Problems of a measure that needs agents or channels."""
    on_request = isinstance(measure, Compensation) and measure.offered == "on_request"
    if not on_request and not isinstance(measure, FaqBot | DeskCallback | DeskReinforcement):
        return []
    desk = scenario.desk
    if desk is None:
        where, given = (f"{place}.offered", "on_request") if on_request else (f"{place}.kind", measure.kind)
        remedy = f"the scenario '{scenario.name}' has no service desk: give it one, or leave the measure out"
        return [Problem(where, given, remedy)]
    if not isinstance(measure, FaqBot | DeskCallback):
        return []
    problems = []
    calls = [name for name, channel in desk.channels.items() if channel.kind == "call"]
    fit = calls if isinstance(measure, DeskCallback) else list(desk.channels)
    for name in sorted(set(measure.channels) - set(fit)):
        if name in desk.channels:
            remedy = f"messages are not called back; channels of calls are: {', '.join(calls) or 'none'}"
        else:
            known = ", ".join(desk.channels)
            remedy = f"the scenario '{scenario.name}' has no such channel, it has: {known}" + nearest(name, fit)
        problems.append(Problem(f"{place}.channels", name, remedy))
    if not fit and not measure.channels:
        problems.append(Problem(f"{place}.kind", measure.kind, "no channel of the service desk takes calls"))
    return problems
