"""Maps of a sweep over two figures: a field for each point, a panel for each plan or for each value of a third figure.

Fields are of equal size whatever the distance between values. Colours run from light to dark and are written out too,
where the fields are large enough; a thick line encloses the points at which a plan holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from sim.definitions import KPIS
from sim.experiment.choice import SERVICE
from sim.report.charts.canvas import (
    FAINT,
    INK,
    MUTED,
    PALE,
    WIDE,
    Chart,
    figure,
    finish,
    fitted,
    place,
    short,
    wrapped,
    write,
)
from sim.report.charts.marks import legend, legend_height, marks_of
from sim.report.charts.sweep_curves import broken, tick, title_of
from sim.report.sweep.axes import Axis
from sim.report.sweep.reading import DEMAND, SweepReading

Floats = NDArray[np.float64]
LEFT, RIGHT, TITLE, FOOT, GAP = 0.95, 0.15, 0.34, 0.62, 0.28
BAR, BAR_GAP = 0.14, 0.2
MOST_PANELS = 4  # values of the third figure that are shown
MOST_ACROSS = 3
FIELD = (0.26, 0.46)  # least and greatest height of a field, inches
LETTER, LABEL_LETTER = 0.062, 0.078  # inches at 7 and at 8.5 pt
NAME_LETTERS = 20  # of a value beside its row
TEXT = 7.0
THIN = 0.12  # inches: fields narrower than that touch
LIGHTEST = 0.5  # of a plan's colour: paper shines through, and black text stays readable


@dataclass(frozen=True, slots=True)
class Frame:
    """What of a sweep is mapped.

    Parameters
    ----------
    x, y
        Figures across and up.
    third
        Figure that has a panel for each of `shown` of its values.
    shown
        Numbers of these values; empty without a third figure.
    fixed
        Further figures, each with the number of the one value that is shown.
    """

    x: Axis
    y: Axis
    third: Axis | None
    shown: tuple[int, ...]
    fixed: tuple[tuple[Axis, int], ...]

    def points(self, value: int | None) -> dict[tuple[int, int], int]:
        """Column and row -> point, at a value of the third figure."""
        found = {}
        for point in range(len(self.x.places)):
            third = self.third is None or self.third.places[point] == value
            if third and all(axis.places[point] == number for axis, number in self.fixed):
                found[self.x.places[point], self.y.places[point]] = point
        return found

    @property
    def panels(self) -> list[int | None]:
        """Values of the third figure; one panel without."""
        return list(self.shown) if self.third is not None else [None]


def frame_of(axes: Sequence[Axis]) -> Frame:
    """Which figure goes where: across, up, as panels side by side, or fixed.

    Numbers come before names, the demand before all others, then what has the most values. A figure is fixed at its
    value in the scenario where the sweep has that, else in the middle.
    """
    ranked = sorted(axes, key=lambda axis: (not axis.numeric, not axis.path.startswith(DEMAND), -len(axis.values)))
    x, y, *rest = ranked
    rest.sort(key=lambda axis: len(axis.values))
    third = rest[0] if rest else None
    shown: tuple[int, ...] = ()
    if third is not None:
        last = len(third.values) - 1
        count = min(MOST_PANELS, len(third.values))
        shown = tuple(round(number * last / (count - 1)) for number in range(count))
    fixed = tuple(
        (axis, axis.at_base if axis.at_base is not None else (len(axis.values) - 1) // 2) for axis in rest[1:]
    )
    return Frame(x, y, third, shown, fixed)


def maps_chart(reading: SweepReading, frame: Frame, kpi: str) -> Chart:
    """A KPI as a colour: a panel for each plan, a row of them for each value of the third figure."""
    say, unit = reading.formats.say, KPIS[kpi].unit
    values = [
        reading.standing(point, plan).kpis[kpi].own.mean
        for value in frame.panels
        for point in frame.points(value).values()
        for plan in reading.plans
    ]
    scale = _scale(values, unit)
    writing = _Writing(kpi, values, reading)
    colours = colormaps["Blues"] if unit != "currency" else colormaps["Greens"]
    panels = [(plan, value) for value in frame.panels for plan in reading.plans]
    across = min(MOST_ACROSS, len(reading.plans))
    grid = _Grid(frame, len(panels), across, 0.3, bar=True)
    write(grid.drawn, grid.left, 0.06, writing.title, fontsize=9.5, fontweight="bold", va="top")
    for number, (plan, value) in enumerate(panels):
        axes = grid.axes(number, _panel_title(reading, frame, plan, value))
        there = frame.points(value)
        matrix = _matrix(frame, {place: _mean(reading, point, plan, kpi) for place, point in there.items()})
        lines = 0.6 if min(grid.field) > THIN else 0.0
        axes.pcolormesh(
            matrix, cmap=colours, norm=scale, edgecolors="white" if lines else "face", linewidth=lines or 0.1
        )

        def texts(point: int, plan: str = plan) -> list[str]:
            standing = reading.standing(point, plan)
            own = standing.kpis[kpi].own
            lines = [writing(own.mean)] if own.known else []
            return lines + ([_times(reading, point, plan)] if kpi == SERVICE and standing.of else [])

        _write(axes, grid, there, texts, matrix, lambda value: colours(scale(value)))
        if kpi == SERVICE:
            _enclose(axes, {place for place, point in there.items() if reading.standing(point, plan).holds}, frame)
    _bar(grid, ScalarMappable(scale, colours), writing)
    alt = say("sweep.chart.alt.maps", kpi=say(f"kpi.{kpi}.label"), x=frame.x.label, y=frame.y.label)
    return finish(grid.drawn, f"maps_{kpi}", alt)


def choice_chart(reading: SweepReading, frame: Frame) -> Chart:
    """The plan to choose at each point; hatched where none holds."""
    say = reading.formats.say
    marks = marks_of(reading.plans)
    numbers = {plan: str(number + 1) for number, plan in enumerate(reading.plans)}
    tints = {plan: _tinted(mark.colour) for plan, mark in marks.items()}
    used = [plan for plan in reading.plans if plan in reading.wins]
    entries = [
        Patch(
            facecolor=tints[plan],
            edgecolor=FAINT,
            label=say("sweep.chart.key", number=numbers[plan], plan=short(reading.heading(plan), 34)),
        )
        for plan in used
    ]
    if reading.held < len(reading.points):
        entries.append(Patch(facecolor="white", edgecolor=MUTED, hatch="////", label=say("sweep.chart.none")))
    across = min(2, len(frame.panels))
    grid = _Grid(frame, len(frame.panels), across, legend_height(len(entries)), bar=False)
    legend(grid.drawn, entries, LEFT)
    for number, value in enumerate(frame.panels):
        axes = grid.axes(number, _panel_title(reading, frame, None, value))
        there = frame.points(value)
        for (column, row), point in there.items():
            winner = reading.winners[point]
            field = Rectangle((column, row), 1, 1, linewidth=0.8, edgecolor="white" if winner else FAINT)
            field.set_facecolor(tints[winner] if winner else "white")
            if winner is None:
                field.set_hatch("////")
                field.set_edgecolor(FAINT)
            axes.add_patch(field)
        _name(axes, grid, reading, there, numbers)
        axes.set_xlim(0, len(frame.x.values))
        axes.set_ylim(0, len(frame.y.values))
        _enclose(axes, {place for place, point in there.items() if reading.winners[point]}, frame)
    return finish(grid.drawn, "choice", say("sweep.chart.alt.choice", x=frame.x.label, y=frame.y.label))


class _Grid:
    """Panels of one size, with the figures' axes at the edges."""

    def __init__(self, frame: Frame, panels: int, across: int, head: float, *, bar: bool) -> None:
        self.frame, self.across, self.panels = frame, across, panels
        self.rows = math.ceil(panels / across)
        names = max((len(text) for text in frame.y.texts), default=1)
        count = len(frame.y.values)
        self.height = float(np.clip(count * FIELD[1], 1.0, max(2.6, min(4.6, count * FIELD[0]))))
        self.beside = broken(frame.y.title, int(self.height / LABEL_LETTER))
        lines = self.beside.count("\n") + 1
        self.left = max(LEFT, 0.25 + lines * 0.15 + min(names, NAME_LETTERS) * LETTER * 1.15)
        titled = frame.third is not None or bar
        self.title = TITLE + 0.15 if frame.third is not None and bar else TITLE if titled else 0.1
        aside = BAR + BAR_GAP + 0.5 if bar else 0.0
        self.width = (WIDE - self.left - RIGHT - aside - GAP * (across - 1)) / across
        self.head = head
        self.step = self.title + self.height + 0.34
        self.drawn: Figure = figure(WIDE, head + self.rows * self.step + FOOT - 0.34)

    @property
    def field(self) -> tuple[float, float]:
        """Width and height of a field in inches."""
        return self.width / len(self.frame.x.values), self.height / len(self.frame.y.values)

    def axes(self, number: int, title: Sequence[str]) -> Axes:
        """The panel of a number, without its fields."""
        row, column = divmod(number, self.across)
        left = self.left + column * (self.width + GAP)
        axes = place(self.drawn, left, self.head + row * self.step + self.title, self.width, self.height)
        lines = [fitted(axes, line, self.width * 0.94, 8.5) for line in title]
        axes.set_title("\n".join(lines), fontsize=8.5)
        axes.grid(visible=False)
        axes.tick_params(length=0)
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        axes.set_facecolor(PALE)
        _ticks(axes, self.frame.x, self.width, across=True)
        _ticks(axes, self.frame.y, self.height, across=False)
        lowest = number + self.across >= self.panels
        axes.tick_params(labelbottom=True, labelleft=column == 0)
        if lowest:
            axes.set_xlabel(self.frame.x.title)
        if column == 0:
            axes.set_ylabel(self.beside)
        return axes


