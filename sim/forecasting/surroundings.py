"""What is known of any day beforehand, as columns of a regression on the logarithm of the level.

One column says that a day is a holiday, further ones which; the latter are drawn towards zero, so that a holiday seen
once does not stand on one day alone. A campaign enters by its type: with a depth d as -ln(1 - d), so that the
coefficient is an elasticity (Tellis 1988), without one as a plain yes. In weekly histories a holiday counts when it
lies in the week, a campaign by its share of the week's days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from sim.forecasting.calendar import Campaign
from sim.forecasting.history import Dates, Flags, Floats

HOLIDAY_PENALTY = 3.0  # as if three ordinary occurrences had been seen
NAME_PENALTY = 2.0
OUTSIDE_PENALTY = 1.0
CAMPAIGN_PENALTY = 0.001  # next to none: a campaign is what is asked about


@dataclass(frozen=True)
class Column:
    """One column of the regression.

    Attributes
    ----------
    kind
        holiday, campaign or outside.
    name
        Of it.
    penalty
        Ridge penalty, in squares of the column.
    """

    kind: str
    name: str
    penalty: float


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What is known of days.

    Attributes
    ----------
    holidays
        Day -> names.
    campaigns
        Past and planned ones.
    outside
        Name -> figures by period, those of the history first and those ahead behind them.
    first
        First day of the first period.
    step
        Days of a period.
    """

    first: date
    step: int = 1
    holidays: Mapping[date, Sequence[str]] = field(default_factory=dict)
    campaigns: tuple[Campaign, ...] = ()
    outside: Mapping[str, Floats] = field(default_factory=dict)

    def table(self, dates: Dates) -> tuple[list[Column], Floats]:
        """Columns, and their values in the periods of `dates`, which follow each other from the first; shape (n, p)."""
        named = self._named_holidays(dates)
        columns: list[Column] = []
        values: list[Floats] = []
        if named:
            columns.append(Column("holiday", "", HOLIDAY_PENALTY))
            values.append(np.any(list(named.values()), axis=0).astype(np.float64))
            if len(named) > 1:
                columns += [Column("holiday", name, NAME_PENALTY) for name in named]
                values += [flags.astype(np.float64) for flags in named.values()]
        for name, intensity in self._intensities(dates).items():
            columns.append(Column("campaign", name, CAMPAIGN_PENALTY))
            values.append(intensity)
        for name, series in self.outside.items():
            columns.append(Column("outside", name, OUTSIDE_PENALTY))
            values.append(series[: len(dates)])
        return columns, np.column_stack(values) if values else np.zeros((len(dates), 0))

    def _named_holidays(self, dates: Dates) -> dict[str, Flags]:
        """Name -> which periods have it, for the holidays of the time."""
        found: dict[str, Flags] = {}
        for day, names in self.holidays.items():
            place = self._period(day)
            if 0 <= place < len(dates):
                for name in names:
                    found.setdefault(name, np.zeros(len(dates), dtype=np.bool_))[place] = True
        return found

    def holiday_names(self, dates: Dates) -> list[tuple[str, ...]]:
        """Names of the holidays in each of the periods."""
        names: list[list[str]] = [[] for _ in dates]
        for day, own in self.holidays.items():
            place = self._period(day, dates)
            if 0 <= place < len(dates):
                names[place] += own
        return [tuple(dict.fromkeys(each)) for each in names]

    def campaign_names(self, dates: Dates, wanted: Sequence[Campaign]) -> list[str]:
        """Name of the campaign in each of the periods, empty where there is none."""
        names = [""] * len(dates)
        for campaign in wanted:
            for place in sorted({self._period(day, dates) for day in days_of(campaign)}):
                if 0 <= place < len(dates):
                    names[place] = campaign.name
        return names

    def _intensities(self, dates: Dates) -> dict[str, Floats]:
        found: dict[str, Floats] = {}
        for campaign in self.campaigns:
            for day in days_of(campaign):
                place = self._period(day)
                if 0 <= place < len(dates):
                    column = found.setdefault(key_of(campaign), np.zeros(len(dates)))
                    column[place] += strength(campaign) / self.step
        return found

    def _period(self, day: date, dates: Dates | None = None) -> int:
        first = self.first if dates is None else dates[0].astype("datetime64[D]").astype(object)
        return (day - first).days // self.step


def days_of(campaign: Campaign) -> list[date]:
    """Its days."""
    return [campaign.start + timedelta(days=n) for n in range((campaign.end - campaign.start).days + 1)]


def key_of(campaign: Campaign) -> str:
    """Column of a campaign: those with a discount and those without are different things."""
    return campaign.type if campaign.depth == 0 else f"{campaign.type} (price)"


def strength(campaign: Campaign) -> float:
    """What its coefficient is multiplied by: -ln(1 - depth), or 1 where nothing is taken off the price."""
    return float(-np.log1p(-campaign.depth)) if campaign.depth > 0 else 1.0
