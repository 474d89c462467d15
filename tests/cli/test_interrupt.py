"""An interrupt ends a command in one line and leaves nothing half-written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli_fixture import ROOT, Ask, files_in

from sim.cli.commands import compare
from tests.processes import in_group


def test_exit_code_and_message(surgesim: Ask, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(compare, "perform", interrupted)
    answer = surgesim("compare")
    assert answer.code == 130
    assert answer.err == "surgesim: interrupted; nothing half-written is left behind\n"
    assert files_in(here) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("signum", "processes", "compute"),
    [
        (signal.SIGINT, 1, "local"),
        (signal.SIGTERM, 1, "local"),
        (signal.SIGINT, 3, "local"),
        (signal.SIGTERM, 3, "local"),
        pytest.param(signal.SIGTERM, 3, "dask", marks=pytest.mark.long),
    ],
)
def test_a_real_signal_at_work(here: Path, signum: signal.Signals, processes: int, compute: str) -> None:
    """In the command's first second, while it gets ready; and two seconds after its workers were started."""
    if compute == "dask":
        pytest.importorskip("distributed", reason="Dask is not installed: pip install 'surgesim[dask]'")
    command = [sys.executable, "-m", "sim", "compare", "replications=2000", "workers=2", f"compute={compute}"]
    process = subprocess.Popen(
        command,
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60.0
    while len(in_group(process.pid)) < processes:
        assert process.poll() is None, "still at work"
        assert time.monotonic() < deadline, "its workers have been started"
        time.sleep(0.05)
    time.sleep(1.0 if processes == 1 else 2.0)
    assert process.poll() is None, "still at work"
    process.send_signal(signum)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert err == "surgesim: interrupted; nothing half-written is left behind\n"
    assert files_in(here) == []
    deadline = time.monotonic() + 30.0
    while left := in_group(process.pid):
        assert time.monotonic() < deadline, f"left behind: {left}"
        time.sleep(0.05)
