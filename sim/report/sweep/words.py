"""Sentences on a sweep: the plan to choose where, how far the campaign may go, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from markupsafe import Markup

from sim.experiment.choice import asked_for
from sim.report.outcomes import brings
from sim.report.sweep.axes import Axis
from sim.report.sweep.reading import SweepReading
from sim.statistics.intervals import exact_share

MOST_RANGES = 8  # of one figure that a sentence can hold
FEWEST_FOR_CHOICE = 2  # replications: one shows nothing of the probability


def headline(reading: SweepReading) -> Markup:
    """The answer in a sentence or two."""
    return reading.formats.say.html("list.sentence").join(
        each for each in (_verdict(reading), reach_in_words(reading)) if each
    )


def _verdict(reading: SweepReading) -> Markup:
    say, points = reading.formats.say, len(reading.points)
    if not reading.due:
        return say.html("sweep.headline.nothing_due", points=reading.formats.number(points))
    if not reading.held:
        return _none(reading)
    if points == 1:
        return _figures(reading, 0, str(reading.winners[0]), "one")
    count = reading.formats.number(points)
    if reading.held == points and len(reading.wins) == 1:
        return say.html("sweep.headline.everywhere", plan=reading.heading(next(iter(reading.wins))), points=count)
    plans = [plan for plan in reading.plans if plan in reading.wins]
    winners = _listed([_won(reading, plan, first=plan == plans[0]) for plan in plans], reading)
    if reading.held == points:
        return say.html("sweep.headline.all", points=count, winners=winners)
    lost = _range_text(reading, None, named=False)
    rest = points - reading.held
    nothing = (
        say("sweep.headline.nothing_at", where=lost)
        if lost
        else say.count("sweep.headline.nothing", rest, figure=reading.formats.number(rest))
    )
    held = reading.formats.number(reading.held)
    return say.html("sweep.headline.some", held=held, points=count, winners=winners, nothing=nothing)


def _none(reading: SweepReading) -> Markup:
    closest = reading.closest
    assert closest is not None
    return _figures(reading, *closest, "none_of_one" if len(reading.points) == 1 else "none")


def _figures(reading: SweepReading, point: int, plan: str, key: str) -> Markup:
    """A sentence on one plan at one point."""
    formats, standing = reading.formats, reading.standing(point, plan)
    return formats.say.html(
        f"sweep.headline.{key}",
        plan=reading.heading(plan),
        brings=_brings(reading, point, plan),
        met=formats.number(standing.met),
        of=formats.number(standing.of),
        where=reading.space.where(point),
        points=formats.number(len(reading.points)),
    )


def _brings(reading: SweepReading, point: int, plan: str) -> Markup:
    standing = reading.standing(point, plan)
    spans = {kpi: standing.kpis[kpi].own for kpi in asked_for(reading.results.targets(point))}
    return brings(spans, standing.missed, reading.formats, only=not standing.holds, intervals=False)


def _won(reading: SweepReading, plan: str, *, first: bool) -> Markup:
    """A plan, and where it is the one to choose: over which values of the one figure, or at how many points."""
    say = reading.formats.say
    where = _range_text(reading, plan, named=first) or say(
        "sweep.headline.at", count=reading.formats.number(reading.wins[plan])
    )
    return say.html("sweep.headline.winner", plan=reading.heading(plan), where=where)


def _listed(parts: Sequence[Markup], reading: SweepReading) -> Markup:
    say = reading.formats.say
    if len(parts) == 1:
        return parts[0]
    return say.html("list.last", head=say.html("list.comma").join(parts[:-1]), last=parts[-1])


def _range_text(reading: SweepReading, plan: str | None, *, named: bool) -> str:
    """Over which values of the one figure a plan is chosen, None: nothing holds; empty where there are several.

    With `named` the figure is named too.
    """
    axes = reading.space.axes
    if reading.space.shape != "line":
        return ""
    (axis,) = axes
    order = sorted(reading.points, key=lambda point: axis.places[point])
    spans: list[list[int]] = []
    for winner, points in groupby(order, key=lambda point: reading.winners[point]):
        if winner == plan:
            spans.append(list(points))
    if len(spans) > MOST_RANGES:
        return ""
    say = reading.formats.say
    texts = [_span(reading, axis, span) for span in spans]
    values = say("list.comma").join(texts)
    return say("sweep.headline.over" if named else "sweep.headline.over_too", figure=axis.label, values=values)


def _span(reading: SweepReading, axis: Axis, points: Sequence[int]) -> str:
    texts = [axis.text(point) for point in points]
    if len(texts) == 1:
        return texts[0]
    if not axis.numeric:
        return reading.formats.say("list.comma").join(texts)
    return reading.formats.say("sweep.headline.span", low=texts[0], high=texts[-1])


def reach_in_words(reading: SweepReading) -> Markup:
    """How far the campaign may go; empty where no figure of the demand varies or nothing holds."""
    say, reach = reading.formats.say, reading.reach
    if reach is None:
        return Markup("")
    axis, texts = reach.axis, reach.axis.texts
    top = reach.best == len(texts) - 1
    scattered = reading.space.shape == "scatter"
    if reach.safe == reach.best and not scattered:
        if top:
            key = "all_alone" if len(reading.space.axes) == 1 else "all"
            return say.html(f"sweep.reach.{key}", figure=axis.label, best=texts[reach.best])
        return say.html("sweep.reach.limit", figure=axis.label, best=texts[reach.best], beyond=texts[reach.best + 1])
    others = [
        say("sweep.figure_is", figure=other.label, value=other.text(reach.at))
        for other in reading.space.axes
        if other is not axis
    ]
    key = "again" if not others else "scattered" if scattered else "some"
    if reach.safe is None:
        key = {"again": "again", "scattered": "scattered_never", "some": "never"}[key]
    text = say.html(
        f"sweep.reach.{key}",
        figure=axis.label,
        safe=texts[reach.safe] if reach.safe is not None else "",
        best=texts[reach.best],
        plan=reading.heading(str(reading.winners[reach.at])),
        where=say("list.comma").join(others),
    )
    return text


def certainty(reading: SweepReading) -> str:
    """What the choice rests on, and how sure it is."""
    say, formats = reading.formats.say, reading.formats
    sentences = [_rule(reading)] if reading.due else []
    few, many = formats.number(reading.fewest), formats.number(reading.most)
    if reading.fewest == reading.most:
        sentences.append(say.count("sweep.certainty.replications", reading.fewest, figure=few))
    else:
        sentences.append(say("sweep.certainty.between", few=few, many=many))
    if reading.due:
        sentences += _bound(reading)
    if reading.results.enough is not None:
        sentences.append(precision_in_words(reading))
    if reading.due:
        sentences.append(say("sweep.certainty.same"))
    missing = len(reading.results.failures)
    if missing:
        sentences.append(say.count("sweep.certainty.failed", missing, figure=formats.number(missing)))
    return say("list.sentence").join(sentences)


def _rule(reading: SweepReading) -> str:
    say, targets = reading.formats.say, reading.results.scenario.targets
    if any(path.partition(".")[0] == "targets" for path in reading.space.paths):
        return say("sweep.certainty.rule_varied")
    return say(
        "sweep.certainty.rule",
        target=reading.formats.target(targets),
        wanted=reading.formats.share(targets.probability),
    )


def _bound(reading: SweepReading) -> list[str]:
    """What so many replications can say of a probability at all, where that is less than was asked for."""
    if reading.fewest < FEWEST_FOR_CHOICE:
        return [reading.formats.say("sweep.certainty.once")]
    _, low, _ = exact_share(reading.fewest, reading.fewest)
    wanted = reading.results.scenario.targets.probability
    if low >= wanted:
        return []
    formats = reading.formats
    return [
        formats.say(
            "sweep.certainty.bound",
            number=formats.number(reading.fewest),
            low=formats.share(low, 0),
            wanted=formats.share(wanted, 0),
        )
    ]


def precision_in_words(reading: SweepReading) -> str:
    """The precision asked for, and whether it was reached."""
    say, formats, enough = reading.formats.say, reading.formats, reading.results.enough
    assert enough is not None
    relative = enough.precision.relative
    wanted = say(
        "sweep.precision.wanted_absolute" if relative is None else "sweep.precision.wanted",
        relative=formats.share(relative or 0.0),
        kpis=say("list.comma").join(say(f"kpi.{kpi}.label") for kpi in enough.kpis),
    )
    unsettled = reading.results.unsettled
    if not unsettled:
        return f"{wanted} {say('sweep.precision.reached')}"
    points = len({each.point for each in unsettled})
    return f"{wanted} " + say.count(
        "sweep.precision.missed",
        len(unsettled),
        figure=formats.number(len(unsettled)),
        at=say.count("sweep.precision.points", points, figure=formats.number(points)),
        most=formats.number(enough.precision.at_most),
    )
