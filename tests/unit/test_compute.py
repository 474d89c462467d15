"""The one door to processors: what holds for all kinds of workers, and what each of them refuses."""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from sim.compute import TRIES, Engine, Failure, Kind, WorkerDiedError, stream
from sim.compute.parcels import opened, packed, perform
from sim.compute.stream import Stream
from sim.errors import InputError, SurgesimError
from tests import jobs

KINDS: tuple[Kind, ...] = ("serial", "local", "dask")


def started(kind: Kind) -> Engine:
    if kind == "dask":
        pytest.importorskip("distributed", reason="Dask is not installed: pip install 'surgesim[dask]'")
    return Engine(kind, workers=2)


@pytest.fixture(scope="module")
def engines() -> Iterator[Callable[[Kind], Engine]]:
    """One of each kind, started when it is first asked for."""
    there: dict[Kind, Engine] = {}

    def engine_of(kind: Kind) -> Engine:
        if kind not in there:
            there[kind] = started(kind)
        return there[kind]

    yield engine_of
    for engine in there.values():
        engine.close()


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest, engines: Callable[[Kind], Engine]) -> Engine:
    return engines(request.param)


def test_every_task_is_done_once(engine: Engine) -> None:
    done = list(engine.stream(jobs.square, range(40)))
    assert sorted(done) == [(number, number * number) for number in range(40)]


def test_no_tasks_are_done_at_once(engine: Engine) -> None:
    assert list(engine.stream(jobs.square, [])) == []


def test_results_are_the_same_bytes_as_here(engine: Engine) -> None:
    done = dict(engine.stream(jobs.draw, range(8)))
    assert {number: values.tobytes() for number, values in done.items()} == {
        number: jobs.draw(number).tobytes() for number in range(8)
    }


def test_where_work_is_done(engine: Engine) -> None:
    processes = {process for _, process in engine.stream(jobs.process, range(20))}
    assert (os.getpid() in processes) == (engine.kind == "serial")
    assert len(processes) <= engine.workers == (1 if engine.kind == "serial" else 2)


def test_what_fails_is_handed_back_and_the_rest_goes_on(engine: Engine) -> None:
    done = dict(engine.stream(jobs.faulty, range(10)))
    failure = done.pop(jobs.BAD)
    assert done == {number: number * number for number in range(10) if number != jobs.BAD}
    assert isinstance(failure, Failure)
    assert (failure.task, failure.attempts) == (jobs.BAD, TRIES)
    assert repr(failure.cause) == "ValueError('three is too many')"
    assert "jobs.py" in failure.error, "a traceback"
    assert failure.error.endswith("ValueError: three is too many\n")


def test_a_task_is_tried_three_times(engine: Engine, tmp_path: Path) -> None:
    task = jobs.Marked(tmp_path, 7)
    assert list(engine.stream(jobs.succeeds_at_third, [task])) == [(task, 7)]
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(
    ("work", "text"),
    [(jobs.leaving, "SystemExit: good-bye"), (jobs.secretive, "pickle"), (jobs.with_own_error, "OwnError: 3 and 3")],
    ids=["leaves the process", "gives what can't travel", "raises what can't travel"],
)
def test_what_cannot_travel_is_a_failure_in_words(engine: Engine, work: object, text: str) -> None:
    ((_, failure),) = engine.stream(work, [jobs.BAD])  # type: ignore[arg-type]
    assert isinstance(failure, Failure)
    assert text in failure.error


def test_work_that_cannot_travel_is_refused_at_once(engine: Engine) -> None:
    with pytest.raises((AttributeError, TypeError), match=r"[Cc]an't pickle|local object"):
        list(engine.stream(lambda number: number, [1]))


def test_tasks_are_drawn_as_they_are_needed(engine: Engine) -> None:
    drawn = itertools.count()
    results = engine.stream(jobs.square, drawn)
    assert next(drawn) == 0, "nothing is drawn before somebody listens"
    taken = list(itertools.islice(results, 10))
    assert all(result == task * task for task, result in taken)
    assert next(drawn) <= 1 + 10 + 2 * engine.workers, "those told of, and two for each worker"
    results.close()  # type: ignore[attr-defined]
    assert sorted(engine.stream(jobs.square, range(5))) == [(each, each**2) for each in range(5)], "it can go on"


def test_an_error_of_the_tasks_goes_through(engine: Engine) -> None:
    def tasks() -> Iterator[int]:
        yield 1
        raise KeyError("no more")

    with pytest.raises(KeyError, match="no more"):
        list(engine.stream(jobs.square, tasks()))
    assert list(engine.stream(jobs.square, [2])) == [(2, 4)]


