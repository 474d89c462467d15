"""The report: one page that answers which plan to choose, its charts, tables, ledgers and how it was made."""

from sim.report.write import write_comparison, write_run

__all__ = ["write_comparison", "write_run"]
