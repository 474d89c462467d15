"""Futures that a plan has to stand up to: named changes of the scenario, each with a weight.

Those that come with every scenario are its own as planned, a forecast that was wrong by a factor, the largest carrier
that does not come on a day of the campaign, and a wave of absence. How likely each is nobody measured: the weights are
assumptions, and the regret of the worst future does not use them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from sim.errors import InputError, Problem, nearest
from sim.scenario.fit import misfits
from sim.scenario.plan import Plan
from sim.scenario.problems import shorten
from sim.scenario.scenario import Scenario
from sim.scenario.variation import PLAN, Values, Variations

HEADING = "the futures can't be used"
ABSENCE_SHARE: Final = 0.15  # assumption: a sixth stays at home, five times the usual; sweep 0.05-0.3
ABSENCE_DAYS: Final = 3  # assumption: the length of a campaign; sweep 1-7
CARRIER_HOURS: Final = 24.0  # assumption: its depot is full, it skips a day; sweep 6-48
FACTORS: Final = {"demand_70": 0.7, "demand_130": 1.3, "demand_160": 1.6}  # orders / orders that were forecast
WEIGHTS: Final = {  # assumption: as planned in four cases of ten, a third more in two, the others in one each
    "as_planned": 0.4,
    "demand_70": 0.1,
    "demand_130": 0.2,
    "demand_160": 0.1,
    "carrier_fails": 0.1,
    "staff_absent": 0.1,
}
_KEYS = ("figures", "weight", "about")


@dataclass(frozen=True, slots=True)
class Future:
    """A way in which things may come.

    Attributes
    ----------
    name
        Letters, digits and ``_``.
    figures
        What is other than in the scenario, by path.
    weight
        How likely it is; all weights add up to 1.
    about
        In words, where the user said something.
    """

    name: str
    figures: Values = field(default_factory=dict)
    weight: float = 1.0
    about: str = ""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A plan that can't be applied in a future, and why."""

    future: str
    plan: str
    reason: str


def default_futures(scenario: Scenario) -> list[Future]:
    """Those that come with a scenario; the carrier and the crew only where there are some.

    Demand that was forecast wrongly is wrong in the hours of the campaign, or where there is none in all hours. What
    fails does so from the campaign's second day on, or from the second measured one.
    """
    figures = dict(_figures(scenario))
    whole = sum(WEIGHTS[name] for name in figures)
    return [Future(name, values, WEIGHTS[name] / whole) for name, values in figures.items()]


def _figures(scenario: Scenario) -> Iterator[tuple[str, Values]]:
    yield "as_planned", {}
    where = "all" if scenario.demand.campaign is None else "campaign"
    for name, factor in FACTORS.items():
        label = _free(scenario, "wrong_forecast")
        yield name, {f"disturbances.{label}": {"kind": "forecast_error", "applies_to": where, "factor": factor}}
    troubled = _second_day(scenario)
    if scenario.carriers:
        largest = max(scenario.carriers, key=lambda name: scenario.carriers[name].share)
        day = _day_of_pickups(scenario, largest, troubled)
        failure = {"kind": "carrier_failure", "carriers": [largest], "start": f"{day}T00:00"}
        label = _free(scenario, "largest_carrier")
        yield "carrier_fails", {f"disturbances.{label}": {**failure, "hours": CARRIER_HOURS}}
    last = min(troubled + timedelta(days=ABSENCE_DAYS - 1), scenario.date_of(scenario.days - 1))
    wave = {"kind": "absence_wave", "first_day": f"{troubled}", "last_day": f"{last}", "absence_share": ABSENCE_SHARE}
    yield "staff_absent", {f"disturbances.{_free(scenario, 'many_ill')}": wave}


def _free(scenario: Scenario, label: str) -> str:
    """A label that no disturbance has."""
    while label in scenario.disturbances:
        label += "_"
    return label


