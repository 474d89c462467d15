"""Figures that are assumptions, with the ranges in which they may lie: what a tornado is drawn over.

The comment beside a figure says how far it may be off (:mod:`sim.scenario.ranges`). A range is for one figure at a
time, the others as they stand, with one exception: shares of carriers and of channels add up to 1, so that the others
make room in proportion. What has no range, or one that the models refuse, is told with the reason and never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from sim.errors import InputError, Problem, nearest
from sim.experiment.laboratory.design import flat
from sim.scenario.fields import locate
from sim.scenario.plan import Plan
from sim.scenario.problems import shorten
from sim.scenario.provenance import COMMAND_LINE, is_within, source_of
from sim.scenario.ranges import is_fixed, range_of, ranges_of
from sim.scenario.scenario import Scenario
from sim.scenario.variation import PLAN, Values, Variations, written

End = Literal["low", "high"]
ENDS: tuple[End, End] = ("low", "high")
HEADING = "the figures can't be explained"
_CLOCK = re.compile(r"\d\d:\d\d(:\d\d)?")
_SHARED = (("carriers",), ("desk", "channels"))  # what lies below has shares that add up to 1


@dataclass(frozen=True, slots=True)
class Assumption:
    """A figure that may be another.

    Attributes
    ----------
    path
        As in ``path=value`` on the command line.
    base
        As it stands: a number, or a clock time as text.
    ends
        What it may be, by end; an end that the models refuse is left out.
    unit, about
        As the models say; both may be empty.
    given
        Whether the user gave the range.
    makes_room
        Whether the other shares change with it, so that they add up to 1.
    """

    path: str
    base: Any
    ends: Mapping[End, Any]
    unit: str
    about: str
    given: bool
    makes_room: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A figure, or one end of its range, that is not tried, and why.

    Attributes
    ----------
    path
        Which figure.
    end
        ``low``, ``high``, or empty: both.
    value
        What it would have been; None where there is no range.
    kind
        ``fixed`` (the source says so), ``no_range``, ``given`` (on the command line, with no source) or ``refused``
        (by the models, together with the other figures).
    reason
        The source's words, or the models'.
    """

    path: str
    end: End | Literal[""]
    value: Any
    kind: Literal["fixed", "no_range", "given", "refused"]
    reason: str


def assumptions_of(
    base: Variations, figures: Mapping[str, Any] | None = None, only: Sequence[str] = ()
) -> tuple[list[Assumption], list[LeftOut]]:
    """Figures of the scenario and of all plans that have a range, and those that have none.

    Parameters
    ----------
    base
        A scenario and plans.
    figures
        Path -> ``[low, high]``: ranges of the user's own, in place of those that sources name or beside them.
    only
        Paths; what lies below none of them is left out unsaid. Figures given by the user stay.

    Raises
    ------
    InputError
        With every problem: an unknown path in `figures`, an end that the models refuse there, no range, no figure
        below a path of `only`.
    """
    own = dict(flat(figures or {}))
    found, left = _from_sources(base)
    problems = [*_unusable(own), *_nothing_below(only, [*found, *left], own)]
    if only:
        found = [each for each in found if _chosen(each.path, only)]
        left = [each for each in left if _chosen(each.path, only)]
    found = [each for each in found if each.path not in own]
    left = [each for each in left if each.path not in own]
    usable: list[Assumption] = []
    for assumption in found:
        kept, refused = _tried(base, assumption)
        left += [LeftOut(assumption.path, end, assumption.ends[end], "refused", why) for end, why, _ in refused]
        usable += [kept] if kept.ends else []
    for path, ends in own.items():
        if not any(problem.place == f"figures.{path}" for problem in problems):
            kept, refused = _tried(base, _given_by_user(base, path, ends))
            problems += [problem for _, _, inner in refused for problem in inner]
            usable.append(kept)
    if not problems and not usable:
        remedy = "none has a range to try: give some, figures={PATH:[LOW,HIGH]}"
        problems = [Problem("figures", "", remedy)]
        problems += [Problem(each.path, shorten(each.value), each.reason) for each in left if each.kind == "refused"]
    if problems:
        raise InputError(dict.fromkeys(problems), HEADING)
    return usable, left