def test_work_that_nobody_waits_for_is_ended(tmp_path: Path) -> None:
    with started("local") as engine:
        results = engine.stream(jobs.never_ends, [jobs.Marked(tmp_path, number) for number in (0, 1, 2)])
        assert next(results)[1] == 0
        while len(list(tmp_path.iterdir())) < 3:
            time.sleep(0.01)
        results.close()  # type: ignore[attr-defined]
        assert sorted(engine.stream(jobs.square, range(4))) == [(0, 0), (1, 1), (2, 4), (3, 9)]


@pytest.mark.parametrize("kind", ["local", "dask"])
def test_a_task_that_kills_its_workers_takes_no_other_with_it(kind: Kind, engines: Callable[[Kind], Engine]) -> None:
    done = dict(engines(kind).stream(jobs.poison, range(20)))
    failure = done.pop(jobs.BAD)
    assert done == {number: number * number for number in range(20) if number != jobs.BAD}
    assert isinstance(failure, Failure)
    assert (failure.task, failure.attempts) == (jobs.BAD, TRIES)
    assert isinstance(failure.cause, WorkerDiedError)
    assert "killed, or out of memory?" in failure.error


@pytest.mark.parametrize("kind", ["local", "dask"])
def test_workers_that_were_sent_home_take_nothing(kind: Kind) -> None:
    engine = started(kind)
    results = engine.stream(jobs.square, itertools.count())
    next(results)
    engine.close()
    engine.close()
    with pytest.raises(SurgesimError, match=r"sent home|lost"):
        list(results)


# --- who is blamed, step by step --------------------------------------------------------------------------------


class _Blaming:
    """Dies of one task, and blames all that are there at that time, as the scheduler of Dask does."""

    workers = 4
    window = 4

    def __init__(self) -> None:
        self.there: dict[Future[bytes], bytes] = {}
        self.work = b""
        self.sizes: list[int] = []

    def submit(self, work: bytes, task: bytes) -> Future[bytes]:
        future: Future[bytes] = Future()
        future.set_running_or_notify_cancel()
        self.there[future], self.work = task, work
        return future

    def check(self) -> None:
        """Nothing happens: so let something happen."""
        there, self.there = self.there, {}
        self.sizes.append(len(there))
        deadly = any(opened(task) == jobs.BAD for task in there.values())
        for future, task in there.items():
            if deadly:
                future.set_exception(WorkerDiedError("it died"))
            else:
                future.set_result(perform(self.work, task))

    def withdraw(self, futures: Collection[Future[bytes]]) -> None:
        assert not futures

    def shutdown(self) -> None:
        """Nothing to end."""


def test_the_last_try_after_deaths_is_made_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_LOOK_UP_S", 0.001)
    executor = _Blaming()
    done = dict(Stream(executor, packed(jobs.square), iter(range(6))).results())
    failure = done.pop(jobs.BAD)
    assert done == {0: 0, 1: 1, 2: 4, 4: 16, 5: 25}
    assert isinstance(failure, Failure)
    assert failure.attempts == TRIES
    # 0-3 die twice together, 4 and 5 go on, then each of the four is tried alone
    assert executor.sizes == [4, 4, 2, 1, 1, 1, 1]


# --- what is refused --------------------------------------------------------------------------------------------


def test_all_that_is_wrong_with_an_engine_is_told_at_once() -> None:
    with pytest.raises(InputError) as refused:
        Engine("dusk", workers=0, scheduler="tcp://here:8786")  # type: ignore[arg-type]
    assert [str(each) for each in refused.value.problems] == [
        "compute = 'dusk': must be one of local, serial, dask; did you mean 'dask'?",
        "scheduler = 'tcp://here:8786': is used with compute=dask only",
        "workers = 0: must be a whole number >= 1",
    ]


def test_without_dask_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"compute = dask: needs Dask .*pip install 'surgesim\[dask\]'"):
        Engine("dask")


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("nowhere", "missing port number in address 'nowhere'"),
        ("http://127.0.0.1:8786", "unknown address scheme 'http'"),
        ("tls://127.0.0.1:8786", "tls needs certificates"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused(address: str, why: str) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'surgesim[dask]'")
    with pytest.raises(InputError) as refused:
        Engine("dask", scheduler=address)
    (problem,) = refused.value.problems
    assert (problem.place, problem.given) == ("scheduler", address)
    assert why in problem.remedy


def test_the_cluster_on_this_machine_listens_on_loopback_only(engines: Callable[[Kind], Engine]) -> None:
    engines("dask")
    psutil = pytest.importorskip("psutil", reason="Dask brings it along")
    here = psutil.Process()
    family = [here, *here.children(recursive=True)]
    connections = [each for one in family for each in one.net_connections("inet")]
    listening = [each.laddr.ip for each in connections if each.status == psutil.CONN_LISTEN]
    assert len(listening) >= 3, "scheduler and two workers"
    assert set(listening) == {"127.0.0.1"}
