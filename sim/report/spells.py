"""When disturbances act, for charts: what every run meets alike, told apart from what was drawn for one run of many.

A comparison's curves are means over replications, so only what all of them meet may shade a panel: the windows as
configured. What chance moves (random outages, how late the goods are) is known of one run and shown as such.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sim.ledger import Ledger
from sim.report.formats import Formats
from sim.scenario.disturbances import AbsenceWave, AnyDisturbance, CarrierFailure, Outage, places_of, window_of
from sim.scenario.scenario import Scenario

Span = tuple[float, float]
MOST_IN_WORDS = 3  # windows of one disturbance that are written out


@dataclass(frozen=True, slots=True)
class Spells:
    """When one disturbance acts, in hours from the start, within the run.

    Attributes
    ----------
    label
        Of the disturbance.
    places
        Stages or carriers that it hits; empty where it concerns orders.
    sure
        Of every run that is shown.
    drawn
        Of one run of several.
    """

    label: str
    places: frozenset[str]
    sure: tuple[Span, ...]
    drawn: tuple[Span, ...] = ()

    def hits(self, stage: str | None) -> bool:
        """Whether a stage's workers or its load feel it; anything does where no stage is asked for."""
        if stage is None or not self.places:
            return True
        return stage in self.places or ("release" in self.places and stage != "desk")


def spells_of(scenario: Scenario, ledger: Ledger | None, *, one_run: bool) -> tuple[Spells, ...]:
    """Spells of all disturbances in the scenario's order; those that never act are left out.

    Parameters
    ----------
    scenario
        Whose disturbances.
    ledger
        Of the run that is shown, or of replication 0 of several; without it, as configured.
    one_run
        Whether nothing but that run is shown, so that whatever was drawn for it is sure.
    """
    found = []
    for label, each in scenario.disturbances.items():
        came = happened(ledger, label)
        sure, drawn = (came, []) if one_run and ledger is not None else _told_apart(scenario, each, came)
        spells = Spells(label, places_hit(scenario, each), _within(scenario, sure), _within(scenario, drawn))
        if spells.sure or spells.drawn:
            found.append(spells)
    return tuple(found)


def places_hit(scenario: Scenario, each: AnyDisturbance) -> frozenset[str]:
    """Stages or carriers that a disturbance hits; none where it concerns orders."""
    if isinstance(each, Outage):
        return frozenset(each.stages)
    if isinstance(each, AbsenceWave):
        return frozenset(each.stages) & frozenset(places_of(scenario))
    if isinstance(each, CarrierFailure):
        return frozenset(each.carriers or scenario.carriers)
    return frozenset()


def happened(ledger: Ledger | None, label: str) -> list[Span]:
    """Windows of a disturbance in a run, minutes; one that hits several places counts once."""
    if ledger is None:
        return []
    table = ledger.tables["disturbances"]
    rows = np.flatnonzero(table["label"] == label)
    return sorted({(float(table["begin_min"][row]), float(table["end_min"][row])) for row in rows})


def _told_apart(scenario: Scenario, each: AnyDisturbance, came: list[Span]) -> tuple[list[Span], list[Span]]:
    """What every replication meets, and what the one did beyond that."""
    if isinstance(each, Outage) and each.start is None:
        return [], came
    planned = window_of(scenario, each)
    return [planned], [(planned[1], end) for _, end in came if end > planned[1]]


def _within(scenario: Scenario, spans: list[Span]) -> tuple[Span, ...]:
    """Minutes cut to the run, as hours."""
    last = scenario.horizon_min
    return tuple((max(begin, 0.0) / 60, min(end, last) / 60) for begin, end in spans if end > 0 and begin < last)


def bands(spans: list[Span], last: float, most: int) -> list[tuple[float, float, int]]:
    """Stretches in which at least one spell acts, then those with at least two, up to `most`: begin, end and number.

    Bands lie on one another and never side by side, so that no seam shows where one spell ends inside another. What
    lasts the whole run tells nothing apart and is left out.
    """
    partial = [(begin, end) for begin, end in spans if begin > 0 or end < last]
    edges = sorted({edge for span in partial for edge in span})
    counts = [sum(begin <= edge < end for begin, end in partial) for edge in edges]
    found = []
    for level in range(1, most + 1):
        over = [0, *(count >= level for count in counts)]
        turns = [edge for edge, (before, after) in zip(edges, pairwise(over), strict=True) if before != after]
        found += [(begin, end, level) for begin, end in zip(turns[::2], turns[1::2], strict=True)]
    return found


def span_in_words(scenario: Scenario, begin_min: float, end_min: float, formats: Formats) -> str:
    """``Thu 12 Nov, 10:00 to 14:00``, with the day of its end where that is another; local times."""
    begin, end = scenario.local_time(begin_min), scenario.local_time(end_min)
    until = formats.clock(end) if begin.date() == end.date() else formats.moment(end)
    return formats.say("disturbances.span", begin=formats.moment(begin), end=until)


def with_spells(alt: str, scenario: Scenario, spells: tuple[Spells, ...], formats: Formats) -> str:
    """A chart's text, with what is hatched in it."""
    parts = []
    for each in spells:
        texts = [span_in_words(scenario, begin * 60, end * 60, formats) for begin, end in each.sure]
        texts += [
            formats.say("disturbances.alt_drawn", span=span_in_words(scenario, begin * 60, end * 60, formats))
            for begin, end in each.drawn
        ]
        when = listed_briefly(texts, formats)
        parts.append(formats.say("disturbances.alt_part", label=each.label, when=when))
    return formats.say("disturbances.alt", alt=alt, parts=formats.say("list.sentence").join(parts)) if parts else alt


def listed_briefly(texts: list[str], formats: Formats) -> str:
    """The first few, and how many more there are."""
    more = len(texts) - MOST_IN_WORDS
    shown = texts if more <= 0 else [*texts[:MOST_IN_WORDS], formats.say("disturbances.more", count=more)]
    return formats.say("list.semicolon").join(shown)
