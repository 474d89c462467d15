"""Triggers need something to read: a metric with data, an alert rule that is there."""

from __future__ import annotations

from collections.abc import Iterator

from sim.errors import Problem, nearest
from sim.scenario.alerts import NEEDS, Metric
from sim.scenario.measures import AnyMeasure
from sim.scenario.problems import shorten
from sim.scenario.scenario import Scenario


def lacking(scenario: Scenario, metric: Metric) -> str:
    """Part of the scenario that a metric is read from and that it does not have; empty where it has all of it."""
    parts = {
        "promise": scenario.promise is not None,
        "demand.profile": scenario.demand.file is None,
        "site.packing": scenario.site.packing is not None,
        "carriers": bool(scenario.carriers),
        "desk": scenario.desk is not None,
        "stock": scenario.stock is not None,
    }
    need = NEEDS.get(metric, "")
    return need if need and not parts[need] else ""


def watching_misfits(scenario: Scenario, measure: AnyMeasure, place: str) -> Iterator[Problem]:
    """A trigger without data here, on an alert rule that is not there, or that ends before it begins."""
    trigger = measure.trigger
    if (
        trigger.at is not None
        and trigger.until is not None
        and scenario.minute(trigger.until) <= scenario.minute(trigger.at)
    ):
        yield Problem(f"{place}.trigger.until", shorten(trigger.until), "lies after 'at', or the measure never begins")
    metric = trigger.metric
    if trigger.alert is not None:
        if trigger.alert not in scenario.alerts:
            known = ", ".join(scenario.alerts) or "none"
            remedy = f"the scenario '{scenario.name}' has no such alert rule, it has: {known}"
            yield Problem(f"{place}.trigger.alert", trigger.alert, remedy + nearest(trigger.alert, scenario.alerts))
            return
        metric = scenario.alerts[trigger.alert].metric
    if metric is not None and (part := lacking(scenario, metric)):
        there = "an order file" if part == "demand.profile" else f"no {part}"
        remedy = f"would never be set off: the scenario '{scenario.name}' has {there}, so there is nothing to read; "
        named = "metric" if trigger.alert is None else "alert"
        yield Problem(f"{place}.trigger.{named}", trigger.alert or metric, remedy + "watch another metric")
