"""Files are found by name and read with care."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import InputError
from sim.scenario.library import DEEPEST, KINDS, MOST_BYTES, Library, open_library, read_yaml, with_own

BOMB = "a0: &a0 [1, 1]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))


def own_library(folder: Path, **scenarios: str) -> Library:
    """A library with scenarios of the user's own, given as text."""
    (folder / "scenario").mkdir()
    for name, text in scenarios.items():
        (folder / "scenario" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return open_library(folder)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a: 1\x00", "NUL bytes"),
        ("a: é".encode("latin-1"), "line 1: is not UTF-8"),
        ("a: 1\nb: é".encode("latin-1"), "line 2: is not UTF-8"),
        (b"\xff\xfea\x00:\x00", "NUL bytes"),
        (b"a: 1\nb: c: d\n", "line 2: is not valid YAML: mapping values are not allowed"),
        (b"a: 1\nb: 2\na: 3\n", "line 3: is not valid YAML: the key 'a' stands here twice"),
        (b"a: {x: 1, x: 2}\n", "the key 'x' stands here twice"),
        (b"a: [1, 2\n", "is not valid YAML"),
        (b"a: !!python/object/apply:os.getcwd []\n", "is not valid YAML: could not determine a constructor"),
        (b"a: {b: {_target_: os.getcwd}}\n", "_target_ is not allowed"),
        (b"a: [{_target_: os.getcwd}]\n", "_target_ is not allowed"),
        (b"carriers: {no: 1}\n", "YAML reads the name 'False' as a bool: put it in quotes"),
        (b"a: {2024: 1}\n", "YAML reads the name '2024' as a int: put it in quotes"),
        (b"- 1\n- 2\n", "must hold keys with values, not a list"),
        (b"just text\n", "must hold keys with values, not a single value"),
        (b"a: !!timestamp 2026-02-30\n", "holds a value that can't be"),
        (b"a: " + b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "nested more than"),
        (b"a: " + b"[" * 200_000, "nested more than"),  # would exhaust the stack of the C parser
        (b"a: &a [*a]\n", "refers to itself"),
        (BOMB.encode(), "stand for too many values"),
        (b"#" * (MOST_BYTES + 1), "too large"),
    ],
)
def test_unfit_files_are_told_with_place_and_reason(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "unfit.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_yaml(path)
    assert told in str(caught.value)
    assert "unfit.yaml" in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read: No such file"):
        read_yaml(tmp_path / "none.yaml")


def test_values_are_read_as_people_mean_them(tmp_path: Path) -> None:
    path = tmp_path / "values.yaml"
    path.write_text(
        "﻿a: 1e3\nb: 2026-11-11\nc: 08:30\nd: 3pl\ne: .5\nf: &f {x: 1}\ng: {<<: *f, y: 2}\n", encoding="utf-8"
    )
    assert read_yaml(path) == {
        "a": 1000.0,
        "b": "2026-11-11",  # a date stays text: the models read it
        "c": "08:30",
        "d": "3pl",
        "e": 0.5,
        "f": {"x": 1},
        "g": {"x": 1, "y": 2},
    }


def test_an_empty_file_is_an_empty_mapping(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("# nothing yet\n", encoding="utf-8")
    assert read_yaml(tmp_path / "empty.yaml") == {}


def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "changing.yaml"
    path.write_text("a: 1\n", encoding="utf-8")
    assert read_yaml(path) == {"a": 1}
    path.write_text("a: 12\n", encoding="utf-8")
    assert read_yaml(path) == {"a": 12}


def test_shipped_names_are_listed_and_bases_are_not() -> None:
    library = open_library()
    assert {"double11", "steady", "textbook_mmc"} <= set(library.names("scenario"))
    assert {"none", "overtime"} <= set(library.names("plan"))
    assert not any(name.startswith("_") for kind in KINDS for name in library.names(kind))
    assert library.find("scenario", "_shop") is not None


@pytest.mark.parametrize("name", ["../plan/none", "a/b", "", "..", "none.yaml", "no ne"])
def test_a_name_is_no_path(name: str) -> None:
    assert open_library().find("plan", name) is None


def test_files_come_in_the_order_in_which_later_ones_win(tmp_path: Path) -> None:
    library = own_library(
        tmp_path, child="defaults: [middle, _self_]", middle="defaults: [bottom]", bottom="scale: 1.0"
    )
    assert [path.stem for path in library.chain("scenario", "child")] == ["bottom", "middle", "child"]


def test_a_file_that_comes_first_is_beaten_by_its_bases(tmp_path: Path) -> None:
    library = own_library(tmp_path, child="defaults: [_self_, bottom]", bottom="scale: 1.0")
    assert [path.stem for path in library.chain("scenario", "child")] == ["child", "bottom"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("defaults: [mine, _self_]", "extends itself: mine -> mine"),
        ("defaults: [doubel11, _self_]", "there is no scenario 'doubel11'; did you mean 'double11'?"),
        ("defaults: double11", "defaults must be a list of names"),
        ("defaults: [{override hydra/launcher: evil}]", "defaults hold names of scenarios to extend"),
        ("defaults: [/hydra/launcher/evil]", "defaults hold names of scenarios to extend"),
        ("defaults: [{/plan: none}]", "plans to compare go into 'plans: [...]'"),
    ],
)
def test_bad_defaults_are_told(tmp_path: Path, text: str, told: str) -> None:
    library = own_library(tmp_path, mine=text)
    with pytest.raises(InputError) as caught:
        library.chain("scenario", "mine")
    assert told in str(caught.value)


def test_a_circle_of_files_is_told(tmp_path: Path) -> None:
    library = own_library(tmp_path, one="defaults: [two]", two="defaults: [one]")
    with pytest.raises(InputError, match="extends itself: one -> two -> one"):
        library.chain("scenario", "one")


def test_own_names_may_not_hide_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "double11.yaml").write_text("scale: 1.0\n", encoding="utf-8")
    (tmp_path / "my shop.yaml").write_text("scale: 1.0\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        with_own({"scenario": tmp_path})
    assert "is the name of a shipped scenario" in str(caught.value)
    assert "names are letters, digits, _ and -" in str(caught.value)


@pytest.mark.parametrize(("name", "told"), [("absent", "no such folder"), ("empty", "has neither scenario/ nor plan/")])
def test_a_folder_without_scenarios_or_plans_is_refused(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=told):
        open_library(tmp_path / name)
