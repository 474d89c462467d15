"""Stock pressure and offers on real stock codes, and how long 50,000 SKUs take: ``python -m benchmarks.promote``.

The real file (Online Retail, see docs/guides/promote.md) says what was sold and for how much, and not what lay on the
shelves. So the stock is made from the sales, in one stated way: as if the shop had bought for `COVER_DAYS` at the mean
rate of the year (cancelled units taken off), counted on the day after the file ends. What sells faster now than over
the year is short, and what has had its time lies there. A unit is taken to cost half of its median price. Names with
Christmas in them are goods of a season that ends on 24 December. Codes that are no goods (postage, fees) are left out.

With ``--ship``, near-expiry deals of 300 SKUs drawn at random, in the shipped scenario `steady` at a tenth of its size,
chosen without and with asking the simulated warehouse; about two minutes.

The large case has 50,000 SKUs and 500,000 order lines, drawn at random with the skew of the real ones, written to files
and read again, as a user's would be.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

import sim
from benchmarks.common import machine, memory_bytes, print_table
from sim.planning.promote.mix import Mix, best_mix
from sim.planning.promote.offers import Window, price_offers, together
from sim.planning.promote.pairs import best_sellers, pairs
from sim.planning.promote.pressure import Pressure, pressure
from sim.planning.promote.sales import Sales, read_sales
from sim.planning.promote.shipping import shipping
from sim.planning.promote.stock_file import StockFile, read_stock, stock_of
from sim.planning.promote.thresholds import threshold_offers
from sim.planning.promote.writeoff import writeoff

COVER_DAYS = 90.0
COST_SHARE = 0.5
DAYS = 14
SEASON_END = np.datetime64("2011-12-24")
_GOODS = re.compile(r"\d{5}[A-Za-z]*\Z")
_CHRISTMAS = re.compile(r"CHRISTMAS|XMAS|ADVENT|SANTA|REINDEER|SNOWM[AE]N", re.IGNORECASE)
Told = Callable[[str, Callable[[], Any]], Any]


def data_file() -> Path:
    """Online Retail, in the folder of real data."""
    folder = Path(os.environ.get("SURGESIM_DATA", "../shared/data"))
    path = folder / "online_retail_2011.csv.gz"
    if not path.exists():
        raise SystemExit(f"{path} is not there: the real data is needed (SURGESIM_DATA names its folder)")
    return path


def real_skus(path: Path) -> pd.DataFrame:
    """Name (the first that is not empty), median price and units less cancelled ones of each stock code."""
    columns = ["StockCode", "Description", "Quantity", "UnitPrice"]
    lines = pd.read_csv(path, usecols=columns, dtype={"StockCode": str, "Description": str})
    found = lines[lines["UnitPrice"] > 0].groupby("StockCode")
    return found.agg(name=("Description", "first"), price=("UnitPrice", "median"), units=("Quantity", "sum"))


def real_stock(sales: Sales, skus: pd.DataFrame) -> StockFile:
    """Stock made from the sales as the head of this module says."""
    rates = sales.rates()
    kept = [name for name in skus.index if _GOODS.match(name) and name in rates and skus.loc[name, "units"] > 0]
    goods = skus.loc[kept]
    titles = goods["name"].fillna("").str.strip().tolist()
    return stock_of(
        {
            "sku": kept,
            "title": titles,
            "on_hand": np.round(goods["units"].to_numpy() / sales.days * COVER_DAYS),
            "sales_per_day": [rates[name] for name in kept],
            "price": goods["price"].to_numpy(),
            "cost": COST_SHARE * goods["price"].to_numpy(),
            "season_end": [SEASON_END if _CHRISTMAS.search(title) else np.datetime64("NaT") for title in titles],
        },
        "online_retail_2011",
    )


def analysed(stock: StockFile, sales: Sales, start: date, told: Told) -> tuple[Pressure, Mix, pd.DataFrame]:
    """Classes, offers, mix and write-offs."""
    window = Window(start, start + timedelta(days=DAYS - 1))
    pressed = told("classes", lambda: pressure(stock, start))
    pressing = [stock.sku[place] for place in np.flatnonzero(pressed.excess > 0)]
    found = told("pairs with best-sellers", lambda: pairs(sales, pressing, best_sellers(sales)))
    per_line = dict(zip(sales.skus, sales.units_per_line.tolist(), strict=True))
    prices = told("offers", lambda: price_offers(pressed, window, bundles=found, units_per_line=per_line))
    spend = told("thresholds and gifts", lambda: threshold_offers(pressed, window, sales))
    everything = together([prices, spend])
    orders = sales.orders_per_day
    mix = told("mix within a capacity", lambda: best_mix(everything, capacity=0.2 * orders, budget=np.inf))
    left = told("write-offs", lambda: writeoff(pressed, mix.candidates.figures, mix.sold_extra))
    return pressed, mix, left


def random_files(folder: Path, skus: int, lines: int, seed: int = 1) -> tuple[Path, Path]:
    """A stock file and an order file; SKU skew as in the real file, where 20 % of SKUs have 69 % of lines."""
    generator = np.random.default_rng(seed)
    weight = (np.arange(skus) + 1.0) ** -0.72
    sold = generator.choice(skus, size=lines, p=weight / weight.sum())
    order = np.sort(generator.integers(0, lines // 4, size=lines))
    minute = np.sort(generator.integers(0, 365 * 1440, size=lines // 4))
    price = np.round(generator.lognormal(2.5, 0.8, skus), 2) + 0.01
    placed = np.datetime64("2025-01-01T00:00:00") + minute[order].astype("timedelta64[m]")
    names = np.array([f"SKU{number:06d}" for number in range(skus)])
    orders, stock = folder / "orders.csv", folder / "stock.csv"
    units = generator.integers(1, 4, size=lines)
    table = {"order_id": order, "placed": placed, "sku": names[sold], "units": units, "price": price[sold]}
    pd.DataFrame(table).to_csv(orders, index=False)
    yearly = lines * 2 * weight / weight.sum()
    deadline = np.datetime64("2026-01-01") + generator.integers(5, 400, skus).astype("timedelta64[D]")
    shown = np.where(generator.random(skus) < 0.2, deadline.astype(str), "")
    on_hand = np.round(yearly * generator.lognormal(-1.2, 1.0, skus))
    pd.DataFrame({"sku": names, "on_hand": on_hand, "price": price, "cost": price / 2, "expiry": shown}).to_csv(
        stock, index=False
    )
    return stock, orders


class _Clock:
    """Times steps."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []

    def __call__(self, name: str, work: Callable[[], Any]) -> Any:
        begun = perf_counter()
        found = work()
        self.rows.append([name, f"{perf_counter() - begun:.2f}"])
        return found

    def told(self, title: str) -> None:
        """Print them."""
        total = sum(float(row[1]) for row in self.rows)
        print_table(title, ["step", "s"], [*self.rows, ["all", f"{total:.2f}"]])


