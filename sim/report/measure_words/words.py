"""Words that sentences on several kinds of measures share: triggers, sizes, hours, days, costs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sim.alerting import watched_by_trigger
from sim.report.formats import Formats
from sim.scenario.measures import SizedByHeads, Trigger
from sim.scenario.people import ShiftHours
from sim.scenario.scenario import Scenario
from sim.scenario.types import WEEKDAYS, show_clock


class Words:
    """Parts of sentences.

    Parameters
    ----------
    scenario
        For dates and alert rules.
    formats
        For numbers and texts.
    """

    def __init__(self, scenario: Scenario, formats: Formats) -> None:
        self.scenario, self.formats, self.say = scenario, formats, formats.say

    def size(self, measure: SizedByHeads) -> str:
        """How many people come, as a number or a share."""
        if measure.headcount is not None:
            return self.say.count("measure.people", measure.headcount)
        return self.say("measure.people_share", share=self.formats.share(measure.headcount_share or 0.0))

    def hours(self, hours: ShiftHours | None) -> str:
        """When they work."""
        if hours is None:
            return self.say("measure.with_the_shift")
        days = self.days(hours.weekdays)
        return self.say("measure.hours", start=show_clock(hours.start), end=show_clock(hours.end), days=days)

    def trigger(self, trigger: Trigger) -> list[str]:
        """When it is decided, and when it ends at the latest."""
        say, formats = self.say, self.formats
        watched = watched_by_trigger(trigger, self.scenario.alerts)
        if watched is not None:
            sentence = say(
                f"trigger.{trigger.when}",
                alert=trigger.alert or "",
                metric=say(f"metric.{watched.metric}"),
                unit=say(f"metric_unit.{watched.metric}"),
                level=formats.plain(watched.above),
                clear=formats.plain(watched.clear_below),
                every=formats.duration(watched.every_min),
            )
        elif trigger.at is not None:
            sentence = say("trigger.time", time=self.moment(trigger.at))
        else:
            sentence = say("trigger.start")
        until = [] if trigger.until is None else [say("trigger.until", time=self.moment(trigger.until))]
        return [sentence, *until]

    def moment(self, moment: float | datetime) -> str:
        """A date and a time."""
        return self.formats.moment(self.scenario.local_time(self.scenario.minute(moment)))

    def days(self, weekdays: Sequence[str]) -> str:
        """Which weekdays, as ``daily``, a range or a list."""
        names = self.say.words("date.weekdays")
        chosen = sorted({WEEKDAYS.index(day) for day in weekdays})
        if len(chosen) == 7:
            return self.say("measure.daily")
        if len(chosen) > 2 and chosen[-1] - chosen[0] == len(chosen) - 1:
            return self.say("measure.day_range", first=names[chosen[0]], last=names[chosen[-1]])
        return self.listed([names[day] for day in chosen])

    def cost(self, per: str, amount: float) -> list[str]:
        """What something costs; nothing where it is free."""
        return [self.say(f"measure.cost.{per}", amount=self.formats.money(amount))] if amount > 0 else []

    def listed(self, parts: Sequence[str]) -> str:
        """Parts joined as in a sentence."""
        if len(parts) < 2:
            return "".join(parts)
        return self.say("list.last", head=self.say("list.comma").join(parts[:-1]), last=parts[-1])


Teller = Callable[[Words, Any], list[str]]  # of a measure of one kind: what it does and costs, sentence by sentence
