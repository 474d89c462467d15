"""What has to be kept, in words."""

from __future__ import annotations

from sim.definitions import KPIS
from sim.experiment.questions.constraint import Required
from sim.report.formats import Formats
from sim.scenario.variation import Values


def promise_in_words(required: Required, values: Values, formats: Formats) -> str:
    """As in "'Shipped on time' of at least 95 %", with what has to be kept in the same surge where there is anything.

    Parameters
    ----------
    values
        Figures that were set, which levels may depend on.
    """
    told = [_one(each, values, formats) for each in required.all]
    if len(told) == 1:
        return told[0]
    return formats.say("experiment.promise_both", first=told[0], second=told[1])


def _one(required: Required, values: Values, formats: Formats) -> str:
    return formats.say(
        "experiment.promise_at_least" if required.high_is_good else "experiment.promise_at_most",
        kpi=formats.say(f"kpi.{required.kpi}.label"),
        level=formats.value(required.level(values), KPIS[required.kpi].unit),
    )


def also_asked(required: Required) -> dict[str, object]:
    """What has to be kept besides, for a manifest; empty where there is nothing."""
    also = required.also
    return {} if also is None else {"also": {"kpi": also.kpi, "level": also.level({})}}
