"""The sheets of the form and their figures, in the order in which they stand in the workbook.

The examples are a small shop of our own invention, not measurements: they show how a cell is written, and together
they make a workbook that can be tried out (``example=small_shop``).
"""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any, Final

from sim.intake.form import Column, Sheet

DISCIPLINES = ("fifo", "express_first", "earliest_due", "shortest")
DAY = 1440.0
_Share = partial(Column, kind="share", low=0.0, high=1.0)
_Days = partial(Column, kind="whole", unit="working_days", low=0, high=366)


def _number(key: str, unit: str, path: str = "", example: Any = None, low: float = 0.0, **more: Any) -> Column:
    return Column(key, "number", unit, low=low, path=path, example=example, **more)


def _whole(key: str, unit: str, path: str = "", example: Any = None, low: float = 0, **more: Any) -> Column:
    return Column(key, "whole", unit, low=low, high=10**9, path=path, example=example, **more)


def _clock(key: str, path: str = "", example: Any = None, high: float = 2 * DAY, **more: Any) -> Column:
    return Column(key, "clock", "clock", low=0.0, high=high, path=path, example=example, **more)


def _weekdays(key: str, path: str = "", example: Any = None, **more: Any) -> Column:
    return Column(key, "weekdays", "weekdays", path=path, example=example, **more)


def _of(section: str, *columns: Column) -> tuple[Column, ...]:
    """Columns of a list of figures, below a heading of their own."""
    return tuple(Column(**{**vars(column), "section": section}) for column in columns)


_SITE: Final = Sheet(
    "site",
    (
        *_of(
            "shop",
            Column("title", "text", required=True, path="title", example="My site"),
            Column("story", "text", path="story", example="Three days of sale in November."),
            Column("timezone", "text", path="timezone", example="Asia/Taipei"),
            Column("currency", "text", required=True, path="economics.currency", example="TWD"),
        ),
        *_of(
            "window",
            Column("start", "date", "date", required=True, path="start", example=date(2026, 11, 5)),
            Column("measure_from", "moment", "moment", path="window.measure_from", example=datetime(2026, 11, 11)),
            Column("measure_to", "moment", "moment", True, path="window.measure_to", example=datetime(2026, 11, 16)),
            _number("run_on_days", "days", "", 10.0, high=366.0),
        ),
        *_of(
            "promise",
            _clock("order_cutoff", "promise.order_cutoff", "14:00", required=True),
            _clock("ship_by", "promise.ship_by", "18:00", required=True),
            _clock("deliver_by", "promise.deliver_by", "21:00"),
            _Days("ship_within_days", path="promise.standard.ship_within_days", required=True, example=1),
            _Days("deliver_within_days", path="promise.standard.deliver_within_days", required=True, example=4),
            _Share("express_share", path="promise.express_share", example=0.05),
            _Days("express_ship_within_days", path="promise.express.ship_within_days", example=0),
            _Days("express_deliver_within_days", path="promise.express.deliver_within_days", example=2),
            _weekdays("working_weekdays", "promise.working_weekdays", "mon-sat"),
            Column("hard_deadline", "moment", "moment", path="promise.hard_deadline"),
        ),
        *_of(
            "orders",
            _number("orders_per_day", "orders_day", "", None),
            _number(
                "lines_mean", "lines_order", "demand.basket.lines_mean", 2.0, low=1.0, high=10_000.0, required=True
            ),
            _number("units_per_line", "units_line", "demand.basket.units_per_line_mean", 1.2, low=1.0, high=10_000.0),
        ),
        *_of(
            "money",
            _number("price_per_unit", "currency_unit", "economics.price_per_unit", 450.0, required=True),
            _Share("margin_share", path="economics.margin_share", required=True, example=0.35),
            _number("packaging_cost", "currency_order", "economics.packaging_cost", 12.0),
            _number("refund_cost", "currency_order", "economics.refund_handling_cost", 30.0),
            _number("ad_cost_per_order", "currency_order", "economics.ad_cost_per_order", 80.0),
            _number("future_margin", "currency_customer", "economics.future_margin_cost", 600.0),
        ),
        *_of(
            "customers",
            _Share("cancel_share", path="customers.patience.share"),
            _number("patience_h", "h", "customers.patience.mean_h", above=True),
            _Share("ask_before_due_share", path="customers.asking.before_due_share"),
            _Share("ask_late_share", path="customers.asking.late_share"),
        ),
        *_of(
            "law",
            Column("regime", "choice", choices=("taiwan", "us", "none"), path="site.labour.regime", example="taiwan"),
            _number("overtime_used_h", "h_head", "site.labour.month_used_h", 10.0),
        ),
        *_of(
            "targets",
            _Share("target_service_level", path="targets.service_level_ship", example=0.95),
            _Share("target_probability", path="targets.probability", example=0.9),
            _Share("target_fill_rate", path="targets.fill_rate"),
            _number("answer_min", "min", "targets.desk_answer_min", 5.0),
        ),
        *_of(
            "stock",
            Column(
                "sold_out",
                "choice",
                choices=("drop_line", "reject_order"),
                path="stock.oversell.sold_out",
                example="drop_line",
            ),
            Column("oversell", "choice", choices=("none", "share", "unlimited"), path="stock.oversell.policy"),
            _Share("oversell_share", path="stock.oversell.share"),
            _number("storage_m3", "m3", "stock.storage.capacity_m3", above=True),
            _whole("receiving_workers", "workers", "stock.receiving.workers", low=1),
            _number("receiving_units_per_h", "units_head_h", "stock.receiving.units_per_worker_h", above=True),
            _number("receiving_wage", "currency_h", "stock.receiving.wage_per_h_cost"),
            _Share("returns_share", path="stock.returns.share"),
            Column("other_skus", "whole", "skus", low=0, high=1_000_000, path="stock.assortment.count"),
            _number("other_skus_sales", "units_week", above=True),
            _number("other_skus_exponent", "", "stock.assortment.exponent"),
            _number("other_skus_days", "days", "stock.assortment.on_hand_days"),
        ),
    ),
    table=False,
)

