"""Whatever is wrong with a workbook is told by sheet and cell, all of it at once, and nothing of it is run."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.formula import ArrayFormula

from sim.errors import InputError
from sim.intake import form, safety
from sim.intake.cells import CellError, blank, value_of
from sim.intake.form import Column
from sim.intake.reading import read_form
from sim.intake.scenario import read_intake
from sim.intake.sheets import FORM
from sim.intake.words import words_of
from tests.intake_forms import Filled, problems_with

# --- cells --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "given_", "number_format", "value"),
    [
        ("share", 0.12, "0.0#\\ %", 0.12),
        ("share", 1.0, "0%", 1.0),
        ("share", 0.12, "General", 0.12),
        ("share", "12 %", "@", 0.12),
        ("share", "12.5%", "@", 0.125),
        ("number", 3, "General", 3.0),
        ("whole", 3.0, "0", 3),
        ("clock", time(8, 30), "hh:mm", "08:30"),
        ("clock", timedelta(hours=30), "[hh]:mm", "30:00"),
        ("clock", datetime(1900, 1, 1, 6, 0), "yyyy-mm-dd", "30:00"),
        ("clock", "8:30", "@", "08:30"),
        ("clock", "8：30", "@", "08:30"),
        ("date", datetime(2026, 11, 5), "yyyy-mm-dd", "2026-11-05"),
        ("date", "2026/11/05", "@", "2026-11-05"),
        ("moment", datetime(2026, 11, 11, 20, 0), "", "2026-11-11T20:00"),
        ("moment", "2026-11-11 20:00", "@", "2026-11-11T20:00"),
        ("moment", datetime(2026, 11, 11), "", "2026-11-11"),
        ("name", 100234, "General", "100234"),
        ("name", " MUG  RED ", "@", "MUG RED"),
        ("weekdays", "mon-fri", "@", ["mon", "tue", "wed", "thu", "fri"]),
        ("weekdays", "Sat, mon", "@", ["mon", "sat"]),
        ("weekdays", "fri-mon", "@", ["mon", "fri", "sat", "sun"]),
        ("weekdays", "Monday to friday".replace(" to ", " - "), "@", ["mon", "tue", "wed", "thu", "fri"]),
        ("weekdays", "every day", "@", ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
    ],
)
def test_what_a_cell_may_hold(kind: Any, given_: Any, number_format: str, value: Any) -> None:
    found = value_of(given_, "n", number_format, Column("figure", kind), words_of("en"))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("given_", "days"),
    [
        ("週一至週五", ["mon", "tue", "wed", "thu", "fri"]),
        ("星期六、星期日", ["sat", "sun"]),
        ("一、三、五", ["mon", "wed", "fri"]),
        ("每天", ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
    ],
)
def test_weekdays_in_chinese(given_: str, days: list[str]) -> None:
    assert value_of(given_, "s", "@", Column("days", "weekdays"), words_of("zh_TW")) == days


@pytest.mark.parametrize(
    ("column", "given_", "number_format", "remedy"),
    [
        (Column("x", "share", low=0, high=1), 12, "General", "could be 12 % or 1200 %"),
        (Column("x", "share", low=0, high=1), 1, "General", "could be 1 % or 100 %"),
        (Column("x", "share", low=0, high=1), 1.2, "0%", "must be at most 100 %"),
        (Column("x", "share", low=0, high=1), -0.1, "0%", "must be at least 0 %"),
        (Column("x", "share", low=0, high=1), "much", "@", "a share is needed"),
        (Column("x", "number", "min"), "12", "@", "the cell's format is Text"),
        (Column("x", "number", "min"), True, "General", "not true or false"),
        (Column("x", "number", "min"), 0.12, "0%", "not a percentage"),
        (Column("x", "number", "min"), datetime(2026, 1, 1), "yyyy", "not a date or time"),
        (Column("x", "number", "min"), float("inf"), "General", "finite"),
        (Column("x", "number", low=0, above=True), 0, "General", "must be more than 0"),
        (Column("x", "whole", "units", low=0), -3, "0", "must be at least 0 (units)"),
        (Column("x", "whole", "units"), 2.5, "0", "a whole number is needed"),
        (Column("x", "whole", "units"), 10**12, "0", "must be at most 1e+09"),
        (Column("x", "clock"), 0.5, "General", "write a clock time as 14:00"),
        (Column("x", "clock", high=1439.0), "24:30", "@", "lies between 00:00 and 23:59"),
        (Column("x", "date"), 46000, "General", "write a date as"),
        (Column("x", "date"), datetime(1900, 1, 1), "yyyy", "dates lie between"),
        (Column("x", "date"), datetime(2026, 1, 1, 5), "yyyy", "without a time"),
        (Column("x", "moment"), "2026-11-11T20:00+08:00", "@", "without an offset"),
        (Column("x", "weekdays"), "mon-fry", "@", "'fry' is no weekday; did you mean 'fri'?"),
        (Column("x", "choice", choices=("home", "store")), "a stor", "@", "did you mean 'a store'?"),
        (Column("x", "name"), "${oc.env:HOME}", "@", "can't hold ${"),
        (Column("x", "name"), "???", "@", "can't hold ???"),
        (Column("x", "name"), "_target_", "@", "does not begin with _"),
        (Column("x", "name"), 1.5, "General", "text is needed"),
        (Column("x", "name"), "a" * 61, "@", "too long for a name"),
        (Column("x", "text"), "a\x7fb", "@", "can't be printed"),
    ],
)
def test_what_it_may_not(column: Column, given_: Any, number_format: str, remedy: str) -> None:
    with pytest.raises(CellError) as refused:
        value_of(given_, "n", number_format, column, words_of("en"))
    assert remedy in str(refused.value)


GARBAGE = st.one_of(
    st.text(max_size=40),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.sampled_from(["=1+1", "30:00", "48:01", "12 %", "%", "mon-", "-", "二", "2026-13-01", "1e999", "\u2028", "٣"]),
)


@given(value=GARBAGE, number_format=st.sampled_from(["General", "0%", "@", "[hh]:mm", ""]), data=st.data())
def test_garbage_in_a_cell_is_a_value_or_told(value: Any, number_format: str, data: st.DataObject) -> None:
    assume(not blank(value))  # an empty cell is not looked at
    sheet = data.draw(st.sampled_from(FORM))
    column = data.draw(st.sampled_from(sheet.columns))
    words = words_of(data.draw(st.sampled_from(["en", "zh_TW"])))
    try:
        found = value_of(value, "n", number_format, column, words)
    except CellError as error:
        found = str(error)
    assert found is not None
    assert found != ""


_WRITABLE = st.one_of(
    st.integers(-(10**6), 10**6),
    st.floats(-1e6, 1e6),
    st.booleans(),
    st.datetimes(datetime(1905, 1, 1), datetime(2300, 1, 1)),
    st.text(st.characters(min_codepoint=32, max_codepoint=0x9FFF, exclude_categories=["Cs"]), max_size=20),
)
_PLACES = [
    (sheet.key, column.key, row)
    for sheet in FORM
    for column in sheet.columns
    for row in range(len(sheet.examples) or 1)
]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changed=st.dictionaries(st.sampled_from(_PLACES), _WRITABLE, min_size=1, max_size=25))
def test_garbage_in_a_workbook_is_a_scenario_or_told_by_cell(
    changed: dict[tuple[str, str, int], Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    filled = Filled()
    for (sheet, column, row), value in changed.items():
        filled.put(sheet, column, value, row)
    titles = tuple(name if " " not in name else f"'{name}'" for name in filled.book.sheetnames)
    for text in problems_with(filled.save(tmp_path_factory.mktemp("garbage"))):
        assert text.startswith((*titles, *filled.book.sheetnames)), text


# --- sheets and headings ------------------------------------------------------------------------------------------


def test_all_problems_are_told_at_once_by_sheet_and_cell(tmp_path: Path) -> None:
    filled = Filled()
    expected = {
        filled.put("stock", "on_hand", -5, 0): "must be at least 0 (units)",
        filled.put("receipts", "expires", datetime(2026, 11, 1)): "lies before the receipt (2026-11-09, Receipts!C6)",
        filled.put("sales", "sku", "MUG-RDE"): "is not on the sheet Stock; did you mean 'MUG-RED'?",
        filled.put("staffing", "headcount", "three", 1): "a number is needed (workers), not text",
        filled.put("times", "picking_line_min", "=0.3+0.2"): "formula: paste its value",
        filled.put("carriers", "share", 0.5, 0): "the shares must add up to 100 %",
        filled.put("pickups", "carrier", "Psot", 1): "is not on the sheet Carriers; did you mean 'Post'?",
        filled.put("campaign", "end", datetime(2026, 11, 10)): "lies after",
        filled.put("site", "deliver_within_days", 0): "deliver_within_days",
    }
    told = problems_with(filled.save(tmp_path))
    early = {cell: remedy for cell, remedy in expected.items() if "campaign" not in cell.lower()}
    for cell, remedy in early.items():
        assert any(cell.split("!")[0] in text and cell.split("!")[1] in text and remedy in text for text in told), cell


def test_a_missing_sheet_and_a_renamed_one(tmp_path: Path) -> None:
    filled = Filled()
    del filled.book["Carriers"]
    filled.book["Pickups"].title = "Pick-ups"
    told = problems_with(filled.save(tmp_path))
    assert any(text.startswith("Carriers: the sheet is missing; copy it from a new form") for text in told)
    assert any(text.startswith("Pickups: the sheet is missing; did you mean 'Pick-ups'?") for text in told)


def test_renamed_and_doubled_headings(tmp_path: Path) -> None:
    filled = Filled()
    place = filled.sheet("staffing")
    place["K3"].value, place["Q3"].value = "Heads", "Shift"
    site = filled.sheet("site")
    site["A8"].value = "Curency"
    told = problems_with(filled.save(tmp_path))
    assert "Staffing!K3 = Heads: the heading must be 'Headcount'" in told
    assert "Staffing!Q3 = Shift: this heading stands here twice" in told
    assert "Site!A8 = Curency: the heading must be 'Currency'" in told


def test_columns_and_rows_may_be_moved(tmp_path: Path) -> None:
    plain, moved = Filled(), Filled()
    place = moved.sheet("zones")
    for row in range(3, 8):
        place.cell(row, 3).value, place.cell(row, 4).value = place.cell(row, 4).value, place.cell(row, 3).value
    moved.sheet("desk").insert_rows(5, 2)
    found = read_intake(moved.save(tmp_path, "moved.xlsx"))
    assert found.data == read_intake(plain.save(tmp_path)).data
    assert found.cells["stock.zones.mezzanine.walk_min"] == "Zones!C6"
    assert found.cells["desk.open"] == "'Service desk'!B7"


def test_sheets_and_columns_of_their_own_are_not_read(tmp_path: Path) -> None:
    filled = Filled()
    filled.book.create_sheet("Notes")["A1"] = "=HYPERLINK(1)"
    filled.sheet("zones")["H9"].value = "a note"
    found = read_intake(filled.save(tmp_path))
    assert [str(warning) for warning in found.warnings] == [
        "Zones!9: stands below no heading; not read",
        "Notes: is no sheet of the form and was not read",
    ]


@pytest.mark.parametrize(
    ("cell", "value"),
    [("B5", "=cmd|' /C calc'!A0"), ("B5", "=1+1"), ("B27", "=[1]Other!A1"), ("B6", '=WEBSERVICE("http://x")')],
)
def test_formulas_are_refused_by_cell_and_never_evaluated(tmp_path: Path, cell: str, value: str) -> None:
    filled = Filled()
    filled.sheet("site")[cell].value = value
    told = problems_with(filled.save(tmp_path))
    assert len(told) == 1
    assert told[0].startswith(f"Site!{cell} = ")
    assert "formula: paste its value" in told[0]


def test_array_formulas_and_errors_are_refused(tmp_path: Path) -> None:
    filled = Filled()
    filled.sheet("site")["B5"] = ArrayFormula("B5:B5", "=SUM(1,2)")
    filled.sheet("site")["B6"] = "#N/A"
    told = problems_with(filled.save(tmp_path))
    assert [text.split(" = ")[0] for text in told] == ["Site!B5", "Site!B6"]
    assert "holds an error of the spreadsheet" in told[1]


def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path) -> None:
    filled = Filled()
    for place, text in (("B5", "-20 % sale"), ("B6", "@home +more")):
        filled.sheet("site")[place].value = text
    cell = filled.sheet("carriers")["B6"]
    cell.value, cell.data_type = "=Post", "s"  # as Excel stores '=Post
    for row in (0, 1):
        other = filled.place("pickups", "carrier", row)
        other.value, other.data_type = "=Post", "s"
    found = read_intake(filled.save(tmp_path))
    assert found.scenario.title == "-20 % sale"
    assert "=Post" in found.scenario.carriers


# --- files --------------------------------------------------------------------------------------------------------


def rewritten(path: Path, change: Callable[[str, bytes], bytes | None], more: dict[str, bytes] | None = None) -> Path:
    """The workbook with parts changed, taken out (None), or added."""
    out = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = change(part.filename, old.read(part))
            if content is not None:
                new.writestr(part.filename, content)
        for name, content in (more or {}).items():
            new.writestr(name, content)
    return out


def refused(path: Path) -> str:
    with pytest.raises(InputError) as error:
        read_form(path)
    assert len(error.value.problems) == 1
    return str(error.value.problems[0])


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return Filled().save(tmp_path)


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("xl/vbaProject.bin", "holds macros"),
        ("xl/macrosheets/sheet1.xml", "holds macros"),
        ("xl/externalLinks/externalLink1.xml", "links to other workbooks"),
        ("xl/embeddings/oleObject1.bin", "embedded objects"),
        ("xl/connections.xml", "data connections"),
    ],
)
def test_macros_links_and_objects_are_refused(book: Path, part: str, told: str) -> None:
    assert told in refused(rewritten(book, lambda name, content: content, {part: b"<x/>"}))


def test_a_macro_workbook_by_its_content_type(book: Path) -> None:
    def change(name: str, content: bytes) -> bytes:
        if name != "[Content_Types].xml":
            return content
        return content.replace(b"spreadsheetml.sheet.main", b"sheet.macroEnabled.main")

    assert "holds macros" in refused(rewritten(book, change))


@pytest.mark.parametrize("part", ["xl/theme/theme1.xml", "xl/worksheets/sheet5.xml", "xl/_rels/workbook.xml.rels"])
def test_entities_are_not_expanded(book: Path, part: str) -> None:
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&b;</t></si></sst>'
    )
    changed = rewritten(book, lambda name, content: bomb if name == part else content)
    assert "document type" in refused(changed)


def test_a_file_that_unpacks_into_too_much(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safety, "MOST_OF_A_PART", 1_000_000)
    more = {"xl/media/image1.png": b"\0" * 1_000_001}
    assert "unpacks into too much: xl/media/image1.png" in refused(rewritten(book, lambda _, content: content, more))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "protected by a password"),
        (b"PK\x03\x04 and then nothing", "is damaged"),
        (b"", "is damaged"),
        (b"name,value\n", "is damaged"),
    ],
)
def test_what_is_no_workbook(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "capacity.xlsx"
    path.write_bytes(content)
    assert told in refused(path)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("capacity.xlsm", "save it as .xlsx"),
        ("capacity.csv", "the form is an .xlsx workbook"),
        ("no.xlsx", "can't be read"),
    ],
)
def test_files_that_are_not_read_at_all(tmp_path: Path, name: str, told: str) -> None:
    assert told in refused(tmp_path / name)


def test_a_damaged_part_is_told_and_no_traceback(book: Path) -> None:
    for part in ("xl/worksheets/sheet4.xml", "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels"):
        for kept in (0.5, 0.0):

            def change(name: str, content: bytes, part: str = part, kept: float = kept) -> bytes | None:
                return content if name != part else content[: int(len(content) * kept)] or None

            assert problems_with(rewritten(book, change)), (part, kept)


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_flipped_bytes_never_end_in_a_traceback(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    content = bytearray(_saved())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("flipped") / "capacity.xlsx"
    path.write_bytes(bytes(content))
    problems_with(path)  # told or read, as it comes


@cache
def _saved() -> bytes:
    out = io.BytesIO()
    Filled().book.save(out)
    return out.getvalue()


def test_another_workbook_and_another_version(tmp_path: Path) -> None:
    path = tmp_path / "other.xlsx"
    Workbook().save(path)
    assert "is not a form that surgesim wrote" in refused(path)
    filled = Filled()
    filled.book["_form"]["B2"] = 99
    assert "version of the form = 99: must be 1" in refused(filled.save(tmp_path))


def test_too_many_rows_are_told_with_everything_else(tmp_path: Path) -> None:
    filled = Filled()
    filled.sheet("stock").cell(form.LAST_ROW + 1, 2).value = "ONE-TOO-MANY"
    cell = filled.put("site", "price_per_unit", -1)
    told = problems_with(filled.save(tmp_path))
    assert any(text.startswith(f"Stock: goes beyond row {form.LAST_ROW:,}: at most 2,000 rows") for text in told)
    assert any(text.startswith(cell) for text in told)


def test_rows_that_only_have_a_format_do_not_count(tmp_path: Path) -> None:
    filled = Filled()
    filled.sheet("stock").cell(form.LAST_ROW + 500, 2).number_format = "0.00"
    assert problems_with(filled.save(tmp_path)) == []


@pytest.mark.long
def test_a_million_rows_are_told_without_being_read(tmp_path: Path) -> None:
    """The sheet is written as XML, since a spreadsheet program would take minutes."""

    def rows() -> bytes:
        head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        body = b"".join(
            b'<row r="%d"><c r="B%d" t="inlineStr"><is><t>SKU%d</t></is></c></row>' % (row, row, row)
            for row in range(1, 1_000_001)
        )
        return head + body + b"</sheetData></worksheet>"

    filled = Filled()
    number = filled.book.sheetnames.index("Stock") + 1
    path = rewritten(
        filled.save(tmp_path), lambda name, content: rows() if name == f"xl/worksheets/sheet{number}.xml" else content
    )
    told = problems_with(path)
    assert any(text.startswith("Stock: goes beyond row") for text in told)
    assert any(text.startswith("Stock!B3 = SKU3: the heading must be 'SKU'") for text in told)


def test_the_last_row_is_read(tmp_path: Path) -> None:
    filled = Filled()
    row = form.MOST_ROWS - 1
    filled.put("zones", "name", "far", row)
    filled.put("zones", "walk_min", 2, row)
    found = read_intake(filled.save(tmp_path))
    assert found.data["stock"]["zones"]["far"] == {"walk_min": 2.0}
    assert found.cells["stock.zones.far.walk_min"] == f"Zones!D{form.LAST_ROW}"
