"""The report on a sweep: which plan to choose where, how far the campaign may go, which figures matter most."""

from sim.report.sweep.draft import sweep_draft
from sim.report.sweep.reading import SweepReading
from sim.report.sweep.tables import console
from sim.report.sweep.words import certainty, headline

__all__ = ["SweepReading", "certainty", "console", "headline", "sweep_draft"]
