"""What a reader of a forecast should know about it: a key and its figures, to be said in any language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

TEXTS: dict[str, str] = {
    "file": "{file}: {periods} {unit} from {first} to {last}",
    "reader": "{key}: {value}",
    "closed_weekdays": "no orders on {weekdays}: taken for closed, and forecast as 0",
    "closed_days": "{count} days without orders where some were to be expected ({days}): taken for closed and left "
    "out of the fit",
    "gaps": "{count} missing {unit} ({which}) {how}",
    "no_yearly_season": "{periods} {unit} of history: less than two years, so no season of the year can be told; "
    "expect no Christmas that the campaigns and holidays don't bring",
    "no_library": "without {library} ({remedy}): {lost}",
    "model_failed": "{model} could not be fitted ({reason}) and was left out",
    "few_windows": "only {windows} test windows fit into the history: accuracy and intervals are rough",
    "short_backtest": "windows of {tested} {unit} could be tested; beyond them the doubt is extended by a square root",
    "naive_best": "no model was better than seasonal naive, which is therefore used",
    "unknown_campaigns": "planned campaigns of a type or depth that the history does not have: {names}; the forecast "
    "is without them, so that a scenario may add them with demand.campaign",
    "beyond_known_depth": "planned campaigns deeper than any in the history: {names}; their uplift is extrapolated",
    "unexplained_days": "days far from anything the model knows: {days}; if they were campaigns, say so in a calendar "
    "of campaigns",
    "spread": "weekly figures spread over the days of the week in equal shares",
    "not_orders": "what is forecast is {measure}, not orders: a scenario wants it divided by the mean per order",
    "budget": "the time for tests was used up: {done} of {wanted} test windows",
    "sku_budget": "{fitted} of {wanted} SKUs by AutoETS in {seconds} s ({per_series} s a series); the other {rest} by "
    "Croston or naive",
    "sku_sum": "the SKUs' forecasts add up to {sum} units; they are not made to fit the total",
}


@dataclass(frozen=True)
class Note:
    """One remark.

    Attributes
    ----------
    key
        Of :data:`TEXTS`.
    values
        What stands in the braces of the text.
    """

    key: str
    values: Mapping[str, int | float | str] = field(default_factory=dict)

    def __str__(self) -> str:
        return TEXTS[self.key].format(**self.values)
