"""Backlog over time: a panel per plan."""

from __future__ import annotations

import numpy as np

from sim.report.charts.canvas import Chart
from sim.report.charts.plan_panels import Subject, plan_panels
from sim.report.formats import Formats
from sim.report.reading import Reading


def backlog_chart(reading: Reading, formats: Formats) -> Chart:
    """Panels in the order of the plans, all on the same scales."""
    subject = Subject("backlog", "backlog_orders", formats.say("chart.backlog_mean"))
    return plan_panels(reading, subject, lambda: _alt(reading, formats), formats)


def _alt(reading: Reading, formats: Formats) -> str:
    peaks = [
        formats.say(
            "chart.alt.backlog_plan",
            plan=reading.heading(plan),
            peak=formats.number(float(np.max(reading.series(plan, "backlog_orders")["mean"]))),
        )
        for plan in reading.plans
    ]
    return formats.say("chart.alt.backlog", peaks=formats.say("list.semicolon").join(peaks))