def _ticks(axes: Axes, axis: Axis, inches: float, *, across: bool) -> None:
    """Values in the middle of their fields, every so many of them where they stand close."""
    field = inches / len(axis.values)
    longest = max(map(len, axis.texts))
    need = min(longest, 16) * LETTER * 1.25 if across else 0.17
    step = max(1, math.ceil(need / field))
    shown = range(0, len(axis.values), step)
    letters = max(5, int(field * step / (LETTER * 1.1))) if across else 16
    places = [number + 0.5 for number in shown]
    texts = [
        wrapped(axis.texts[number], letters) if across else short(axis.texts[number], NAME_LETTERS) for number in shown
    ]
    if across:
        axes.set_xticks(places, texts)
    else:
        axes.set_yticks(places, texts)


def _matrix(frame: Frame, values: dict[tuple[int, int], float]) -> Floats:
    found = np.full((len(frame.y.values), len(frame.x.values)), np.nan)
    for (column, row), value in values.items():
        found[row, column] = value
    return np.ma.masked_invalid(found)


def _mean(reading: SweepReading, point: int, plan: str, kpi: str) -> float:
    return reading.standing(point, plan).kpis[kpi].own.mean


def _times(reading: SweepReading, point: int, plan: str) -> str:
    """In how many replications the target was met."""
    standing = reading.standing(point, plan)
    met, of = reading.formats.number(standing.met), reading.formats.number(standing.of)
    return reading.formats.say("sweep.chart.times", met=met, of=of)


