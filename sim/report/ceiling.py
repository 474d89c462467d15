"""The page on a ceiling: brackets per plan, the price of too big, what binds, and what more of each resource adds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from sim.definitions import KPIS
from sim.planning.ceiling.binding import STOCK
from sim.planning.ceiling.confirm import Ceiling
from sim.planning.ceiling.curve import CURVE_KPIS, NET
from sim.planning.ceiling.forecast import sees_the_forecast
from sim.planning.ceiling.question import Ceilings
from sim.planning.ceiling.shapes import AS_PLANNED
from sim.planning.ceiling.sizes import RESAMPLE
from sim.report.ceiling_words import Words
from sim.report.charts.canvas import Chart, style
from sim.report.charts.ceiling import Gain, Line, Panel, curves_chart, gains_chart, shares_chart
from sim.report.experiment import ChartPart, Draft, Part, TablePart, Tile
from sim.report.explain import resource_name
from sim.report.formats import Formats
from sim.report.tables import Cell, Head, Row, Table

if TYPE_CHECKING:
    import pandas as pd

BEYOND = 1.25
PANELS = ("service_level_ship", "total_cost", NET)


def headline(found: Ceilings, formats: Formats) -> Markup:
    """The largest ceiling, and which plans the planned campaign is too big for."""
    say, words = formats.say, Words(found, formats)
    share = formats.share(found.required.probability, 0)
    first = [each for each in found.found if each.course.shape is found.shapes[0]]
    without = [each for each in first if each.verdict == "holds_to_the_largest"]
    bounded = [each for each in first if each.verdict == "bracket"]
    sentences = []
    if without:
        plans = say("list.comma").join(words.heading(each) for each in without)
        sentences.append(say.html("ceiling.headline_all", plans=plans, share=share, largest=words.size(found.ends[1])))
    elif bounded:
        best = max(bounded, key=lambda each: each.low)
        low, high = (words.planned(best, size) for size in (best.low, best.high))
        sentences.append(
            say.html(
                "ceiling.headline",
                plan=words.heading(best),
                low=words.number(low),
                high=words.size(high),
                share=share,
            )
        )
    else:
        sentences.append(say.html("ceiling.headline_none", share=share))
    sentences += list(_planned(found, first, words))
    return say.html("list.sentence").join(sentences)


def _planned(found: Ceilings, first: Sequence[Ceiling], words: Words) -> Iterator[Markup]:
    """Which plans what is planned is too much for, and for which it may be."""
    say, planned = words.formats.say, found.measure.planned
    short, close = [], []
    for each in first:
        low, high = (words.planned(each, size) for size in (each.low, each.high))
        if planned > high:
            short.append(each)
        elif planned > low and each.verdict == "bracket":
            close.append(each)
    for key, some in (("too_big", short), ("close", close)):
        if some:
            plans = say("list.comma").join(words.heading(each) for each in some)
            yield say.html(f"ceiling.headline_planned_{key}", planned=words.size(planned), plans=plans)
    if not short and not close:
        yield say.html("ceiling.headline_planned_fits", planned=words.size(planned))


def essence(found: Ceilings, formats: Formats) -> list[str]:
    """Ceilings, what binds, and what one more of the most valuable resources adds, as lines for the console."""
    say, words = formats.say, Words(found, formats)
    lines = [words.target(), ""]
    for each in found.found:
        size = words.bracket(each) if each.verdict == "bracket" else words.verdict(each)
        shape = say(f"ceiling.shape.{each.course.shape.name}")
        several = len(found.shapes) > 1
        lines.append(
            say("ceiling.line_shape" if several else "ceiling.line", plan=each.course.plan, shape=shape, size=size)
        )
    if not found.binding.empty:
        lines.append("")
        lines += list(_binding_lines(found, formats))
    if not found.worth.empty:
        lines.append("")
        for _, row in found.worth.head(5).iterrows():
            gain = formats.signed(float(row["gain_orders"]), "orders")
            half = formats.half_width(float(row["gain_orders_low"]), float(row["gain_orders_high"]), "orders")
            lines.append(say("ceiling.line_worth", resource=resource_name(row, formats), gain=f"{gain} {half}".strip()))
    return lines


def _binding_lines(found: Ceilings, formats: Formats) -> Iterator[str]:
    say = formats.say
    table = found.binding[found.binding["shape"] == found.shapes[0].name]
    for plan in dict.fromkeys(table["plan"]):
        rows = table[table["plan"] == plan]
        line = ""
        for _, row in rows.iterrows():
            resource = _resource(row["resource"], formats)
            first = row["step"] == 1
            line += say("ceiling.line_binding" if first else "ceiling.line_next", plan=plan, resource=resource)
        yield line


def ceiling_draft(found: Ceilings, formats: Formats) -> Draft:
    """What the page says."""
    say, words = formats.say, Words(found, formats)
    with style():
        charts = list(_charts(found, Words(found, formats.charts)))
    drawn = {chart.name for chart in charts}
    parts = [_ceilings(found, words), *_shares(found, drawn, words), _price(found, drawn, words)]
    parts += [_binding(found, words)] if not found.binding.empty else []
    parts += [_worth(found, drawn, words)] if found.worth_of else []
    search = found.search
    fresh = max((each.fresh for each in found.found), default=search.fresh)
    return Draft(
        title=say("ceiling.title", scenario=formats.heading(found.scenario)),
        kicker=say("ceiling.kicker"),
        headline=headline(found, formats),
        certainty=say("ceiling.certainty", alpha=formats.share(search.alpha, 0)),
        tiles=_tiles(found, words),
        parts=parts,
        charts=charts,
        tables={
            "ceilings": found.ceilings,
            "stretches": found.stretches,
            "shares": found.shares,
            "curve": found.curve,
            "binding": found.binding,
            **({"resources": found.worth} if found.worth_of else {}),
        },
        facts=[
            (say("ceiling.target"), words.target()),
            (say("method.replications"), say("ceiling.replications", search=search.replications, fresh=fresh)),
            (say("ceiling.how"), say("ceiling.how_text")),
        ],
        kpis=list(dict.fromkeys([found.required.kpi, *([found.also.kpi] if found.also else []), *CURVE_KPIS])),
        manifest={
            "baseline": found.baseline,
            "by": search.by,
            "range": [found.measure.of(end, search.by) for end in found.ends],
            "probability": found.required.probability,
            "kpi": found.required.kpi,
            **({"also": {"kpi": found.also.kpi, "level": found.also.level({})}} if found.also else {}),
            "replications": search.replications,
            "fresh": fresh,
            "shapes": [each.name for each in found.shapes],
            "ceilings": found.ceilings.replace({np.nan: None}).to_dict("records"),
        },
    )


def _tiles(found: Ceilings, words: Words) -> list[Tile]:
    say = words.say
    tiles = []
    for each in found.found:
        name, shape = words.heading(each), each.course.shape.name
        label = say("ceiling.tile", plan=name)
        if shape != AS_PLANNED:
            label = say("ceiling.tile_shape", plan=name, shape=say(f"ceiling.shape.{shape}"))
        if each.verdict != "bracket":
            tiles.append(Tile(words.short(each), label, ""))
            continue
        other = "uplift" if words.by == "orders" else "orders"
        below = words.bracket(each, other)
        below = say("ceiling.of_orders", value=below) if other == "orders" else below
        tiles.append(Tile(words.bracket(each), label, below))
    return tiles


# --- ceilings ------------------------------------------------------------------------------------------------------


def _ceilings(found: Ceilings, words: Words) -> Part:
    say, formats = words.say, words.formats
    units = ["uplift", "orders", "revenue"]
    units.sort(key=lambda unit: unit != words.by)
    of_file = found.measure.path == RESAMPLE
    heads = [
        Head(say("ceiling.head.file" if of_file and unit == "uplift" else f"ceiling.head.{unit}")) for unit in units
    ]
    heads += [Head(say("ceiling.probability")), Head(say("ceiling.confirmed"))]
    rows = []
    for each in found.found:
        name = words.shaped(words.heading(each), each.course.shape.name)
        cells = [Cell(words.bracket(each, unit) if each.verdict == "bracket" else "") for unit in units]
        if each.verdict != "bracket":
            cells[0] = Cell(words.short(each))
            cells[1:] = [Cell(say("number.none"))] * (len(units) - 1)
        shares = [formats.share(share) for share in (each.low_share, each.high_share) if not math.isnan(share)]
        cells += [Cell(say("number.none") if not shares else " – ".join(shares)), _borne_out(each, words)]
        rows.append(Row(name, tuple(cells), baseline=each.course.plan == found.baseline))
    target = words.target()
    lead = [say("ceiling.ceilings_file" if of_file else "ceiling.ceilings_lead", target=target)]
    if len(found.shapes) > 1:
        lead.append(_window(found, words))
    blocks = [TablePart(say("ceiling.plan"), Table(tuple(heads), tuple(rows)))]
    title = say("ceiling.ceilings_title")
    return Part("ceilings", title, say("ceiling.ceilings_nav"), lead, blocks, list(_remarks(found, words)))


def _borne_out(each: Ceiling, words: Words) -> Cell:
    """Which ends fresh draws bear out."""
    say = words.say
    ends = {"low": (each.low, each.low_confirmed), "high": (each.high, each.high_confirmed)}
    there = [name for name, (size, _) in ends.items() if not math.isnan(size)]
    shown = [name for name in there if ends[name][1]]
    if not there:
        return Cell(say("number.none"))
    draws = say("ceiling.draws", n=each.fresh)
    if not shown:
        return Cell(say("ceiling.neither"), draws, "worse")
    if len(shown) == 2:
        return Cell(say("ceiling.both"), draws, "holds")
    return Cell(say(f"ceiling.only_{shown[0]}"), draws, "holds" if len(there) == 1 else "open")


def _window(found: Ceilings, words: Words) -> str:
    """From when to when all shapes are measured."""
    from sim.scenario.variation import Variations

    world = Variations(found.scenario, {}).world(found.shapes[0].figures)
    moments = [world.local_time(minute) for minute in (world.measure_from_min, world.measure_to_min)]
    first, last = (words.formats.moment(moment) for moment in moments)
    return words.say("ceiling.shapes_lead", first=first, last=last)


def _remarks(found: Ceilings, words: Words) -> Iterator[str]:
    say, formats = words.say, words.formats
    for shape in found.shapes:
        figures = found.search.figures
        facts = {
            "longer": {"factor": formats.plain(figures.longer)},
            "members_first": {"share": formats.share(figures.members_share), "hours": formats.plain(figures.members_h)},
            "pre_orders": {
                "share": formats.share(figures.pre_order_share),
                "days": formats.plain(figures.pre_order_days),
            },
        }.get(shape.name)
        if facts is not None:
            yield say(f"ceiling.shape_text.{shape.name}", **facts)
    for each in found.found:
        if each.islands:
            listed = say("list.comma").join(
                say(
                    "ceiling.from_to",
                    first=words.amount(words.planned(each, stretch.first)),
                    last=words.amount(words.planned(each, stretch.last)),
                )
                for stretch in each.islands
            )
            yield say("ceiling.islands", plan=words.heading(each), stretches=listed)
    if found.measure.cv > 0:
        for plan in found.plans.values():
            if sees_the_forecast(found.scenario, plan):
                yield say("ceiling.drawn", plan=formats.heading(plan))
    if found.scenario.demand.forecast is not None:
        yield say("ceiling.forecast")


# --- charts --------------------------------------------------------------------------------------------------------


def _shares(found: Ceilings, charts: set[str], words: Words) -> Iterator[Part]:
    say = words.say
    blocks = [ChartPart(f"shares_{shape.name}") for shape in found.shapes if f"shares_{shape.name}" in charts]
    if blocks:
        title = say("ceiling.share_title")
        yield Part("shares", title, title, [say("ceiling.share_lead")], blocks)


def _charts(found: Ceilings, words: Words) -> Iterator[Chart]:
    say, formats = words.say, words.formats
    headings = {name: formats.heading(plan) for name, plan in found.plans.items()}
    listed = say("list.comma").join(headings.values())
    for shape in found.shapes:
        table = found.shares[found.shares["shape"] == shape.name]
        lines = list(_lines(table, "share", words))
        if not any(np.isfinite(line.mean).any() for line in lines):
            continue
        title = words.shaped(say("ceiling.share_axis"), shape.name)
        panel = Panel(title, lines, lambda value: formats.share(value, 0))
        alt = say("ceiling.share_alt", plans=listed)
        level = found.required.probability
        brackets = _brackets(found, shape.name)
        yield shares_chart(f"shares_{shape.name}", panel, brackets, headings, level, words.axis(), alt, formats)
    also = [found.also.kpi] if found.also is not None else []
    panels = [_panel(found, kpi, words) for kpi in (PANELS[0], *also, *PANELS[1:])]
    some = [panel for panel in panels if any(np.isfinite(line.mean).any() for line in panel.lines)]
    if some:
        alt = say("ceiling.price_alt", plans=listed)
        brackets = _brackets(found, found.shapes[0].name)
        yield curves_chart("curve", some, brackets, headings, words.axis(), alt, formats)
    if found.worth_of and not found.worth.empty:
        gains = [
            Gain(
                resource_name(row, formats),
                float(row["gain_orders"]),
                float(row["gain_orders_low"]),
                float(row["gain_orders_high"]),
                bool(row["clear"]),
            )
            for _, row in _first_shape(found).iterrows()
        ]
        names = say("list.comma").join(each.name for each in gains)
        yield gains_chart(gains, say("ceiling.worth_alt", resources=names), formats)


def _brackets(found: Ceilings, shape: str) -> dict[str, tuple[float, float]]:
    return {
        each.course.plan: tuple(  # type: ignore[misc]
            found.measure.of(each.course.shape.size(size), found.search.by) for size in (each.low, each.high)
        )
        for each in found.found
        if each.course.shape.name == shape and each.verdict == "bracket"
    }


def _panel(found: Ceilings, kpi: str, words: Words) -> Panel:
    say, formats, unit = words.say, words.formats, KPIS[kpi].unit
    table = found.curve[(found.curve["shape"] == found.shapes[0].name) & (found.curve["kpi"] == kpi)]
    label = say(f"kpi.{kpi}.label")
    if unit == "currency":
        label = say("ceiling.axis_money", kpi=label, currency=formats.currency)
    lines = list(_lines(table, "mean", words))
    return Panel(label, lines, lambda value: formats.value(value, unit), 1.0 if unit == "share" else math.inf)


def _lines(table: pd.DataFrame, column: str, words: Words) -> Iterator[Line]:
    for plan in words.found.plans:
        rows = table[table["plan"] == plan]
        sizes = [words.found.measure.of(float(size), words.by) for size in rows["size"]]
        values = [rows[name].to_numpy(dtype=np.float64) for name in (column, "low", "high")]
        yield Line(plan, np.array(sizes), *values)


# --- the price of too big -------------------------------------------------------------------------------------------


def _price(found: Ceilings, charts: set[str], words: Words) -> Part:
    say, formats = words.say, words.formats
    heads = (
        Head(say("ceiling.at_ceiling"), unit=formats.currency),
        Head(say("ceiling.best_size")),
        Head(say("ceiling.at_best"), unit=formats.currency),
        Head(say("ceiling.beyond"), unit=formats.currency),
        Head(say("ceiling.lost"), unit=formats.currency),
    )
    rows = []
    for each in found.found:
        if each.course.shape is not found.shapes[0]:
            continue
        table = _net(found, each.course.plan)
        known = table[table["n"] > 1]
        if known.empty:
            continue
        best = known.iloc[int(known["mean"].to_numpy().argmax())]
        cells = [Cell(say("number.none")), Cell(words.amount(float(best["size"]))), _money(best, "mean", formats)]
        cells += [Cell(say("number.none"))] * 2
        if each.verdict == "bracket":
            low = words.planned(each, each.low)
            cells[0] = _money(_nearest(known, low), "mean", formats)
            beyond = _nearest(known, BEYOND * low)
            cells[3], cells[4] = _money(beyond, "mean", formats), _money(beyond, "lost", formats)
        rows.append(Row(words.heading(each), tuple(cells), baseline=each.course.plan == found.baseline))
    title = say("ceiling.price_title")
    blocks: list[TablePart | ChartPart] = [ChartPart("curve")] if "curve" in charts else []
    blocks.append(TablePart(say("ceiling.plan"), Table(heads, tuple(rows))))
    return Part("price", title, title, [say("ceiling.price_lead")], blocks, [say("ceiling.price_table_lead")])


def _net(found: Ceilings, plan: str) -> pd.DataFrame:
    table = found.curve
    return table[(table["shape"] == found.shapes[0].name) & (table["plan"] == plan) & (table["kpi"] == NET)]


def _nearest(table: pd.DataFrame, size: float) -> pd.Series[Any]:
    row: pd.Series[Any] = table.iloc[int((np.log(table["size"]) - math.log(size)).abs().to_numpy().argmin())]
    return row


def _money(row: pd.Series[Any], column: str, formats: Formats) -> Cell:
    names = {"mean": ("low", "high"), "lost": ("lost_low", "lost_high")}[column]
    low, high = (float(row[name]) for name in names)
    half = formats.half_width(low, high, "currency") if high > low else ""
    return Cell(formats.amount(float(row[column])), half)


# --- what binds ----------------------------------------------------------------------------------------------------


def _resource(resource: Any, formats: Formats) -> str:
    if resource == STOCK:
        return formats.say("ceiling.stock")
    return formats.say(f"resource.{resource}") if isinstance(resource, str) else formats.say("ceiling.nothing_late")


def _binding(found: Ceilings, words: Words) -> Part:
    say = words.say
    heads = tuple(Head(say(f"ceiling.{name}")) for name in ("binds", "breaks_at", "next", "then_at"))
    rows = []
    for each in found.found:
        table = found.binding
        own = table[(table["plan"] == each.course.plan) & (table["shape"] == each.course.shape.name)]
        if own.empty:
            continue
        name = words.shaped(words.heading(each), each.course.shape.name)
        steps = {int(row["step"]): row for _, row in own.iterrows()}
        cells = [cell for step in (1, 2) for cell in _step(steps.get(step), words)]
        rows.append(Row(name, tuple(cells), baseline=each.course.plan == found.baseline))
    looked = int(found.binding["looked_at"].max())
    lead = [say("ceiling.binding_lead", n=looked)]
    title = say("ceiling.binding_title")
    blocks = [TablePart(say("ceiling.plan"), Table(heads, tuple(rows)), words=True)]
    return Part("binding", title, say("ceiling.binding_nav"), lead, blocks)


def _step(row: pd.Series[Any] | None, words: Words) -> tuple[Cell, Cell]:
    say, formats = words.say, words.formats
    if row is None:
        return Cell(say("ceiling.no_more"), mark="text"), Cell(say("number.none"), mark="text")
    at = float(row["breaks_at"])
    size = say("ceiling.nowhere") if math.isinf(at) else words.amount(at)
    below = ""
    if isinstance(row["resource"], str):
        hours = formats.number(float(row["hours"]))
        below = say("ceiling.in_surges", share=formats.share(float(row["share"]), 0), hours=hours)
    return Cell(_resource(row["resource"], formats), below, "text"), Cell(size, mark="text")


# --- shadow prices -------------------------------------------------------------------------------------------------


def _first_shape(found: Ceilings) -> pd.DataFrame:
    return found.worth[found.worth["shape"] == found.shapes[0].name]


def _mark(row: pd.Series[Any]) -> str:
    """Whether one more is told from nothing, and on which side."""
    if not row["clear"]:
        return ""
    return "better" if float(row["gain_orders"]) > 0 else "worse"


def _without(key: str, reason: str, words: Words) -> Markup:
    """A resource of which no more can be had; why is said in the language in which it was found out."""
    named = Markup("<code>{}</code>").format(key)
    return words.say.html("list.in_brackets", text=named, added=reason) if words.say.is_source else named


def _worth(found: Ceilings, charts: set[str], words: Words) -> Part:
    say, formats = words.say, words.formats
    heads = (
        Head(say("ceiling.adds")),
        Head(say("ceiling.adds_revenue", currency=formats.currency)),
        Head(say("ceiling.adds_ceiling")),
        Head(say("ceiling.p_value")),
    )
    rows = []
    for _, row in _first_shape(found).iterrows():
        half = formats.half_width(float(row["gain_orders_low"]), float(row["gain_orders_high"]), "orders")
        ends = [found.measure.of(float(row[name]), "orders") for name in ("ceiling_gain_low", "ceiling_gain_high")]
        interval = say("ceiling.to", low=formats.signed(ends[0], "orders"), high=formats.signed(ends[1], "orders"))
        p_value = float(row["p_holm"])
        cells = (
            Cell(formats.signed(float(row["gain_orders"]), "orders"), half, _mark(row)),
            Cell(formats.amount(float(row["gain_revenue"]))),
            Cell(formats.signed(float(row["ceiling_gain_orders"]), "orders"), interval),
            Cell(formats.number(p_value, 3)),
        )
        rows.append(Row(resource_name(row, formats), cells))
    blocks: list[TablePart | ChartPart] = [ChartPart("resources")] if "resources" in charts else []
    blocks.append(TablePart(say("ceiling.one_more"), Table(heads, tuple(rows))))
    remarks = []
    if found.unusable:
        listed = say.html("list.comma").join(_without(key, reason, words) for key, reason in found.unusable)
        remarks.append(say.html("ceiling.worth_none", resources=listed))
    title = say("ceiling.worth_title")
    lead = [say("ceiling.worth_lead", plan=formats.heading(found.plans[found.worth_of]))]
    return Part("resources", title, say("ceiling.worth_nav"), lead, blocks, remarks)