def real(top: int) -> None:
    """The real file: classes, the first SKUs by money tied up, and what is offered for each."""
    clock, path = _Clock(), data_file()
    sales = clock("order file", lambda: read_sales(str(path), preset="online_retail"))
    stock = clock("stock and names", lambda: real_stock(sales, real_skus(path)))
    start = (sales.last + np.timedelta64(1, "D")).astype(object)
    pressed, mix, left = analysed(stock, sales, start, clock)
    clock.told(f"{len(stock):,} SKUs, {len(sales.order):,} lines, offers from {start} for {DAYS} days")
    table = pressed.counts().to_numpy()
    counts = [[f"{each:,.0f}" if isinstance(each, float) else str(each) for each in row] for row in table]
    print_table("classes", ["pressure", "SKUs", "units", "too many", "money tied up"], counts)
    chosen = mix.chosen.table()
    kinds = chosen.groupby("kind").agg(offers=("sku", "size"), contribution=("contribution", "sum"))
    rows = [[kind, str(row["offers"]), f"{row['contribution']:,.0f}"] for kind, row in kinds.iterrows()]
    print_table(f"chosen within {mix.capacity:.0f} extra orders a day", ["kind", "offers", "contribution"], rows)
    every = mix.candidates.take(np.flatnonzero(mix.candidates.sku >= 0)).table()
    print_markdown(pressed, chosen, every[every["threshold"].isna()], left, top)


