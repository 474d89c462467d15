"""``surgesim template`` and ``surgesim intake``: from an empty workbook to a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_fixture import Ask, files_in

from tests.intake_forms import Filled


def test_a_filled_template_runs(surgesim: Ask, here: Path) -> None:
    answer = surgesim("template", "capacity.xlsx", "example=small_shop")
    assert (answer.code, answer.err) == (0, "")
    assert "surgesim intake capacity.xlsx scenario=NAME" in answer.out
    answer = surgesim("intake", "capacity.xlsx", "scenario=my_site")
    assert (answer.code, answer.err) == (0, "")
    assert answer.last_line.strip() == "surgesim run scenario=my_site --config-dir my"
    answer = surgesim("run", "scenario=my_site", "--config-dir", "my", "out=report")
    assert (answer.code, answer.err) == (0, "")
    page = (here / "report/index.html").read_text(encoding="utf-8")
    assert "My site" in page
    assert "Staffing!" in page  # the cells are the sources of the figures


def test_the_other_language(surgesim: Ask, here: Path) -> None:
    assert surgesim("template", "capacity.xlsx", "lang=zh_TW", "example=small_shop").code == 0
    assert surgesim("intake", "capacity.xlsx", "scenario=site", "--config-dir", "ours").code == 0
    assert "ours/scenario/site.yaml" in files_in(here)


def test_a_second_intake_tells_what_changed(surgesim: Ask, here: Path) -> None:
    Filled().save(here)
    assert surgesim("intake", "capacity.xlsx", "scenario=site").code == 0
    filled = Filled()
    filled.put("staffing", "headcount", 4, 1)
    filled.save(here)
    answer = surgesim("intake", "capacity.xlsx", "scenario=site")
    assert "Changed since the last intake (1):" in answer.out
    assert "  - site.packing.shifts.day.headcount (Staffing!K7): 2 -> 4" in answer.out
    assert "All changes: my/intake/site/0002/changes.csv" in answer.out
    assert "Nothing changed since the last intake." in surgesim("intake", "capacity.xlsx", "scenario=site").out


def test_all_problems_at_once_and_nothing_written(surgesim: Ask, here: Path) -> None:
    filled = Filled()
    cells = [
        filled.put("stock", "on_hand", -5),
        filled.put("sales", "sku", "NOBODY-KNOWS"),
        filled.put("times", "packing_line_min", "quick"),
        filled.put("site", "title", "=1+1"),
    ]
    filled.book["Campaign"].title = "Promotion"
    filled.save(here)
    answer = surgesim("intake", "capacity.xlsx", "scenario=site")
    assert answer.code == 2
    assert answer.out == ""
    assert "(5 problems)" in answer.err
    assert all(f"  - {cell}" in answer.err for cell in cells)
    assert "Campaign: the sheet is missing" in answer.err
    assert files_in(here) == ["capacity.xlsx"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("template", "template: name one workbook: surgesim template capacity.xlsx"),
        ("template a.xlsx b.xlsx", "a.xlsx b.xlsx: name one workbook"),
        ("template a.xlsx lan=en", "lan=en: is none of its settings; did you mean 'lang'?"),
        ("template a.xlsx lang=de", "lang = de: must be one of en, zh_TW"),
        ("template a.xlsx example=yes", "example = yes: there are: small_shop, cookie_shop"),
        ("template a.xlsx --config-dir my", "--config-dir: no such option"),
        ("template a.csv", "name it something.xlsx"),
        ("intake a.xlsx", "scenario: must be given: scenario=NAME"),
        ("intake scenario=site", "name one workbook"),
        ("intake a.xlsx scenario=a/b", "scenario = a/b: a name is letters"),
        ("intake a.xlsx scenario=site", "a.xlsx: can't be read: No such file"),
        ("intake a.xlsx scenario=site scenario=other", "scenario=other: is given twice"),
        ("intake a.xlsx scenario=site seed=1", "seed=1: is none of its settings"),
    ],
)
def test_what_is_wrong_on_the_command_line(surgesim: Ask, here: Path, words: str, told: str) -> None:
    answer = surgesim(*words.split())
    assert answer.code == 2
    assert told in answer.err
    assert answer.out == ""
    assert files_in(here) == []


def test_a_template_that_is_there_is_not_overwritten(surgesim: Ask, here: Path) -> None:
    (here / "a.xlsx").write_text("mine", encoding="utf-8")
    answer = surgesim("template", "a.xlsx")
    assert answer.code == 2
    assert "exists already: name another file, or say replace=true" in answer.err
    assert surgesim("template", "a.xlsx", "replace=true").code == 0


def test_a_file_changed_by_hand_is_kept_when_replaced(surgesim: Ask, here: Path) -> None:
    Filled().save(here)
    surgesim("intake", "capacity.xlsx", "scenario=site")
    path = here / "my/scenario/site.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    answer = surgesim("intake", "capacity.xlsx", "scenario=site")
    assert answer.code == 2
    assert "my/scenario/site.yaml: was changed by hand since it was written" in answer.err
    answer = surgesim("intake", "capacity.xlsx", "scenario=site", "replace=true")
    assert "The file that was there is kept as my/intake/site/0002/replaced.yaml" in answer.out
