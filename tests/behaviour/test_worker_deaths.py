"""Workers and drivers are killed at any moment: nothing is lost, nothing hangs, nothing is left behind."""

from __future__ import annotations

import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from sim.compute import TRIES, Engine, Failure, Kind, WorkerDiedError
from sim.errors import InputError, SurgesimError
from tests import jobs
from tests.processes import alive, family

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
ROOT = Path(__file__).parents[2]
ON_LOOPBACK = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
NOT_INSTALLED = "Dask is not installed: pip install 'surgesim[dask]'"
DEADLINE_S = 60.0  # of what takes a second or two: only a hang takes as long


def until(true: Callable[[], bool], what: str) -> None:
    """Wait for it, not for ever."""
    deadline = time.monotonic() + DEADLINE_S
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


# --- processes on this machine ----------------------------------------------------------------------------------


def test_killed_at_random_moments_and_nothing_is_lost() -> None:
    dice, finished, killed = random.Random(1), threading.Event(), 0  # noqa: S311

    def kill_now_and_then() -> None:
        nonlocal killed
        while killed < 8 and not finished.wait(dice.uniform(0.0, 0.3)):
            if workers := multiprocessing.active_children():
                dice.choice(workers).kill()
                killed += 1

    with Engine("local", workers=2) as engine:
        killer = threading.Thread(target=kill_now_and_then)
        killer.start()
        done = dict(engine.stream(jobs.takes_a_while, range(60)))
        finished.set()
        killer.join()
    assert killed >= 4
    assert done == {number: number for number in range(60)}
    assert not multiprocessing.active_children()


