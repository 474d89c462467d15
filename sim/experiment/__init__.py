"""Experiments: many runs, the statistics of comparing plans."""

from __future__ import annotations

from sim.experiment.compare import Comparison, Verdict, compare
from sim.experiment.enough import Enough
from sim.experiment.rounds import Settled
from sim.statistics.precision import Precision

__all__ = ["Comparison", "Enough", "Precision", "Settled", "Verdict", "compare"]
