"""What a plan brings of what the targets ask for, as part of a sentence: what it misses first."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from markupsafe import Markup

from sim.experiment.choice import Span
from sim.report.formats import Formats


def brings(
    spans: Mapping[str, Span], missed: Collection[str], formats: Formats, *, only: bool, intervals: bool
) -> Markup:
    """As in "supplies only 93 % of the units asked for from stock, ships 99 % of orders on time".

    Parameters
    ----------
    spans
        Share by KPI, of those that the targets ask for; what was not measured is left out.
    missed
        KPIs whose target is met too seldom.
    only
        Whether what is missed is said to be "only" so much.
    intervals
        Whether 95 % intervals are told.
    """
    say, told = formats.say, []
    for kpi in sorted(spans, key=lambda each: each not in missed):
        span = spans[kpi]
        if not span.known:
            continue
        text = say.html(
            f"verdict.only.{kpi}" if only and kpi in missed else f"verdict.brings.{kpi}", share=formats.share(span.mean)
        )
        if intervals:
            edges = formats.share(max(0.0, span.low)), formats.share(min(1.0, span.high))
            text = say.html("list.in_brackets", text=text, added=say("verdict.interval", low=edges[0], high=edges[1]))
        told.append(text)
    return say.html("list.clause").join(told)
