"""Tables of the page as rows of finished texts; templates only lay them out."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from sim.report.formats import Formats
from sim.report.reading import Estimate, Gap, Reading
from sim.scenario.ranges import Range, is_fixed, range_of, ranges_of, without_ranges
from sim.scenario.types import WEEKDAYS, show_clock

PLAN_COLUMNS: dict[str, tuple[str, ...]] = {
    "on_time": ("service_level_ship", "service_level_delivery", "open_share"),
    "tardiness": ("tardiness_ship_p50_min", "tardiness_ship_p90_min", "tardiness_ship_p99_min"),
    "backlog": ("peak_backlog_orders", "clear_time_h"),
    "station": ("mean_wait_picking_min", "wait_share_picking", "mean_queue_picking_orders", "utilisation_picking"),
    "customers": ("cancelled_share", "contacts_per_100_orders", "abandonment_share", "satisfaction_mean"),
    "money": ("total_cost", "net_contribution"),
}
DIFFERENCE_COLUMNS = (
    "service_level_ship",
    "service_level_delivery",
    "tardiness_ship_p90_min",
    "peak_backlog_orders",
    "cancelled_share",
    "contacts_per_100_orders",
    "total_cost",
    "net_contribution",
)
LONGEST_VALUE = 160  # letters; what is longer is only said to be several figures
TILES = {
    "service": "service_level_ship",
    "wait": "mean_wait_picking_min",
    "waiting": "wait_share_picking",
    "queue": "mean_queue_picking_orders",
    "busy": "utilisation_picking",
    "backlog": "peak_backlog_orders",
    "clear": "clear_time_h",
    "cost": "total_cost",
    "net": "net_contribution",
}
# without a promise nothing is late, and what is left to say is how the station copes
WITHOUT_PROMISE = PLAN_COLUMNS["station"]
WITH_PROMISE = ("clear_time_h",)
SILENT_IF_NIL = ("open_share",)


@dataclass(frozen=True, slots=True)
class Head:
    """Head of a column of figures, or of words, or of a group of columns."""

    text: str
    span: int = 1
    unit: str = ""
    of_words: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure, what stands below it, its mark: best, holds, better, worse, open or nothing; what it is sorted by."""

    text: str
    below: str = ""
    mark: str = ""
    remark: str = ""
    sort: float | str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its name, its tags, and where the name leads to."""

    name: str
    cells: tuple[Cell, ...]
    chosen: bool = False
    baseline: bool = False
    kind: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Heads and rows; groups of heads where there are any."""

    heads: tuple[Head, ...]
    rows: tuple[Row, ...]
    groups: tuple[Head, ...] = ()


def better_of(kpi: str) -> str:
    """Whether high or low is better for a KPI, or neither."""
    from sim.indicators import KPIS

    return KPIS[kpi].better if kpi in KPIS else ""


def telling(reading: Reading, kpi: str) -> bool:
    """Whether a KPI says anything here: known, not about due times that nobody has, not nil where that is usual."""
    promised = reading.scenario.promise is not None
    if not reading.known(kpi) or kpi in (WITHOUT_PROMISE if promised else WITH_PROMISE):
        return False
    estimates = [reading.estimate(plan, kpi) for plan in reading.plans]
    return any((estimate.unit != "currency" and kpi not in SILENT_IF_NIL) or estimate.mean for estimate in estimates)


def plan_table(reading: Reading, formats: Formats) -> Table:
    """The plans side by side; columns that no plan has a figure for are left out."""
    say = formats.say
    present = {group: [kpi for kpi in kpis if telling(reading, kpi)] for group, kpis in PLAN_COLUMNS.items()}
    kpis = [kpi for members in present.values() for kpi in members]
    best = {kpi: reading.best(kpi, better_of(kpi)) for kpi in kpis}
    judged = any(of for _, of in reading.reached.values())
    groups = tuple(
        Head(say(f"plans.group.{group}", currency=formats.currency), len(members) + (judged and group == "on_time"))
        for group, members in present.items()
        if members
    )
    heads = [Head(say(f"kpi.{kpi}.short")) for kpi in kpis]
    if judged:
        heads.insert(0, Head(say("plans.target_met")))
    rows = []
    for plan in reading.plans:
        cells = [figure_cell(reading.estimate(plan, kpi), plan in best[kpi], formats) for kpi in kpis]
        if judged:
            cells.insert(0, _target_met(reading, plan, formats))
        rows.append(plan_row(reading, plan, tuple(cells)))
    return Table(tuple(heads), tuple(rows), groups)