def values_at(base: Variations, assumption: Assumption, end: End) -> Values:
    """What to set so that a figure is at an end of its range."""
    value = assumption.ends[end]
    if not assumption.makes_room:
        return {assumption.path: value}
    *group, own, last = assumption.path.split(".")
    shares = {name: each["share"] for name, each in _below(_given(base.scenario), group).items() if name != own}
    rest = sum(shares.values())
    moved = {".".join((*group, name, last)): share * (1 - value) / rest for name, share in shares.items()}
    return {assumption.path: value, **moved}


# --- finding them -------------------------------------------------------------------------------------------------


def _from_sources(base: Variations) -> tuple[list[Assumption], list[LeftOut]]:
    found: list[Assumption] = []
    left: list[LeftOut] = []
    models: list[tuple[str, Scenario | Plan]] = [("", base.scenario)]
    models += [(f"{PLAN}{name}.", plan) for name, plan in base.plans.items()]
    for lead, model in models:
        given = _given(model)
        for place, value in _leaves(given):
            told = source_of(model.sources, place)
            each = _judged(model, given, lead, place, value, told)
            if isinstance(each, Assumption):
                found.append(each)
            elif each is not None:
                left.append(each)
    return found, _together(left)


def _judged(
    model: Scenario | Plan, given: Mapping[str, Any], lead: str, place: str, value: Any, told: str
) -> Assumption | LeftOut | None:
    """What a leaf is: an assumption with its range, one without, or nothing of the kind."""
    path = f"{lead}{place}"
    if told == COMMAND_LINE:
        return LeftOut(path, "", None, "given", told) if _is_figure(value) else None
    span = range_of(told, place) if _is_figure(value) else None
    if span is None:
        if not re.search(r"\bassum", told, re.IGNORECASE):
            return None
        if is_fixed(told):
            return LeftOut(path, "", None, "fixed", told)
        lacking = _is_figure(value) and not ranges_of(told)  # else the range is a neighbour's on the same line
        return LeftOut(path, "", None, "no_range", told) if lacking else None
    try:
        ends = {end: _as_written(text, value) for end, text in zip(ENDS, (span.low, span.high), strict=True)}
    except ValueError:
        return LeftOut(path, "", None, "refused", f"{span.low}-{span.high} is no range of whole numbers")
    return _assumption(type(model), given, lead, place, value, ends)


def _assumption(
    model: type[BaseModel],
    given: Mapping[str, Any],
    lead: str,
    place: str,
    base: Any,
    ends: Mapping[End, Any],
    *,
    by_user: bool = False,
) -> Assumption:
    spot = locate(model, place.split("."), given)
    if spot.field is None:  # a number of a list is what its list is
        spot = locate(model, place.split(".")[:-1], given)
    *group, _, last = ["", "", *place.split(".")]
    shared = last == "share" and not lead and tuple(group[2:]) in _SHARED and len(_below(given, group[2:])) > 1
    return Assumption(f"{lead}{place}", base, dict(ends), spot.unit, spot.about, by_user, shared)


def _given_by_user(base: Variations, path: str, ends: Sequence[Any]) -> Assumption:
    lead, place, model = "", path, base.scenario if not path.startswith(PLAN) else None
    if model is None:
        name, _, place = path.removeprefix(PLAN).partition(".")
        lead, plan = f"{PLAN}{name}.", base.plans.get(name)
        if plan is None or not place:  # refused where it is tried
            return Assumption(path, None, dict(zip(ENDS, ends, strict=True)), "", "", True)
        return _own(plan, lead, place, ends)
    return _own(model, lead, place, ends)