def _second_day(scenario: Scenario) -> date:
    """The day after the campaign, or the measurement, begins; the first day of it where the run has no more."""
    campaign = scenario.demand.campaign
    begin = scenario.measure_from_min if campaign is None else max(0.0, scenario.minute(campaign.start))
    last = scenario.days - 1
    return scenario.date_of(min(int(begin // 1440) + 1, last))


def _day_of_pickups(scenario: Scenario, carrier: str, day: date) -> date:
    """The first day from one on, within the run, on which a carrier comes."""
    first = (day - scenario.first_day).days
    visits = scenario.carriers[carrier].pickups.values()
    for number in range(first, scenario.days):
        if any(scenario.weekday_of(number) in visit.weekdays for visit in visits):
            return scenario.date_of(number)
    return day


def futures_of(scenario: Scenario, given: Mapping[str, Any] | None) -> list[Future]:
    """Futures as the user gave them, weights made to add up to 1; those of the scenario where none were given.

    Parameters
    ----------
    given
        Name -> ``{figures: {PATH: VALUE}, weight: 0.2, about: text}``, each key may be left out: the weight is 1 then;
        without figures it is the scenario as planned, or the future of that name that comes with it.

    Raises
    ------
    InputError
        With every problem: names, keys, weights. Whether the figures can be is seen by :func:`fitting`.
    """
    own = default_futures(scenario)
    if not given:
        return own
    shipped = {each.name: each.figures for each in own}
    problems = [problem for name, content in given.items() for problem in _wrong(str(name), content)]
    if problems:
        raise InputError(problems, HEADING)
    futures = []
    for name, content in given.items():
        told = content or {}
        figures = told.get("figures")
        values = dict(shipped.get(name, {})) if figures is None else dict(figures)
        futures.append(Future(name, values, float(told.get("weight", 1.0)), str(told.get("about", ""))))
    whole = sum(each.weight for each in futures)
    return [Future(each.name, each.figures, each.weight / whole, each.about) for each in futures]


def _wrong(name: str, content: Any) -> Iterator[Problem]:
    place = f"futures.{name}"
    if not re.fullmatch(r"[A-Za-z0-9]\w*", name):
        yield Problem(place, "", "names of futures are letters, digits and _")
    if content is None:
        return
    if not isinstance(content, Mapping):
        yield Problem(place, shorten(content), "needs keys with values: {figures:{PATH:VALUE},weight:0.2}")
        return
    for key in content:
        if key not in _KEYS:
            hint = nearest(str(key), _KEYS) or f"; there are: {', '.join(_KEYS)}"
            yield Problem(f"{place}.{key}", "", f"unknown key{hint}; figures stand below 'figures'")
    weight = content.get("weight", 1.0)
    if not isinstance(weight, (int, float)) or isinstance(weight, bool) or not 0 < weight < float("inf"):
        yield Problem(f"{place}.weight", shorten(weight), "must be a number above 0")
    figures = content.get("figures")
    if figures is not None and not isinstance(figures, Mapping):
        yield Problem(f"{place}.figures", shorten(figures), "needs figures with their values: {PATH:VALUE}")


def fitting(scenario: Scenario, plans: Mapping[str, Plan], futures: list[Future]) -> list[Misfit]:
    """Plans that can't be applied in a future.

    Raises
    ------
    InputError
        With every problem of every future whose figures can't be, whatever the plan.
    """
    variations = Variations(scenario, plans)
    found: list[Misfit] = []
    problems: list[Problem] = []
    for future in futures:
        try:
            world: Scenario | None = variations.world(future.figures)
        except InputError as error:
            world = None
            problems += [_of(future, problem) for problem in error.problems]
        problems += [_of(future, problem) for problem in _no_plans(plans, future)]
        for name in plans:
            try:
                plan = variations.plan(name, future.figures)
            except InputError as error:
                problems += [_of(future, problem) for problem in error.problems]
            else:
                wrong = misfits(world, plan) if world is not None else []
                found += [Misfit(future.name, name, "; ".join(map(str, wrong)))] if wrong else []
    if problems:
        raise InputError(dict.fromkeys(problems), HEADING)
    return found


def _of(future: Future, problem: Problem) -> Problem:
    return Problem(f"futures.{future.name}: {problem.place}", problem.given, problem.remedy)


def _no_plans(plans: Mapping[str, Plan], future: Future) -> Iterator[Problem]:
    for path in future.figures:
        name, dot, _ = path.removeprefix(PLAN).partition(".")
        if path.startswith(PLAN) and (name not in plans or not dot):
            chosen = ", ".join(plans)
            yield Problem(path, "", f"no plan '{name}' is among those chosen{nearest(name, plans)}; chosen: {chosen}")
