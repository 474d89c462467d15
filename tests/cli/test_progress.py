"""How far the work is: a bar where somebody looks, a line now and then elsewhere."""

from __future__ import annotations

import io
import sys

import pytest

from sim.cli import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_where_nobody_looks(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(progress, "monotonic", lambda: clock[-1])
    with progress.bar("simulating", of=["none", "overtime"], counted="replications") as bar:
        for moment, done in ((100.0, 10), (110.0, 20), (130.0, 70), (140.0, 80), (165.0, 1_010), (8_000.0, 1_020)):
            clock.append(moment)
            bar(done, 2_010)
        bar.say("writing the report")
    assert capsys.readouterr().err.splitlines() == [
        "simulating 2 plans: 70 of 2,010 replications, 2.0 a second, about 16 min left",
        "simulating 2 plans: 1,010 of 2,010 replications, 15.4 a second, about 65 s left",
        "simulating 2 plans: 1,020 of 2,010 replications, 7.7 a minute, about 2.2 h left",
    ]


def test_a_bar_where_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    with progress.bar("simulating", of=["none"], counted="replications") as bar:
        bar(10, 40)
    assert "simulating 1 plan" in terminal.getvalue()
    assert "10 of 40 replications" in terminal.getvalue()