def _target_met(reading: Reading, plan: str, formats: Formats) -> Cell:
    """In which part of the replications the target of service was met; marked where that is enough."""
    met, of = reading.reached.get(plan, (0, 0))
    if not of:
        return Cell(formats.say("number.none"))
    times = formats.say("plans.times", met=formats.number(met), of=formats.number(of))
    return Cell(formats.share(met / of, 0), times, "holds" if plan in reading.holding else "")


def difference_table(reading: Reading, formats: Formats) -> Table | None:
    """Each plan minus the baseline, or nothing when there is but one plan."""
    others = [plan for plan in reading.plans if plan != reading.baseline]
    kpis = [kpi for kpi in DIFFERENCE_COLUMNS if any(_has_gap(reading, plan, kpi) for plan in others)]
    if not others or not kpis:
        return None
    rows = [plan_row(reading, plan, tuple(_gap(reading, plan, kpi, formats) for kpi in kpis)) for plan in others]
    heads = tuple(
        Head(formats.say(f"kpi.{kpi}.label"), unit=_unit_of_difference(reading, kpi, formats)) for kpi in kpis
    )
    return Table(heads, tuple(rows))


def plan_row(reading: Reading, plan: str, cells: tuple[Cell, ...]) -> Row:
    """Row of a plan under its heading, with its tags."""
    several = len(reading.plans) > 1
    return Row(
        reading.heading(plan),
        cells,
        chosen=reading.is_choice(plan),
        baseline=several and plan == reading.baseline,
    )


def figure_cell(estimate: Estimate, best: bool, formats: Formats) -> Cell:
    """A mean with its half width, marked where it is the best."""
    return Cell(
        formats.value(estimate.mean, estimate.unit),
        formats.half_width(estimate.low, estimate.high, estimate.unit),
        "best" if best else "",
    )


def _has_gap(reading: Reading, plan: str, kpi: str) -> bool:
    gap = reading.gap(plan, kpi)
    return gap is not None and gap.known


def _unit_of_difference(reading: Reading, kpi: str, formats: Formats) -> str:
    unit = reading.estimate(reading.baseline, kpi).unit
    return {"share": formats.say("differences.points"), "currency": formats.currency}.get(unit, "")


def _gap(reading: Reading, plan: str, kpi: str, formats: Formats) -> Cell:
    gap = reading.gap(plan, kpi)
    if gap is None or not gap.known:
        return Cell(formats.say("number.none"))
    below, remark = "", ""
    if math.isfinite(gap.low):
        low, high = formats.signed(gap.low, gap.unit), formats.signed(gap.high, gap.unit)
        below = formats.say("differences.interval", low=low, high=high)
    if math.isfinite(gap.p_holm):
        remark = formats.say("differences.p", value=p_value(gap.p_holm, formats))
    return Cell(formats.signed(gap.mean, gap.unit), below, _judgement(gap, better_of(kpi)), remark)


def p_value(value: float, formats: Formats) -> str:
    """A p-value, floored at 0.001."""
    if value < 0.001:
        return formats.say("differences.p_below", value=formats.number(0.001, 3))
    return formats.number(value, 3 if value < 0.1 else 2)


def _judgement(gap: Gap, better: str) -> str:
    if not gap.clear or better not in {"high", "low"}:
        return "open"
    return "better" if (gap.mean > 0) == (better == "high") else "worse"


def cost_table(reading: Reading, formats: Formats) -> Table | None:
    """Cost lines by plan with their total, revenue and net contribution; nothing where nothing costs."""
    costs = {plan: reading.cost(plan) for plan in reading.plans}
    lines = [line for line in next(iter(costs.values()), {}) if any(cost.get(line, 0.0) for cost in costs.values())]
    if not lines:
        return None
    rows = [
        Row(
            formats.say(f"cost.{line}"),
            tuple(Cell(formats.amount(costs[plan].get(line, 0.0))) for plan in reading.plans),
        )
        for line in lines
    ]
    for kpi, kind in (
        ("total_cost", "total"),
        ("revenue", ""),
        ("net_contribution", "total"),
        ("lost_future_margin", "apart"),
    ):
        if reading.known(kpi):
            estimates = [reading.estimate(plan, kpi) for plan in reading.plans]
            best = reading.best(kpi, better_of(kpi)) if kind == "total" else set()
            cells = tuple(
                Cell(formats.amount(estimate.mean), "", "best" if plan in best else "")
                for plan, estimate in zip(reading.plans, estimates, strict=True)
            )
            rows.append(Row(formats.say(f"kpi.{kpi}.label"), cells, kind=kind))
    heads = tuple(Head(reading.heading(plan)) for plan in reading.plans)
    return Table(heads, tuple(rows))


