"""From the sheets of the site, holidays, stock and the campaign to the rest of a scenario."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from sim.errors import Problem
from sim.intake.draft import Draft, span
from sim.intake.output import ordinary_between
from sim.intake.reading import Row

RUN_ON_DAYS = 7.0
_STANDARD = "standard"  # zone and packaging that are always there
LONGEST: Final = timedelta(days=366)  # of a campaign; a longer one is refused when the scenario is read
_SIZES: Final = ("uplift", "orders", "revenue")


def build_site(draft: Draft) -> None:
    """The first sheet: window, promise, money, customers, law, targets."""
    row = draft.answers.figures("site")
    draft.shipped("_customers", ("customers",))
    draft.fill("site", row)
    if "site" not in draft.answers.rows:
        return
    if row.value("run_on_days") is not None:
        cell = row.cells["run_on_days"]
        draft.put(("window", "run_on_h"), row.value("run_on_days") * 24, cell, f"{cell}, in hours")
    else:
        source = "assumption, fixed: a week for the backlog to clear"
        draft.put(("window", "run_on_h"), RUN_ON_DAYS * 24, source=source)
    for key, default in (("ship_within_days", 0), ("deliver_within_days", 1)):
        if draft.get("promise", "express") and draft.get("promise", "express", key) is None:
            draft.put(("promise", "express", key), default, source="assumption, fixed: the form's, of an empty cell")
    if row.value("oversell_share") is not None and row.value("oversell") != "share":
        draft.warn(row.cells["oversell_share"], "is not used: it goes with overselling up to a share")


def build_holidays(draft: Draft) -> None:
    """Days on which nothing ships, and days that pay more."""
    rows = list(draft.named("holidays", "date").values())
    for effect, path in (("promise", ("promise", "holidays")), ("pay", ("site", "labour", "holidays"))):
        those = [row for row in rows if row.value("effect", "both") in {"both", effect}]
        if those:
            days = sorted(row.value("date") for row in those)
            draft.put(path, days, span(those, "date"), ", ".join(row.cells["date"] for row in those[:10]))


def build_stock(draft: Draft) -> None:
    """SKUs with their lots, receipts and sales, and what they refer to."""
    skus = draft.named("stock", "sku")
    known: dict[str, list[str]] = {}
    for sheet, key in (("zones", "zone"), ("packagings", "packaging"), ("production", "made_by")):
        rows = draft.named(sheet, "name")
        for name, row in rows.items():
            if name == _STANDARD and key != "made_by":
                draft.wrong(row, "name", "is what there is without a row: give it another name")
            else:
                draft.fill(sheet, row, name)
        known[key] = [*rows, *([] if key == "made_by" else [_STANDARD])]
    sheets = {"zone": "zones", "packaging": "packagings", "made_by": "production"}
    for name, row in skus.items():
        draft.fill("stock", row, name)
        if draft.get("stock", "skus", name) is None:
            draft.put(("stock", "skus", name), {}, row.cells["sku"])
        for key, sheet in sheets.items():
            if row.value(key) is not None and not draft.referred(row, key, known[key], sheet):
                del draft.data["stock"]["skus"][name][key]
        _rule(draft, row)
    _lots(draft, skus)
    _receipts(draft, skus)
    _sales(draft, skus)
    _without_skus(draft, skus)


def _rule(draft: Draft, row: Row) -> None:
    if row.value("rule", "none") != "none" or not row.sound("rule"):
        return
    given = [key for key in ("point", "up_to", "lot_size") if row.value(key)]
    if given:
        draft.warn(row.cells[given[0]], "is not used: no reorder rule is chosen on this row")


def _first_day(draft: Draft) -> str | None:
    """The first day of the run, if it can be read."""
    start = draft.get("start")
    return start if isinstance(start, str) else None


def _lots(draft: Draft, skus: dict[str, Row]) -> None:
    start = _first_day(draft)
    for row in draft.answers.table("lots"):
        if not draft.referred(row, "sku", list(skus), "stock"):
            continue
        expires = row.value("expires")
        if expires is not None and start is not None and expires < start:
            draft.wrong(row, "expires", f"lies before the first day of the run ({start}): these units can't be sold")
        elif row.value("units") is not None:
            lot = {"units": row.value("units")} | ({"expires": expires} if expires else {})
            _append(draft, row, "lots", lot)


def _receipts(draft: Draft, skus: dict[str, Row]) -> None:
    start = _first_day(draft)
    for row in draft.answers.table("receipts"):
        if not draft.referred(row, "sku", list(skus), "stock"):
            continue
        at, expires = row.value("at"), row.value("expires")
        if at is not None and expires is not None and expires < at[:10]:
            draft.wrong(row, "expires", f"lies before the receipt ({at[:10]}, {row.cells['at']})")
        elif at is not None and start is not None and at[:10] < start:
            draft.wrong(row, "at", f"lies before the first day of the run ({start}): count it as on hand")
        elif at is not None and row.value("units") is not None:
            receipt = {"at": at, "units": row.value("units")} | ({"expires": expires} if expires else {})
            _append(draft, row, "receipts", receipt)


def _append(draft: Draft, row: Row, key: str, entry: dict[str, Any]) -> None:
    """An entry of a SKU's list, and the cells of its figures."""
    path = ("stock", "skus", row.value("sku"), key)
    entries = [*(draft.get(*path) or []), entry]
    before = draft.cells.get(".".join(path))
    draft.put(path, entries, before or span([row], "sku", list(entry)[-1]))
    for figure in entry:
        draft.cells[".".join((*path, str(len(entries) - 1), figure))] = row.cells[figure]


