"""How good forecasts are on real records: ``python -m benchmarks.forecast [--data FOLDER]``.

Rolling-origin backtests on the daily orders of Online Retail and Olist (28 days ahead) and the weekly sales of 45
Walmart stores (8 weeks ahead): MASE against seasonal naive and coverage of the intervals. The row `as_chosen_then` is
the procedure itself, choosing in each window by the windows before it. Holidays are those of the country; Olist's Black
Friday is told to nobody.
"""

from __future__ import annotations

import argparse
import os
import resource
from pathlib import Path
from time import perf_counter

import sim
from benchmarks.common import machine, print_table
from sim.forecasting.reading import Reading

DATA = Path(os.environ.get("SURGESIM_DATA") or Path(__file__).parents[1].parent / "shared" / "data")
RECORDS = {
    "online_retail_2011.csv.gz": (Reading(skip_bad_rows=True), "GB"),
    "olist_2017_daily_orders.csv": (Reading(), "BR"),
    "walmart_weekly_2010_2012.csv": (Reading(week_ends=True), "US"),
}
HEAD = ["model", "windows", "MASE", "pinball", "coverage 80 %", "coverage 95 %", "bias", "chosen"]


def main() -> None:
    """Forecast each record, and tell how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--skus", type=int, default=0, help="of Online Retail, by AutoETS")
    given = parser.parse_args()
    print(machine())
    for name, (how, country) in RECORDS.items():
        if not (given.data / name).is_file():
            print(f"{name}: not in {given.data}")
            continue
        begun = perf_counter()
        skus = given.skus if name.startswith("online") else 0
        found = sim.forecast(given.data / name, how=how, country=country, skus=skus)
        taken = perf_counter() - begun
        rows = [
            [
                str(row["model"]),
                str(row["windows"]),
                *(f"{row[key]:.3f}" for key in ("mase", "pinball", "coverage_80", "coverage_95", "bias")),
                "yes" if row["chosen"] else "",
            ]
            for _, row in found.accuracy.iterrows()
        ]
        print_table(f"{name}, {found.horizon} ahead, {taken:.1f} s", HEAD, rows)
        for note in found.notes:
            print(f"  {note}")
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB")


if __name__ == "__main__":
    main()