_HOLIDAYS: Final = Sheet(
    "holidays",
    (
        Column("date", "date", "date", required=True),
        Column("about", "text"),
        Column("effect", "choice", choices=("both", "promise", "pay")),
    ),
    examples=((date(2026, 11, 12), "Founder's day", "promise"),),
)

# lot size, days between reviews, lead time, late share, days late, made by
_MUG: Final = (None, 7, 10.0, 0.1, 3.0, None)
_TEA: Final = (2000, None, 5.0, None, None, None)
_COOKIE: Final = (None, 1, None, None, None, "oven")
_STOCK: Final = Sheet(
    "stock",
    (
        Column("sku", "name", required=True),
        _whole("on_hand", "units", "stock.skus.{}.on_hand"),
        _whole("safety_stock", "units", "stock.skus.{}.safety_stock"),
        _whole("at_3pl", "units", "stock.skus.{}.at_3pl"),
        _number("price", "currency_unit", "stock.skus.{}.price"),
        _number("unit_cost", "currency_unit", "stock.skus.{}.unit_cost"),
        _whole("shelf_life_days", "days", "stock.skus.{}.shelf_life_days", low=1),
        _number("volume_l", "l_unit", "stock.skus.{}.volume_l"),
        Column("zone", "name", path="stock.skus.{}.zone"),
        Column("packaging", "name", path="stock.skus.{}.packaging"),
        Column("rule", "choice", choices=("none", "s_S", "R_Q"), path="stock.skus.{}.reorder.rule"),
        _whole("point", "units", "stock.skus.{}.reorder.point"),
        _whole("up_to", "units", "stock.skus.{}.reorder.up_to"),
        _whole("lot_size", "units", "stock.skus.{}.reorder.lot_size"),
        _whole("review_days", "days", "stock.skus.{}.reorder.review_days", low=1),
        _number("lead_time_days", "days", "stock.skus.{}.supply.lead_time_days"),
        _Share("late_share", path="stock.skus.{}.supply.late_share"),
        _number("late_days", "days", "stock.skus.{}.supply.late_days"),
        Column("made_by", "name", path="stock.skus.{}.made_by"),
    ),
    examples=(
        ("MUG-RED", 6000, 200, None, 390.0, 150.0, None, 0.8, "mezzanine", "carton", "s_S", 800, 6000, *_MUG),
        ("TEA-100G", 2000, 100, None, 260.0, 90.0, 180, 0.4, None, None, "R_Q", 500, None, *_TEA),
        ("COOKIE-12", 300, 50, None, 420.0, 160.0, 14, 1.5, None, "carton", "s_S", 200, 900, *_COOKIE),
    ),
)

