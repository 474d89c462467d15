"""Kill -9 at random moments, the driver or a worker: after a restart the results are those of an undisturbed sweep."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
from pathlib import Path

import killed_sweep
import pyarrow.parquet as pq
import pytest

from sim.compute import Engine
from sim.experiment.laboratory.store import Store
from tests import jobs

ROOT = Path(__file__).parents[2]
RUNS = len(killed_sweep.POINTS) * len(killed_sweep.PLANS) * killed_sweep.REPLICATIONS
KILLS = 20
AT_RANDOM = 0.2  # part of the kills that come within a second of the last, whatever has been done by then
MOST_SHARDS = 5  # the others come after so many new files at most, so that the sweep gets on, on a busy machine too


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The tidy file of an undisturbed sweep in this process."""
    folder = tmp_path_factory.mktemp("reference")
    with Engine("serial") as engine:
        killed_sweep.main(folder / "undisturbed", folder / "undisturbed.parquet", engine)
    return (folder / "undisturbed.parquet").read_bytes()


class Drivers:
    """Starts drivers from a process that has imported everything, and waits for them."""

    def __init__(self) -> None:
        self.started = 0
        self._nursery = subprocess.Popen(
            [sys.executable, killed_sweep.__file__],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Drivers:
        return self

    def __exit__(self, *_: object) -> None:
        self._nursery.communicate()

    def start(self, store: Path, tidy: Path) -> int:
        assert self._nursery.stdin is not None
        assert self._nursery.stdout is not None
        self._nursery.stdin.write(f"{store} {tidy}\n")
        self._nursery.stdin.flush()
        self.started += 1
        return int(self._nursery.stdout.readline())

    def ended(self, within_s: float) -> int | None:
        """How the driver ended; None if it is still there after so many seconds."""
        assert self._nursery.stdout is not None
        if not select.select([self._nursery.stdout], [], [], within_s)[0]:
            return None
        return int(self._nursery.stdout.readline())


def workers_of(driver: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{driver}/task").glob("*/children"):
        found += [int(each) for each in path.read_text().split()]
    return [each for each in found if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()]


def ended_before_the_next_kill(drivers: Drivers, store: Path, dice: random.Random) -> int | None:
    """Wait until a random moment; how the driver ended, if it did before."""
    if dice.random() < AT_RANDOM:
        return drivers.ended(dice.uniform(0.0, 1.0))
    wanted = shards_of(store) + dice.randint(1, MOST_SHARDS)
    while shards_of(store) < wanted:
        if (code := drivers.ended(0.01)) is not None:
            return code
    return drivers.ended(dice.uniform(0.0, 0.1))


def shards_of(store: Path) -> int:
    return len(list((store / "shards").glob("*.parquet")))


def kill(driver: int, dice: random.Random) -> bool:
    """Kill the driver or one of its workers, if they are still there; whether anybody was."""
    try:
        target = driver
        if dice.random() < 0.5 and (workers := workers_of(driver)):
            target = dice.choice(workers)
        os.kill(target, signal.SIGKILL)
    except (FileNotFoundError, ProcessLookupError):  # it ended by itself meanwhile
        return False
    return True


@pytest.mark.long
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds workers in /proc")
def test_results_after_kills_equal_those_of_an_undisturbed_sweep(reference: bytes, tmp_path: Path) -> None:
    dice = random.Random(20261123)  # noqa: S311 (moments, not secrets)
    kills, sweeps = 0, 0
    with Drivers() as drivers:
        while kills < KILLS:
            store, tidy = tmp_path / f"store_{sweeps}", tmp_path / f"tidy_{sweeps}.parquet"
            while not tidy.exists():
                driver = drivers.start(store, tidy)
                while (code := ended_before_the_next_kill(drivers, store, dice)) is None:
                    kills += kill(driver, dice)
                assert code in {0, -signal.SIGKILL}
            assert tidy.read_bytes() == reference, f"sweep {sweeps} after {kills} kills"
            assert Store(store, read_only=True).size[0] == RUNS
            table = pq.read_table(tidy, columns=["point", "plan", "replication"]).to_pandas()
            assert len(table) == RUNS == len(table.drop_duplicates()), "nothing lost, nothing twice"
            sweeps += 1
    assert drivers.started > sweeps + 2, "drivers were killed too, not only workers"


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_dask_worker_that_dies_in_mid_sweep_loses_nothing(reference: bytes, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'surgesim[dask]'")
    killed: list[int] = []
    with Engine("dask", workers=2) as engine:
        workers = list({process for _, process in engine.stream(jobs.process, range(20))})

        def kill_in_the_middle(done: int, total: int) -> None:
            if not killed and done > total / 3:
                killed.append(workers[0])
                os.kill(workers[0], signal.SIGKILL)

        results = killed_sweep.main(tmp_path / "store", tmp_path / "tidy.parquet", engine, kill_in_the_middle)
    assert killed
    assert not results.failures
    assert (tmp_path / "tidy.parquet").read_bytes() == reference
    assert Store(tmp_path / "store", read_only=True).size[0] == RUNS
