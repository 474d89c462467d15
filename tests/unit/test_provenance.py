"""The comment beside a figure is its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.scenario.library import KINDS, Kind, open_library
from sim.scenario.provenance import COMMAND_LINE, file_origins, origins, source_of, sources

TEXT = """\
# story, on a line of its own
story: |
  the # 1 event  # still text
  of the year
demand:  # a heading says nothing about a figure
  profile:
    per_day: 1200  # V ebrun 2014
    hour_shares: [1, 2,
                  3, 4]   # R Olist 2017
    weekday_factors:  # assumption
      - 1
      - 2  # on Tuesdays
  note: "a # b"  # quoted
  opening: {hours: 3, weight: 5}  # V both
  closing: {hours: 4,  # V hours
            weight: {x: 6, y: [7]}}  # V weight
  aftermath: {
    hours: 1,
    factor: 2
  }  # V closing
customers:
  bands:
    - {up_to_days: 0, score: 4.2}  # R first band
    - score: 3  # R last band
scale: 1
"""


def comments(path: Path) -> dict[str, str]:
    return {place: origin.comment for place, origin in file_origins(path).items() if origin.comment}


def test_comments_are_about_the_figures_on_their_line(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(TEXT, encoding="utf-8")
    assert comments(path) == {
        "demand.profile.per_day": "V ebrun 2014",
        "demand.profile.hour_shares": "R Olist 2017",
        "demand.profile.weekday_factors": "assumption",
        "demand.profile.weekday_factors.1": "on Tuesdays",
        "demand.note": "quoted",
        "demand.opening.hours": "V both",
        "demand.opening.weight": "V both",
        "demand.closing.hours": "V hours",
        "demand.closing.weight.x": "V weight",
        "demand.closing.weight.y": "V weight",
        "demand.aftermath.hours": "V closing",
        "demand.aftermath.factor": "V closing",
        "customers.bands.0": "R first band",
        "customers.bands.1.score": "R last band",
    }


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_count_alike_on_every_system(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(TEXT.replace("\n", ending).encode())
    found = file_origins(path)
    assert found["demand.profile.per_day"].line == 7
    assert found["demand.profile.per_day"].comment == "V ebrun 2014"
    assert found["scale"].line == 25


def test_the_nearest_file_decides_and_takes_away_what_no_longer_holds(tmp_path: Path) -> None:
    folder = tmp_path / "scenario"
    folder.mkdir()
    (folder / "base.yaml").write_text(
        "a:\n  x: 1  # base x\n  y: 2  # base y\n  z: [1, {k: 2}]  # base z\nb: {c: 2, d: 3}  # base b\n",
        encoding="utf-8",
    )
    (folder / "child.yaml").write_text(
        "defaults: [base, _self_]\na:\n  x: 5\n  z: [7]\nb: {c: 1}  # child c\n", encoding="utf-8"
    )
    told = sources(origins(open_library(tmp_path), "scenario", "child"))
    assert told == {"a.y": "base y", "b.d": "base b", "b.c": "child c"}


def test_what_the_command_line_gives_has_no_other_source(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(TEXT, encoding="utf-8")
    told = sources(file_origins(path), ["demand.profile", "scale"])
    assert told["demand.profile"] == COMMAND_LINE
    assert told["scale"] == COMMAND_LINE
    assert "demand.profile.per_day" not in told
    assert told["customers.bands.0"] == "R first band"


def test_parts_of_a_list_share_its_source() -> None:
    told = {"a.list": "R list", "a.list.1": "R one"}
    assert source_of(told, "a.list.0.score") == "R list"
    assert source_of(told, "a.list.1.score") == "R one"
    assert source_of(told, "a.other") == ""


@pytest.mark.parametrize("kind", KINDS)
def test_shipped_figures_have_sources(kind: Kind) -> None:
    library = open_library()
    for name in library.names(kind):
        if name not in {"none", "textbook_mmc", "textbook_desk"}:
            assert sources(origins(library, kind, name)), name
