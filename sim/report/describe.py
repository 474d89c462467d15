"""Sentences on a comparison: the verdict, what it rests on, and what breaks first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from sim.experiment.choice import FILL, SERVICE, Span
from sim.report.formats import Formats
from sim.report.outcomes import brings
from sim.report.precision import precision_sentence
from sim.report.reading import Reading

if TYPE_CHECKING:
    from sim.experiment import Verdict


def headline(reading: Reading, formats: Formats) -> Markup:
    """Which plan to choose and why, in one sentence with its uncertainty."""
    verdict = reading.verdict
    if verdict is None or not math.isfinite(verdict.service_mean):
        return _without_verdict(reading, formats)
    alone = "alone_" if len(reading.plans) == 1 else ""
    return formats.say.html(
        f"verdict.sentence.{alone}{_ending(verdict, reading)}",
        plan=reading.heading(verdict.plan),
        brings=_brings(verdict, reading, formats),
        target=formats.target(reading.scenario.targets),
        met=formats.number(round(verdict.reach_share * verdict.fresh)),
        fresh=formats.number(verdict.fresh),
        why=_why(verdict, reading, formats),
        money=_money_clause(verdict, reading, formats),
    )


def _brings(verdict: Verdict, reading: Reading, formats: Formats) -> Markup:
    spans = {
        SERVICE: Span(verdict.service_mean, verdict.service_low, verdict.service_high),
        FILL: Span(verdict.fill_mean, verdict.fill_low, verdict.fill_high),
    }
    return brings(spans, verdict.missed, formats, only=_ending(verdict, reading) == "fails", intervals=True)


def _ending(verdict: Verdict, reading: Reading) -> str:
    """Whether the chosen plan holds, fails, or held in the comparison and slips on fresh replications."""
    if verdict.holds:
        return "holds"
    return "slips" if verdict.plan in reading.holding else "fails"


def _why(verdict: Verdict, reading: Reading, formats: Formats) -> str:
    """Whether it is the only plan that holds, or the one of several that earns most."""
    if not verdict.holds or verdict.plan not in reading.holding:
        return ""
    return formats.say.count("verdict.why", len(reading.holding))


def _without_verdict(reading: Reading, formats: Formats) -> Markup:
    """Nothing was promised, or one replication is too few to choose by."""
    say, plan = formats.say, reading.heading(reading.chosen)
    service = reading.estimate(reading.chosen, "service_level_ship")
    if not service.known:
        return say.html("verdict.sentence.nothing_due")
    if len(reading.plans) == 1:
        return say.html("verdict.sentence.once_alone", plan=plan, service=formats.share(service.mean))
    return say.html("verdict.sentence.once", plan=plan, service=formats.share(service.mean))


def _money_clause(verdict: Verdict, reading: Reading, formats: Formats) -> str:
    """What it brings or costs against the baseline; empty for the baseline itself."""
    if verdict.plan == reading.baseline or not math.isfinite(verdict.net_mean):
        return ""
    low, high = verdict.net_low, verdict.net_high
    key = "more" if low > 0 else "less" if high < 0 else "unclear"
    sign = -1 if key == "less" else 1
    edges = sorted((sign * low, sign * high))
    return formats.say(
        f"verdict.net.{key}",
        amount=formats.rough_money(sign * verdict.net_mean),
        range=formats.rough_range(*edges),
        baseline=reading.heading(reading.baseline),
    )


def certainty(reading: Reading, formats: Formats) -> str:
    """What the verdict rests on: fresh replications, the interval of its chance, precision, the runner-up."""
    say, verdict = formats.say, reading.verdict
    precision = precision_sentence(reading, formats)
    if verdict is None:
        return precision
    sentences: list[str] = []
    if math.isfinite(verdict.reach_share):
        sentences.append(
            say.count(
                "verdict.reach",
                verdict.fresh,
                low=formats.share(verdict.reach_low, 0),
                high=formats.share(verdict.reach_high, 0),
                wanted=formats.share(reading.scenario.targets.probability, 0),
            )
        )
    sentences.append(say.count("verdict.other_figures", reading.comparison.replications))
    if precision:
        sentences.append(precision)
    if verdict.runner_up is not None and verdict.runner_up in reading.plans:
        sentences.append(say("verdict.runner_up", plan=reading.heading(verdict.runner_up)))
    return say("list.sentence").join(sentences)


def breaking(reading: Reading, formats: Formats) -> list[str]:
    """What gives way first without measures, and under the chosen plan: a sentence or two each."""
    plans = dict.fromkeys((reading.baseline, reading.chosen))
    return [_breaks(reading, plan, formats) for plan in plans]


def _breaks(reading: Reading, plan: str, formats: Formats) -> str:
    say, heading = formats.say, reading.heading(plan)
    limits, first = reading.limiting_hours(plan), reading.first_limit(plan)
    if not limits or first is None:
        worst = reading.worst_limit(plan)
        if worst is None:
            return say("breaks.nothing", plan=heading)
        resource, share = worst
        return say(
            "breaks.seldom",
            plan=heading,
            resource=say(f"resource_in_text.{resource}"),
            share=formats.share(share, 0),
        )
    longest, hours = max(limits.items(), key=lambda item: item[1])
    resource, hour = first
    return say(
        "breaks.waiting" if reading.scenario.promise is None else "breaks.first",
        plan=heading,
        time=formats.moment(reading.scenario.local_time(hour * 60)),
        resource=say(f"resource_in_text.{resource}"),
        longest=say(f"resource_in_text.{longest}"),
        hours=say.count("breaks.hours", hours),
    )
