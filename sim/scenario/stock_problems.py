"""What does not hang together about stock: names that are not there, goods that expire before they come.

What a catalogue file or an order file says is known only once it is read; :mod:`sim.demand.listing` checks that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import TYPE_CHECKING

from sim.errors import Problem, nearest
from sim.scenario.stock import STANDARD, Sku, Stock

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def stock_problems(scenario: Scenario) -> list[Problem]:
    """All that is wrong with the stock of a scenario, one problem each; places are paths below the scenario."""
    stock = scenario.stock
    if stock is None:
        return []
    found = list(_unknown_names(stock))
    for name, sku in stock.skus.items():
        found += _untimely(scenario, f"stock.skus.{name}", sku)
    found += _listed(scenario, stock)
    return found


def known_names(stock: Stock) -> dict[str, list[str]]:
    """What a SKU may name: zones, kinds of packaging, production lines."""
    return {
        "zone": [*dict.fromkeys((STANDARD, *stock.zones))],
        "packaging": [*dict.fromkeys((STANDARD, *stock.packagings))],
        "made_by": list(stock.production),
    }


def unknown(name: str, known: Collection[str], kind: str) -> str:
    """Why a name can't be used, with the nearest that can."""
    there = ", ".join(known) if known else "none"
    return f"there is no such {kind} in stock{nearest(name, known)}; there is {there}"


KINDS = {"zone": "zone", "packaging": "packaging", "made_by": "production line"}


def _unknown_names(stock: Stock) -> Iterator[Problem]:
    models = {f"stock.skus.{name}": sku for name, sku in stock.skus.items()}
    if stock.assortment is not None:
        models["stock.assortment.model"] = stock.assortment.model
    known = known_names(stock)
    for place, sku in models.items():
        for field, kind in KINDS.items():
            value = getattr(sku, field)
            if value is not None and value not in known[field]:
                yield Problem(f"{place}.{field}", value, unknown(value, known[field], kind))


def _untimely(scenario: Scenario, place: str, sku: Sku) -> Iterator[Problem]:
    """Lots, receipts and counts of a SKU at times that can't be."""
    start = scenario.first_day
    for number, lot in enumerate(sku.lots):
        if lot.expires is not None and lot.expires < start:
            remedy = f"expires before the run begins ({start}): leave it out"
            yield Problem(f"{place}.lots.{number}.expires", str(lot.expires), remedy)
    for number, receipt in enumerate(sku.receipts):
        at = scenario.minute(receipt.at)
        if at < 0:
            remedy = f"lies before the run begins ({start}): what has come already belongs to lots or on_hand"
            yield Problem(f"{place}.receipts.{number}.at", str(receipt.at), remedy)
        elif receipt.expires is not None and receipt.expires < _day(scenario, at):
            remedy = f"expires before it arrives ({_day(scenario, at)})"
            yield Problem(f"{place}.receipts.{number}.expires", str(receipt.expires), remedy)
    for number, correction in enumerate(sku.corrections):
        if scenario.minute(correction.at) < 0:
            remedy = f"lies before the run begins ({start}): put it into on_hand"
            yield Problem(f"{place}.corrections.{number}.at", str(correction.at), remedy)


def _day(scenario: Scenario, minute: float) -> date:
    return scenario.date_of(int(minute // 1440))


def _listed(scenario: Scenario, stock: Stock) -> Iterator[Problem]:
    """Whether there are SKUs at all, each once, some of them wanted, the gift among them; as far as is known."""
    assortment, generated = stock.assortment, 0
    if assortment is not None:
        generated = assortment.count
        if not generated and scenario.demand.file is None:
            remedy = "say how many SKUs are generated; only an order file (demand.file) brings its own"
            yield Problem("stock.assortment.count", "0", remedy)
        for name in stock.skus:
            if is_generated(name, generated):
                remedy = f"a generated SKU (stock.assortment.count = {generated}) is called so too: rename it"
                yield Problem(f"stock.skus.{name}", "", remedy)
    if stock.catalogue is not None or (assortment is not None and not generated):
        return
    if stock.gift is not None and stock.gift not in stock.skus and not is_generated(stock.gift, generated):
        yield Problem("stock.gift", stock.gift, f"is not among the SKUs{nearest(stock.gift, stock.skus)}")
    if assortment is None and stock.skus and scenario.demand.file is None:
        yield from unwanted(
            any(sku.popularity for sku in stock.skus.values()),
            any(sku.popularity * sku.campaign_factor for sku in stock.skus.values()),
            scenario,
        )


def unwanted(ordinary: bool, by_campaign: bool, scenario: Scenario) -> Iterator[Problem]:
    """What is wrong where no SKU is wanted at all, in ordinary orders or in those that the campaign brings."""
    if not ordinary:
        yield Problem("stock", "", "no SKU has a popularity above 0: customers find nothing to order")
    elif not by_campaign and scenario.demand.campaign is not None:
        remedy = "no SKU has a popularity and a campaign_factor above 0: the campaign has nothing to sell"
        yield Problem("stock", "", remedy)


def is_generated(name: str, count: int) -> bool:
    """Whether a name is one of those of `count` generated SKUs: sku_1, sku_2, ..."""
    number = name.removeprefix("sku_")
    return number != name and number.isdecimal() and str(int(number)) == number and 1 <= int(number) <= count
