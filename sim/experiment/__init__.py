"""Experiments: many runs, the statistics of comparing plans."""

from __future__ import annotations

from sim.experiment.compare import Comparison, Verdict, compare

__all__ = ["Comparison", "Verdict", "compare"]