def test_workers_that_can_never_begin_are_told(tmp_path: Path) -> None:
    script = tmp_path / "unguarded.py"
    script.write_text(
        "from sim.compute import Engine\nfrom tests import jobs\n"
        "with Engine('local', workers=2) as engine:\n    print(list(engine.stream(jobs.square, [1])))\n"
    )
    ended = subprocess.run(
        [sys.executable, str(script)], env=ENVIRONMENT, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert ended.returncode == 1
    assert "SurgesimError: worker processes end again and again before they can begin" in ended.stderr
    assert "if __name__ == '__main__'" in ended.stderr


FORGETFUL = """
import sys
from sim.compute import Engine
from tests import jobs
if __name__ == "__main__":
    results = Engine(sys.argv[1], workers=2).stream(jobs.takes_a_while, range(1000))
    print(next(results))
"""


@pytest.mark.parametrize("kind", ["local", pytest.param("dask", marks=pytest.mark.long)])
def test_an_engine_that_nobody_closes_keeps_nobody_waiting(kind: Kind, tmp_path: Path) -> None:
    if kind == "dask":
        pytest.importorskip("distributed", reason=NOT_INSTALLED)
    script = tmp_path / "forgetful.py"
    script.write_text(FORGETFUL)
    command = [sys.executable, str(script), kind]
    ended = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout in {"(0, 0)\n", "(1, 1)\n"}


# --- the driver is killed ---------------------------------------------------------------------------------------


DRIVER = """
import sys
from pathlib import Path
from sim.compute import Engine
from tests import jobs
if __name__ == "__main__":
    with Engine(sys.argv[1], workers=2) as engine:
        Path(sys.argv[2], "open").touch()
        tasks = [jobs.Marked(Path(sys.argv[2]), number) for number in (1, 2, 3)]
        print(list(engine.stream(jobs.never_ends, tasks)))
"""


@pytest.mark.parametrize(
    ("kind", "how", "marks"),
    [
        ("local", signal.SIGKILL, 1),
        ("local", signal.SIGKILL, 3),
        ("local", signal.SIGINT, 1),
        ("local", signal.SIGINT, 3),
        pytest.param("dask", signal.SIGKILL, 3, marks=pytest.mark.long),
        pytest.param("dask", signal.SIGINT, 3, marks=pytest.mark.long),
    ],
)
def test_a_driver_that_ends_leaves_no_process(kind: Kind, how: signal.Signals, marks: int, tmp_path: Path) -> None:
    if kind == "dask":
        pytest.importorskip("distributed", reason=NOT_INSTALLED)
    script = tmp_path / "driver.py"
    script.write_text(DRIVER)
    folder = tmp_path / "marks"
    folder.mkdir()
    driver = subprocess.Popen(
        [sys.executable, str(script), kind, str(folder)],
        env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        until(lambda: len(list(folder.iterdir())) >= marks, "the engine is there (1), or its workers are at work (3)")
        until(lambda: len(family(driver.pid)) > 1, "processes are being started")
        processes = family(driver.pid)
        driver.send_signal(how)
        until(lambda: driver.poll() is not None, "the driver ended")
        until(lambda: not alive(processes), f"all of {processes} ended")
    finally:
        _end(driver)


# --- a Dask cluster of processes of its own ---------------------------------------------------------------------


class Cluster:
    """A scheduler and workers, as one would start them on several machines."""

    def __init__(self, folder: Path, ending: ExitStack) -> None:
        self._folder, self._ending = folder, ending
        self.scheduler = self._start("scheduler", *ON_LOOPBACK, "--port", "0")
        self.address = self._read("scheduler", r"Scheduler at:\s+(tcp://\S+)")
        self.workers: list[subprocess.Popen[bytes]] = []

    def add_worker(self, *options: str) -> None:
        name = f"worker{len(self.workers)}"
        place = [*ON_LOOPBACK, "--local-directory", str(self._folder), "--nthreads", "1"]
        self.workers.append(self._start("worker", self.address, *place, *options, name=name))
        self._read(name, r"Registered to:\s+(tcp://\S+)")

    def _start(self, program: str, *words: str, name: str = "") -> subprocess.Popen[bytes]:
        log = self._ending.enter_context((self._folder / (name or program)).open("wb"))
        command = [sys.executable, "-m", "distributed.cli.dask_" + program, *words]
        process = subprocess.Popen(command, env=ENVIRONMENT, cwd=ROOT, stdout=log, stderr=log)
        self._ending.callback(_end, process)
        return process

    def _read(self, name: str, pattern: str) -> str:
        until(lambda: re.search(pattern, self._log(name)) is not None, f"{name} is there")
        found = re.search(pattern, self._log(name))
        assert found
        return found[1]

    def _log(self, name: str) -> str:
        return (self._folder / name).read_text()


def _end(process: subprocess.Popen[bytes]) -> None:
    for each in family(process.pid) if process.poll() is None else ():
        os.kill(each, signal.SIGKILL)
    process.wait()


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    pytest.importorskip("distributed", reason=NOT_INSTALLED)
    with ExitStack() as ending:
        yield Cluster(folder, ending)


def test_a_worker_that_dies_for_good_loses_nothing(tmp_path: Path) -> None:
    with cluster(tmp_path) as machines:
        for _ in range(2):
            machines.add_worker("--no-nanny")
        with Engine("dask", scheduler=machines.address) as engine:
            assert engine.workers == 2
            results = engine.stream(jobs.takes_a_while, range(40))
            done = dict(next(results) for _ in range(10))
            machines.workers[0].kill()
            done.update(results)
    assert done == {number: number for number in range(40)}


def test_a_cluster_that_is_lost_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.compute import dask

    monkeypatch.setattr(dask, "_ALONE_S", 1.0)
    monkeypatch.setattr(dask, "_COUNT_AGAIN_S", 0.2)
    with cluster(tmp_path) as machines:
        machines.add_worker("--no-nanny")
        with Engine("dask", scheduler=machines.address) as engine:
            results = engine.stream(jobs.takes_a_while, range(40))
            next(results)
            machines.workers[0].kill()
            with pytest.raises(SurgesimError, match="there has been no worker for 1 s"):
                list(results)
            machines.add_worker("--no-nanny")
            assert dict(engine.stream(jobs.square, range(5))) == {each: each**2 for each in range(5)}
            results = engine.stream(jobs.takes_a_while, range(40))
            next(results)
            machines.scheduler.kill()
            with pytest.raises(SurgesimError, match="scheduler or its workers were lost"):
                list(results)


def test_workers_of_another_version_are_refused(tmp_path: Path) -> None:
    preload = tmp_path / "another_version.py"
    preload.write_text(
        "from sim.compute import dask\nfound = dask.versions()\n"
        "def other():\n    return {**found, 'numpy': '1.0', 'surgesim': '0.0.1-abc'}\n"
        "dask.versions = other\n"
    )
    with cluster(tmp_path) as machines:
        machines.add_worker("--no-nanny", "--preload", str(preload))
        with pytest.raises(InputError, match=r"surgesim 0\.0\.1-abc \(here .*\), numpy 1\.0 \(here .*\)"):
            Engine("dask", scheduler=machines.address)


@pytest.mark.long
def test_poison_on_a_cluster_whose_workers_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its scheduler tells of each death, as the guide advises; as it comes, it does so at the fourth."""
    monkeypatch.setitem(ENVIRONMENT, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    with cluster(tmp_path) as machines:
        machines.add_worker("--nworkers", "2")
        with Engine("dask", scheduler=machines.address) as engine:
            done = dict(engine.stream(jobs.poison, range(20)))
    failure = done.pop(jobs.BAD)
    assert done == {number: number * number for number in range(20) if number != jobs.BAD}
    assert isinstance(failure, Failure)
    assert (failure.task, failure.attempts) == (jobs.BAD, TRIES)
    assert isinstance(failure.cause, WorkerDiedError)


@pytest.mark.long
def test_workers_of_a_cluster_on_this_machine_are_replaced(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason=NOT_INSTALLED)
    with Engine("dask", workers=2) as engine:
        processes = list({process for _, process in engine.stream(jobs.process, range(20))})
        results = engine.stream(jobs.takes_a_while, range(40))
        done = dict(next(results) for _ in range(5))
        os.kill(processes[0], signal.SIGKILL)
        done.update(results)
        later = {process for _, process in engine.stream(jobs.process, range(40))}
        assert len(later) == 2
        assert later != set(processes)
    assert done == {number: number for number in range(40)}
