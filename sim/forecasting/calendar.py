"""Days that are not like others: holidays of a country, campaigns past and planned, figures from outside by date.

Holidays come from the library ``holidays`` (extra ``forecast``), lunar ones and observed days among them. A campaign is
known by its type and depth (share of the price taken off): only those can be compared with each other. Figures from
outside (spending on ads, a market index) must be known for the days ahead too, else they can't help.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

HEADING = "the calendar can't be used"


@dataclass(frozen=True)
class Campaign:
    """A campaign, past or planned.

    Attributes
    ----------
    name
        For people; unique.
    type
        What kind it was (discount, gift, free_shipping, ...): campaigns of one type are compared with each other.
    depth
        Share of the price taken off, in [0, 1); 0 where nothing is.
    start, end
        First and last day.
    """

    name: str
    type: str
    depth: float
    start: date
    end: date