@dataclass(frozen=True, slots=True)
class Tile:
    """A large figure of the chosen plan with the baseline's below."""

    value: str
    name: str
    below: str


def tiles(reading: Reading, formats: Formats) -> list[Tile]:
    """The figures a planner asks for first."""
    found: list[Tile] = []
    for name, kpi in TILES.items():
        own, base = reading.estimate(reading.chosen, kpi), reading.estimate(reading.baseline, kpi)
        if not own.known or not telling(reading, kpi):
            continue
        below = ""
        if reading.chosen != reading.baseline:
            value = formats.value(base.mean, base.unit)
            below = formats.say("tile.baseline", value=value, plan=reading.heading(reading.baseline))
        found.append(
            Tile(formats.value(own.mean, own.unit), formats.say(f"tile.{name}", currency=formats.currency), below)
        )
    return found


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A figure, its value as it was used, the range to sweep it over, and where it comes from."""

    path: str
    value: str
    sweep: str
    source: str
    assumed: bool

    @property
    def steps(self) -> list[str]:
        """The path in pieces at which a line may break."""
        return re.findall(r"[^._]*[._]|[^._]+", self.path)


def source_rows(model: BaseModel, sources: Mapping[str, str], formats: Formats) -> list[SourceRow]:
    """Sources of a scenario or a plan in the order given."""
    return [_source_row(model, path, source, formats) for path, source in sources.items()]


def unsourced(model: BaseModel, sources: Mapping[str, str], path: str = "") -> int:
    """How many numbers were given, in a file or by an override, of which nothing says where they come from."""
    return sum(_unsourced(getattr(model, name), sources, f"{path}{name}") for name in model.model_fields_set)


def _unsourced(value: Any, sources: Mapping[str, str], path: str) -> int:
    if path in sources or path == "sources":
        return 0
    if isinstance(value, BaseModel):
        return unsourced(value, sources, f"{path}.")
    if isinstance(value, Mapping):
        return sum(_unsourced(each, sources, f"{path}.{key}") for key, each in value.items())
    if isinstance(value, (list, tuple)) and not _is_number(value):
        return sum(_unsourced(each, sources, f"{path}.{number}") for number, each in enumerate(value))
    return int(_is_number(value))


def _source_row(model: BaseModel, path: str, source: str, formats: Formats) -> SourceRow:
    text, assumed = _told_apart(without_ranges(source))
    return SourceRow(path, value_at(model, path, formats), _to_sweep(model, path, source, formats), text, assumed)


def _told_apart(source: str) -> tuple[str, bool]:
    """The source's text, and whether it is an assumption; the word itself is shown as a tag."""
    assumed = bool(re.search(r"\bassum", source, re.IGNORECASE))
    return re.sub(r"^assum\w*[\s:,;.-]*(?:fixed\b[\s:,;.-]*)?", "", source, flags=re.IGNORECASE), assumed


def _to_sweep(model: BaseModel, path: str, source: str, formats: Formats) -> str:
    """The range that the source gives; what an assumption has instead; nothing for other figures."""
    value, unit = _found(model, path) or (None, "")
    whole = next(iter(value), None) if isinstance(value, (list, tuple)) else value
    if isinstance(whole, BaseModel):
        given = formats.say("list.comma").join(_spans_inside(whole, source, formats))
    else:
        own = range_of(source, path) if _is_number(value) else None
        given = _span(own, unit, formats) if own is not None else ""
    if given or not _told_apart(source)[1]:
        return given
    lacking = (isinstance(whole, BaseModel) or _is_number(value)) and not is_fixed(source)
    return formats.say("assumptions.no_range" if lacking else "assumptions.fixed")


def _spans_inside(whole: BaseModel, source: str, formats: Formats) -> Iterator[str]:
    """Ranges of the figures of a small model, each with its name."""
    for each in ranges_of(source):
        _, unit = _found(whole, each.figure) or (None, "")
        yield f"{_named(whole, each.figure, formats)} {_span(each, unit, formats)}".strip()