_LOTS: Final = Sheet(
    "lots",
    (
        Column("sku", "name", required=True),
        _whole("units", "units", required=True),
        Column("expires", "date", "date"),
    ),
    examples=(("TEA-100G", 400, date(2026, 12, 31)),),
)

_RECEIPTS: Final = Sheet(
    "receipts",
    (
        Column("sku", "name", required=True),
        Column("at", "moment", "moment", required=True),
        _whole("units", "units", low=1, required=True),
        Column("expires", "date", "date"),
    ),
    examples=(("TEA-100G", datetime(2026, 11, 9, 10, 0), 3000, date(2027, 5, 31)),),
)

_SALES: Final = Sheet(
    "sales",
    (
        Column("sku", "name", required=True),
        _number("ordinary", "units_week", required=True),
        _number("campaign", "units"),
    ),
    examples=(("MUG-RED", 240.0, 600.0), ("TEA-100G", 300.0, 500.0), ("COOKIE-12", 180.0, 700.0)),
)

_ZONES: Final = Sheet(
    "zones",
    (
        Column("name", "name", required=True),
        _number("pick_factor", "times", "stock.zones.{}.pick_factor", above=True),
        _number("walk_min", "min_order", "stock.zones.{}.walk_min"),
    ),
    examples=(("mezzanine", 1.2, 0.3),),
)

_PACKAGINGS: Final = Sheet(
    "packagings",
    (
        Column("name", "name", required=True),
        _number("pack_factor", "times", "stock.packagings.{}.pack_factor", above=True),
        _number("setup_min", "min_order", "stock.packagings.{}.setup_min"),
        _number("cost", "currency_parcel", "stock.packagings.{}.cost"),
    ),
    examples=(("carton", 1.1, 0.2, 9.0),),
)

_PRODUCTION: Final = Sheet(
    "production",
    (
        Column("name", "name", required=True),
        _number("hours_per_day", "h", "stock.production.{}.hours_per_day", high=24.0),
        _weekdays("weekdays", "stock.production.{}.weekdays"),
        _number("units_per_h", "units_h", "stock.production.{}.units_per_h", above=True, required=True),
        _clock("ready_at", "stock.production.{}.ready_at"),
        _number("cost_per_h", "currency_h", "stock.production.{}.cost_per_h"),
    ),
    examples=(("oven", 8.0, "mon-sat", 60.0, "13:00", 250.0),),
)

WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_SHARES = (8, 4, 2, 1, 1, 1, 2, 4, 9, 15, 20, 21, 19, 21, 20, 20, 21, 19, 18, 19, 20, 20, 18, 13)  # of 316
_HOURLY: Final = Sheet(
    "hourly",
    (
        _clock("hour", required=True, high=DAY - 60),
        *(_number(f"orders_{day}", "orders_h") for day in WEEK),
        *(_number(f"shipped_{day}", "parcels_h") for day in WEEK),
    ),
    examples=tuple(
        (f"{hour:02d}:00", *[float(share)] * 5, *[share * 0.8] * 2, *[38.0 if 9 <= hour < 18 else 0.0] * 6, 0.0)
        for hour, share in enumerate(_DAY_SHARES)
    ),
    prefilled=tuple(f"{hour:02d}:00" for hour in range(24)),
)

_DAILY: Final = Sheet(
    "daily",
    (
        Column("date", "date", "date", required=True),
        _number("orders", "orders", ""),
        _number("shipped", "parcels", ""),
    ),
    examples=((date(2026, 10, 5), 318.0, 320.0), (date(2026, 10, 6), 312.0, 305.0)),
)

