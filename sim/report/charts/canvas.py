"""What all charts share: colours, type, figures without global state, and saving.

Colours are those of Okabe and Ito (2008), told apart also with colour-blind eyes; whatever a colour says is said
by a line style, a hatch or a label too, so that a grey print stays readable. Text in the SVG stays text: it is
set in the reader's own sans-serif and can be searched and read aloud. DejaVu, with which it is measured here, is
wider than the usual faces, so nothing grows into its neighbour.
"""

from __future__ import annotations

import io
import re
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sim.report.charts.faces import columns, cut_wide, faces, wrapped_wide
from sim.report.charts.outlines import compact

BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
SKY, PURPLE = "#56B4E9", "#CC79A7"
INK, MUTED, FAINT, PALE = "#1f2328", "#5b6470", "#c9ced6", "#eef0f3"
# the same hues, brought to one lightness: shades stand for shares, also in a grey print
RESOURCE_COLOURS = {
    "release": "#5B6470",
    "third_party": "#3C7A9E",
    "picking": "#0072B2",
    "packing": "#B07500",
    "dock": "#007A59",
    "carrier": "#A04E7D",
    "desk": "#B84E00",
}

WIDE = 10.4  # inches: the page's column at the size at which 9 pt reads like the text around it
PNG_DPI = 150
FACES = (
    "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Liberation Sans', "
    "'PingFang TC', 'Microsoft JhengHei', 'Noto Sans CJK TC', 'Noto Sans TC', sans-serif"
)

_STYLE: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": FAINT,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.labelcolor": MUTED,
    "axes.labelsize": 8.5,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.titlecolor": INK,
    "axes.unicode_minus": True,
    "figure.facecolor": "white",
    "font.family": ["sans-serif"],
    "font.size": 9,
    "grid.color": "#e3e6ea",
    "grid.linewidth": 0.7,
    "hatch.linewidth": 0.6,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "path.simplify": True,
    "svg.fonttype": "none",
    "svg.hashsalt": "surgesim",
    "text.color": INK,
    "text.parse_math": False,  # a plan called "5 $ coupon" is no formula
    "xtick.color": FAINT,
    "xtick.labelcolor": MUTED,
    "xtick.labelsize": 8,
    "ytick.color": FAINT,
    "ytick.labelcolor": MUTED,
    "ytick.labelsize": 8,
    "ytick.major.size": 0,
}


@dataclass(frozen=True, slots=True)
class Chart:
    """A finished chart.

    Parameters
    ----------
    name
        File name without ending.
    alt
        What it shows, for those who can't see it.
    svg, png
        File contents.
    """

    name: str
    alt: str
    svg: bytes
    png: bytes


@contextmanager
def style() -> Iterator[None]:
    """Draw and save inside of it; matplotlib's own settings are as before afterwards."""
    with rc_context({**_STYLE, "font.sans-serif": list(faces())}), warnings.catch_warnings():
        # a title in a script that no face of this machine has: boxes in the PNG, right in the SVG
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def figure(width: float, height: float) -> Figure:
    """An empty figure, sizes in inches, that knows how to measure text."""
    drawn = Figure(figsize=(width, height))
    FigureCanvasAgg(drawn)
    return drawn


def place(drawn: Figure, left: float, top: float, width: float, height: float, **more: Any) -> Axes:
    """Axes by inches from the left and the top edge."""
    total_width, total_height = drawn.get_size_inches()
    box = (left / total_width, 1 - (top + height) / total_height, width / total_width, height / total_height)
    return drawn.add_axes(box, **more)


def rows_of(axes: Axes, count: int) -> None:
    """A row for each of so many things, the first on top, their values across; names stand outside."""
    values_across(axes)
    axes.set_ylim(count, 0)
    axes.set_yticks([])


def values_across(axes: Axes) -> None:
    """Lines where values are read off, and none between the rows."""
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)


def write(drawn: Figure, left: float, top: float, text: str, **more: Any) -> None:
    """Text by inches from the left and the top edge."""
    width, height = drawn.get_size_inches()
    drawn.text(left / width, 1 - top / height, text, **more)


def finish(drawn: Figure, name: str, alt: str) -> Chart:
    """Save as SVG and PNG, the same bytes for the same figure."""
    vector, raster = io.BytesIO(), io.BytesIO()
    drawn.savefig(vector, format="svg", metadata={"Date": None})
    drawn.savefig(raster, format="png", dpi=PNG_DPI, metadata={"Software": None})
    text = re.sub(r"(font: [^'\";]*?)'DejaVu Sans'[^;\"]*", rf"\1{FACES}", vector.getvalue().decode())
    text = re.sub(r' d="([^"]*)"', lambda path: f' d="{compact(path[1])}"', text)
    return Chart(name, alt, text.encode(), raster.getvalue())


def fitted(axes: Axes, text: str, inches: float, size: float) -> str:
    """As much of a text as fits into a width at a size in points, measured in the face drawn with."""
    drawn = axes.figure
    label = axes.text(0, 0, text, fontsize=size)
    cut = text
    while label.get_window_extent().width > inches * drawn.dpi and len(cut) > 1:
        cut = cut[:-1]
        label.set_text(cut + "…")
    label.remove()
    return cut if cut == text else cut + "…"


def short(text: str, letters: int) -> str:
    """A heading cut to so many letters, at a word where possible."""
    if columns(text) <= letters:
        return text
    if columns(text) > len(text):
        return cut_wide(text, letters - 1)[0] + "…"
    cut = textwrap.shorten(text, letters, placeholder="…")
    return text[: letters - 1] + "…" if cut == "…" else cut


def wrapped(text: str, letters: int, lines: int = 2) -> str:
    """A heading broken into lines, cut after the last."""
    if columns(text) > len(text):
        return "\n".join(wrapped_wide(text, letters, lines))
    return "\n".join(textwrap.wrap(text, letters, max_lines=lines, placeholder="…"))
