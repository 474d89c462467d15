"""Every SKU of a scenario by name, and how popular each is: written one by one, from a file, or of an assortment.

Where an order file says what was sold, popularity is what it sold. SKUs of an assortment then have their stock in days
of their own mean sales over the days of the file that are replayed: a planner with perfect foresight of each SKU's
mean, though not of its days. That flatters the stock, and the notes say so. `demand.resample` does not enter: more
orders meet the same stock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.demand.forecast_file import ordinary_per_day
from sim.errors import InputError, Problem, nearest
from sim.scenario.scale import scaled_count
from sim.scenario.scenario import Scenario
from sim.scenario.stock import MOST_SKUS, Assortment, Sku, Stock
from sim.scenario.stock_problems import unwanted

if TYPE_CHECKING:
    from sim.demand.order_lines import OrderLines
    from sim.demand.trace import OrderFile

Floats = NDArray[np.float64]
MOST_NAMED = 20  # SKUs named in an error; the rest is counted
HEADING = "the stock can't be used"


@dataclass(frozen=True)
class Listing:
    """SKUs by name, at the scenario's scale.

    Attributes
    ----------
    popularity, campaign_popularity
        Weight of each in ordinary order lines, and in those that the campaign brings; only ratios count.
    notes
        What a reader of the results should know about them.
    """

    models: Mapping[str, Sku]
    popularity: Floats
    campaign_popularity: Floats
    notes: Mapping[str, int | str]


def listing_of(scenario: Scenario) -> Listing:
    """All SKUs of a scenario.

    Parameters
    ----------
    scenario
        With stock, at its scale.

    Raises
    ------
    InputError
        If catalogue file or order file can't be used, or they don't go together: every problem of both at once.
    """
    stock = scenario.stock
    assert stock is not None
    errors: list[InputError] = []
    models, complete = _listed(scenario, stock, errors)
    orders = _orders(scenario, errors)
    listed = len(models)
    problems = _gathered(scenario, stock, orders, models, complete)
    if errors and not problems and len(errors) == 1:
        raise errors[0]
    problems = [*(problem for error in errors for problem in error.problems), *problems]
    if problems:
        raise InputError(problems, HEADING)
    sold = orders.skus if orders is not None else None
    usual, bent = _weights(stock, models, listed, sold)
    problems = list(unwanted(bool(usual.any()), bool(bent.any()), scenario))
    if problems:
        raise InputError(problems, HEADING)
    if stock.assortment is not None:
        per_day = _units_per_day(scenario, orders, list(models), usual)
        _fill(stock.assortment, models, listed, per_day, sold)
    return Listing(models, usual, bent, _notes(scenario, models, listed, sold))


def _listed(scenario: Scenario, stock: Stock, errors: list[InputError]) -> tuple[dict[str, Sku], bool]:
    """SKUs of the scenario and of its catalogue file, and whether these are all that should be there."""
    models = dict(stock.skus)
    if stock.catalogue is None:
        return models, True
    from sim.demand.catalogue_file import read_catalogue  # only where there is a file to read

    try:
        found = read_catalogue(scenario)
    except InputError as error:
        errors.append(error)
        return models, False
    if found.problems:
        errors.append(InputError(found.problems, HEADING))
    return models | found.models, True


def _orders(scenario: Scenario, errors: list[InputError]) -> OrderFile | None:
    if scenario.demand.file is None:
        return None
    from sim.demand.trace import read_orders  # pyarrow, only where there is a file to read

    try:
        return read_orders(scenario)
    except InputError as error:
        errors.append(error)
        return None


def _gathered(
    scenario: Scenario, stock: Stock, orders: OrderFile | None, models: dict[str, Sku], complete: bool
) -> list[Problem]:
    """Add the SKUs of the assortment, and tell what is missing as far as it is known what there should be."""
    problems: list[Problem] = []
    sold = orders.skus if orders is not None else None
    if stock.assortment is not None:
        models |= dict.fromkeys(_names(stock.assortment, orders, models, problems), stock.assortment.model)
    elif sold is not None and complete:
        problems += _unknown(scenario, sold, models)
    complete = complete and (orders is not None or scenario.demand.file is None)
    if stock.gift is not None and stock.gift not in models and complete:
        problems.append(Problem("stock.gift", stock.gift, f"is not among the SKUs{nearest(stock.gift, models)}"))
    if len(models) > MOST_SKUS:
        problems.append(Problem("stock", f"{len(models):,} SKUs", f"at most {MOST_SKUS:,}"))
    return problems


def _names(
    assortment: Assortment, orders: OrderFile | None, known: Mapping[str, Sku], problems: list[Problem]
) -> list[str]:
    """SKUs of the assortment: those of the order file that nothing else describes, or numbered ones."""
    sold = orders.skus if orders is not None else None
    count = assortment.count
    if sold is not None:
        if count:
            remedy = (
                "the order file brings its own SKUs: leave count out, or switch them off with demand.columns.sku=''"
            )
            problems.append(Problem("stock.assortment.count", str(count), remedy))
        return [name for name in sold.names if name not in known]
    if not count and orders is not None:
        remedy = (
            "the order file has no SKUs: say how many are generated, or which column holds them with demand.columns.sku"
        )
        problems.append(Problem("stock.assortment.count", "0", remedy))
    names = [f"sku_{number}" for number in range(1, count + 1)]
    both = [name for name in names if name in known]
    remedy = "is in stock.skus or the catalogue, and generated by stock.assortment too: rename it"
    problems += [Problem("stock", f"SKU {name!r}", remedy) for name in both[:MOST_NAMED]]
    return names


def _unknown(scenario: Scenario, sold: OrderLines, models: Mapping[str, Sku]) -> list[Problem]:
    """SKUs that were sold and that nothing describes."""
    assert scenario.demand.file is not None
    rows = sold.lines_sold
    missing = [code for code, name in enumerate(sold.names) if name not in models]
    problems = []
    for code in missing[:MOST_NAMED]:
        lines = f"{rows[code]:,} {'row' if rows[code] == 1 else 'rows'}, first row {sold.row[code]}"
        remedy = (
            f"sold in {Path(scenario.demand.file).name} ({lines}), but not in the catalogue"
            f"{nearest(sold.names[code], models)}; list it, or set stock.assortment for all that are not listed"
        )
        problems.append(Problem("stock", f"SKU {sold.names[code]!r}", remedy))
    if len(missing) > MOST_NAMED:
        more = len(missing) - MOST_NAMED
        remedy = "SKUs were sold that are not in the catalogue"
        problems.append(Problem(f"and {more:,} more", "", remedy))
    return problems


def _weights(stock: Stock, models: Mapping[str, Sku], listed: int, sold: OrderLines | None) -> tuple[Floats, Floats]:
    """Weight of each SKU in ordinary lines and in the campaign's."""
    if sold is not None:
        lines = dict(zip(sold.names, sold.lines_sold.tolist(), strict=True))
        usual = np.array([lines.get(name, 0) for name in models], dtype=np.float64)
        return usual, usual
    own = list(models.values())[:listed]
    usual = np.array([sku.popularity for sku in own])
    bent = np.array([sku.popularity * sku.campaign_factor for sku in own])
    assortment = stock.assortment
    if assortment is None:
        return usual, bent
    rank = np.arange(1, assortment.count + 1, dtype=np.float64)
    exponent = assortment.exponent if assortment.campaign_exponent is None else assortment.campaign_exponent
    factor = assortment.model.campaign_factor
    return (
        np.concatenate([usual, rank**-assortment.exponent]),
        np.concatenate([bent, factor * rank**-exponent]),
    )


