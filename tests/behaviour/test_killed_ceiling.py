"""Kill -9 in the middle of a ceiling: it goes on from its store, runs nothing twice and finds the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import killed_ceiling
import pandas as pd
import pytest

from sim.experiment.laboratory.store import Store

ROOT = Path(__file__).parents[2]
TABLES = ("ceilings", "stretches", "shares", "curve", "binding")


def killed(folder: Path, store: Path, runs: int) -> None:
    """Ask for the ceiling in a process that is killed after so many further runs."""
    command = [sys.executable, killed_ceiling.__file__, str(folder), str(store), str(runs)]
    ended = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert ended.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_ceiling_killed_twice_goes_on_from_its_store(tmp_path: Path) -> None:
    undisturbed = killed_ceiling.main(tmp_path, Store(tmp_path / "undisturbed"))
    assert undisturbed.found[0].verdict == "bracket"
    total, part = undisturbed.ran, undisturbed.ran // 3

    for times in (1, 2):  # the second is killed among runs that the first had not come to
        killed(tmp_path, tmp_path / "store", part)
        assert Store(tmp_path / "store", read_only=True).size[0] == times * part

    store = Store(tmp_path / "store")
    resumed = killed_ceiling.main(tmp_path, store)
    assert resumed.ran == total - 2 * part, "nothing was run again, and nothing else was asked"
    assert store.size[0] == total
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(resumed, name), getattr(undisturbed, name), check_exact=True)
    assert killed_ceiling.main(tmp_path, store).ran == 0