_SERVICE = (("picking", 0.8, 0.5), ("packing", 1.7, 0.2))
_TIMES: Final = Sheet(
    "times",
    (
        *(
            column
            for stage, setup, line in _SERVICE
            for column in _of(
                stage,
                _number(f"{stage}_setup_min", "min_order", f"site.{stage}.setup_min", setup),
                _number(f"{stage}_line_min", "min_line", f"site.{stage}.per_line_min", line),
                _number(f"{stage}_unit_min", "min_unit", f"site.{stage}.per_unit_min", None),
                _number(f"{stage}_scatter", "sd_mean", f"site.{stage}.service.cv", 0.5, high=100.0),
                Column(f"{stage}_next", "choice", choices=DISCIPLINES, path=f"site.{stage}.discipline", example="fifo"),
                _whole(f"{stage}_stations", "stations", f"site.{stage}.stations", low=1),
                _Share(f"{stage}_absence", path=f"site.{stage}.absence_share", example=0.03),
            )
        ),
        *_of(
            "shipping",
            _whole("batch_size", "orders_walk", "site.picking.batch_size", low=1),
            _whole("staging_parcels", "parcels", "site.staging_parcels", 900, low=1),
        ),
    ),
    table=False,
)

_STAFFING: Final = Sheet(
    "staffing",
    (
        Column("stage", "choice", required=True, choices=("picking", "packing", "desk")),
        Column("shift", "name", required=True),
        _clock("start", required=True),
        _clock("end", required=True),
        _clock("break_start"),
        _number("break_min", "min", above=True, high=DAY),
        _clock("second_start"),
        _number("second_min", "min", above=True, high=DAY),
        _weekdays("weekdays"),
        _whole("headcount", "workers", required=True),
        _number("wage", "currency_h"),
        _number("productivity", "times", above=True),
        Column("first_day", "date", "date"),
        Column("last_day", "date", "date"),
    ),
    examples=(
        ("picking", "day", "09:00", "18:00", "12:00", 60.0, None, None, "mon-sat", 2, 230.0, None, None, None),
        ("packing", "day", "09:00", "18:00", "12:30", 60.0, None, None, "mon-sat", 2, 230.0, None, None, None),
        ("desk", "day", "09:00", "18:00", "12:00", 60.0, None, None, "mon-fri", 1, 250.0, None, None, None),
    ),
)

_CARRIERS: Final = Sheet(
    "carriers",
    (
        Column("name", "name", required=True),
        Column("kind", "choice", choices=("home", "store"), path="carriers.{}.kind"),
        _Share("share", path="carriers.{}.share", required=True),
        _number("cutoff_min", "min", "carriers.{}.cutoff_min"),
        _Share("no_show_share", path="carriers.{}.no_show_share"),
        _whole("daily_parcel_cap", "parcels_day", "carriers.{}.daily_parcel_cap"),
        _number("transit_days", "days", "carriers.{}.transit.mean_days"),
        _number("transit_scatter", "sd_mean", "carriers.{}.transit.service.cv", high=100.0),
        _number("contracted_per_day", "parcels_day", "carriers.{}.contracted_per_day", low=1.0),
        _number("cost_per_parcel", "currency_parcel", "carriers.{}.cost_per_parcel"),
        _number("cost_per_pickup", "currency_visit", "carriers.{}.cost_per_pickup"),
        _Share("cod_share", path="carriers.{}.cod_share"),
        _number("cod_fee", "currency_order", "carriers.{}.cod_fee_cost"),
        _Share("unclaimed_share", path="carriers.{}.unclaimed_share"),
        _number("unclaimed_days", "days", "carriers.{}.unclaimed_after_days"),
        _number("return_cost", "currency_parcel", "carriers.{}.return_cost"),
    ),
    examples=(
        ("Post", "home", 0.45, 30.0, 0.005, None, 1.0, 0.3, 500.0, 85.0, None, 0.1, 30.0, None, None, 60.0),
        ("Corner stores", "store", 0.55, 30.0, 0.005, 900, 1.8, 0.25, 700.0, 60.0, None, 0.6, 10.0, 0.04, 7.0, 60.0),
    ),
)