def _scale(values: Sequence[float], unit: str) -> Normalize:
    """From the smallest value to the largest; shares between round ones."""
    known = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(known), max(known)
    if unit == "share":
        low, high = math.floor(low * 10 - 1e-9) / 10, min(1.0, math.ceil(high * 10) / 10)
    if high - low < 1e-12:
        low, high = low - 0.5, high + 0.5
    pad = (high - low) * 0.1  # the lightest field must not look empty
    return Normalize(max(low - pad, 0.0) if unit == "share" and low - pad < 0 else low - pad, high)


def _write(
    axes: Axes,
    grid: _Grid,
    there: dict[tuple[int, int], int],
    texts: Callable[[int], list[str]],
    matrix: Floats,
    colour: Callable[[float], tuple[float, ...]],
) -> None:
    """Values in the fields, where they are large enough for all of them."""
    width, height = grid.field
    lines = {place: texts(point) for place, point in there.items()}
    longest = max((len(line) for each in lines.values() for line in each), default=0)
    most = max((len(each) for each in lines.values()), default=0)
    if longest * LETTER > width * 0.96 or height < 0.15:
        return
    if most * 0.135 > height * 0.98:
        lines = {place: each[:1] for place, each in lines.items()}
    for (column, row), each in lines.items():
        value = matrix[row, column]
        dark = not np.ma.is_masked(value) and _dark(colour(float(value)))
        ink = "white" if dark else INK
        axes.text(
            column + 0.5, row + 0.5, "\n".join(each), ha="center", va="center", fontsize=TEXT, color=ink,
            linespacing=1.15,
        )  # fmt: skip