def print_markdown(pressed: Pressure, chosen: pd.DataFrame, every: pd.DataFrame, left: pd.DataFrame, top: int) -> None:
    """The table of docs/guides/promote.md."""
    offers, advice = chosen.set_index("sku"), left.set_index("sku")
    best = every.drop_duplicates("sku").set_index("sku")  # the table begins with what brings most
    print("\n| SKU | name | class, and why | too many | offer | brings | what is left |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    classes = pressed.table()
    for row in [
        *classes.head(top).itertuples(),
        *classes[classes["sku"].isin(chosen["sku"])].head(top // 2).itertuples(),
    ]:
        why = f"{row.pressure}: {row.reason} {row.figure:,.1f} (limit {row.threshold:g})".replace("_", " ")
        why += f"; {row.on_hand:,.0f} there, sells {row.sales_per_day:.2f} a day"
        tried = best.loc[row.sku]
        offer, brings = (
            f"none pays enough; {tried.kind.replace('_', ' ')} {tried.depth:.0%} comes nearest",
            f"{tried.contribution:,.1f}",
        )
        if row.sku in offers.index:
            found = offers.loc[row.sku]
            partner = f" with {found.partner}" if found.partner else ""
            offer = f"{found.kind} {found.depth:.0%}{partner}: {found.sold:,.0f} sold where {found.base:,.0f} were"
            if found.gifts > 0:
                offer = f"gift from {found.threshold:,.0f} on: {found.gifts:,.0f} given"
            brings = f"{found.contribution:,.0f} ({found.low:,.0f} to {found.high:,.0f})"
        rest = _rest(advice.loc[row.sku]) if row.sku in advice.index else ""
        print(f"| {row.sku} | {row.name.title()} | {why} | {row.excess:,.0f} | {offer} | {brings} | {rest} |")


def _rest(found: pd.Series) -> str:
    parts = [f"keep {found.kept:,.0f}"] if found.kept >= 1 else []
    return "; ".join([*parts, *([f"{found.advice} {found.gone:,.0f}"] if found.gone >= 1 else [])])


def large(skus: int, lines: int) -> None:
    """The large case, from files."""
    clock = _Clock()
    with tempfile.TemporaryDirectory() as folder:
        stock_path, order_path = random_files(Path(folder), skus, lines)
        sales = clock("order file", lambda: read_sales(str(order_path)))
        stock = clock("stock file", lambda: read_stock(str(stock_path), rates=True).with_rates(sales.rates()))
    _, mix, left = analysed(stock, sales, date(2026, 1, 1), clock)
    clock.told(f"{len(stock):,} SKUs, {len(sales.order):,} lines")
    memory = memory_bytes()
    most = f", most memory {memory[1] / 1e9:.2f} GB" if memory is not None else ""
    print(f"{len(mix.rows):,} offers chosen of {len(mix.candidates):,}, {len(left):,} SKUs with units left{most}")


def shipped() -> None:
    """What a planner chooses without asking the warehouse, and what is left of it."""
    generator = np.random.default_rng(3)
    rate, price = generator.lognormal(1.0, 0.8, 300), generator.lognormal(6, 0.5, 300)
    stock = stock_of(
        {
            "sku": [f"SKU{number}" for number in range(300)],
            "on_hand": np.round(rate * generator.uniform(10, 60, 300)),
            "sales_per_day": rate,
            "price": price,
            "cost": 0.6 * price,
            "expiry": np.full(300, np.datetime64("2026-04-05")),
        }
    )
    start = date(2026, 3, 17)
    offers = price_offers(pressure(stock, start), Window(start, date(2026, 3, 20)))
    begun = perf_counter()
    found = shipping(sim.load_scenario("steady", overrides=["scale=0.1"]), offers)
    columns = [
        "choice",
        "offers",
        "orders_per_day",
        "kept",
        "service_level_ship",
        "reckoned",
        "net",
        "net_low",
        "net_high",
    ]
    rows = [
        [each if isinstance(each, str) else f"{each:,.2f}" for each in row] for row in found.table[columns].to_numpy()
    ]
    print_table(f"{found.verdict}, confirmed: {found.confirmed}, {perf_counter() - begun:.0f} s", columns, rows)


def main() -> None:
    """Both cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skus", type=int, default=50_000)
    parser.add_argument("--lines", type=int, default=500_000)
    parser.add_argument("--top", type=int, default=20)
    parser.add_argument("--ship", action="store_true")
    given = parser.parse_args()
    print(machine())
    if given.ship:
        return shipped()
    real(given.top)
    return large(given.skus, given.lines)


if __name__ == "__main__":
    main()
