"""The result store: whole files, found again by their keys, and nothing of another version."""

from __future__ import annotations

import gc
import json
import os
from pathlib import Path

import numpy as np
import pytest

from sim import files
from sim.errors import InputError
from sim.experiment.laboratory import store as module
from sim.experiment.laboratory.store import MANIFEST, NAMES, Cell, Rows, Store

ONE, OTHER = Cell("world", "none", 1), Cell("world", "longer", 1)


def rows(cell: Cell = ONE, first: int = 0, count: int = 3) -> Rows:
    """KPIs that tell where they are from: replication + column / 1000."""
    numbers = np.arange(first, first + count)[:, None] + np.arange(len(NAMES)) / 1000
    return Rows(cell, first, numbers + (0.5 if cell == OTHER else 0.0))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def test_rows_are_found_again_by_another_process(store: Store) -> None:
    store.add([rows(), rows(OTHER, 5, 2)])
    again = Store(store.folder)
    assert np.array_equal(again.kpis(ONE, range(3)), rows().kpis)
    assert np.array_equal(again.kpis(OTHER, range(5, 7)), rows(OTHER, 5, 2).kpis)
    assert again.size == (5, 1)


def test_what_is_missing(store: Store) -> None:
    store.add([rows(first=0, count=2)])
    store.add([rows(first=4, count=1)])
    assert store.missing(ONE, range(6)) == [2, 3, 5]
    assert store.missing(OTHER, range(2)) == [0, 1]
    assert store.missing(Cell("world", "none", 2), range(1)) == [0], "another seed is another run"
    here, kpis = store.rows(ONE, range(1, 6))
    assert here.tolist() == [1, 4]
    assert kpis[:, 0].tolist() == [1.0, 4.0]
    assert np.isnan(store.kpis(ONE, range(2, 3))).all()


def test_a_row_that_two_processes_wrote_counts_once(store: Store) -> None:
    other = Store(store.folder)
    store.add([rows(first=0, count=3)])
    other.add([rows(first=2, count=3)])
    again = Store(store.folder)
    assert again.size == (5, 2)
    assert again.kpis(ONE, range(5))[:, 0].tolist() == [0, 1, 2, 3, 4]
    again.add([rows(first=0, count=3)])
    assert len(list((store.folder / "shards").iterdir())) == 2, "the same rows are the same file"


def test_the_kpis_are_written_as_they_are(store: Store) -> None:
    odd = rows(count=1)
    odd.kpis[0, :4] = [np.nan, np.inf, -0.0, 0.1 + 0.2]
    store.add([odd])
    assert Store(store.folder).kpis(ONE, range(1)).tobytes() == odd.kpis.tobytes()


@pytest.mark.parametrize("there", ["file", "folder"])
def test_a_folder_of_something_else_is_refused(tmp_path: Path, there: str) -> None:
    place = tmp_path / "mine"
    if there == "file":
        place.write_text("mine", encoding="utf-8")
    else:
        place.mkdir()
        (place / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match=r"store = .*mine: is there and is no result store"):
        Store(place)
    assert [path.name for path in tmp_path.rglob("*")] == (["mine"] if there == "file" else ["mine", "thesis.txt"])


def test_results_of_another_version_are_not_mixed(store: Store) -> None:
    store.add([rows()])
    manifest = store.folder / MANIFEST
    manifest.write_text(manifest.read_text(encoding="utf-8").replace(store.code, "0.0.9-abc"), encoding="utf-8")
    with pytest.raises(InputError, match=r"was written by surgesim 0.0.9-abc, and this is .* store=FOLDER"):
        Store(store.folder)
    looked_at = Store(store.folder, read_only=True)
    assert looked_at.code == "0.0.9-abc"
    assert looked_at.size == (3, 1)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 1, "code": "x", "kpis": 5}', "\x00"])
def test_a_broken_manifest_is_told(store: Store, text: str) -> None:
    (store.folder / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="is no manifest of a result store"):
        Store(store.folder)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no Parquet at all"])
def test_a_broken_shard_is_named(store: Store, content: bytes) -> None:
    store.add([rows()])
    (shard,) = (store.folder / "shards").iterdir()
    shard.write_bytes(content)
    with pytest.raises(InputError, match=f"{shard.name}: can't be read; delete it, and what it held is run again"):
        Store(store.folder)
    shard.unlink()
    assert Store(store.folder).missing(ONE, range(3)) == [0, 1, 2]


def test_a_full_disk_is_told_and_leaves_nothing_half_written(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add([rows()])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(InputError, match="could not be written: No space left on device"):
        store.add([rows(first=3)])
    monkeypatch.undo()
    assert len(list((store.folder / "shards").iterdir())) == 1
    assert Store(store.folder).missing(ONE, range(6)) == [3, 4, 5]


def test_what_killed_processes_left_is_swept_up_when_it_is_old(store: Store) -> None:
    old, young = (store.folder / "shards" / f".x.parquet.partial-{number}" for number in (1, 2))
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    Store(store.folder, read_only=True)
    assert old.exists(), "who only looks takes nothing away"
    Store(store.folder)
    assert not old.exists()
    assert young.exists()


def test_a_store_that_was_killed_at_birth_is_born_again(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    (folder / "shards").mkdir(parents=True)
    (folder / f".{MANIFEST}.partial-77").write_text("{", encoding="utf-8")
    Store(folder).add([rows()])
    assert Store(folder).size == (3, 1)


def test_experiments_are_listed_by_age_and_replaced_by_name(store: Store) -> None:
    store.record("b", {"begun": "2026-01-01", "plans": ["=cmd"]})
    store.record("a", {"begun": "2026-01-02"})
    store.record("b", {"begun": "2026-01-01", "ended": "2026-01-03"})
    assert list(store.experiments()) == ["b", "a"]
    assert store.experiments()["b"] == {"begun": "2026-01-01", "ended": "2026-01-03"}
    (store.folder / "experiments" / "a.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"a\.json: can't be read"):
        store.experiments()


def test_a_temporary_store_goes_with_its_last_reader() -> None:
    store = Store.temporary()
    folder = store.folder
    store.add([rows()])
    assert folder.is_dir()
    del store
    gc.collect()
    assert not folder.exists()


def test_more_shards_than_are_kept_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_OPEN_SHARDS", 2)
    store = Store(tmp_path / "store")
    for first in range(0, 30, 3):
        store.add([rows(first=first)])
    assert Store(tmp_path / "store").kpis(ONE, range(30))[:, 0].tolist() == list(range(30))


def test_the_manifest_says_what_is_here(store: Store) -> None:
    facts = json.loads((store.folder / MANIFEST).read_text(encoding="utf-8"))
    assert facts["kpis"] == list(NAMES)
    assert facts["code"] == store.code
