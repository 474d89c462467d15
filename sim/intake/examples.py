"""Forms that are filled in already: a small shop to try the form out, and the cookie shop of the tutorial.

The small shop is made of the examples that stand beside every figure. The cookie shop is the one of the scenarios
`mid_autumn` and `mid_autumn_stock`, as its people would write it down; where its figures come from is told there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from sim.intake.sheets import FORM

Figures = Mapping[str, Any]  # of a list of figures: key -> value
Rows = Sequence[Sequence[Any]]  # of a table: values by column
Filled = Mapping[str, Figures | Rows]  # sheet -> what stands on it

_OPENS, _CLOSES = datetime(2026, 9, 7), datetime(2026, 9, 21)
_FRESH: Final = date(2026, 9, 20)
_MON_SAT: Final = "mon-sat"
_SEASON: Final = (date(2026, 9, 7), date(2026, 9, 24))
# lot size, days between reviews, lead time, late share, days late, made by
_BAKED: Final = (None, 1, None, None, None, "oven")
# Shares of the hours of a day and of the days of a week, in per cent, of 2,100 orders a week.
_HOURS: Final = (
    *(2.5, 1.2, 0.5, 0.3, 0.2, 0.2, 0.5, 1.2, 2.9, 4.7, 6.2, 6.7),
    *(6.1, 6.6, 6.5, 6.4, 6.6, 6.1, 5.8, 6.0, 6.4, 6.4, 5.8, 4.1),
)
_DAYS: Final = (16.0, 15.9, 15.0, 14.4, 15.3, 11.2, 12.2)
_WEEK_ORDERS: Final = 2100


def _hourly() -> Rows:
    """Orders of an ordinary week; what was shipped by the hour is not known."""
    return [
        (f"{hour:02d}:00", *[round(_WEEK_ORDERS * day * share / 1e4, 1) for day in _DAYS], *[None] * 7)
        for hour, share in enumerate(_HOURS)
    ]


COOKIE_SHOP: Final[Filled] = {
    "site": {
        "title": "Cookie shop, Mid-Autumn",
        "story": "Gift boxes for the festival, 50 % more than last year. After it they are worth nothing.",
        "timezone": "Asia/Taipei",
        "currency": "TWD",
        "start": date(2026, 8, 31),
        "measure_from": _OPENS,
        "measure_to": datetime(2026, 9, 22),
        "run_on_days": 7.0,
        "order_cutoff": "14:00",
        "ship_by": "18:00",
        "deliver_by": "21:00",
        "ship_within_days": 2,
        "deliver_within_days": 5,
        "working_weekdays": _MON_SAT,
        "hard_deadline": datetime(2026, 9, 25, 18),
        "lines_mean": 1.5,
        "units_per_line": 2.5,
        "price_per_unit": 380.0,
        "margin_share": 0.45,
        "packaging_cost": 10.0,
        "refund_cost": 30.0,
        "future_margin": 600.0,
        "regime": "taiwan",
        "overtime_used_h": 16.0,
        "target_service_level": 0.95,
        "target_probability": 0.9,
        "answer_min": 5.0,
        "sold_out": "drop_line",
        "oversell": "unlimited",  # the web shop does not know what the shelves hold
        "storage_m3": 100.0,
        "receiving_workers": 2,
        "receiving_units_per_h": 600.0,
        "receiving_wage": 230.0,
        "returns_share": 0.01,
    },
    "holidays": (
        (date(2026, 9, 25), "Mid-Autumn Festival", "both"),
        (date(2026, 9, 28), "Teachers' Day", "both"),
    ),
    "stock": (
        ("classic", None, 450, None, 380.0, None, 30, 4.8, None, "gift box", "s_S", 4000, 4500, *_BAKED),
        ("assorted", None, 281, None, 420.0, None, 30, 7.0, None, "gift box", "s_S", 2900, 3200, *_BAKED),
        ("premium", None, 169, None, 560.0, None, 30, 9.0, "cool room", "gift box", "s_S", 2700, 2900, *_BAKED),
        ("small", None, 225, None, 200.0, None, 30, 2.5, None, None, "s_S", 1200, 1400, *_BAKED),
    ),
    "lots": (
        ("classic", 3300, _FRESH),
        ("assorted", 2300, _FRESH),
        ("premium", 1600, _FRESH),
        ("small", 900, _FRESH),
    ),
    "sales": (
        ("classic", 3150.0, 24000.0),
        ("assorted", 1970.0, 18000.0),
        ("premium", 1180.0, 18000.0),
        ("small", 1580.0, 6000.0),
    ),
    "zones": (("cool room", None, 0.3),),
    "packagings": (("gift box", None, 0.5, 15.0),),
    "production": (("oven", 16.0, _MON_SAT, 200.0, "06:00", 1500.0),),
    "hourly": _hourly(),
    "times": {
        "picking_setup_min": 0.7,
        "picking_line_min": 0.5,
        "picking_scatter": 0.5,
        "picking_absence": 0.03,
        "packing_setup_min": 2.0,
        "packing_line_min": 0.4,
        "packing_scatter": 0.4,
        "packing_stations": 14,
        "packing_absence": 0.03,
        "staging_parcels": 2400,
    },
    "staffing": (
        ("picking", "day", "08:00", "17:00", "12:00", 60.0, None, None, _MON_SAT, 2, 230.0, None, None, None),
        ("picking", "season", "08:00", "17:00", "12:00", 60.0, None, None, _MON_SAT, 2, 230.0, None, *_SEASON),
        ("packing", "day", "08:00", "17:00", "12:30", 60.0, None, None, _MON_SAT, 3, 230.0, None, None, None),
        ("packing", "season", "08:00", "17:00", "12:30", 60.0, None, None, _MON_SAT, 3, 230.0, None, *_SEASON),
        ("desk", "day", "09:00", "18:00", "12:00", 60.0, None, None, None, 1, 250.0, None, None, None),
        ("desk", "evening", "12:00", "21:00", "17:00", 60.0, None, None, None, 1, 250.0, None, None, None),
    ),
    "carriers": (
        ("home", "home", 0.7, 30.0, 0.005, None, 1.0, 0.3, 1200.0, 85.0, None, None, None, None, None, None),
        ("store", "store", 0.3, 30.0, 0.005, 2400, 1.8, 0.25, 2000.0, 60.0, None, 0.3, 10.0, 0.04, 7.0, 60.0),
    ),
    "pickups": (
        ("home", "noon", "12:00", _MON_SAT, 450),
        ("home", "evening", "17:30", _MON_SAT, 450),
        ("store", "afternoon", "16:30", _MON_SAT, 1000),
    ),
    "desk": {"open": "09:00", "close": "21:00", "general_per_day": 20.0, "absence": 0.03},
    "channels": (
        ("phone", "call", 0.25, 4.5, 1.2, 6.0, 0.5, 0.1, None),
        ("chat", "call", 0.45, 3.0, 1.0, 10.0, 0.5, 0.1, None),
        ("email", "message", 0.3, 3.5, 0.8, None, None, 0.1, 720.0),
    ),
    "campaign": {
        "start": _OPENS,
        "end": _CLOSES,
        "uplift": 3.9,
        "uplift_scatter": 0.1,
        "opening_hours": 12.0,
        "opening_weight": 2.0,
        "closing_hours": 36.0,
        "closing_weight": 1.8,
        "aftermath_hours": 96.0,
        "aftermath_factor": 0.7,
    },
}


def small_shop() -> Filled:
    """What stands beside every figure as an example."""
    return {
        sheet.key: sheet.examples
        if sheet.table
        else {column.key: column.example for column in sheet.columns if column.example is not None}
        for sheet in FORM
    }


EXAMPLES: Final[dict[str, Filled]] = {"small_shop": small_shop(), "cookie_shop": COOKIE_SHOP}