_PICKUPS: Final = Sheet(
    "pickups",
    (
        Column("carrier", "name", required=True),
        Column("pickup", "name", required=True),
        _clock("time", required=True, high=DAY - 1),
        _weekdays("weekdays"),
        _whole("capacity", "parcels"),
    ),
    examples=(
        ("Post", "noon", "12:00", "mon-sat", 200),
        ("Post", "evening", "17:30", "mon-sat", 200),
        ("Corner stores", "afternoon", "16:30", "mon-sat", 400),
    ),
)

_DESK: Final = Sheet(
    "desk",
    _of(
        "hours",
        _clock("open", "desk.open", "09:00", high=DAY),
        _clock("close", "desk.close", "18:00", high=DAY),
        _weekdays("weekdays", "desk.weekdays", "mon-fri"),
        _number("general_per_day", "contacts_day", "desk.general.per_day", 20.0),
        _Share("absence", path="desk.absence_share", example=0.03),
    ),
    table=False,
)

_CHANNELS: Final = Sheet(
    "channels",
    (
        Column("name", "name", required=True),
        Column("kind", "choice", required=True, choices=("call", "message"), path="desk.channels.{}.kind"),
        _Share("share", path="desk.channels.{}.share", required=True),
        _number("handle_min", "min", "desk.channels.{}.handle_min", above=True, required=True),
        _number("handle_scatter", "sd_mean", "desk.channels.{}.handle.cv", high=100.0),
        _number("patience_min", "min", "desk.channels.{}.patience_min", above=True),
        _Share("repeat_share", path="desk.channels.{}.repeat_share"),
        _Share("unresolved_share", path="desk.channels.{}.unresolved_share"),
        _number("repeat_after_min", "min", "desk.channels.{}.repeat_after_min", above=True),
    ),
    examples=(
        ("Phone", "call", 0.4, 4.5, 1.2, 6.0, 0.5, 0.1, None),
        ("E-mail", "message", 0.6, 3.5, 0.8, None, None, 0.1, 720.0),
    ),
)

_PART = "demand.campaign"
_CAMPAIGN: Final = Sheet(
    "campaign",
    (
        *_of(
            "size",
            Column("start", "moment", "moment", path=f"{_PART}.start", example=datetime(2026, 11, 11)),
            Column("end", "moment", "moment", path=f"{_PART}.end", example=datetime(2026, 11, 14)),
            _number("uplift", "times", "", 4.0),
            _number("orders", "orders", ""),
            _number("revenue", "currency", ""),
            _number("uplift_scatter", "sd_mean", f"{_PART}.uplift_cv", 0.2, high=3.0),
        ),
        *_of(
            "shape",
            _number("opening_hours", "h", f"{_PART}.opening.hours", 3.0, high=8784.0),
            _number("opening_weight", "times", f"{_PART}.opening.weight", 4.0, high=1000.0, above=True),
            _number("closing_hours", "h", f"{_PART}.closing.hours", 4.0, high=8784.0),
            _number("closing_weight", "times", f"{_PART}.closing.weight", 1.5, high=1000.0, above=True),
            _number("teaser_hours", "h", f"{_PART}.teaser.hours", 48.0, high=8784.0),
            _number("teaser_factor", "times", f"{_PART}.teaser.factor", 0.8),
            _number("aftermath_hours", "h", f"{_PART}.aftermath.hours", 72.0, high=8784.0),
            _number("aftermath_factor", "times", f"{_PART}.aftermath.factor", 0.85),
        ),
    ),
    table=False,
)

FORM: Final[tuple[Sheet, ...]] = (
    _SITE,
    _HOLIDAYS,
    _STOCK,
    _LOTS,
    _RECEIPTS,
    _SALES,
    _ZONES,
    _PACKAGINGS,
    _PRODUCTION,
    _HOURLY,
    _DAILY,
    _TIMES,
    _STAFFING,
    _CARRIERS,
    _PICKUPS,
    _DESK,
    _CHANNELS,
    _CAMPAIGN,
)
SHEETS: Final = {sheet.key: sheet for sheet in FORM}
