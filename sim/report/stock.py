"""Stock on the pages of a comparison and of a run: figures per plan, and the SKUs that customers missed most."""

from __future__ import annotations

from dataclasses import dataclass

from sim.demand.catalogue import catalogue_of
from sim.ledger import Ledger
from sim.report.formats import Formats
from sim.report.reading import Reading
from sim.report.tables import Cell, Head, Row, Table, better_of, figure_cell, plan_row
from sim.scenario.scale import at_scale
from sim.scenario.scenario import Scenario
from sim.scenario.stock import Oversell
from sim.sku_accounts import accounts_of

PLAN_KPIS = (
    "fill_rate",
    "backordered_share",
    "rejected_share",
    "dropped_units",
    "short_sku_days",
    "written_off_units",
    "peak_storage_m3",
    "stock_end_units",
    "returned_share",
)
SILENT_IF_NIL = ("backordered_share", "written_off_units", "peak_storage_m3", "returned_share")
MOST_SKUS = 15


@dataclass(frozen=True, slots=True)
class StockInWords:
    """The section on stock.

    Parameters
    ----------
    lead
        What it begins with.
    plans
        Figures per plan; None on the page of a run, which has them among its own.
    skus, skus_lead
        The SKUs that were missed most, and whose they are; None where none was.
    """

    lead: str
    plans: Table | None
    skus: Table | None
    skus_lead: str


def stock_of_comparison(reading: Reading, formats: Formats) -> StockInWords | None:
    """Figures of every plan, and the worst SKUs under the chosen one; None without stock."""
    if reading.scenario.stock is None:
        return None
    say = formats.say
    ledger = reading.comparison.ledgers.get(reading.chosen)
    table = None if ledger is None else sku_table(ledger, formats)
    lead = say("stock.skus_lead", plan=reading.heading(reading.chosen), most=MOST_SKUS)
    return StockInWords(_lead(reading, formats), _plans(reading, formats), table, lead)


def stock_of_run(ledger: Ledger, formats: Formats) -> StockInWords | None:
    """The worst SKUs of a run; None without stock."""
    if ledger.scenario.stock is None:
        return None
    say, table = formats.say, sku_table(ledger, formats)
    lead = say("stock.skus_lead_run", most=MOST_SKUS) if table is not None else ""
    return StockInWords(say("stock.lead_run", site=site_in_words(ledger.scenario, formats)), None, table, lead)


def worst_skus(ledger: Ledger) -> list[int]:
    """SKUs that the page shows, the worst first."""
    return accounts_of(ledger).worst(MOST_SKUS)


def _lead(reading: Reading, formats: Formats) -> str:
    site = site_in_words(reading.scenario, formats)
    return formats.say.count("stock.lead", reading.comparison.replications, site=site)


def site_in_words(scenario: Scenario, formats: Formats) -> str:
    """What stock a scenario has, at its scale: SKUs, units, space, own production, and what happens without stock."""
    from sim.report.charts.stock import capacity_m3

    say, stock = formats.say, at_scale(scenario).stock
    assert stock is not None
    catalogue, most = catalogue_of(at_scale(scenario)), capacity_m3(scenario)
    lines = [
        say(
            "stock.line",
            name=name,
            units=formats.number(line.units_per_h * min(line.hours_per_day, 24.0)),
            hours=formats.plain(line.hours_per_day),
        )
        for name, line in stock.production.items()
    ]
    return say(
        "stock.site",
        skus=formats.number(len(catalogue)),
        units=formats.number(sum(lot.units for lot in catalogue.opening)),
        room="" if most is None else say("stock.room", value=formats.plain(most)),
        making=say("stock.making", lines=say("list.comma").join(lines)) if lines else "",
        sold_out=_policy(stock.oversell, formats),
    )


def _policy(oversell: Oversell, formats: Formats) -> str:
    if oversell.policy == "none":
        return formats.say(f"stock.policy.none_{oversell.sold_out}")
    return formats.say(f"stock.policy.{oversell.policy}", **({"share": formats.share(oversell.share)}))


def _plans(reading: Reading, formats: Formats) -> Table:
    """A row per plan; what is nil for all of them is left out where that is usual."""
    from sim.report.charts.stock import capacity_m3

    kpis = [kpi for kpi in PLAN_KPIS if _telling(reading, kpi)]
    best = {kpi: reading.best(kpi, better_of(kpi)) for kpi in kpis}
    most = capacity_m3(reading.scenario)
    rows = []
    for plan in reading.plans:
        cells = []
        for kpi in kpis:
            cell = figure_cell(reading.estimate(plan, kpi), plan in best[kpi], formats)
            if kpi == "peak_storage_m3" and most is not None:
                cell = Cell(
                    cell.text, cell.below, cell.mark, formats.say("stock.of_capacity", value=formats.plain(most))
                )
            cells.append(cell)
        rows.append(plan_row(reading, plan, tuple(cells)))
    return Table(tuple(Head(formats.say(f"kpi.{kpi}.label"), unit=_unit(kpi, formats)) for kpi in kpis), tuple(rows))


def _unit(kpi: str, formats: Formats) -> str:
    from sim.indicators import KPIS

    unit = KPIS[kpi].unit
    return formats.say(f"kpi_unit.{unit}") if unit not in {"share", "currency"} else ""


def _telling(reading: Reading, kpi: str) -> bool:
    if not reading.known(kpi):
        return False
    return kpi not in SILENT_IF_NIL or any(reading.estimate(plan, kpi).mean for plan in reading.plans)


def sku_table(ledger: Ledger, formats: Formats) -> Table | None:
    """The worst SKUs of a run; None where no customer missed any and nothing was written off."""
    say, accounts = formats.say, accounts_of(ledger)
    worst = accounts.worst(MOST_SKUS)
    if not worst:
        return None
    columns = ["asked", "dropped", "owed", "sold_out_days", "short_days", "written_off"]
    if not accounts.owed.any():
        columns.remove("owed")
    rows = [
        Row(
            accounts.names[code],
            tuple(
                Cell(formats.number(float(getattr(accounts, name)[code]), 1 if name.endswith("days") else 0))
                for name in columns
            ),
        )
        for code in worst
    ]
    return Table(tuple(Head(say(f"stock.column.{name}")) for name in columns), tuple(rows))
