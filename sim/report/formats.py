"""How numbers, durations, money and dates are written for readers.

Signs and separators come from the catalogue, since languages differ in them. A number that does not exist
(NaN) is written as a dash.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sim.report.messages import SOURCE, Messages, catalogue

if TYPE_CHECKING:
    from sim.scenario.economics import Targets
    from sim.scenario.plan import Plan
    from sim.scenario.scenario import Scenario

NO_BREAK = "\u00a0"  # between a number and its unit


@dataclass(frozen=True, slots=True)
class Formats:
    """Writers of values in one language and one currency.

    Parameters
    ----------
    say
        Catalogue.
    currency
        Three-letter code.
    """

    say: Messages
    currency: str

    @property
    def charts(self) -> Formats:
        """What charts are written with: the same, or English where this machine has no face for the language."""
        if self.say.is_source:
            return self
        from sim.report.charts.faces import has_letters

        return self if has_letters(self.say("language.name")) else replace(self, say=catalogue(SOURCE))

    def given(self, text: str) -> str:
        """A text that a file or a model gives, as charts and tables name it alike."""
        return self.charts.say.given(text)

    def heading(self, named: Scenario | Plan) -> str:
        """Title of a scenario or a plan, as charts and tables name it alike."""
        return self.given(named.heading)

    def number(self, value: float, digits: int = 0) -> str:
        """A plain number with thousands separators."""
        if not math.isfinite(value):
            return self.say("number.none")
        text = f"{abs(value):,.{digits}f}"
        text = text.replace(",", "\0").replace(".", self.say("number.decimal"))
        text = text.replace("\0", self.say("number.thousands"))
        negative = value < 0 and any(digit in text for digit in "123456789")
        return (self.say("number.minus") if negative else "") + text

    def target(self, targets: Targets) -> str:
        """The level of service that is asked for, and that of supply from stock where there is one."""
        service = self.share(targets.service_level_ship)
        if targets.fill_rate is None:
            return service
        return self.say("verdict.service_and_stock", service=service, stock=self.share(targets.fill_rate))

    def share(self, value: float, digits: int = 1) -> str:
        """A share (0-1) in percent; what is not quite all is never written as 100 %."""
        if not math.isfinite(value):
            return self.say("number.none")
        percent = value * 100
        if round(percent, digits) >= 100 > percent + 1e-9:
            percent = math.floor(percent * 10**digits) / 10**digits
        whole = abs(percent - round(percent)) < 1e-9
        return f"{self.number(percent, 0 if whole else digits)}{NO_BREAK}%"

    def duration(self, minutes: float) -> str:
        """Minutes, as minutes, hours or days, whichever reads best."""
        if not math.isfinite(minutes):
            return self.say("number.none")
        size = abs(minutes)
        if size < 90:
            return self.in_unit(minutes, "min")
        return self.in_unit(minutes, "h" if size < 48 * 60 else "days")

    def in_unit(self, minutes: float, unit: str) -> str:
        """Minutes in a given unit; one decimal where the number is small and not whole."""
        value = minutes / {"min": 1.0, "h": 60.0, "days": 1440.0}[unit]
        small = abs(value) < 10 and abs(value - round(value)) >= 0.05
        return self._with_unit(value, 1 if small else 0, unit)

    def seconds(self, value: float) -> str:
        """Seconds of computing time."""
        return self._with_unit(value, 1 if value < 60 else 0, "s")

    def amount(self, value: float) -> str:
        """Money without its currency, for columns whose head names it."""
        return self.number(value, 0 if abs(value) >= 10 or value == round(value) else 2)

    def money(self, value: float) -> str:
        """Money as it was configured, with its currency."""
        if not math.isfinite(value):
            return self.say("number.none")
        return f"{self.currency}{NO_BREAK}{self.number(value, 0 if value == round(value) else 2)}"

    def rough_money(self, value: float) -> str:
        """Money for a sentence, to three figures; in the language's large unit from a million on."""
        if not math.isfinite(value):
            return self.say("number.none")
        if abs(value) >= 1e6:
            return self.say("number.million", currency=self.currency, number=self._three_figures(value / self.large))
        return f"{self.currency}{NO_BREAK}{self._three_figures(value)}"

    def rough_range(self, low: float, high: float) -> str:
        """A range of money for a sentence."""
        if max(abs(low), abs(high)) >= 1e6:
            edges = [self._three_figures(edge / self.large) for edge in (low, high)]
            return self.say("number.million_range", currency=self.currency, low=edges[0], high=edges[1])
        edges = [self._three_figures(edge) for edge in (low, high)]
        return self.say("number.range", currency=self.currency, low=edges[0], high=edges[1])

    @property
    def large(self) -> float:
        """In what large sums are told: millions, or ten thousands."""
        return float(self.say("number.large"))

    def _three_figures(self, value: float) -> str:
        if value == 0:
            return self.number(0)
        digits = 2 - math.floor(math.log10(abs(value)))
        return self.number(round(value, digits), max(0, min(2, digits)))

    def plain(self, value: float) -> str:
        """A configured number with no more digits than it needs, at most four that count."""
        if value == int(value):
            return self.number(value)
        digits = max(1, min(6, 3 - math.floor(math.log10(abs(value)))))
        return self.number(value, digits).rstrip("0").rstrip(self.say("number.decimal"))

    def value(self, value: float, unit: str) -> str:
        """A KPI by its unit."""
        if unit == "share":
            return self.share(value)
        if unit == "min":
            return self.duration(value)
        if unit == "currency":
            return self.amount(value)
        return self.number(value, _digits(value, unit))

    def signed(self, value: float, unit: str) -> str:
        """A difference by its unit, always with its sign; shares in percentage points."""
        if not math.isfinite(value):
            return self.say("number.none")
        text = f"{self.number(abs(value) * 100, 1)}" if unit == "share" else self.value(abs(value), unit)
        if not any(digit in text for digit in "123456789"):
            return text
        return (self.say("number.minus") if value < 0 else "+") + text

    def half_width(self, low: float, high: float, unit: str) -> str:
        """Plus-minus of an interval, empty when there is none; shares in percentage points."""
        half = (high - low) / 2
        if not math.isfinite(half):
            return ""
        text = self.number(half * 100, 1) if unit == "share" else self.value(half, unit)
        return self.say("number.plus_minus", value=text)

    def clock(self, moment: datetime) -> str:
        """``14:00``."""
        return f"{moment.hour:02d}:{moment.minute:02d}"

    def day(self, moment: datetime) -> str:
        """``Tue 11 Nov``."""
        text = self.say("date.day", day=moment.day, month=self.say.words("date.months")[moment.month - 1])
        return self.say("date.with_weekday", weekday=self.say.words("date.weekdays")[moment.weekday()], date=text)

    def tick(self, moment: datetime) -> str:
        """``11 Nov``, as short as the language has it, for time axes."""
        return self.say("date.tick", day=moment.day, month=self.say.words("date.tick_months")[moment.month - 1])

    def moment(self, moment: datetime) -> str:
        """``Tue 11 Nov 14:00``, to the minute."""
        near = (moment + timedelta(seconds=30)).replace(second=0, microsecond=0)
        return self.say("date.moment", day=self.day(near), time=self.clock(near))

    def _with_unit(self, value: float, digits: int, unit: str) -> str:
        name = self.say(f"unit.{unit}")
        return f"{self.number(value, digits)}{NO_BREAK}{name}"


def _digits(value: float, unit: str) -> int:
    """Decimals of a unit that has no writer of its own."""
    if unit == "orders":
        return 1 if abs(value) < 100 and value != round(value) else 0
    if unit == "m3":
        return 1 if abs(value) < 100 else 0
    return {"1-5": 2, "h": 1, "contacts": 1, "orders/h": 1, "SKU-days": 1}.get(unit, 0)