def _is_number(value: Any) -> bool:
    """Whether a value is a number or a list of numbers; clock times are."""
    if isinstance(value, (list, tuple)):
        return bool(value) and all(_is_number(each) for each in value)
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _span(found: Range, unit: str, formats: Formats) -> str:
    low, high = (_end(text, unit, formats) for text in (found.low, found.high))
    return formats.say("assumptions.range", low=low, high=high)


def _end(text: str, unit: str, formats: Formats) -> str:
    """An end of a range, written as the value beside it, without the unit's name."""
    return text if ":" in text else shown(float(text), unit if unit == "share" else "", formats)


def value_at(model: BaseModel, path: str, formats: Formats) -> str:
    """Value and unit of a dotted path inside a model, as text; a dash where the path leads nowhere."""
    found = _found(model, path)
    return shown(*found, formats) if found is not None else formats.say("number.none")


def unit_at(model: BaseModel, path: str) -> str:
    """Unit of the figure at a dotted path inside a model, as the model gives it; nothing where it has none."""
    return (_found(model, path) or (None, ""))[1]


def _found(model: BaseModel, path: str) -> tuple[Any, str] | None:
    """Value and unit of a dotted path inside a model."""
    value: Any = model
    unit = ""
    for step in path.split("."):
        found = _step(value, step)
        if found is None:
            return None
        value, unit = found
    return value, unit


def _step(value: Any, step: str) -> tuple[Any, str] | None:
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        name = next((name for name, info in fields.items() if step in {name, info.alias}), None)
        if name is None:
            return None
        extra = fields[name].json_schema_extra
        unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
        return getattr(value, name), unit
    if isinstance(value, dict) and step in value:
        return value[step], ""
    if isinstance(value, (list, tuple)) and step.isdigit() and int(step) < len(value):
        return value[int(step)], ""
    return None


def shown(value: Any, unit: str, formats: Formats) -> str:
    """A configured value as a reader would write it."""
    say = formats.say
    if value is None:
        return say("assumptions.not_set")
    if isinstance(value, bool):
        return say("assumptions.yes") if value else say("assumptions.no")
    if unit == "HH:MM" and isinstance(value, (int, float)):
        return show_clock(value)
    if unit == "share" and isinstance(value, (int, float)):
        return formats.share(value)
    if isinstance(value, (int, float)):
        return _with_unit(formats.plain(value), unit, formats)
    if isinstance(value, (list, tuple)) and value and all(isinstance(item, (int, float, str)) for item in value):
        texts = [shown(item, "HH:MM" if unit == "HH:MM" else "", formats) for item in value]
        return _with_unit(say("list.comma").join(texts), "" if unit == "HH:MM" else unit, formats)
    if isinstance(value, (BaseModel, list, tuple, dict)):
        members = value if isinstance(value, (list, tuple)) else [value]
        text = say("list.semicolon").join(say("list.comma").join(_parts(member, formats)) for member in members)
        return text if text.strip("; ；") and len(text) <= LONGEST_VALUE else say("assumptions.several")
    if value in WEEKDAYS and not say.is_source:
        return say.words("date.weekdays")[WEEKDAYS.index(value)]
    return str(value)


def _parts(value: Any, formats: Formats) -> Iterator[str]:
    """The figures of a small model, each with its name."""
    if isinstance(value, BaseModel) and len(type(value).model_fields) <= 3:
        for name in type(value).model_fields:
            inner = _step(value, name)
            assert inner is not None
            if inner[0] is not None and not isinstance(inner[0], (BaseModel, list, dict)):
                yield f"{_named(value, name, formats)} {shown(*inner, formats)}"


def _named(model: BaseModel, figure: str, formats: Formats) -> str:
    """A figure inside a small model: its name in a file, in another language what the model says it is."""
    field = next((each for name, each in type(model).model_fields.items() if figure in {name, each.alias}), None)
    about = (field.description or "").split(";")[0].strip() if field is not None else ""
    told = formats.say.given(about)
    return figure if formats.say.is_source or told == about else told


def _with_unit(text: str, unit: str, formats: Formats) -> str:
    named = formats.say(f"figure_unit.{unit}", currency=formats.currency) if unit else ""
    return f"{text}\u00a0{named}" if named else text
