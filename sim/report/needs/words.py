"""Names of needs, targets and dates for readers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sim.planning.needs.dates import KeyDate, missing
from sim.planning.needs.need import Need
from sim.planning.needs.result import Needs
from sim.planning.needs.stocking import STOCKED
from sim.planning.needs.stretches import day_named
from sim.planning.needs.targets import FILL
from sim.report.formats import Formats

if TYPE_CHECKING:
    import pandas as pd

MOST_NAMED = 3  # needs in a headline
TEAMS = ("marketing", "warehouse", "carriers", "service_desk")


@dataclass(frozen=True, slots=True)
class Event:
    """A key date in words.

    Parameters
    ----------
    key
        The same for the same date of the same scenario, whenever it is written.
    moment
        Local time, or a day.
    """

    key: str
    moment: date | datetime
    title: str
    about: str
    team: str


def records(table: pd.DataFrame) -> Iterator[Any]:
    """Rows of a table, their cells by name."""
    return iter(table.itertuples(index=False))


def as_moment(day: date) -> datetime:
    """A day as the writers of dates want it."""
    return datetime(day.year, day.month, day.day)


def unit_of(need: Need, formats: Formats) -> str:
    """What it is counted in."""
    if need.kind in STOCKED:
        return formats.say(f"needs_stock.unit.{need.kind}")
    return formats.say(f"needs.unit.{need.owner if need.kind == 'staff' else need.kind}")


def count_of(need: Need, number: int, formats: Formats) -> str:
    """So many of it."""
    shown = formats.number(number)
    if need.kind in STOCKED:
        return formats.say.count(f"needs_stock.count.{need.kind}", number, shown=shown)
    return formats.say.count(f"needs.count.{need.owner if need.kind == 'staff' else need.kind}", number, shown=shown)


def name_of(found: Needs, need: Need, formats: Formats) -> str:
    """What it is called."""
    say, owner = formats.say, need.owner.replace("_", " ")
    if need.kind == "staff":
        assert need.stretch is not None
        first, last = (formats.day(as_moment(each)) for each in day_named(need.stretch, found.scenario))
        if first == last:
            return say("needs.name.staff_day", stage=say(f"stage.{need.owner}"), first=first)
        return say("needs.name.staff", stage=say(f"stage.{need.owner}"), first=first, last=last)
    if need.kind == "stations":
        return say("needs.name.stations", stage=say(f"stage.{need.owner}"))
    if need.kind in STOCKED:
        return say(f"needs_stock.name.{need.kind}", owner=owner)
    return say(f"needs.name.{need.kind}", owner=owner, visit=need.part.replace("_", " "))


def target_name(kpi: str, formats: Formats) -> str:
    """What a target asks for."""
    return formats.say("needs_stock.target.fill_rate" if kpi == FILL else f"needs.target.{kpi}")


def targets_in_words(found: Needs, formats: Formats) -> str:
    """All targets."""
    say = formats.say
    return say("list.comma").join(
        say("needs.target_text", name=target_name(each.kpi, formats), level=formats.share(each.level, 0))
        for each in found.targets
    )


def gaps(found: Needs) -> list[tuple[Need, int]]:
    """Needs of which something is missing, binding ones first, then those that lack the largest part."""
    binding = {each.need.key for each in found.binding}
    lacking = [(need, missing(need, found.amounts)) for need in found.needs]
    return sorted(
        (each for each in lacking if each[1]),
        key=lambda each: (each[0].key not in binding, -each[1] / max(1, sum(each[0].present))),
    )


def missing_in_words(found: Needs, formats: Formats) -> str:
    """The largest gaps, for a sentence."""
    say, lacking = formats.say, gaps(found)
    parts = [
        say(
            "needs.missing_one",
            count=count_of(need, count, formats),
            name=name_of(found, need, formats),
        )
        for need, count in lacking[:MOST_NAMED]
    ]
    left = len(lacking) - len(parts)
    rest = say("needs.missing_more", count=formats.number(left)) if left > 0 else ""
    return say("list.comma").join(parts) + rest


def events(found: Needs, formats: Formats) -> list[Event]:
    """Key dates in words, in order."""
    return [
        Event(
            "/".join((found.scenario.name, each.event, each.need, *each.skus[:1])),
            each.moment,
            title_of(found, each, formats),
            _about(found, each, formats),
            team_in_words(each.team, formats),
        )
        for each in found.dates
    ]


def title_of(found: Needs, when: KeyDate, formats: Formats) -> str:
    """What happens on a date."""
    if not when.need:
        return formats.say(f"needs.event.{when.event}")
    need = found.named(when.need)
    if when.event in ("order", "bake"):
        return formats.say(
            f"needs_stock.event.{when.event}",
            count=count_of(need, when.missing, formats),
            owner=need.owner.replace("_", " "),
            skus=skus_in_words(when.skus, formats),
        )
    return formats.say(
        "needs.event.book",
        count=count_of(need, when.missing, formats),
        name=name_of(found, need, formats),
    )


def _about(found: Needs, when: KeyDate, formats: Formats) -> str:
    say = formats.say
    if when.event in ("order", "bake"):
        return _about_stock(found, when, formats)
    if when.event == "book":
        need = found.named(when.need)
        cut = next((each for each in found.binding if each.need.key == when.need), None)
        told = say(
            "needs.about.book",
            needed=formats.number(found.total(need)),
            present=formats.number(sum(need.present)),
            days=formats.number(found.leads.of(need)),
        )
        if cut is None:
            return told
        binds = say("needs.about.book_binding", cut=formats.number(sum(cut.amounts)), share=formats.share(cut.share))
        return say("list.sentence").join([told, binds])
    orders = found.closed.expected.reshape(-1, 48).sum(axis=1).max() if len(found.closed.expected) else 0.0
    time = formats.clock(when.moment) if isinstance(when.moment, datetime) else ""
    return say(f"needs.about.{when.event}", orders=formats.number(float(orders)), time=time)


def skus_in_words(names: Sequence[str], formats: Formats) -> str:
    """The first few of them."""
    shown = formats.say("list.comma").join(names[:MOST_NAMED])
    left = len(names) - MOST_NAMED
    return formats.say("needs_stock.more_skus", shown=shown, count=formats.number(left)) if left > 0 else shown


def _about_stock(found: Needs, when: KeyDate, formats: Formats) -> str:
    need, supply = found.named(when.need), found.closed.supply
    assert supply is not None
    hours = found.amounts.get(f"oven.{need.owner}", (0,))[0]
    return formats.say(
        f"needs_stock.about.{when.event}",
        needed=formats.day(as_moment(supply.needed_on)),
        amount=formats.number(found.total(need)),
        present=formats.number(sum(need.present)),
        hours=formats.number(hours),
    )


def when_of(moment: date | datetime, formats: Formats) -> str:
    """A day, with the time where it matters."""
    return formats.moment(moment) if isinstance(moment, datetime) else formats.day(as_moment(moment))


def team_in_words(team: str, formats: Formats) -> str:
    """A team's name."""
    return formats.say(f"team.{team}")
