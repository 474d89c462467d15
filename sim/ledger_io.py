"""The ledger as Parquet files, one per table, and back without loss.

Every file carries the whole context (scenario, plan, seed, replication, categories, notes) as JSON in its
metadata, so that one table taken alone still says where it comes from. Coded columns are dictionary columns:
readers see names, the codes come back as they were. Assumes that the folder holds one ledger and nothing else.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import InputError, Problem
from sim.ledger import TABLES, Array, Ledger
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pyarrow as pa

METADATA_KEY = b"surgesim"


def write_ledger(ledger: Ledger, folder: Path) -> None:
    """Write a ledger as ``<folder>/<table>.parquet``; the folder is made when it is missing.

    Parameters
    ----------
    ledger
        What to write.
    folder
        Where; files of the same names are replaced.
    """
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    context = _context_of(ledger)
    for table in TABLES:
        columns = ledger.tables[table]
        plain = {name: _to_arrow(ledger, table, name) for name in columns}
        dtypes = {name: values.dtype.str for name, values in columns.items()}
        names = {column.name: list(ledger.names_of(table, column.name)) for column in TABLES[table] if column.coded}
        metadata = {METADATA_KEY: json.dumps({**context, "table": table, "dtypes": dtypes, "names": names}).encode()}
        pq.write_table(_arrow_table(plain, metadata), folder / f"{table}.parquet", compression="zstd")


def read_ledger(folder: Path) -> Ledger:
    """Read what :func:`write_ledger` wrote.

    Parameters
    ----------
    folder
        Folder with one Parquet file per table.

    Returns
    -------
    A ledger equal to the one written, column by column and byte by byte.

    Raises
    ------
    InputError
        If a table is missing, or a file was not written by :func:`write_ledger`.
    """
    import pyarrow.parquet as pq

    missing = [str(folder / f"{table}.parquet") for table in TABLES if not (folder / f"{table}.parquet").is_file()]
    if missing:
        raise InputError(
            [Problem(place, "", "no such file; give the folder of one plan inside ledgers/") for place in missing],
            "the ledger can't be read",
        )
    tables: dict[str, dict[str, Array]] = {}
    context: dict[str, Any] = {}
    for table in TABLES:
        path = folder / f"{table}.parquet"
        stored = pq.read_table(path)
        context = _context_in(stored, path)
        tables[table] = {
            name: _to_numpy(stored.column(name).combine_chunks(), np.dtype(dtype), context["names"].get(name))
            for name, dtype in context["dtypes"].items()
        }
    return Ledger(
        scenario=Scenario.model_validate(context["scenario"]),
        plan=Plan.model_validate(context["plan"]),
        seed=context["seed"],
        replication=context["replication"],
        tables=tables,
        categories={name: tuple(names) for name, names in context["categories"].items()},
        notes=context["notes"],
    )


def _context_of(ledger: Ledger) -> dict[str, Any]:
    return {
        "scenario": ledger.scenario.model_dump(mode="json", by_alias=True),
        "plan": ledger.plan.model_dump(mode="json", by_alias=True),
        "seed": ledger.seed,
        "replication": ledger.replication,
        "categories": {name: list(names) for name, names in ledger.categories.items()},
        "notes": json.loads(json.dumps(dict(ledger.notes), default=_plain)),
    }


def _context_in(stored: pa.Table, path: Path) -> dict[str, Any]:
    raw = (stored.schema.metadata or {}).get(METADATA_KEY)
    if raw is None:
        raise InputError(
            [Problem(str(path), "", "was not written by surgesim; give the folder of one plan inside ledgers/")],
            "the ledger can't be read",
        )
    context: dict[str, Any] = json.loads(raw)
    return context


def _plain(value: object) -> Any:
    """What numpy scalars and arrays are in JSON."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    return str(value)


def _arrow_table(columns: dict[str, Any], metadata: dict[bytes, bytes]) -> pa.Table:
    import pyarrow as pa

    return pa.table(columns).replace_schema_metadata(metadata)


def _to_arrow(ledger: Ledger, table: str, name: str) -> pa.Array:
    import pyarrow as pa

    values = ledger.tables[table][name]
    coded = any(column.coded for column in TABLES[table] if column.name == name)
    if not coded:
        return pa.array(values.tolist() if values.dtype.kind == "O" else values)
    codes = pa.array(values, mask=values < 0)  # a negative code is no name at all
    names = list(ledger.names_of(table, name)) or [""]
    return pa.DictionaryArray.from_arrays(codes, pa.array(names, pa.string()))


def _to_numpy(values: pa.Array, dtype: np.dtype[Any], names: list[str] | None) -> Array:
    if names is not None:
        return _to_codes(values, names).astype(dtype)
    if dtype.kind == "O":
        restored = np.empty(len(values), dtype=object)
        restored[:] = values.to_pylist()
        return restored
    return np.asarray(values.to_numpy(zero_copy_only=False)).astype(dtype)


def _to_codes(values: pa.Array, names: list[str]) -> Array:
    """Codes by name: a Parquet writer may have renumbered the dictionary."""
    renumbered = {name: code for code, name in enumerate(names)}
    known = np.array([renumbered.get(name, -1) for name in values.dictionary.to_pylist()] + [-1])
    codes: Array = known[np.asarray(values.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False))]
    return codes
