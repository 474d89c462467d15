"""The result store: KPIs of every run, in Parquet shards that appear whole or not at all.

A row is one run (a scenario, a plan, a seed, a replication) with all its KPIs. It is found by its keys (see
``fingerprint``), so that asking for more plans, points or replications runs only what is missing. A shard holds rows
of one task, is written under another name and takes its own by an atomic rename: killing the process at any moment
loses the tasks in flight and nothing else. Two processes may fill one store; a row that both wrote is the same row, and
is read once.

KPIs lie in one column, a list of fixed length whose names are in the schema's metadata: a file of sixty columns takes
six times as long to write.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import time
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from sim.definitions import KPIS
from sim.errors import InputError, Problem
from sim.experiment.laboratory.fingerprint import digest
from sim.files import told, written_whole
from sim.version import code_key

Floats = NDArray[np.float64]
NAMES = tuple(KPIS)
FORMAT = 1
MANIFEST = "manifest.json"
SHARDS = "shards"
EXPERIMENTS = "experiments"
HEADING = "the result store can't be used"
_SAID = b"rows"  # metadata: scenario, plan, seed, first replication, count, for each stretch of rows
_ABANDONED_S = 3600.0
_OPEN_SHARDS = 64  # kept in memory while results are read


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """What replications are of: a scenario, a plan and a seed, the first two by their keys."""

    scenario: str
    plan: str
    seed: int


@dataclass(frozen=True, slots=True)
class Rows:
    """KPIs of one cell in consecutive replications.

    Parameters
    ----------
    cell
        Which.
    first
        First replication.
    kpis
        In the order of :data:`NAMES`; shape (replications, KPIs).
    """

    cell: Cell
    first: int
    kpis: Floats

    @property
    def replications(self) -> range:
        """Their numbers."""
        return range(self.first, self.first + len(self.kpis))


@dataclass(frozen=True, slots=True)
class _Segment:
    """Where consecutive replications of a cell lie."""

    first: int
    stop: int
    shard: int
    row: int


class Store:
    """Results of one version of the code in a folder.

    Parameters
    ----------
    folder
        Made when it is missing; an empty one is taken.
    read_only
        Whether to look at results, those of another version too, and to add none.

    Attributes
    ----------
    code
        Version of the code that the results are of.
    names
        KPIs that a row holds, in order.

    Raises
    ------
    InputError
        If the folder holds something else, results of another version, or a file that can't be read or written.
    """

    def __init__(self, folder: Path, *, read_only: bool = False) -> None:
        self.folder = folder
        self.read_only = read_only
        self.code = code_key()
        self.names = NAMES
        if (folder / MANIFEST).is_file():
            self._check(folder / MANIFEST)
        else:
            self._begin()
        self._shards: list[Path] = []
        self._segments: dict[Cell, list[_Segment]] = {}
        if not read_only:
            _sweep_up(folder)
        self._kpis = lru_cache(_OPEN_SHARDS)(self._read_kpis)
        for path in sorted((folder / SHARDS).glob("*.parquet")):
            self._index(path)

    @classmethod
    def temporary(cls) -> Self:
        """A store that is gone when nobody reads it any more."""
        folder = Path(mkdtemp(prefix="surgesim-"))
        store = cls(folder)
        weakref.finalize(store, shutil.rmtree, folder, ignore_errors=True)
        return store

    def _begin(self) -> None:
        if self.read_only:
            raise InputError([Problem(str(self.folder), "", "holds no results of experiments")], HEADING)
        if os.path.lexists(self.folder) and not (self.folder.is_dir() and _is_fresh(self.folder)):
            remedy = "is there and is no result store: name another folder by store=FOLDER"
            raise InputError([Problem("store", str(self.folder), remedy)], HEADING)
        text = json.dumps({"format": FORMAT, "code": self.code, "kpis": list(NAMES)}, indent=2)
        with told(self.folder, HEADING):
            for name in (SHARDS, EXPERIMENTS):
                (self.folder / name).mkdir(parents=True, exist_ok=True)
            _write(self.folder / MANIFEST, text.encode() + b"\n")

    def _check(self, manifest: Path) -> None:
        try:
            facts = json.loads(manifest.read_text(encoding="utf-8"))
            written, form, names = str(facts["code"]), int(facts["format"]), tuple(map(str, facts["kpis"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError([Problem(str(manifest), "", "is no manifest of a result store")], HEADING) from error
        if form != FORMAT or not (self.read_only or written == self.code):
            remedy = (
                f"was written by surgesim {written}, and this is {self.code}: results of two versions are not mixed. "
                "Name another folder by store=FOLDER; 'surgesim results' still shows what is in this one"
            )
            raise InputError([Problem("store", str(self.folder), remedy)], HEADING)
        self.code, self.names = written, names

    def missing(self, cell: Cell, replications: range) -> list[int]:
        """Those of consecutive replications that are not here, in order."""
        here = np.zeros(len(replications), dtype=bool)
        for each in self._segments.get(cell, ()):
            first, stop = max(each.first, replications.start), min(each.stop, replications.stop)
            if first < stop:
                here[first - replications.start : stop - replications.start] = True
        return [replications.start + int(place) for place in np.flatnonzero(~here)]

    def rows(self, cell: Cell, replications: range) -> tuple[NDArray[np.int64], Floats]:
        """Those of consecutive replications that are here, and their KPIs; shapes (r,) and (r, KPIs)."""
        absent = set(self.missing(cell, replications))
        here = np.array([each for each in replications if each not in absent], dtype=np.int64)
        return here, self.kpis(cell, replications)[here - replications.start]

    def kpis(self, cell: Cell, replications: range) -> Floats:
        """KPIs of consecutive replications; shape (replications, KPIs), rows of NaN for those that are not here."""
        found = np.full((len(replications), len(self.names)), np.nan)
        for each in self._segments.get(cell, ()):
            first, stop = max(each.first, replications.start), min(each.stop, replications.stop)
            if first < stop:
                part = self._kpis(each.shard)[each.row + first - each.first : each.row + stop - each.first]
                found[first - replications.start : stop - replications.start] = part
        return found

    def add(self, rows: Sequence[Rows]) -> None:
        """Add the rows of one task as a shard of its own.

        Raises
        ------
        InputError
            If it could not be written: a full disk, no right to write. Nothing half-written stays behind.
        """
        assert not self.read_only
        said = [f"{each.cell.scenario} {each.cell.plan} {each.cell.seed} {each.replications}" for each in rows]
        path = self.folder / SHARDS / f"{digest(self.code, *said)}.parquet"
        if not path.exists():
            with told(self.folder, HEADING):
                _write(path, _as_parquet(rows))
        self._index_rows(path, [(each.cell, each.first, len(each.kpis)) for each in rows])

    def _index(self, path: Path) -> None:
        import pyarrow.parquet as pq

        with _readable(path):
            said = json.loads(pq.read_schema(path).metadata[_SAID])
            rows = [
                (Cell(str(scenario), str(plan), int(seed)), int(first), int(count))
                for scenario, plan, seed, first, count in said
            ]
        self._index_rows(path, rows)

    def _index_rows(self, path: Path, rows: Iterable[tuple[Cell, int, int]]) -> None:
        row = 0
        for cell, first, count in rows:
            self._segments.setdefault(cell, []).append(_Segment(first, first + count, len(self._shards), row))
            row += count
        self._shards.append(path)

    def _read_kpis(self, shard: int) -> Floats:
        import pyarrow.parquet as pq

        path = self._shards[shard]
        with _readable(path):
            column = pq.read_table(path, columns=["kpis"], use_threads=False).column("kpis").combine_chunks()
            return np.asarray(column.flatten(), dtype=np.float64).reshape(-1, len(self.names))

    def record(self, name: str, facts: Mapping[str, Any]) -> None:
        """Write down what an experiment was; one of the same name is the same experiment, and is replaced."""
        text = json.dumps(facts, indent=2, ensure_ascii=False, default=str)
        with told(self.folder, HEADING):
            _write(self.folder / EXPERIMENTS / f"{name}.json", text.encode() + b"\n")

    def experiments(self) -> dict[str, dict[str, Any]]:
        """What :meth:`record` wrote down, by name; the oldest first.

        Raises
        ------
        InputError
            If one can't be read.
        """
        found = {}
        for path in (self.folder / EXPERIMENTS).glob("*.json"):
            with _readable(path):
                found[path.stem] = dict(json.loads(path.read_text(encoding="utf-8")))
        return dict(sorted(found.items(), key=lambda item: (str(item[1].get("begun", "")), item[0])))

    @property
    def size(self) -> tuple[int, int]:
        """How many runs are here, and in how many shards; a run that two shards hold counts once."""
        runs = 0
        for segments in self._segments.values():
            covered = 0
            for each in sorted(segments, key=lambda segment: segment.first):
                runs += max(0, each.stop - max(each.first, covered))
                covered = max(covered, each.stop)
        return runs, len(self._shards)


def _is_fresh(folder: Path) -> bool:
    """Whether a folder is empty, or was left by a process that was killed while it made a store of it."""
    there = [path for path in folder.iterdir() if not path.name.startswith(f".{MANIFEST}.partial-")]
    return all(path.name in {SHARDS, EXPERIMENTS} and path.is_dir() and not any(path.iterdir()) for path in there)


def _sweep_up(folder: Path) -> None:
    """Take away what processes that were killed had begun to write; what is young may be another's work."""
    for path in folder.glob("*/.*.partial-*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _ABANDONED_S:
                path.unlink()


def _write(path: Path, content: bytes) -> None:
    with written_whole(path) as partial:
        partial.write_bytes(content)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = "can't be read; delete it, and what it held is run again"
        raise InputError([Problem(str(path), "", remedy)], HEADING) from error


def _as_parquet(rows: Sequence[Rows]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    values = np.concatenate([each.kpis for each in rows])
    said = [[each.cell.scenario, each.cell.plan, each.cell.seed, each.first, len(each.kpis)] for each in rows]
    columns = {
        "scenario": np.repeat([each.cell.scenario for each in rows], [len(each.kpis) for each in rows]),
        "plan": np.repeat([each.cell.plan for each in rows], [len(each.kpis) for each in rows]),
        "seed": np.repeat([each.cell.seed for each in rows], [len(each.kpis) for each in rows]),
        "replication": np.concatenate([np.array(each.replications) for each in rows]),
        "kpis": pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), len(NAMES)),
    }
    table = pa.table(columns).replace_schema_metadata({_SAID: json.dumps(said), b"kpis": json.dumps(NAMES)})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()