def _units_per_day(scenario: Scenario, orders: OrderFile | None, names: list[str], usual: Floats) -> Floats:
    """Mean units of each SKU on an ordinary day, or on one of the file, at the scenario's scale."""
    share = usual / usual.sum()
    basket = scenario.demand.basket
    if orders is None:
        per_day = _orders_per_day(scenario) * basket.lines_mean * basket.units_per_line_mean
        return np.asarray(scenario.scale * per_day * share)
    days = file_days(scenario)
    if orders.skus is None:
        return np.asarray(scenario.scale * float(orders.units.sum()) / days * share)
    units = dict(zip(orders.skus.names, orders.skus.units_sold.tolist(), strict=True))
    return np.array([scenario.scale * units.get(name, 0.0) / days for name in names])


def _orders_per_day(scenario: Scenario) -> float:
    """Of an ordinary day, before `scenario.scale`."""
    if scenario.demand.forecast is not None:
        return ordinary_per_day(scenario)
    return scenario.demand.profile.per_day


def file_days(scenario: Scenario) -> int:
    """Days of the order file that are replayed: lead-in, window, run-on, up to the end of the run."""
    _, last = scenario.demand.days
    return (last - scenario.first_day).days + 1 + scenario.demand.run_on_days


def _fill(
    assortment: Assortment, models: dict[str, Sku], listed: int, per_day: Floats, sold: OrderLines | None
) -> None:
    """Give each SKU of the assortment its figures; those that come to the same share a model."""
    price: dict[str, float] = {}
    if sold is not None and assortment.model.price is None:
        price = {name: each for name, each in zip(sold.names, sold.price.tolist(), strict=True) if each >= 0}
    made: dict[tuple[tuple[int, ...], float | None], Sku] = {}
    for name, mean in list(zip(models, per_day.tolist(), strict=True))[listed:]:
        units = assortment_units(assortment, mean)
        key = (units, price.get(name))
        if key not in made:
            own = {"price": price[name]} if name in price else {}
            made[key] = of_assortment(assortment, mean).model_copy(update=own)
        models[name] = made[key]


def assortment_units(assortment: Assortment, units_per_day: float) -> tuple[int, int, int, int]:
    """On hand, reorder point, order-up-to level and lot size of a SKU that sells so many units a day, rounded."""
    days = (assortment.on_hand_days, assortment.point_days, assortment.up_to_days, assortment.lot_size_days)
    # rounded first, so that half a unit is one though its days and its sales are no binary fractions
    on_hand, point, up_to, lot_size = (scaled_count(1, round(each * units_per_day, 9)) for each in days)
    return on_hand, point, max(up_to, point + 1), max(lot_size, 1)


def of_assortment(assortment: Assortment, units_per_day: float) -> Sku:
    """A SKU of an assortment that sells so many units on an ordinary day."""
    on_hand, point, up_to, lot_size = assortment_units(assortment, units_per_day)
    usual = assortment.model.reorder
    rule = usual.model_copy(update={"rule": assortment.rule, "point": point, "up_to": up_to, "lot_size": lot_size})
    return assortment.model.model_copy(update={"on_hand": on_hand, "reorder": rule})


def _notes(scenario: Scenario, models: Mapping[str, Sku], listed: int, sold: OrderLines | None) -> dict[str, int | str]:
    notes: dict[str, int | str] = {}
    if sold is not None:
        notes["stock_skus_sold_in_file"] = len(sold.names)
        if len(models) > listed:
            notes["stock_from_days_of_sales"] = file_days(scenario)
    notes["stock_receipts_after_the_run"] = sum(
        scenario.minute(receipt.at) >= scenario.horizon_min for sku in models.values() for receipt in sku.receipts
    )
    return notes
