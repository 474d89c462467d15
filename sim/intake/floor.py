"""From the sheets of times, staffing, carriers and the service desk to the site, the carriers and the desk."""

from __future__ import annotations

from typing import Any, Final

from sim.errors import Problem
from sim.intake.draft import Draft, span
from sim.intake.reading import Row

STAGES: Final = {"picking": ("site", "picking"), "packing": ("site", "packing"), "desk": ("desk",)}
_WORK = ("setup_min", "line_min", "unit_min")


def build_times(draft: Draft) -> None:
    """How long picking and packing take, and how much room there is for packed parcels."""
    row = draft.answers.figures("times")
    draft.fill("times", row)
    if "times" not in draft.answers.rows:
        return
    for stage in ("picking", "packing"):
        given = any(row.given(f"{stage}_{figure}") for figure in _WORK)
        staffed = [other for other in draft.answers.table("staffing") if other.value("stage") == stage]
        if given:
            scatter(draft, "site", stage, "service")
        elif stage == "picking":
            draft.wrong(row, "picking_setup_min", "how long does picking take? Fill in a time per order, line or unit")
        elif staffed or "packing" in draft.data.get("site", {}):
            place = staffed[0].cells["stage"] if staffed else row.cells["packing_setup_min"]
            text = f"packing needs a time per order, line or unit on the sheet {draft.title('times')}"
            draft.answers.problems.append(Problem(place, "", text))


def scatter(draft: Draft, *path: str) -> None:
    """A coefficient of variation belongs to a distribution: lognormal, as times of work are."""
    shape = draft.get(*path)
    if isinstance(shape, dict) and "cv" in shape:
        name = "lognormal" if shape["cv"] > 0 else "deterministic"
        cell = draft.cells[".".join((*path, "cv"))]
        shape_of = {"distribution": name, "cv": shape["cv"]}
        draft.put(path, shape_of, source=cell)


def build_staffing(draft: Draft) -> None:
    """Shifts by stage, their wages, and whether anybody works where work is to be done."""
    rows = draft.answers.table("staffing")
    for row in draft.named("staffing", "shift", "stage").values():
        stage, name = row.value("stage"), row.value("shift")
        path = (*STAGES[stage], "shifts", name)
        for key in ("start", "end", "weekdays", "headcount", "productivity", "first_day", "last_day"):
            if row.given(key) and row.sound(key):
                draft.put((*path, key), row.value(key), row.cells[key])
            elif row.given(key):
                draft.broken.add(".".join((*path, key)))
        breaks = [pause for pause in (_break(draft, row, "break"), _break(draft, row, "second")) if pause]
        if breaks:
            first = "break_start" if row.given("break_start") else "second_start"
            draft.put((*path, "breaks"), breaks, row.cells[first])
    for stage in STAGES:
        _wage(draft, stage, [row for row in rows if row.value("stage") == stage])
    if "staffing" in draft.answers.rows and all(row.sound("stage") for row in rows):
        _somebody(draft, rows)


def _break(draft: Draft, row: Row, which: str) -> dict[str, Any] | None:
    start, length = f"{which}_start", f"{which}_min"
    for one, other in ((start, length), (length, start)):
        if row.given(one) and not row.given(other):
            draft.wrong(row, other, f"must be filled in beside {row.cells[one]}")
    if row.value(start) is None or row.value(length) is None:
        return None
    return {"start": row.value(start), "minutes": row.value(length)}


def _wage(draft: Draft, stage: str, rows: list[Row]) -> None:
    paid = [row for row in rows if row.value("wage") is not None]
    for row in paid[1:]:
        if row.value("wage") != paid[0].value("wage"):
            first = paid[0].cells["wage"]
            text = f"a stage has one wage, and {first} says {paid[0].value('wage'):g}: write the mean on every row"
            draft.wrong(row, "wage", text)
    if paid:
        draft.put((*STAGES[stage], "wage_per_h_cost"), paid[0].value("wage"), paid[0].cells["wage"])
    elif rows and all(row.sound("wage") for row in rows):
        draft.warn(rows[0].cells.get("wage", rows[0].place), "no wage is given: these hours cost nothing")


