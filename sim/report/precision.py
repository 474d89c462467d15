"""Whether a comparison reached the precision asked for, in words and as a table."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sim.definitions import KPIS
from sim.report.formats import Formats
from sim.report.reading import Reading
from sim.report.tables import Cell, Head, Row, Table

if TYPE_CHECKING:
    from sim.experiment import Settled
    from sim.experiment.enough import Figure


def precision_sentence(reading: Reading, formats: Formats) -> str:
    """Whether it was reached and how many replications it took; empty where none was asked for."""
    settled: Settled | None = reading.comparison.precision
    if settled is None:
        return ""
    if settled.reached:
        return formats.say.count("precision.reached", settled.replications)
    missed = missed_figures(settled)
    return formats.say.count(
        "precision.missed",
        len(missed),
        **{"missed": formats.number(len(missed)), "of": formats.number(len(settled.figures))},
        surges=formats.number(settled.replications),
    )


def missed_figures(settled: Settled) -> list[Figure]:
    """Figures that are not known closely enough."""
    return [each for each in settled.figures if not each.stop.reached]


def precision_table(reading: Reading, formats: Formats) -> Table | None:
    """Figures that did not become narrow enough; nothing where all did, or none was asked for."""
    settled: Settled | None = reading.comparison.precision
    if settled is None or settled.reached:
        return None
    say = formats.say
    heads = [Head(say(f"precision.{name}")) for name in ("figure", "mean", "half_width", "wanted", "surges")]
    rows = [_row(each, reading, formats) for each in missed_figures(settled)]
    return Table(tuple(heads), tuple(rows))


def _row(figure: Figure, reading: Reading, formats: Formats) -> Row:
    stop, unit, say = figure.stop, KPIS[figure.kpi].unit, formats.say
    name = Cell(say(f"kpi.{figure.kpi}.label"), say("precision.difference") if figure.paired else "", "text")
    if not stop.measured:
        cells = [name, Cell(say("precision.unknown")), *[Cell(say("number.none"))] * 2, Cell(formats.number(0))]
    else:
        widths = (Cell(half_width(each, unit, formats)) for each in (stop.half_width, stop.target))
        cells = [name, Cell(_mean(figure, formats)), *widths, Cell(formats.number(stop.measured))]
    return Row(reading.heading(figure.plan), tuple(cells), chosen=reading.is_choice(figure.plan))


def _mean(figure: Figure, formats: Formats) -> str:
    unit = KPIS[figure.kpi].unit
    if not figure.paired:
        return formats.value(figure.stop.mean, unit)
    text = formats.signed(figure.stop.mean, unit)
    return formats.say("precision.points", value=text) if unit == "share" else text


def half_width(value: float, unit: str, formats: Formats) -> str:
    """A half-width in its unit, with as many digits as tell what was reached from what was wanted."""
    if not math.isfinite(value):
        return formats.say("number.none")
    if unit == "share":
        return formats.say("precision.points", value=formats.plain(value * 100))
    named = formats.say(f"unit.{unit}") if unit in {"min", "h"} else formats.currency if unit == "currency" else ""
    text = formats.plain(value)
    return formats.say("precision.in_unit", value=text, unit=named) if named else text


def precision_lines(reading: Reading, formats: Formats) -> list[str]:
    """A line for each figure that is not known closely enough, for the console."""
    settled: Settled | None = reading.comparison.precision
    return [] if settled is None else [_line(each, reading, formats) for each in missed_figures(settled)]


def _line(figure: Figure, reading: Reading, formats: Formats) -> str:
    say, stop, unit = formats.say, figure.stop, KPIS[figure.kpi].unit
    label = say(f"kpi.{figure.kpi}.label")
    if figure.paired:
        label = f"{label} {say('precision.difference')}"
    plan = reading.heading(figure.plan)
    if not stop.measured:
        return say("precision.line_unknown", figure=label, plan=plan)
    return say(
        "precision.line",
        figure=label,
        plan=plan,
        reached=half_width(stop.half_width, unit, formats),
        wanted=half_width(stop.target, unit, formats),
        surges=formats.number(stop.measured),
    )


def precision_facts(reading: Reading, formats: Formats) -> list[tuple[str, str]]:
    """What was asked for, for the method; nothing where nothing was."""
    settled: Settled | None = reading.comparison.precision
    if settled is None:
        return []
    precision, say = settled.enough.precision, formats.say
    text = say(
        "precision.asked_text",
        wanted=_wanted(settled, formats),
        kpis=say("list.comma").join(say(f"kpi.{kpi}.label") for kpi in settled.enough.kpis),
        at_least=formats.number(precision.at_least),
        at_most=formats.number(precision.at_most),
        look_ahead=formats.number(precision.look_ahead),
        count=formats.number(settled.replications),
        looked_at=formats.number(settled.looked_at),
    )
    return [(say("precision.asked"), text)]


def _wanted(settled: Settled, formats: Formats) -> str:
    """The relative half-width, and those in a KPI's own unit."""
    say, enough = formats.say, settled.enough
    relative = enough.precision.relative
    widths = [each for kpi in enough.kpis if (each := _own_width(kpi, settled, formats))]
    listed = say("list.comma").join(widths)
    if relative is None:
        return listed
    share = say("precision.relative", share=formats.share(relative))
    return share + (say("precision.or", widths=listed) if listed else "")


def _own_width(kpi: str, settled: Settled, formats: Formats) -> str:
    """The width that is enough for one KPI beside the relative one; empty where there is none."""
    say, enough = formats.say, settled.enough
    label, width, larger = say(f"kpi.{kpi}.label"), enough.of(kpi).absolute, enough.held_against(kpi)
    if width is not None:
        return say("precision.absolute", width=half_width(width, KPIS[kpi].unit, formats), kpi=label)
    if larger is None or enough.precision.relative is None:
        return ""
    share = formats.share(enough.precision.relative)
    return say("precision.held_against", share=share, kpi=label, larger=say(f"kpi.{larger}.label"))


def precision_manifest(settled: Settled | None) -> dict[str, Any]:
    """What was asked for and what came of it, for ``manifest.json``."""
    if settled is None:
        return {}
    asked = {
        "kpis": list(settled.enough.kpis),
        **asdict(settled.enough.precision),
        "absolute": {kpi: settled.enough.of(kpi).absolute for kpi in settled.enough.kpis},
    }
    missed = [
        {
            **{"plan": each.plan, "kpi": each.kpi, "paired": each.paired, "measured": each.stop.measured},
            **{"half_width": _finite(each.stop.half_width), "wanted": _finite(each.stop.target)},
        }
        for each in missed_figures(settled)
    ]
    found = {"reached": settled.reached, "looked_at": settled.looked_at, "ran": settled.ran, "missed": missed}
    return {"precision": {"asked": asked, **found}}


def _finite(value: float) -> float | None:
    """JSON has no NaN."""
    return value if math.isfinite(value) else None