def _own(model: Scenario | Plan, lead: str, place: str, ends: Sequence[Any]) -> Assumption:
    whole = model.model_dump(mode="json", by_alias=True)
    try:
        base: Any = _below(whole, place.split("."))
    except (KeyError, IndexError, ValueError, TypeError):
        base = None
    if isinstance(base, float):
        ends = [float(end) if isinstance(end, int) and not isinstance(end, bool) else end for end in ends]
    return _assumption(type(model), whole, lead, place, base, dict(zip(ENDS, ends, strict=True)), by_user=True)


def _tried(base: Variations, assumption: Assumption) -> tuple[Assumption, list[tuple[End, str, tuple[Problem, ...]]]]:
    """The assumption with the ends that the models take, and the others with what they say."""
    refused: list[tuple[End, str, tuple[Problem, ...]]] = []
    for end in assumption.ends:
        try:
            base.check([values_at(base, assumption, end)])
        except InputError as error:
            refused.append((end, "; ".join(str(problem) for problem in error.problems), error.problems))
    wrong = {end for end, _, _ in refused}
    ends = {end: value for end, value in assumption.ends.items() if end not in wrong}
    kept = Assumption(
        assumption.path,
        assumption.base,
        ends,
        assumption.unit,
        assumption.about,
        assumption.given,
        assumption.makes_room,
    )
    return kept, refused


# --- what is wrong with what the user gave ------------------------------------------------------------------------


def _unusable(own: Mapping[str, Any]) -> Iterator[Problem]:
    for path, ends in own.items():
        if (
            not isinstance(ends, (list, tuple))
            or len(ends) != 2
            or ends[0] == ends[1]
            or not all(map(_is_figure, ends))
        ):
            yield Problem(f"figures.{path}", shorten(ends), "needs two ends, numbers or clock times: [LOW,HIGH]")


def _nothing_below(
    only: Sequence[str], found: Sequence[Assumption | LeftOut], own: Mapping[str, Any]
) -> Iterator[Problem]:
    paths = [*(each.path for each in found), *own]
    steps = [path.split(".") for path in paths]
    known = dict.fromkeys(".".join(each[:depth]) for each in steps for depth in range(1, len(each) + 1))
    for name in only:
        if name not in known:
            yield Problem("only", name, f"no figure with a range lies there{nearest(name, known)}")


def _chosen(path: str, only: Sequence[str]) -> bool:
    return any(is_within(path, each) for each in only)


# --- figures as they are written ----------------------------------------------------------------------------------


def _given(model: Scenario | Plan) -> dict[str, Any]:
    """What was given, as it would be written: clock times as text."""
    return {name: value for name, value in written(model, "json").items() if name not in {"sources", "follows"}}


def _leaves(content: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(content, (Mapping, list)):
        pairs = content.items() if isinstance(content, Mapping) else enumerate(content)
        for key, value in pairs:
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    else:
        yield path, content


def _below(content: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        content = content[int(step)] if isinstance(content, list) else content[step]
    return content


def _is_figure(value: Any) -> bool:
    """Whether a value is a number or a clock time."""
    if isinstance(value, str):
        return _CLOCK.fullmatch(value) is not None
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _as_written(end: str, beside: Any) -> Any:
    """An end of a range as the figure beside it is written; ValueError where that is a whole number and it is none."""
    if ":" in end:
        return end
    return int(end) if isinstance(beside, int) else float(end)


def _together(left: Sequence[LeftOut]) -> list[LeftOut]:
    """Numbers of one list told once, by the path of the list."""
    found: dict[tuple[str, str], LeftOut] = {}
    for each in left:
        head, _, last = each.path.rpartition(".")
        path = head if last.isdigit() else each.path
        found.setdefault((path, each.reason), LeftOut(path, each.end, each.value, each.kind, each.reason))
    return list(found.values())