def _somebody(draft: Draft, rows: list[Row]) -> None:
    there = {row.value("stage") for row in rows}
    wanted = {"picking": True, "packing": "packing" in draft.data.get("site", {})}
    wanted["desk"] = bool(draft.answers.table("channels"))
    for stage, needed in wanted.items():
        if needed and stage not in there:
            text = f"nobody works at {draft.answers.words.choice(stage)}: at least one row is needed"
            draft.answers.problems.append(Problem(draft.title("staffing"), "", text))


def build_carriers(draft: Draft) -> None:
    """Carriers and their pickups."""
    carriers = draft.named("carriers", "name")
    for name, row in carriers.items():
        draft.fill("carriers", row, name)
        scatter(draft, "carriers", name, "transit", "service")
    _whole(draft, "carriers")
    visited = set()
    for row in draft.named("pickups", "pickup", "carrier").values():
        if not draft.referred(row, "carrier", list(carriers), "carriers"):
            continue
        carrier, name = row.value("carrier"), row.value("pickup")
        visited.add(carrier)
        for key in ("time", "weekdays", "capacity"):
            path = ("carriers", carrier, "pickups", name, key)
            if row.given(key) and row.sound(key):
                draft.put(path, row.value(key), row.cells[key])
            elif row.given(key):
                draft.broken.add(".".join(path))
    sound = all(row.sound("carrier", "pickup") for row in draft.answers.table("pickups"))
    for name, row in carriers.items():
        if name not in visited and sound and "pickups" in draft.answers.rows:
            draft.wrong(row, "name", f"has no pickup on the sheet {draft.title('pickups')}")
            draft.broken.add(f"carriers.{name}.pickups")


def _whole(draft: Draft, sheet: str) -> None:
    """Shares of a table add up to one; small slips of rounding are evened out."""
    rows = [row for row in draft.answers.table(sheet) if row.given("share")]
    if not rows or not all(row.sound("share", "name") for row in rows):
        return
    total = sum(row.value("share") for row in rows)
    if abs(total - 1) > 0.005:
        cells = span(rows, "share")
        draft.answers.problems.append(Problem(cells, f"{total * 100:g} %", "the shares must add up to 100 %"))
    elif total != 1:
        where = {"carriers": ("carriers",), "channels": ("desk", "channels")}[sheet]
        for row in rows:
            path = (*where, row.value("name"), "share")
            if draft.get(*path) is not None:
                told = f"{row.cells['share']} of {total * 100:.6g} %"
                draft.put(path, row.value("share") / total, row.cells["share"], told if abs(total - 1) > 1e-9 else "")


def build_desk(draft: Draft) -> None:
    """Opening hours, general questions, channels."""
    row, channels = draft.answers.figures("desk"), draft.named("channels", "name")
    agents = [other for other in draft.answers.table("staffing") if other.value("stage") == "desk"]
    if not draft.answers.table("channels"):
        asked = [other.cells["stage"] for other in agents] + [entry.cell for entry in row.entries.values()]
        if asked and "channels" in draft.answers.rows:
            text = f"a service desk needs channels; none is on the sheet {draft.title('channels')}"
            draft.answers.problems.append(Problem(asked[0], "", text))
            draft.data.pop("desk", None)
        return
    draft.fill("desk", row)
    for name, channel in channels.items():
        draft.fill("channels", channel, name)
        scatter(draft, "desk", "channels", name, "handle")
    _whole(draft, "channels")
    if draft.get("desk", "general", "per_day"):
        _general(draft)


def _general(draft: Draft) -> None:
    """General questions come while the desk is open, at the same rate in each hour."""
    begin, end = (int(str(draft.get("desk", key) or full)[:2]) for key, full in (("open", "00:00"), ("close", "24:00")))
    shares = [1.0 if begin <= hour < max(end, begin + 1) else 0.0 for hour in range(24)]
    source = "assumption, fixed: while the desk is open, evenly"
    if sum(shares):
        draft.put(("desk", "general", "hour_shares"), shares, source=source)
