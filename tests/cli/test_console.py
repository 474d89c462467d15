"""Tables and the progress bar, on a terminal and in a pipe."""

from __future__ import annotations

import pytest

from sim.cli.progress import bar
from sim.cli.tables import table


def test_columns_are_aligned() -> None:
    rows = [("none", "1.5", "nothing"), ("overtime", "10", "crews stay")]
    assert table(rows, header=("plan", "cost", "about"), right=[1]).splitlines() == [
        "plan      cost  about",
        "--------  ----  ----------",
        "none       1.5  nothing",
        "overtime    10  crews stay",
    ]


def test_long_headings_go_over_lines() -> None:
    assert table([("1.5", "x")], header=("mean wait", "b"), right=[0]).splitlines() == [
        "mean  b",
        "wait",
        "----  -",
        " 1.5  x",
    ]


def test_a_limited_column_wraps_and_the_last_one_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("a", "[1, 2, 3, 4]", "word " * 12)]
    assert table(rows, limits={1: 6}).splitlines()[1:] == ["   3, 4]"]
    assert len(table(rows).splitlines()) == 1
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "50")
    lines = table(rows, indent="  ").splitlines()
    assert len(lines) == 2
    assert max(map(len, lines)) <= 50


def test_no_rows_are_no_table() -> None:
    assert table([], header=("a", "b")) == ""


def test_nothing_is_drawn_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    with bar("simulating") as progress:
        progress(1, 2)
        progress.say("writing")
    assert capsys.readouterr() == ("", "")


def test_a_bar_is_drawn_on_a_terminal_and_goes_to_stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    with bar("simulating") as progress:
        progress(1, 2)
        progress.say("writing")
    told = capsys.readouterr()
    assert told.out == ""
    assert "writing" in told.err
