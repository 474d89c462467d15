"""The page on an explanation: tornados, what one more of each resource brings, what was not tried."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from sim.experiment.questions.explain import NET, Explanation
from sim.report.charts.canvas import Chart, style
from sim.report.charts.tornado import Span, Tip, tornado_chart
from sim.report.charts.worth import Group, Worth, worth_chart
from sim.report.experiment import ChartPart, Draft, Part, TablePart, Tile
from sim.report.formats import Formats
from sim.report.tables import Cell, Head, Row, Table, shown

if TYPE_CHECKING:
    import pandas as pd

# kinds of resources by what one of them is counted in
COUNTED_IN = {
    "per_one": ("worker", "station", "visit", "production", "gate"),
    "per_parcel": ("capacity", "daily_cap", "network", "storage"),
    "per_unit": ("on_hand",),
    "per_m3": ("space",),
}
LISTED = 5  # on the console
HOLDERS = ("site", "plan", "demand", "economics", "customers", "measures", "shifts", "pickups", "carriers", "channels")
TELLING = 20  # letters that say what a figure is without its path


def headline(found: Explanation, formats: Formats) -> Markup:
    """The answer in a sentence or two."""
    say = formats.say
    kpi = NET if NET in found.kpis else found.kpis[0]
    bars = found.shown(kpi)
    plan = formats.heading(found.plans[found.of])
    label = _in_text(say(f"kpi.{kpi}.label"))
    if bars.empty:
        first = say.html("explain.headline_nothing", plan=plan, kpi=label)
    else:
        bar = bars.iloc[0]
        low, high = (formats.signed(each, str(bar["kpi_unit"])) for e in ("at_low", "at_high") for each in [bar[e]])
        first = say.html(
            "explain.headline",
            plan=plan,
            kpi=_with_unit(label, str(bar["kpi_unit"]), formats),
            figure=_in_headline(bar, formats),
            low_value=_figure(bar["low_value"], bar["unit"], formats),
            high_value=_figure(bar["high_value"], bar["unit"], formats),
            low=low,
            high=high,
        )
    return first + say.html("list.sentence") + _on_choice(found, formats)


def _in_headline(bar: pd.Series[Any], formats: Formats) -> str:
    """The words of its path; in another language what it is called, and the path as it stands in a file."""
    path = str(bar["path"])
    if formats.say.is_source:
        return in_words(path)
    return formats.say("list.in_brackets", text=_name(bar, formats), added=path)


def _on_choice(found: Explanation, formats: Formats) -> Markup:
    say = formats.say
    if found.choice is None:
        return Markup("")
    changing = list(_changing(found, formats))
    choice = formats.heading(found.plans[found.choice])
    if not changing:
        return say.html("explain.choice_stands", choice=choice)
    if len(changing) == 1:
        return say.html("explain.choice_changes_at_one", choice=choice, figures=changing[0])
    return say.html(
        "explain.choice_changes", choice=choice, count=len(changing), figures=say("list.comma").join(changing[:3])
    )


def _changing(found: Explanation, formats: Formats) -> Iterator[str]:
    """Names of figures at whose ends another plan is to be chosen, the largest bars first."""
    bars = found.bars[found.bars["changes_choice"]].drop_duplicates("path")
    for path in bars["path"]:
        yield in_words(path) if formats.say.is_source else path


def essence(found: Explanation, formats: Formats) -> list[str]:
    """The largest bars and the most valuable resources as lines for the console."""
    say, lines = formats.say, []
    for kpi in found.kpis:
        bars = found.shown(kpi).head(LISTED)
        if not bars.empty:
            lines += ["", say(f"kpi.{kpi}.label")]
        for _, bar in bars.iterrows():
            ends = [formats.signed(bar[end], str(bar["kpi_unit"])) for end in ("at_low", "at_high")]
            values = [_figure(bar[end], bar["unit"], formats) for end in ("low_value", "high_value")]
            lines.append(f"  {bar['path']}  {values[0]}: {ends[0]}, {values[1]}: {ends[1]}")
    worth = _of_plan(found).head(LISTED)
    if not worth.empty:
        lines += ["", say("explain.worth_title")]
    for _, row in worth.iterrows():
        lines.append(f"  {resource_name(row, formats)}: {_pays(row, formats)}")
    return lines


def _pays(row: pd.Series[Any], formats: Formats) -> str:
    return formats.say(
        "explain.pays",
        gross=formats.signed(row["gross"], "currency"),
        own_cost=formats.amount(row["own_cost"]),
        net=formats.signed(row["net"], "currency"),
    )


def explanation_draft(found: Explanation, formats: Formats) -> Draft:
    """What the page says."""
    say = formats.say
    with style():
        charts = list(_charts(found, formats.charts))
    names = {chart.name for chart in charts}
    parts = [_tornado(found, kpi, names, formats) for kpi in found.kpis]
    if not found.resources.empty:
        parts.append(_resources(found, names, formats))
    if not found.left_out.empty:
        parts.append(_left_out(found, formats))
    bars = found.bars.drop_duplicates("path")
    return Draft(
        title=say(
            "explain.title", scenario=formats.heading(found.scenario), plan=formats.heading(found.plans[found.of])
        ),
        kicker=say("explain.kicker"),
        headline=headline(found, formats),
        certainty=_certainty(found, formats),
        tiles=_tiles(found, formats),
        parts=parts,
        charts=charts,
        tables={
            "bars": found.bars,
            "effects": found.effects,
            "resources": found.resources,
            "left_out": found.left_out,
        },
        facts=[
            (
                say("method.replications"),
                say(
                    "explain.replications",
                    all=formats.number(found.replications),
                    first=formats.number(found.first_look),
                    again=formats.number(int((bars["n"] > found.first_look).sum())),
                ),
            ),
            (say("explain.how"), say("explain.how_text")),
        ],
        kpis=list(dict.fromkeys([*found.kpis, "service_level_ship", NET])),
        manifest={"of": found.of, "baseline": found.baseline, "replications": found.replications, "kpis": found.kpis},
    )


def _certainty(found: Explanation, formats: Formats) -> str:
    return formats.say(
        "explain.certainty",
        first=formats.number(found.first_look),
        all=formats.number(found.replications),
    )


def _tiles(found: Explanation, formats: Formats) -> list[Tile]:
    say = formats.say
    mine = found.bars[found.bars["plan"] == found.of]
    tiles = [Tile(formats.number(found.bars["path"].nunique()), say("explain.tile_tried"))]
    for kpi in found.kpis:
        moved = int(mine.loc[mine["kpi"] == kpi, "clear"].sum())
        tiles.append(Tile(formats.number(moved), say("explain.tile_moved", kpi=_in_text(say(f"kpi.{kpi}.label")))))
    if found.choice is not None:
        changing = len(list(_changing(found, formats)))
        tiles.append(Tile(formats.number(changing), say("explain.tile_choice")))
    tiles.append(Tile(formats.number(len(found.left_out)), say("explain.tile_left_out")))
    return tiles


# --- tornados -----------------------------------------------------------------------------------------------------


def _charts(found: Explanation, formats: Formats) -> Iterator[Chart]:
    say = formats.say
    for kpi in found.kpis:
        bars = found.shown(kpi)
        if not bars.empty:
            unit = str(bars["kpi_unit"].iloc[0])
            label = say(f"kpi.{kpi}.label")
            axis = say("explain.axis", kpi=_with_unit(_in_text(label), unit, formats), base=_base(found, kpi, formats))
            alt = say(
                "explain.alt",
                kpi=label,
                figures=say("list.comma").join(_name(bar, formats) for _, bar in bars.iterrows()),
            )
            yield tornado_chart(f"tornado_{kpi}", list(_spans(found, bars, formats)), unit, axis, alt, formats)
    groups = list(_groups(found, formats))
    if groups:
        yield worth_chart(groups, say("explain.alt_worth"), formats)


def _spans(found: Explanation, bars: pd.DataFrame, formats: Formats) -> Iterator[Span]:
    for _, bar in bars.iterrows():
        low, high = (_tip(found, bar, end, formats) for end in ("low", "high"))
        yield Span(_name(bar, formats), str(bar["path"]), (low, high))


def _tip(found: Explanation, bar: pd.Series[Any], end: str, formats: Formats) -> Tip:
    effects = found.effects
    same = (effects["path"] == bar["path"]) & (effects["plan"] == bar["plan"]) & (effects["kpi"] == bar["kpi"])
    rows = effects[same & (effects["end"] == end)]
    if rows.empty:
        return Tip("", math.nan, math.nan, math.nan)
    row = rows.iloc[0]
    return Tip(_short(row["value"], bar["unit"], formats), row["difference"], row["low"], row["high"])


def _base(found: Explanation, kpi: str, formats: Formats) -> str:
    """The KPI with all figures as they stand, from the figure that was looked at most often."""
    effects = found.effects
    mine = effects[(effects["plan"] == found.of) & (effects["kpi"] == kpi)]
    row = mine.sort_values("n", kind="stable").iloc[-1]
    return formats.value(row["base"], str(row["unit"]))


def _tornado(found: Explanation, kpi: str, charts: set[str], formats: Formats) -> Part:
    say = formats.say
    mine = found.bars[(found.bars["plan"] == found.of) & (found.bars["kpi"] == kpi)]
    bars = found.shown(kpi)
    clear, inert = int(mine["clear"].sum()), int(mine["inert"].sum())
    label = say(f"kpi.{kpi}.label")
    lead = [
        say(
            "explain.counts",
            tried=formats.number(len(mine)),
            clear=formats.number(clear),
            open=formats.number(len(mine) - clear - inert),
            inert=formats.number(inert),
        )
    ]
    if clear > len(bars):
        lead.append(say("explain.largest", shown=formats.number(len(bars))))
    name = f"tornado_{kpi}"
    blocks: list[TablePart | ChartPart] = [ChartPart(name)] if name in charts else []
    if not bars.empty:
        blocks.append(TablePart(say("explain.figure"), _bar_table(found, bars, formats)))
    return Part(name, say("explain.tornado_title", kpi=label), label, lead, blocks, [say("explain.rest_in_file")])


def _bar_table(found: Explanation, bars: pd.DataFrame, formats: Formats) -> Table:
    say = formats.say
    unit = str(bars["kpi_unit"].iloc[0])
    heads = [Head(say("explain.as_it_stands")), Head(say("explain.tried"))]
    heads += [Head(say(f"explain.{end}"), unit=_unit_of_difference(unit, formats)) for end in ("at_low", "at_high")]
    if found.choice is not None:
        heads.append(Head(say("explain.changes_choice")))
    rows = []
    for _, bar in bars.iterrows():
        tips = [_tip(found, bar, end, formats) for end in ("low", "high")]
        values = [_short(bar[end], bar["unit"], formats) for end in ("low_value", "high_value") if bar[end] is not None]
        cells = [Cell(_figure(bar["base"], bar["unit"], formats)), Cell(say("explain.to").join(values))]
        cells += [_difference(tip, unit, formats) for tip in tips]
        if found.choice is not None:
            cells.append(Cell(_choices(found, bar, formats)))
        rows.append(Row(_two_lines(bar, formats), tuple(cells)))
    return Table(tuple(heads), tuple(rows))


def _difference(tip: Tip, unit: str, formats: Formats) -> Cell:
    if not math.isfinite(tip.difference):
        return Cell(formats.say("number.none"))
    return Cell(formats.signed(tip.difference, unit), formats.half_width(tip.low, tip.high, unit))


def _choices(found: Explanation, bar: pd.Series[Any], formats: Formats) -> str:
    """Which plan is to be chosen at which end, where that is another one."""
    if not bar["changes_choice"]:
        return formats.say("explain.no")
    effects = found.effects[found.effects["path"] == bar["path"]].drop_duplicates("end")
    said = [
        formats.say(
            "explain.chosen_at",
            value=_short(row["value"], bar["unit"], formats),
            plan=formats.heading(found.plans[row["choice"]]),
        )
        for _, row in effects.iterrows()
        if row["choice"] != found.choice
    ]
    return formats.say("list.semicolon").join(said) or formats.say("explain.in_few")


# --- resources ----------------------------------------------------------------------------------------------------


def _of_plan(found: Explanation) -> pd.DataFrame:
    return found.resources[found.resources["plan"] == found.of]


def _groups(found: Explanation, formats: Formats) -> Iterator[Group]:
    mine = _of_plan(found)
    for name, kinds in COUNTED_IN.items():
        rows = [
            Worth(
                resource_name(row, formats),
                row["gross"],
                row["gross_low"],
                row["gross_high"],
                row["own_cost"],
                row["clear"],
            )
            for _, row in mine[mine["kind"].isin(kinds)].iterrows()
        ]
        if rows:
            yield Group(formats.say(f"explain.{name}"), rows)


def _resources(found: Explanation, charts: set[str], formats: Formats) -> Part:
    say = formats.say
    mine = _of_plan(found)
    heads = (
        Head(say("explain.gross"), unit=formats.currency),
        Head(say("explain.own_cost"), unit=formats.currency),
        Head(say("explain.net"), unit=formats.currency),
        Head(say("kpi.service_level_ship.label"), unit=say("differences.points")),
        Head(say("explain.step")),
    )
    rows = []
    for _, row in mine.iterrows():
        cells = [
            Cell(
                formats.signed(row["gross"], "currency"),
                formats.half_width(row["gross_low"], row["gross_high"], "currency"),
                ("better" if row["gross"] > 0 else "worse") if row["clear"] else "open",
            ),
            Cell(formats.amount(row["own_cost"])),
            Cell(
                formats.signed(row["net"], "currency"), formats.half_width(row["net_low"], row["net_high"], "currency")
            ),
            Cell(_points(row["service"], formats), _points_half(row, formats)),
            Cell(formats.plain(row["added"])),
        ]
        rows.append(Row(resource_name(row, formats), tuple(cells)))
    days = (found.scenario.horizon_min - found.scenario.measure_from_min) / 1440
    lead = [say("explain.worth_lead", days=formats.number(days, 0 if days == int(days) else 1))]
    blocks: list[TablePart | ChartPart] = [ChartPart("resources")] if "resources" in charts else []
    blocks.append(TablePart(say("explain.resource"), Table(heads, tuple(rows))))
    return Part(
        "resources", say("explain.worth_title"), say("explain.worth_nav"), lead, blocks, [say("explain.own_cost_is")]
    )


def _points(value: float, formats: Formats) -> str:
    """Percentage points with as many digits as a single parcel needs."""
    if not math.isfinite(value):
        return formats.say("number.none")
    digits = 1 if abs(value) >= 0.001 or value == 0 else 3
    sign = "" if value == 0 else "+" if value > 0 else formats.say("number.minus")
    return sign + formats.number(abs(value) * 100, digits)


def _points_half(row: pd.Series[Any], formats: Formats) -> str:
    half = (row["service_high"] - row["service_low"]) / 2
    if not math.isfinite(half):
        return ""
    digits = 1 if half >= 0.001 or half == 0 else 3
    return formats.say("number.plus_minus", value=formats.number(half * 100, digits))


def resource_name(row: pd.Series[Any], formats: Formats) -> str:
    """Name of a resource."""
    say, owner, part = formats.say, str(row["owner"]), str(row["part"])
    kind = str(row["kind"])
    if kind == "worker":
        return say(f"explain.worker.{owner}", part=part)
    if kind == "station":
        return say("explain.one_more.station", stage=say(f"stage_in_text.{owner}"))
    return say(f"explain.one_more.{kind}", owner=owner, part=part)


# --- what was not tried -------------------------------------------------------------------------------------------


def _left_out(found: Explanation, formats: Formats) -> Part:
    say = formats.say
    rows = [
        Row(
            _path(str(row["path"])),
            (
                Cell("" if row["value"] is None else _short(row["value"], "", formats)),
                Cell(say(f"explain.left.{row['kind']}"), mark="text"),
                Cell(str(row["reason"]), mark="text"),
            ),
        )
        for _, row in found.left_out.iterrows()
    ]
    heads = (Head(say("explain.end")), Head(say("explain.why")), Head(say("explain.words")))
    title = say("explain.left_title")
    return Part(
        "left_out",
        title,
        say("explain.left_nav"),
        [say("explain.left_lead")],
        [TablePart(say("explain.figure"), Table(heads, tuple(rows)), words=True)],
    )


# --- names and values ---------------------------------------------------------------------------------------------


def _name(bar: pd.Series[Any], formats: Formats) -> str:
    """What the models say a figure is; with the words of its path in front where that says little."""
    about = str(bar["about"]).split(";")[0].strip()
    words = in_words(str(bar["path"]))
    if len(about) >= TELLING or (about and not formats.say.is_source):  # the path stands below
        return formats.given(about)
    return f"{words}: {about}" if about else words


def in_words(path: str) -> str:
    """A path as words, without what only holds things together: ``picking early breaks minutes``."""
    steps = [step for step in path.split(".") if not step.isdigit() and step not in HOLDERS]
    return " ".join(steps[-4:]).replace("_", " ")


def _two_lines(bar: pd.Series[Any], formats: Formats) -> Markup:
    return Markup("{}<small>{}</small>").format(_name(bar, formats), _path(str(bar["path"])))


def _path(path: str) -> Markup:
    steps: Sequence[str] = re.findall(r"[^._]*[._]|[^._]+", path)
    return Markup("<code>{}</code>").format(Markup("<wbr>").join(steps))


def _in_text(label: str) -> str:
    return label[:1].lower() + label[1:]


def _with_unit(label: str, unit: str, formats: Formats) -> str:
    named = _unit_of_difference(unit, formats)
    return formats.say("list.in_brackets", text=label, added=named) if named else label


def _unit_of_difference(unit: str, formats: Formats) -> str:
    return {"share": formats.say("differences.points"), "currency": formats.currency}.get(unit, "")


def _figure(value: Any, unit: Any, formats: Formats) -> str:
    return shown(value, str(unit), formats)


def _short(value: Any, unit: Any, formats: Formats) -> str:
    """A value without the name of its unit."""
    return shown(value, "share" if unit == "share" else "", formats)
