"""Intakes are kept: what changed since the last one, and files of the user's own are never lost."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import sim
from sim.intake import keeping
from sim.intake.changes import Change, Figure, as_csv, changes
from sim.intake.keeping import Kept, keep
from sim.intake.scenario import read_intake
from tests.intake_forms import Filled


def taken_in(filled: Filled, folder: Path, *, replace: bool = False) -> Kept:
    return keep(read_intake(filled.save(folder), "site"), folder / "my", replace=replace)


def everything(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_figures_that_came_went_and_differ() -> None:
    before = {"a": Figure("1", "Site!B5"), "b": Figure("2", "Site!B6"), "c": Figure("3", "")}
    after = {"a": Figure("1", "Site!B9"), "b": Figure("4", "Site!B6"), "d": Figure("=x", "Site!B7")}
    found = changes(before, after)
    assert found == [
        Change("b", "2", "4", "Site!B6", "Site!B6"),
        Change("d", "", "=x", "", "Site!B7"),
        Change("c", "3", "", "", ""),
    ]
    assert [str(each) for each in found] == ["b (Site!B6): 2 -> 4", "d (Site!B7): new, =x", "c: gone, was 3"]
    assert as_csv(found).splitlines()[2] == "d,,'=x,,Site!B7"


def test_a_first_intake_has_nothing_to_compare_with(tmp_path: Path) -> None:
    kept = taken_in(Filled(), tmp_path)
    assert kept.changes is None
    assert kept.path == tmp_path / "my/scenario/site.yaml"
    assert sorted(everything(tmp_path / "my")) == [
        "intake/site/0001/changes.csv",
        "intake/site/0001/figures.json",
        "intake/site/0001/scenario.yaml",
        "intake/site/0001/workbook.xlsx",
        "scenario/site.yaml",
    ]
    assert sim.load_scenario("site", config_dir=tmp_path / "my").title == "My site"


def test_a_second_intake_shows_what_changed(tmp_path: Path) -> None:
    taken_in(Filled(), tmp_path)
    filled = Filled()
    filled.put("staffing", "headcount", 4, 1)
    filled.put("campaign", "uplift", None)
    filled.put("campaign", "orders", 3792)  # the same four times 948
    filled.put("site", "hard_deadline", "2026-11-20")
    filled.put("site", "refund_cost", None)
    kept = taken_in(filled, tmp_path)
    assert kept.folder.name == "0002"
    assert kept.changes is not None
    assert [str(each) for each in kept.changes] == [
        "promise.hard_deadline (Site!B24): new, 2026-11-20",
        "site.packing.shifts.day.headcount (Staffing!K7): 2 -> 4",
        "economics.refund_handling_cost (Site!B33): gone, was 30.0",
    ]
    with (kept.folder / "changes.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["figure"]: (row["before"], row["after"]) for row in rows} == {
        "promise.hard_deadline": ("", "2026-11-20"),
        "site.packing.shifts.day.headcount": ("2", "4"),
        "economics.refund_handling_cost": ("30.0", ""),
    }
    assert sim.load_scenario("site", config_dir=tmp_path / "my").site.packing.shifts["day"].headcount == 4  # type: ignore[union-attr]
    assert (kept.folder.parent / "0001/scenario.yaml").read_text(encoding="utf-8").count("headcount: 2") == 2


def test_the_same_form_again_changes_nothing(tmp_path: Path) -> None:
    taken_in(Filled(), tmp_path)
    before = (tmp_path / "my/scenario/site.yaml").read_bytes()
    assert taken_in(Filled("zh_TW"), tmp_path).changes == []  # the other language's cells have other names, no more
    assert taken_in(Filled(), tmp_path).changes == []
    assert (tmp_path / "my/scenario/site.yaml").read_bytes() == before


@pytest.mark.parametrize("state", ["theirs", "changed"])
def test_a_file_of_the_user_s_own_is_refused_and_kept_when_replaced(tmp_path: Path, state: str) -> None:
    path = tmp_path / "my/scenario/site.yaml"
    if state == "theirs":
        path.parent.mkdir(parents=True)
        path.write_text("defaults: [steady, _self_]\n", encoding="utf-8")
    else:
        taken_in(Filled(), tmp_path)
        path.write_text(path.read_text(encoding="utf-8").replace("headcount: 2", "headcount: 3"), encoding="utf-8")
    before, mine = everything(tmp_path / "my"), path.read_bytes()
    told = {"theirs": "was not written by intake", "changed": "was changed by hand since it was written"}
    with pytest.raises(sim.InputError, match=told[state]):
        taken_in(Filled(), tmp_path)
    assert everything(tmp_path / "my") == before
    kept = taken_in(Filled(), tmp_path, replace=True)
    assert kept.saved is not None
    assert kept.saved.read_bytes() == mine
    assert path.read_bytes() != mine


def test_line_ends_of_another_system_are_no_change(tmp_path: Path) -> None:
    path = taken_in(Filled(), tmp_path).path
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert taken_in(Filled(), tmp_path).changes == []


@pytest.mark.parametrize("breaks", ["written_whole", "as_csv"])
def test_nothing_half_written_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breaks: str) -> None:
    taken_in(Filled(), tmp_path)
    before = everything(tmp_path / "my")

    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(keeping, breaks, fail)
    filled = Filled()
    filled.put("staffing", "headcount", 4, 1)
    with pytest.raises(KeyboardInterrupt):
        taken_in(filled, tmp_path)
    assert everything(tmp_path / "my") == before
    assert sorted(each.name for each in (tmp_path / "my/intake/site").iterdir()) == ["0001"]


def test_a_wrong_form_writes_nothing(tmp_path: Path) -> None:
    filled = Filled()
    filled.put("stock", "on_hand", -1)
    with pytest.raises(sim.InputError):
        taken_in(filled, tmp_path)
    assert not (tmp_path / "my").exists()


def test_a_shipped_name_is_refused(tmp_path: Path) -> None:
    intake = read_intake(Filled().save(tmp_path), "double11")
    with pytest.raises(sim.InputError, match="is the name of a shipped scenario"):
        keep(intake, tmp_path / "my")
    assert not (tmp_path / "my").exists()


def test_a_record_that_can_t_be_read_is_passed_over(tmp_path: Path) -> None:
    taken_in(Filled(), tmp_path)
    filled = Filled()
    filled.put("staffing", "headcount", 4, 1)
    (taken_in(filled, tmp_path).folder / "figures.json").write_text("{", encoding="utf-8")
    found = taken_in(Filled(), tmp_path).changes
    assert found == []  # against the first one


def test_the_guide_shows_what_is_really_told(tmp_path: Path) -> None:
    filled = Filled()
    filled.put("site", "price_per_unit", "a lot")
    filled.put("stock", "on_hand", -5)
    filled.put("sales", "sku", "MUG-RDE")
    filled.put("receipts", "expires", "2026-11-01")
    with pytest.raises(sim.InputError) as refused:
        taken_in(filled, tmp_path)
    guide = (Path(__file__).parents[2] / "docs/guides/intake.md").read_text(encoding="utf-8")
    for line in f"surgesim: {refused.value}".splitlines():
        assert f"    {line}\n" in guide
