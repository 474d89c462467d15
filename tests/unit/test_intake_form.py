"""The form: one description, two languages, and a workbook that says what a cell may hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from openpyxl import load_workbook

from sim.errors import InputError
from sim.intake import form
from sim.intake.form import Column, Sheet
from sim.intake.scenario import read_intake
from sim.intake.sheets import FORM, SHEETS
from sim.intake.template import FORMATS, HIDDEN, write_template
from sim.intake.words import LANGUAGES, Words, words_of
from sim.report.messages import CATALOGUES
from sim.scenario.fields import locate
from sim.scenario.scenario import Scenario
from tests.intake_forms import Filled, problems_with

COLUMNS = [(sheet, column) for sheet in FORM for column in sheet.columns]


def leaves(tree: dict[str, object], above: str = "") -> set[str]:
    found = set()
    for key, value in tree.items():
        found |= leaves(value, f"{above}{key}.") if isinstance(value, dict) else {f"{above}{key}"}
    return found


def catalogue_of(language: str) -> dict[str, object]:
    text = (CATALOGUES / f"{language}.intake.yaml").read_text(encoding="utf-8")
    tree: dict[str, object] = yaml.safe_load(text)["intake"]
    return tree


def test_both_languages_have_the_same_texts_and_fields() -> None:
    english, chinese = (catalogue_of(language) for language in LANGUAGES)
    assert leaves(english) == leaves(chinese)
    fields = re.compile(r"\{\w+\}")
    one, other = yaml.safe_dump(english, allow_unicode=True), yaml.safe_dump(chinese, allow_unicode=True)
    assert sorted(fields.findall(one)) == sorted(fields.findall(other))


def test_every_sheet_and_column_has_words_and_no_others_are_there() -> None:
    told = {key for key in leaves(catalogue_of("en")) if key.startswith("sheets.")}
    expected = set()
    for sheet in FORM:
        expected |= {f"sheets.{sheet.key}.title", f"sheets.{sheet.key}.about"}
        for column in sheet.columns:
            expected |= {f"sheets.{sheet.key}.columns.{column.key}.{part}" for part in ("heading", "about")}
            if column.section:
                expected.add(f"sheets.{sheet.key}.sections.{column.section}")
    assert told == expected


def test_units_and_choices_are_those_of_the_form() -> None:
    tree = catalogue_of("en")
    units = {column.unit for _, column in COLUMNS if column.unit} | {"share", "text", "name", "choice", "number"}
    assert set(tree["units"]) == units  # type: ignore[call-overload]
    assert set(tree["choices"]) == {key for _, column in COLUMNS for key in column.choices}  # type: ignore[call-overload]


@pytest.mark.parametrize("language", LANGUAGES)
def test_headings_differ_within_a_sheet_and_titles_among_sheets(language: str) -> None:
    words = words_of(language)
    for sheet in FORM:
        headings = [words.heading(sheet, column) for column in sheet.columns]
        headings += {words.section(sheet, column.section) for column in sheet.columns if column.section}
        assert len(set(headings)) == len(headings), sheet.key
    titles = [words.title(sheet) for sheet in FORM]
    assert len(set(titles)) == len(titles)
    assert all(len(title) <= 31 and not set(title) & set("[]:*?/\\'") for title in titles)


@pytest.mark.parametrize(("sheet", "column"), COLUMNS, ids=lambda each: each.key)
def test_every_place_in_the_scenario_exists(sheet: Sheet, column: Column) -> None:
    if column.path:
        spot = locate(Scenario, column.path.replace("{}", "NAME").split("."))
        assert spot.field is not None, column.path


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_workbook_opens_and_says_what_a_cell_may_hold(tmp_path: Path, language: str) -> None:
    path = write_template(tmp_path / "form.xlsx", language)
    book, words = load_workbook(path), words_of(language)
    assert book[HIDDEN].sheet_state == "veryHidden"
    for sheet in FORM:
        place = book[words.title(sheet)]
        rules = {str(rule.sqref).split(":")[0]: rule for rule in place.data_validations.dataValidation}
        assert place.freeze_panes
        assert place.page_setup.orientation == "landscape"
        for number, column in enumerate(sheet.columns):
            if sheet.table:
                cell = place.cell(form.FIRST_ROW, form.FIRST_COLUMN + number)
                head = place.cell(form.HEADING_ROW, form.FIRST_COLUMN + number)
                assert head.comment is not None
                assert words.heading(sheet, column) == head.value
            else:
                cell = next(
                    place.cell(row[0].row, form.VALUE)
                    for row in place.iter_rows(min_row=form.FIRST_FIGURE_ROW)
                    if row[0].value == words.heading(sheet, column)
                )
            assert cell.number_format == FORMATS.get(column.kind, "@"), (sheet.key, column.key)
            assert (cell.coordinate in rules) == (column.kind not in {"text", "name", "weekdays"})
            if column.kind == "choice":
                listed = rules[cell.coordinate].formula1
                assert listed == '"' + ",".join(words.choice(key) for key in column.choices) + '"'
                assert len(listed) <= 255
    assert len(book.sheetnames) == len(FORM) + 2


def test_validation_reaches_to_the_last_row_that_is_read(tmp_path: Path) -> None:
    book = load_workbook(write_template(tmp_path / "form.xlsx"))
    ends = {str(rule.sqref).split(":")[1] for rule in book["Carriers"].data_validations.dataValidation}
    assert all(end.endswith(str(form.LAST_ROW)) for end in ends)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_of_a_table_fit_their_columns(tmp_path: Path, language: str) -> None:
    """No word of a heading is broken: the column is as wide as its longest word."""
    book, words = load_workbook(write_template(tmp_path / "form.xlsx", language)), words_of(language)
    for sheet in FORM:
        if not sheet.table:
            continue
        place = book[words.title(sheet)]
        for number, column in enumerate(sheet.columns):
            letter = place.cell(1, form.FIRST_COLUMN + number).column_letter
            widest = max(len(word) for word in words.heading(sheet, column).split())
            assert place.column_dimensions[letter].width >= min(widest, 21), (sheet.key, column.key)


def test_an_empty_form_lacks_what_is_required_and_nothing_else(tmp_path: Path) -> None:
    path = write_template(tmp_path / "form.xlsx")
    told = problems_with(path)
    required = [column for column in SHEETS["site"].columns if column.required]
    assert sum("must be filled in (" in text for text in told) == len(required)
    assert any("how many ordinary orders are there?" in text for text in told)
    assert any("how long does picking take?" in text for text in told)
    assert any("Staffing: nobody works at picking" in text for text in told)
    assert len(told) == len(required) + 3


def test_examples_are_not_read(tmp_path: Path) -> None:
    filled = Filled()
    place = filled.sheet("carriers")
    assert place.cell(form.EXAMPLE_ROW, 1).value == "example"
    place.cell(form.EXAMPLE_ROW, 2).value = "=1+1"
    assert problems_with(filled.save(tmp_path)) == []


def test_both_languages_make_the_same_scenario(tmp_path: Path) -> None:
    english, chinese = (
        read_intake(write_template(tmp_path / f"{language}.xlsx", language, example="small_shop"), "site")
        for language in LANGUAGES
    )
    assert english.data == chinese.data
    assert english.scenario.model_dump(exclude={"sources"}) == chinese.scenario.model_dump(exclude={"sources"})
    assert {place.rpartition("!")[2] for place in english.cells.values()} == {
        place.rpartition("!")[2] for place in chinese.cells.values()
    }


def test_a_file_that_is_there_is_left_alone_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "form.xlsx"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="exists already"):
        write_template(path)
    assert path.read_text(encoding="utf-8") == "mine"
    write_template(path, replace=True)
    assert problems_with(path)


@pytest.mark.parametrize(
    ("name", "lang", "told"),
    [
        ("form.xls", "en", "name it something.xlsx"),
        ("form.xlsx", "zh_tw", "must be one of en, zh_TW; did you mean 'zh_TW'?"),
    ],
)
def test_a_form_that_can_t_be_written_is_refused(tmp_path: Path, name: str, lang: str, told: str) -> None:
    with pytest.raises(InputError, match=re.escape(told)):
        write_template(tmp_path / name, lang)
    assert list(tmp_path.iterdir()) == []


def test_words_of_bounds() -> None:
    words = Words("en")
    told = {column.key: words.bounds(column) for column in SHEETS["site"].columns}
    assert told["express_share"] == "0 % to 100 %"
    assert told["patience_h"] == "more than 0"
    assert told["lines_mean"] == "1 to 10000"
    assert told["price_per_unit"] == "at least 0"
    assert told["title"] == ""