def _name(
    axes: Axes, grid: _Grid, reading: SweepReading, there: dict[tuple[int, int], int], numbers: dict[str, str]
) -> None:
    """The plan's name and how often it met the target; its number in the legend where the field is small."""
    say = reading.formats.say
    width, height = grid.field
    letters = int(width * 0.94 / LETTER)
    lines = int(height * 0.95 / 0.135)
    step = max(1, math.ceil(0.14 / width), math.ceil(0.13 / height))
    for (column, row), point in there.items():
        plan = reading.chosen[point]
        if plan is None or (column % step or row % step):
            continue
        holds = reading.winners[point] is not None
        name = reading.heading(plan) if holds else say("sweep.chart.closest", plan=reading.heading(plan))
        text = numbers[plan] if holds else ""
        if letters >= 9 and lines >= 1:
            text = wrapped(name, letters, max(1, min(2, lines - 1)))
            if lines >= 2:
                text = f"{text}\n{_times(reading, point, plan)}"
        axes.text(
            column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=TEXT, linespacing=1.15,
            color=INK if holds else MUTED,
            bbox=None if holds or not text else {"facecolor": "white", "edgecolor": "none", "pad": 1.0},
        )  # fmt: skip


def _enclose(axes: Axes, places: set[tuple[int, int]], frame: Frame) -> None:
    """A thick line around fields, along their outer edges."""
    x: list[float] = []
    y: list[float] = []
    for column, row in places:
        for (dx, dy), ((x0, y0), (x1, y1)) in _EDGES.items():
            beside = (column + dx, row + dy)
            if beside not in places:
                x += [column + x0, column + x1, math.nan]
                y += [row + y0, row + y1, math.nan]
    if x:
        for colour, width in (("white", 4.2), (INK, 1.9)):  # seen on dark fields too
            axes.plot(x, y, color=colour, linewidth=width, solid_capstyle="projecting", zorder=5, clip_on=False)
    axes.set_xlim(0, len(frame.x.values))
    axes.set_ylim(0, len(frame.y.values))


_EDGES = {
    (-1, 0): ((0, 0), (0, 1)),
    (1, 0): ((1, 0), (1, 1)),
    (0, -1): ((0, 0), (1, 0)),
    (0, 1): ((0, 1), (1, 1)),
}


def _bar(grid: _Grid, colours: ScalarMappable, writing: _Writing) -> None:
    """The scale of colours at the right, beside the first row."""
    left = WIDE - RIGHT - 0.5 - BAR
    axes = place(grid.drawn, left, grid.head + grid.title, BAR, grid.height)
    grid.drawn.colorbar(colours, cax=axes)
    axes.grid(visible=False)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: writing(value)))
    for spine in axes.spines.values():
        spine.set_visible(False)


class _Writing:
    """How values of a KPI are written in the fields; large sums in the language's large unit, millions in English."""

    def __init__(self, kpi: str, values: Sequence[float], reading: SweepReading) -> None:
        self._unit, self._reading = KPIS[kpi].unit, reading
        largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
        self._millions = self._unit == "currency" and largest >= 1e6
        say, formats = reading.formats.say, reading.formats
        finer = round(math.log10(1e6 / formats.large))  # digits that a smaller unit has before its decimal sign
        self._digits = max(0, (1 if largest >= 1e7 else 2) - finer)
        label = say(f"kpi.{kpi}.label")
        self.title = title_of(kpi, formats)
        if self._millions:
            self.title = say("sweep.chart.millions", kpi=label, currency=formats.currency)

    def __call__(self, value: float) -> str:
        if self._millions:
            return self._reading.formats.number(value / self._reading.formats.large, self._digits)
        return tick(value, self._unit, self._reading)


def _panel_title(reading: SweepReading, frame: Frame, plan: str | None, value: int | None) -> list[str]:
    """The plan, and the value of the third figure below it."""
    lines = [reading.heading(plan)] if plan is not None else []
    if frame.third is not None and value is not None:
        text = frame.third.texts[value]
        lines.append(reading.formats.say("sweep.figure_is", figure=frame.third.label, value=text))
    return lines


def _tinted(colour: str) -> tuple[float, float, float]:
    """A colour with the paper shining through."""
    red, green, blue = (1 - LIGHTEST + LIGHTEST * part for part in to_rgb(colour))
    return red, green, blue


def _dark(colour: tuple[float, ...]) -> bool:
    red, green, blue = colour[:3]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.5
