"""Where it can't be computed is told in one message, before any work, without a word of Dask's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_fixture import ROOT, Ask, files_in


def test_dask_that_is_not_installed(surgesim: Ask, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    answer = surgesim("compare", "compute=dask")
    assert (answer.code, answer.out) == (2, "")
    heading, problem = answer.err.splitlines()
    assert heading == "surgesim: the computation can't be run (1 problem):"
    assert problem.startswith("  - compute = dask: needs Dask (")
    assert problem.endswith("): pip install 'surgesim[dask]'")
    assert files_in(here) == []


def test_a_scheduler_that_nobody_reaches(here: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'surgesim[dask]'")
    ended = subprocess.run(
        [sys.executable, "-W", "always", "-m", "sim", "compare", "compute=dask", "scheduler=tcp://127.0.0.1:1"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=here,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        "surgesim: the computation can't be run (1 problem):\n"
        "  - scheduler = tcp://127.0.0.1:1: no Dask scheduler answers there "
        "(Timed out trying to connect to tcp://127.0.0.1:1 after 5 s); start one: dask scheduler\n"
    )
    assert files_in(here) == []
