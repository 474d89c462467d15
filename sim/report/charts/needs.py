"""People needed by day and hour: a panel for each role, a row for each day, a field for each hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from sim.report.charts.canvas import INK, MUTED, PALE, RED, WIDE, Chart, figure, finish, place, write
from sim.report.formats import Formats
from sim.report.needs.words import as_moment, records

if TYPE_CHECKING:
    import pandas as pd

LEFT, RIGHT, BETWEEN, HEAD, FOOT = 0.95, 0.05, 0.3, 0.55, 0.12
ROW, MOST_ROWS = 0.24, 62
LIGHTEST, SPAN = 0.08, 0.72  # of the colour map: the darkest field still carries black figures at its light end


def staff_map(staff: pd.DataFrame, formats: Formats) -> Chart | None:
    """The chart; nothing where nobody is needed.

    Parameters
    ----------
    staff
        role, date, hour, needed_h, present_h.
    """
    roles = [role for role in dict.fromkeys(staff["role"]) if (staff[staff["role"] == role]["needed_h"] > 0).any()]
    if not roles:
        return None
    days = sorted(dict.fromkeys(staff["date"]))[:MOST_ROWS]
    hours = {role: _hours(staff[staff["role"] == role]) for role in roles}
    fields = sum(len(each) for each in hours.values())
    unit = (WIDE - LEFT - RIGHT - BETWEEN * (len(roles) - 1)) / fields
    drawn = figure(WIDE, HEAD + ROW * len(days) + FOOT)
    left = LEFT
    for number, role in enumerate(roles):
        width = unit * len(hours[role])
        write(drawn, left, 0.04, formats.say(f"stage.{role}"), va="top", fontsize=9.5, weight="bold")
        axes = place(drawn, left, HEAD, width, ROW * len(days))
        own = staff[staff["role"] == role]
        _panel(axes, own, days, hours[role], unit, formats)
        names = [formats.day(as_moment(day)) for day in days] if number == 0 else []
        axes.set_yticks([row + 0.5 for row in range(len(days))] if names else [], names)
        left += width + BETWEEN
    parts = [
        formats.say(
            "needs.staff_alt_part",
            stage=formats.say(f"stage_in_text.{role}"),
            most=formats.number(float(staff[staff["role"] == role]["needed_h"].max())),
        )
        for role in roles
    ]
    alt = formats.say("needs.staff_alt", parts=formats.say("list.comma").join(parts))
    return finish(drawn, "staff_by_hour", alt)


def _hours(own: pd.DataFrame) -> range:
    there = own[(own["needed_h"] > 0) | (own["present_h"] > 0)]["hour"]
    return range(int(there.min()), int(there.max()) + 1)


def _panel(axes: Axes, own: pd.DataFrame, days: list[object], hours: range, unit: float, formats: Formats) -> None:
    axes.grid(visible=False)
    axes.set_facecolor(PALE)
    for spine in axes.spines.values():
        spine.set_visible(False)
    most = max(1.0, float(own["needed_h"].max()))
    size = 7.0 if unit > 0.24 else 5.5
    for each in records(own):
        if each.date not in days:
            continue
        column, row = int(each.hour) - hours.start, days.index(each.date)
        needed, gap = float(each.needed_h), float(each.gap_h)
        shade = colormaps["Blues"](LIGHTEST + SPAN * needed / most) if needed > 0 else "white"
        axes.add_patch(Rectangle((column, row), 1, 1, facecolor=shade, edgecolor="white", linewidth=0.8))
        dark = needed / most > 0.75
        text = formats.number(needed, 0 if abs(needed - round(needed)) < 0.05 else 1)
        axes.text(column + 0.5, row + 0.54, text, color="white" if dark else INK if needed else MUTED, fontsize=size,
                  ha="center", va="center")  # fmt: skip
        if gap > 0.01:
            axes.add_patch(Rectangle((column + 0.06, row + 0.08), 0.88, 0.84, fill=False, edgecolor=RED, linewidth=1.0))
    axes.set_xlim(0, len(hours))
    axes.set_ylim(len(days), 0)
    every = 1 if unit > 0.3 else 2
    axes.set_xticks([hour - hours.start for hour in hours[::every]], [f"{hour:02d}" for hour in hours[::every]])
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelcolor=MUTED)
