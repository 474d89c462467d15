"""The whole question: from a stock file and an order file to what to offer, what to write off, and what of it ships."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.compute import Engine
from sim.errors import InputError, Problem
from sim.experiment.laboratory.lab import Progress
from sim.experiment.laboratory.store import Store
from sim.experiment.questions.constraint import Constraint
from sim.planning.promote.demand import demand_problems
from sim.planning.promote.figures import ConstantElasticity, Figures, Uplift
from sim.planning.promote.mix import Mix, best_mix
from sim.planning.promote.offers import Candidates, Window, price_offers, together
from sim.planning.promote.pairs import best_sellers, pairs
from sim.planning.promote.pressure import Pressure, Thresholds, pressure
from sim.planning.promote.sales import Sales, read_sales
from sim.planning.promote.shipping import HEADING, Search, Shipped, shipping
from sim.planning.promote.so_far import Progress as SoFar
from sim.planning.promote.so_far import read_so_far, so_far
from sim.planning.promote.stock_file import DateOrder, read_stock
from sim.planning.promote.thresholds import threshold_offers
from sim.planning.promote.writeoff import writeoff
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

Rows = Literal["stop", "skip"]


@dataclass(frozen=True)
class Terms:
    """What offers are chosen by.

    Parameters
    ----------
    budget
        Money for discounts and gifts; None: no limit.
    capacity
        Extra orders a day; None: no limit but what ships.
    thresholds, figures, uplift
        From where on stock presses, what offers are reckoned with, and how demand answers a price.
    search
        How what ships is looked for.
    """

    budget: float | None = None
    capacity: float | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    figures: Figures = field(default_factory=Figures)
    uplift: Uplift = field(default_factory=ConstantElasticity)
    search: Search = field(default_factory=Search)


@dataclass(frozen=True, eq=False)
class Promotion:
    """What was found.

    Attributes
    ----------
    pressed, candidates
        Classes of all SKUs; offers that could be made.
    mix
        What to offer: what ships, where a scenario was given.
    writeoffs
        See :func:`sim.planning.promote.writeoff.writeoff`: what is left of the stock with that mix.
    shipped
        See :class:`sim.planning.promote.shipping.Shipped`; None without a scenario.
    sales
        The order file; None without one.
    bundles
        Pairs that bundles were looked for among.
    """

    pressed: Pressure
    candidates: Candidates
    mix: Mix
    writeoffs: pd.DataFrame
    shipped: Shipped | None
    sales: Sales | None
    bundles: pd.DataFrame | None

    def so_far(self, name: str, today: date) -> SoFar:
        """Sales so far, from a file, against this plan; see :func:`sim.planning.promote.so_far.so_far`."""
        per_line = _units_per_line(self.sales)
        return so_far(
            self.mix, read_so_far(name), today, sales=self.sales, bundles=self.bundles, units_per_line=per_line
        )


def promote(
    stock: str,
    window: Window,
    orders: str | None = None,
    scenario: Scenario | None = None,
    plan: Plan | str = "none",
    terms: Terms | None = None,
    seed: int = 1,
    *,
    preset: str = "generic",
    columns: Mapping[str, str] | None = None,
    dates: DateOrder | None = None,
    bad_rows: Rows = "stop",
    constraint: Constraint | None = None,
    store: Store | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> Promotion:
    """Turn stock into offers.

    Parameters
    ----------
    stock
        Stock file, see :mod:`sim.planning.promote.stock_file`.
    window
        Days of the offers; classes are judged on the first.
    orders
        Order file: rates that the stock file lacks, bundles and thresholds; None: none of these.
    scenario, plan
        Where the mix is simulated, and under which plan; None: it is not.
    terms
        What offers are chosen by.
    preset, columns
        Of the order file, as `demand.preset` and `demand.columns`.
    dates, bad_rows
        As in :func:`sim.planning.promote.stock_file.read_stock`; `bad_rows` of the order file, too.
    seed, constraint, store, engine, progress
        As in :func:`sim.planning.promote.shipping.shipping`.

    Raises
    ------
    InputError
        With every problem of both files, before anything is run.
    """
    asked = terms or Terms()
    problems: list[Problem] = []
    headings: list[str] = []
    sales, lying = None, None
    try:
        sales = None if orders is None else read_sales(orders, preset=preset, columns=columns, bad_rows=bad_rows)
    except InputError as error:
        problems += error.problems
        headings.append(error.heading)
    try:
        lying = read_stock(stock, dates=dates, bad_rows=bad_rows, rates=orders is not None)
    except InputError as error:
        problems += error.problems
        headings.append(error.heading)
    if problems or lying is None:
        raise InputError(problems, "; and ".join(headings))
    lying = lying if sales is None else lying.with_rates(sales.rates())
    pressed = pressure(lying, window.start, asked.thresholds)
    candidates, bundles = _candidates(pressed, window, sales, asked)
    budget = np.inf if asked.budget is None else asked.budget
    shipped = None
    if scenario is None:
        capacity = np.inf if asked.capacity is None else asked.capacity
        mix = best_mix(candidates, budget=budget, capacity=capacity)
    else:
        wrong = demand_problems(scenario, candidates)
        if wrong:
            raise InputError(wrong, HEADING)
        shipped = shipping(
            scenario,
            candidates,
            plan,
            asked.search,
            seed,
            budget=budget,
            most=asked.capacity,
            constraint=constraint,
            store=store,
            engine=engine,
            progress=progress,
        )
        mix = shipped.mix
    left = writeoff(pressed, asked.figures, mix.sold_extra)
    return Promotion(pressed, candidates, mix, left, shipped, sales, bundles)


def _candidates(
    pressed: Pressure, window: Window, sales: Sales | None, terms: Terms
) -> tuple[Candidates, pd.DataFrame | None]:
    """All offers that could be made, and the pairs that bundles come from."""
    if sales is None:
        return price_offers(pressed, window, terms.figures, terms.uplift), None
    pressing = [pressed.stock.sku[place] for place in np.flatnonzero(pressed.excess > 0).tolist()]
    bundles = pairs(sales, pressing, best_sellers(sales))
    per_line = _units_per_line(sales)
    prices = price_offers(pressed, window, terms.figures, terms.uplift, bundles=bundles, units_per_line=per_line)
    return together([prices, threshold_offers(pressed, window, sales, terms.figures, terms.uplift)]), bundles


def _units_per_line(sales: Sales | None) -> dict[str, float] | None:
    return None if sales is None else dict(zip(sales.skus, sales.units_per_line.tolist(), strict=True))
