"""What is written about needs: the calendar parsed back, the workbook read back, tasks, message, page."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from openpyxl import load_workbook

from sim.compute import Engine
from sim.experiment.laboratory.lab import Lab
from sim.planning.needs.question import needs_in
from sim.planning.needs.result import Needs
from sim.report.experiment import write_experiment
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.report.needs.calendar import calendar_text, escaped, folded
from sim.report.needs.page import needs_draft
from sim.report.needs.tasks import Task, tasks_csv, tasks_of
from sim.report.needs.words import Event
from sim.report.needs.workbook import sheets, workbook
from sim.scenario.plan import Plan
from tests.small_needs import small

STAMP = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FORMATS = Formats(catalogue(), "TWD")
TITLE = '=HYPERLINK("x"), 中秋; with \\ and, so on ' + "節" * 40
Line = tuple[str, dict[str, str], str]


def parsed(text: str) -> list[Line]:
    """Content lines of an iCalendar file: name, parameters, value; strict about line ends, length and nesting."""
    assert text.endswith("\r\n")
    raw = text[:-2].split("\r\n")
    assert not any("\r" in line or "\n" in line for line in raw)
    assert all(len(line.encode()) <= 75 for line in raw)
    lines: list[str] = []
    for line in raw:
        if line.startswith(" "):
            lines[-1] += line[1:]
        else:
            lines.append(line)
    found, depth = [], []
    for line in lines:
        head, colon, value = line.partition(":")
        assert colon, line
        name, *parameters = head.split(";")
        assert re.fullmatch(r"[A-Z-]+", name), line
        found.append((name, dict(each.split("=") for each in parameters), value))
        if name == "BEGIN":
            depth.append(value)
        if name == "END":
            assert depth.pop() == value
    assert depth == []
    return found


def text_of(value: str) -> str:
    """A text value without its escapes; nothing that has to be escaped stands bare."""
    assert not re.search(r"(?<!\\)(?:\\\\)*[;,]", value), value
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] in "nN" else match[1], value)


def events_in(text: str) -> list[dict[str, tuple[dict[str, str], str]]]:
    found: list[dict[str, tuple[dict[str, str], str]]] = []
    for name, parameters, value in parsed(text):
        if (name, value) == ("BEGIN", "VEVENT"):
            found.append({})
        elif found and name not in {"END"}:
            assert name not in found[-1], name
            found[-1][name] = (parameters, value)
    return found


def test_a_calendar_can_be_parsed_back() -> None:
    events = [
        Event("a", date(2026, 2, 28), TITLE, "first\nsecond", "Warehouse"),
        Event("b", datetime(2026, 9, 7, 14, 0), "b", "c", "Marketing"),
    ]
    text = calendar_text(events, "name, of it", "Asia/Taipei", STAMP)
    head = {name: value for name, _, value in parsed(text)[:6]}
    assert (head["VERSION"], text_of(head["X-WR-CALNAME"])) == ("2.0", "name, of it")
    one, other = events_in(text)
    assert text_of(one["SUMMARY"][1]) == TITLE
    assert text_of(one["DESCRIPTION"][1]) == "first\nsecond"
    assert (one["DTSTART"], one["DTEND"]) == (({"VALUE": "DATE"}, "20260228"), ({"VALUE": "DATE"}, "20260301"))
    assert one["DTSTAMP"][1] == "20260102T030405Z"
    assert (other["DTSTART"], other["DTEND"]) == (({}, "20260907T060000Z"), ({}, "20260907T063000Z"))
    assert one["UID"] != other["UID"]
    again = calendar_text(events, "another name", "Asia/Taipei", datetime(2027, 1, 1, tzinfo=UTC))
    assert [each["UID"] for each in events_in(again)] == [one["UID"], other["UID"]]


@pytest.mark.parametrize("letter", ["a", "é", "節", "😀"])
def test_lines_are_folded_between_characters(letter: str) -> None:
    for length in range(60, 90):
        line = "X:" + letter * length
        pieces = list(folded(line))
        assert "".join([pieces[0], *(piece[1:] for piece in pieces[1:])]) == line
        assert all(len(piece.encode()) <= 75 for piece in pieces)
        assert all(piece.startswith(" ") for piece in pieces[1:])
        assert len(pieces) == 1 or len(pieces[0].encode()) > 75 - len(letter.encode())


def test_texts_are_escaped() -> None:
    assert escaped("a;b,c\\d\r\ne") == "a\\;b\\,c\\\\d\\ne"


def test_tasks_have_the_columns_that_others_import() -> None:
    tasks = [Task("=1+1", "Warehouse", date(2026, 2, 3), "first\nsecond, third")]
    rows = list(csv.reader(io.StringIO(tasks_csv(tasks))))
    assert rows == [
        ["title", "owner team", "due date", "notes"],
        ["'=1+1", "Warehouse", "2026-02-03", "first second, third"],
    ]


# --- of a result ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def asked() -> tuple[Needs, Lab]:
    """Needs of a tiny campaign whose names are awkward, on few replications."""
    scenario = small(
        title="=cmd|' /C calc'!A0",
        window={"measure_from": "2026-03-03", "measure_to": "2026-03-05", "run_on_h": 48.0},
        promise={
            "standard": {"ship_within_days": 1, "deliver_within_days": 2},
            "hard_deadline": "2026-03-06T22:00",
        },
    )
    engine = Engine("serial")
    lab = Lab(scenario, {"none": Plan(name="none", title="=none")}, 1, engine=engine)
    return needs_in(lab, 10, fresh=20, probability=0.7), lab


def cells(content: bytes) -> dict[str, list[list[Any]]]:
    book = load_workbook(io.BytesIO(content))
    return {page.title: [list(row) for row in page.iter_rows()] for page in book.worksheets}


def test_a_workbook_has_types_and_no_formula(asked: tuple[Needs, Lab]) -> None:
    found, _ = asked
    content = workbook(found, FORMATS, STAMP)
    pages = cells(content)
    assert list(pages) == [sheet.title for sheet in sheets(found, FORMATS)]
    assert list(pages) == ["Summary", "Staffing by hour", "Needs", "Carriers", "Desk by half-hour", "Storage", "Stock",
                           "Budget", "Tasks"]  # fmt: skip
    every = [cell for rows in pages.values() for row in rows for cell in row]
    assert not [cell for cell in every if cell.data_type == "f"]
    assert not [cell.value for cell in every if isinstance(cell.value, str) and cell.value.startswith(("=", "+", "@"))]
    summary = {row[0].value: row[1].value for row in pages["Summary"][1:]}
    assert summary["Scenario"] == "'=cmd|' /C calc'!A0"
    assert summary["First planned day"] == datetime(2026, 3, 3)
    assert summary["Probability asked for"] == 0.7
    head, *rows = pages["Staffing by hour"]
    assert [cell.value for cell in head][:5] == ["role", "date", "staff-hours", "there today", "gap"]
    assert all(row[1].is_date and isinstance(row[2].value, (int, float)) for row in rows)
    needed = sum(row[2].value for row in rows)
    assert needed == pytest.approx(found.staff_hours["needed_h"].sum())
    assert needed == pytest.approx(sum(cell.value for row in rows for cell in row[5:]))
    assert all(row[2].is_date for row in pages["Tasks"][1:])
    assert len(pages["Tasks"]) - 1 == len(tasks_of(found, FORMATS)) > 0
    for page in load_workbook(io.BytesIO(content)).worksheets:
        assert page.freeze_panes == "B2"
        assert page.print_title_rows == "$1:$1"
        assert page.page_setup.orientation == "landscape"


def test_the_page_and_its_files(asked: tuple[Needs, Lab], tmp_path: Path) -> None:
    found, lab = asked
    draft = needs_draft(found, FORMATS, STAMP)
    index = write_experiment(draft, lab, tmp_path / "page", FORMATS, command="surgesim needs")
    folder = index.parent
    page = index.read_text(encoding="utf-8")
    assert "=cmd|&#39; /C calc&#39;!A0" in page
    facts = json.loads((folder / "needs.json").read_text(encoding="utf-8"))
    assert facts["proven"] == found.proven
    assert facts["probability"] == 0.7
    needed = pd.read_csv(folder / "needs.csv")
    assert needed["needed"].tolist() == [each["needed"] for each in facts["needs"]]
    assert (needed["gap"] == needed["needed"] - needed["present"]).all()
    calendar = (folder / "needs.ics").read_bytes().decode()
    assert len(events_in(calendar)) == len(found.dates)
    assert {"Campaign opens", "Hard deadline of the promise"} <= {
        text_of(each["SUMMARY"][1]) for each in events_in(calendar)
    }
    assert (folder / "needs.xlsx").read_bytes().startswith(b"PK")
    message = (folder / "message.txt").read_text(encoding="utf-8")
    assert len(message) < 2500
    assert message in page.replace("&#39;", "'").replace("&lt;", "<")


def test_what_follows_from_what_is_booked(asked: tuple[Needs, Lab]) -> None:
    found, _ = asked
    picking = found.staff_hours[found.staff_hours["role"] == "picking"]
    booked = sum(
        pattern.hours_in(found.scenario, need.stretch.days) * count
        for need in found.needs
        if need.owner == "picking" and need.stretch is not None
        for pattern, count in zip(need.patterns, found.amounts[need.key], strict=True)
    )
    assert picking["needed_h"].sum() == pytest.approx(booked)
    lines = found.budget.set_index("line")
    parts = lines.drop(index="total")
    for column in ("present", "needed", "difference"):
        assert parts[column].sum() == pytest.approx(lines.loc["total", column])
    assert (found.parcels["parcels"] <= found.parcels["capacity"]).all()
