"""Every run of an experiment as one tidy table: a row per point, plan and replication, a column per figure and KPI.

The same results give the same bytes, in whatever order and in whatever parts they were computed. Rows are written some
thousands at a time, so that memory does not grow with their number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import InputError, Problem
from sim.experiment.laboratory.lab import Asked
from sim.experiment.laboratory.store import Cell, Store
from sim.files import harmless, told, written_whole
from sim.scenario.variation import Values

if TYPE_CHECKING:
    import pyarrow as pa

HEADING = "the results were not exported"
ROWS_AT_ONCE = 20_000  # the size of row groups, and of what is in memory
MOST_ROWS_OF_EXCEL = 1_048_575  # of a sheet, the head left out


@dataclass(frozen=True, slots=True)
class Entry:
    """Replications of a plan at a point, and where they are.

    Parameters
    ----------
    point
        Number of the point.
    values
        Figures that the point sets, by path.
    plan
        Name of the plan.
    cell
        Where its results are.
    replications
        Which; those that are not in the store are left out.
    """

    point: int
    values: Values
    plan: str
    cell: Cell
    replications: range


def entries_of(asked: Iterable[Asked]) -> list[Entry]:
    """Entries of what a laboratory was asked for; points are numbered as they come."""
    points: dict[str, int] = {}
    found = []
    for each in asked:
        variant = each.variant
        point = points.setdefault(json.dumps(dict(variant.values), default=str), len(points))
        found.append(Entry(point, variant.values, variant.plan, variant.cell, each.replications))
    return sorted(found, key=lambda entry: entry.point)


def as_facts(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Entries for a record in JSON."""
    return [
        {
            "point": each.point,
            "values": dict(each.values),
            "plan": each.plan,
            "cell": [each.cell.scenario, each.cell.plan, each.cell.seed],
            "replications": [each.replications.start, each.replications.stop],
        }
        for each in entries
    ]


def from_facts(facts: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """Entries as :func:`as_facts` wrote them down."""
    return [
        Entry(
            int(each["point"]),
            dict(each["values"]),
            str(each["plan"]),
            Cell(str(each["cell"][0]), str(each["cell"][1]), int(each["cell"][2])),
            range(int(each["replications"][0]), int(each["replications"][1])),
        )
        for each in facts
    ]


def write(path: Path, store: Store, entries: Sequence[Entry]) -> int:
    """Write all runs: Parquet, CSV or Excel, as the name ends.

    Returns
    -------
    Rows written.

    Raises
    ------
    InputError
        If the ending is another, the file exists already or can't be written, or a sheet can't hold the rows.
    """
    writer = {".parquet": _write_parquet, ".csv": _write_csv, ".xlsx": _write_excel}.get(path.suffix.lower())
    if writer is None:
        raise InputError([Problem("export", str(path), "must end in .csv, .xlsx or .parquet")], HEADING)
    if path.exists():
        raise InputError([Problem("export", str(path), "exists already: name a file that does not")], HEADING)
    with told(path, HEADING), written_whole(path) as partial:
        return writer(partial, store, entries)


def _write_parquet(path: Path, store: Store, entries: Sequence[Entry]) -> int:
    import pyarrow.parquet as pq

    schema, rows = _schema(store, entries), 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for part in _parts(store, entries, schema):
            writer.write_table(part)
            rows += len(part)
    return rows


def _write_csv(path: Path, store: Store, entries: Sequence[Entry]) -> int:
    schema, rows = _schema(store, entries), 0
    with path.open("w", encoding="utf-8", newline="") as file:
        for number, part in enumerate(_parts(store, entries, schema)):
            _safe(part).to_csv(file, index=False, header=number == 0, lineterminator="\n")
            rows += len(part)
    return rows


def _write_excel(path: Path, store: Store, entries: Sequence[Entry]) -> int:
    from openpyxl import Workbook

    rows = sum(len(each.replications) for each in entries)
    if rows > MOST_ROWS_OF_EXCEL:
        remedy = f"a sheet holds {MOST_ROWS_OF_EXCEL:,} rows, and there are {rows:,}: export to .csv or .parquet"
        raise InputError([Problem("export", str(path), remedy)], HEADING)
    schema, rows = _schema(store, entries), 0
    book = Workbook(write_only=True)
    sheet = book.create_sheet("runs")
    for number, part in enumerate(_parts(store, entries, schema)):
        frame = _safe(part)
        if number == 0:
            sheet.append(list(frame.columns))
        for row in frame.itertuples(index=False):
            sheet.append([None if value != value else value for value in row])
        rows += len(part)
    book.save(path)
    return rows


def _safe(part: pa.Table) -> Any:
    """A data frame whose texts no spreadsheet takes for formulas."""
    frame = part.to_pandas().rename(columns=harmless)
    for name in frame.select_dtypes("object").columns:
        frame[name] = frame[name].map(harmless)
    return frame


def _paths(entries: Iterable[Entry]) -> list[str]:
    return list(dict.fromkeys(path for each in entries for path in each.values))


def _schema(store: Store, entries: Sequence[Entry]) -> pa.Schema:
    import pyarrow as pa

    fields = [("point", pa.int32()), *((path, _type(path, entries)) for path in _paths(entries))]
    fields += [("plan", pa.string()), ("replication", pa.int32())]
    return pa.schema([*fields, *((name, pa.float64()) for name in store.names)])


def _type(path: str, entries: Sequence[Entry]) -> pa.DataType:
    import pyarrow as pa

    kinds = {type(each.values[path]) for each in entries if each.values.get(path) is not None}
    if kinds == {bool}:
        return pa.bool_()
    if kinds == {int}:
        return pa.int64()
    return pa.float64() if kinds and kinds <= {int, float} else pa.string()


def _parts(store: Store, entries: Sequence[Entry], schema: pa.Schema) -> Iterator[pa.Table]:
    import pyarrow as pa

    held: list[pa.Table] = [schema.empty_table()]
    for _, of_point in groupby(entries, key=lambda entry: entry.point):
        held += [_rows(each, store, schema) for each in of_point]
        if sum(map(len, held)) >= ROWS_AT_ONCE:
            yield pa.concat_tables(held).combine_chunks()
            held = []
    if held:
        yield pa.concat_tables(held).combine_chunks()


def _rows(entry: Entry, store: Store, schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    here, kpis = store.rows(entry.cell, entry.replications)
    columns: list[Any] = [np.full(len(here), entry.point, dtype=np.int32)]
    for path in schema.names[1 : schema.names.index("plan")]:
        value, kind = entry.values.get(path), schema.field(path).type
        text = pa.types.is_string(kind) and value is not None
        columns.append(pa.array([str(value) if text else value] * len(here), kind))
    columns += [[entry.plan] * len(here), here.astype(np.int32), *kpis.T]
    return pa.table([pa.array(each, kind) for each, kind in zip(columns, schema.types, strict=True)], schema=schema)