def _sales(draft: Draft, skus: dict[str, Row]) -> None:
    """Popularity of SKUs, and how the campaign bends it: units sold, since only ratios count."""
    rows = draft.named("sales", "sku")
    for row in rows.values():
        draft.referred(row, "sku", list(skus), "stock")
        if row.value("ordinary") == 0 and row.value("campaign", 0.0) > 0:
            draft.wrong(row, "ordinary", "a SKU that the campaign sells needs some ordinary sales, however few")
    sold = {name: row for name, row in rows.items() if name in skus and row.value("ordinary") is not None}
    if not sold or not all(row.sound("ordinary", "campaign") for row in sold.values()):
        return
    total = sum(row.value("ordinary") for row in sold.values())
    if total <= 0:
        draft.answers.problems.append(
            Problem(span(list(sold.values()), "ordinary"), "", "at least one SKU must be sold")
        )
        return
    weight = _beside_others(draft, total)
    both = [row for row in sold.values() if row.value("campaign") is not None and row.value("ordinary")]
    usual = sum(row.value("ordinary") for row in both)
    ratio = sum(row.value("campaign") for row in both) / usual if usual else 0.0
    for name, row in sold.items():
        cell = row.cells["ordinary"]
        draft.put(("stock", "skus", name, "popularity"), float(f"{row.value('ordinary') * weight:.6g}"), cell)
        if row.value("campaign") is not None and row.value("ordinary") and ratio > 0:
            factor = row.value("campaign") / row.value("ordinary") / ratio
            draft.put(("stock", "skus", name, "campaign_factor"), float(f"{factor:.6g}"), row.cells["campaign"])
    unsold = [name for name in skus if name not in rows]
    for name in unsold:
        cell = skus[name].cells["sku"]
        draft.put(("stock", "skus", name, "popularity"), 0.0, cell, "not on the sheet of sales")
    if unsold:
        more = f", nor {len(unsold) - 1:,} more" if len(unsold) > 1 else ""
        text = f"nobody buys it{more}: not on the sheet {draft.title('sales')}"
        draft.warn(skus[unsold[0]].cells["sku"], text, unsold[0])


def _beside_others(draft: Draft, total: float) -> float:
    """Weight of a unit sold a week, where further SKUs have weights of their own (k^-exponent)."""
    site = draft.answers.figures("site")
    count, week = site.value("other_skus"), site.value("other_skus_sales")
    if not count:
        return 1.0
    if not week:
        text = f"must be filled in: {draft.title('sales')} says what the others sell ({total:g} a week)"
        if site.sound("other_skus_sales"):
            draft.wrong(site, "other_skus_sales", text)
        return 1.0
    exponent = site.value("other_skus_exponent", 1.0)
    return float(sum(rank**-exponent for rank in range(1, count + 1)) / week)


def _without_skus(draft: Draft, skus: dict[str, Row]) -> None:
    """Rules of stock make no sense where there is none."""
    stock = draft.data.get("stock")
    if stock is None or skus or draft.answers.figures("site").given("other_skus"):
        return
    cells = [cell for place, cell in draft.cells.items() if place.startswith("stock.")]
    known = draft.answers.table("stock")
    if "stock" in draft.answers.rows and not known and cells:
        draft.warn(cells[0], f"is not used: the sheet {draft.title('stock')} is empty, so stock never runs short")
    del draft.data["stock"]


def build_campaign(draft: Draft) -> None:
    """The campaign and its size, after the ordinary orders are known."""
    row = draft.answers.figures("campaign")
    if not row.entries:
        return
    draft.fill("campaign", row)
    for key in ("start", "end"):
        if not row.given(key):
            draft.wrong(row, key, "must be filled in, or the whole sheet left empty")
            draft.broken.add(f"demand.campaign.{key}")
    given = [key for key in _SIZES if row.given(key)]
    if len(given) != 1:
        names = ", ".join(draft.heading("campaign", key) for key in _SIZES)
        place = row.cells.get(given[1] if given else "uplift", row.place)
        draft.answers.problems.append(Problem(place, "", f"fill in one of: {names}"))
    elif row.sound(given[0]):
        _size(draft, row, given[0])


def _size(draft: Draft, row: Row, key: str) -> None:
    """The uplift, or what gives it: orders, or revenue over the worth of an ordinary order."""
    path, cell, value = ("demand", "campaign", "uplift"), row.cells[key], row.value(key)
    if key == "uplift":
        draft.put(path, value, cell)
        return
    profile, basket = draft.get("demand", "profile") or {}, draft.get("demand", "basket") or {}
    start, end = row.value("start"), row.value("end")
    if not start or not end or not {"per_day", "hour_shares"} <= profile.keys():
        return  # told already
    begin, close = datetime.fromisoformat(start), datetime.fromisoformat(end)
    days = profile.get("weekday_factors", [1.0] * 7)
    if not begin < close <= begin + LONGEST:
        return  # told when the scenario is validated
    ordinary = ordinary_between(profile["per_day"], profile["hour_shares"], days, begin, close)
    orders, worth = value, 1.0
    if key == "revenue":
        price = draft.get("economics", "price_per_unit") or 0.0
        worth = price * basket.get("lines_mean", 1.0) * basket.get("units_per_line_mean", 1.0)
        orders = value / worth if worth > 0 else 0.0
    if ordinary <= 0 or worth <= 0:
        what = "orders in these hours" if ordinary <= 0 else "worth of an order: fill in its price"
        draft.wrong(row, key, f"can't be turned into an uplift: there are no ordinary {what}")
        return
    source = f"{cell}: {orders:,.0f} orders against {ordinary:,.0f} ordinary ones of the same hours"
    draft.put(path, float(f"{orders / ordinary:.6g}"), cell, source)
