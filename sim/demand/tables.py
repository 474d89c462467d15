"""Reading a table of text from a file: CSV (plain or gzip) or Parquet, only the columns asked for, row numbers kept.

What a file is, is told by its first bytes, not by its name. A CSV is UTF-8 (with or without a byte order mark) or
UTF-16; its separator is a comma, semicolon, tab or bar, whichever makes the columns we know appear in the header.
Every byte is checked, also in columns that aren't read, because a file in another encoding is seldom wrong in one
place only. Cells are text and nothing else: a formula of a spreadsheet stays the characters it is written with.

Rows are numbered as a spreadsheet does: the header is row 1 and a cell that spans lines is one row. In Parquet, which
has no header row, the first row is row 1.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem, nearest

SEPARATORS = ",;\t|"
_HEAD = 1 << 20  # bytes in which the header must end
_BLOCK = 1 << 23  # bytes; a row must fit in
_NOT_TEXT = {b"PK\x03\x04": "an Excel workbook or zip archive", b"\xd0\xcf\x11\xe0": "an Excel workbook"}
_ENCODINGS = "save it as UTF-8 (in Excel: 'CSV UTF-8'), with or without a byte order mark, or as UTF-16 with one"

Choose = Callable[[list[str]], Mapping[str, int]]


@dataclass(frozen=True)
class Text:
    """A column of text in which every distinct value stands once.

    Parameters
    ----------
    codes
        Per row, the position in `values`.
    values
        Distinct values in order of first appearance, outer blanks removed; empty where the file has nothing.
    """

    codes: NDArray[np.int64]
    values: list[str]

    def at(self, row: int) -> str:
        """Value of one row."""
        return self.values[int(self.codes[row])]

    def take(self, rows: NDArray[Any]) -> Text:
        """The same column with the rows chosen (positions or flags)."""
        return Text(self.codes[rows], self.values)


@dataclass(frozen=True)
class Rows:
    """Rows of a file.

    Parameters
    ----------
    columns
        Role -> column, all of one length; rows empty in all of them are left out.
    numbers
        The file's row number of each.
    malformed
        Row number -> what is wrong, for rows that don't have the header's number of cells.
    blank
        Empty rows left out.
    first
        What counts as row 1.
    """

    columns: Mapping[str, Text]
    numbers: NDArray[np.int64]
    malformed: Mapping[int, str]
    blank: int
    first: str


def _refuse(path: Path, remedy: str, given: str = "") -> InputError:
    return InputError([Problem(path.name, given, remedy)], f"the file {path.name} can't be used")


def locate(place: str, name: str) -> tuple[Path, int, int]:
    """Absolute path, time of change (ns) and size (bytes) of a file that a scenario names.

    Parameters
    ----------
    place
        Config path that names it, such as `demand.file`.

    Raises
    ------
    InputError
        If there is no such file, or it is none that can be read.
    """
    path = Path(name).expanduser()
    remedy = ""
    try:
        path = path.resolve()
        state = path.stat()
        if path.is_dir():
            remedy = "a directory: name a CSV, CSV.gz or Parquet file in it"
        elif not path.is_file():
            remedy = "not an ordinary file"
    except FileNotFoundError:
        folder = path.parent
        others = [item.name for item in folder.iterdir()] if folder.is_dir() else []
        remedy = f"no such file{nearest(path.name, others)}"
        remedy += f" (looked in {folder})" if folder.is_dir() else f"; there is no folder {folder}"
    except (OSError, ValueError, RuntimeError) as error:
        remedy = f"can't be read: {error}"
    if remedy:
        raise InputError([Problem(place, repr(name), remedy)], "a file can't be used")
    return path, state.st_mtime_ns, state.st_size


class _Utf8(io.RawIOBase):
    """A stream of bytes passed on as UTF-8, checked on its way, that always ends with a line break."""

    def __init__(self, path: Path, source: IO[bytes] | gzip.GzipFile, encoding: str) -> None:
        self._path, self._source, self._encoding = path, source, encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._ended = False
        self._last = b""
        self.lines = 0
        self.quotes = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; none at the end only."""
        if self._ended:
            return b""
        plain = self._encoding == "utf-8"
        wanted = _HEAD if size < 0 else size - 1 if plain else size // 2  # room for longer characters, a line break
        chunk = self._source.read(wanted)
        self._ended = len(chunk) < wanted
        try:
            text = self._decoder.decode(chunk, final=self._ended)
        except UnicodeDecodeError as error:
            raise self._wrong_encoding(error) from None
        data = chunk if plain else text.encode()
        self._last = data[-1:] or self._last
        if self._ended and self._last not in (b"", b"\n"):
            data += b"\n"  # a header alone without one is no row to Arrow
        self.lines += data.count(b"\n")
        self.quotes += data.count(b'"')
        return data

    def _wrong_encoding(self, error: UnicodeDecodeError) -> InputError:
        seen = bytes(error.object)
        line = self.lines + seen.count(b"\n", 0, error.start) + 1
        place = f"{self._path.name}, line {line}"
        remedy = f"not {self._encoding.upper()}: {_ENCODINGS}"
        problem = Problem(place, f"byte 0x{seen[error.start]:02x}", remedy)
        return InputError([problem], f"the file {self._path.name} is in the wrong encoding")


def _kind(path: Path, head: bytes) -> str:
    """Encoding of a text file, or ``parquet``, from its first bytes."""
    if head.startswith(b"PAR1"):
        return "parquet"
    if path.suffix.casefold() in (".parquet", ".pq"):
        raise _refuse(path, "not a Parquet file")
    for magic, name in _NOT_TEXT.items():
        if head.startswith(magic):
            raise _refuse(path, f"{name}: save the sheet as CSV (UTF-8)")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in head:
        raise _refuse(path, f"neither a text file nor Parquet; if it is text, {_ENCODINGS}")
    return "utf-8"


@contextmanager
def _bytes_of(path: Path) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """The file's bytes, unpacked; damage and refusals of the system become errors that name the file."""
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if packed:
                with gzip.open(raw, "rb") as unpacked:
                    yield unpacked
            else:
                yield raw
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise _refuse(path, "damaged: it can't be unpacked to its end") from None
    except OSError as error:
        raise _refuse(path, f"can't be read: {error.strerror or error}") from None


def _header(head: str, known: frozenset[str], path: Path) -> tuple[list[str], str, int]:
    """Column names, separator, and rows before the first one with data."""
    best: tuple[tuple[int, int], list[str], str, int] | None = None
    for separator in SEPARATORS:
        try:
            row, skip = _first_row(head, separator)
        except csv.Error as error:
            raise _refuse(path, f"its first row can't be read as CSV: {error}") from None
        names = [name.strip() for name in row]
        rank = (len(known & {name.casefold() for name in names}), len(names))
        if best is None or rank > best[0]:
            best = rank, names, separator, skip
    assert best is not None
    return best[1:]


def _first_row(head: str, separator: str) -> tuple[list[str], int]:
    for skip, row in enumerate(csv.reader(io.StringIO(head, newline=""), delimiter=separator), 1):
        if any(cell.strip() for cell in row):
            return row, skip
    return [], 0


def read_rows(path: Path, known: frozenset[str], choose: Choose) -> Rows:
    """Read the columns of a file that are wanted.

    Parameters
    ----------
    path
        An existing file.
    known
        Column names, in lower case, that tell the right separator from a wrong one.
    choose
        Given the file's columns, says which role each wanted one plays; raises InputError when it can't.

    Returns
    -------
    The rows, by role.

    Raises
    ------
    InputError
        Empty file, wrong encoding, not a table, damaged.
    """
    with _bytes_of(path) as source:
        head = source.read(_HEAD)
    if not head.strip():
        raise _refuse(path, "empty: a header and rows below it are needed")
    kind = _kind(path, head)
    if kind == "parquet":
        return _read_parquet(path, choose)
    start = _Utf8(path, io.BytesIO(head), kind).read(-1)
    names, separator, skip = _header(start.decode("utf-8-sig", "replace"), known, path)
    if not names:
        raise _refuse(path, "empty: a header and rows below it are needed")
    if len(names) == 1:
        remedy = "its first row has one column only: columns are separated by comma, semicolon, tab or |"
        raise _refuse(path, remedy, repr(names[0][:40]))
    return _read_csv(path, kind, len(names), separator, skip, choose(names))


class _SetAside:
    """What Arrow calls for rows that don't have the header's number of cells."""

    def __init__(self) -> None:
        self.rows: dict[int, str] = {}
        self.unclosed = 0

    def __call__(self, row: Any) -> str:
        self.rows[row.number] = f"{row.actual_columns} cells where the header has {row.expected_columns}"
        if row.text.count('"') % 2 and "\n" in row.text.strip():
            self.unclosed = self.unclosed or row.number
        return "skip"


def _csv_options(width: int, wanted: Sequence[str], separator: str, skip: int, set_aside: _SetAside) -> dict[str, Any]:
    """Options for Arrow's CSV reader; columns go by their position, because names may be there twice."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    text = pa.dictionary(pa.int32(), pa.string())
    return {
        "read_options": arrow_csv.ReadOptions(
            use_threads=False,  # only then do rows keep their numbers
            block_size=_BLOCK,
            column_names=[str(index) for index in range(width)],
            skip_rows_after_names=skip,
        ),
        "parse_options": arrow_csv.ParseOptions(
            delimiter=separator,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=set_aside,
        ),
        "convert_options": arrow_csv.ConvertOptions(include_columns=wanted, column_types=dict.fromkeys(wanted, text)),
    }


def _read_csv(path: Path, encoding: str, width: int, separator: str, skip: int, roles: Mapping[str, int]) -> Rows:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    set_aside = _SetAside()
    wanted = list(dict.fromkeys(str(index) for index in roles.values()))
    with _bytes_of(path) as source:
        stream = _Utf8(path, source, encoding)
        try:
            table = arrow_csv.read_csv(stream, **_csv_options(width, wanted, separator, skip, set_aside))
        except pa.ArrowInvalid as error:
            raise _refuse(path, f"not a CSV that can be read; does a quotation mark stay open? ({error})") from None
    malformed = set_aside.rows
    last = skip + table.num_rows + len(malformed)
    if set_aside.unclosed or (stream.quotes % 2 and last < stream.lines):
        where = f"in row {set_aside.unclosed} or before it" if set_aside.unclosed else "somewhere"
        raise _refuse(path, f'a quotation mark (") stays open {where} and swallows the rows that follow')
    numbers = np.arange(skip + 1, last + 1, dtype=np.int64)
    numbers = np.delete(numbers, np.array(sorted(malformed), dtype=np.int64) - skip - 1)
    columns = {role: _text_of(table.column(str(index)).unify_dictionaries()) for role, index in roles.items()}
    return _without_blank(columns, numbers, malformed, "the header")


def _read_parquet(path: Path, choose: Choose) -> Rows:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            names = list(file.schema_arrow.names)
            roles = choose(names)
            table = file.read(columns=list(dict.fromkeys(names[index] for index in roles.values())))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise _refuse(path, f"a Parquet file that can't be read: {str(error)[:200]}") from None
    columns: dict[str, Text] = {}
    problems: list[Problem] = []
    for role, index in roles.items():
        try:
            columns[role] = _text_of(_as_text(table.column(names[index])))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            kind = str(table.column(names[index]).type)
            problems.append(Problem(f"demand.columns.{role}", repr(names[index]), f"a column of type {kind}"))
    if problems:
        raise InputError(problems, f"the columns of {path.name} hold neither text, numbers nor times")
    return _without_blank(columns, np.arange(1, table.num_rows + 1, dtype=np.int64), {}, "the first order")


def _as_text(column: Any) -> Any:
    """A typed column as text; instants are written in UTC."""
    import pyarrow as pa
    import pyarrow.compute as pc

    column = column.combine_chunks()
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_timestamp(column.type):
        plain = column.cast(pa.timestamp("us"), safe=False).cast(pa.string())
        column = pc.binary_join_element_wise(plain, "Z", "") if column.type.tz else plain
    return pa.chunked_array([pc.fill_null(column.cast(pa.string()), "")]).dictionary_encode()


def _text_of(column: Any) -> Text:
    """A dictionary column of Arrow without nulls as text without outer blanks."""
    import pyarrow as pa

    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # as some versions of Arrow have it
        array = array.chunk(0)
    position: dict[str, int] = {}
    again = [position.setdefault(value.strip(), len(position)) for value in array.dictionary.to_pylist()]
    return Text(np.array(again, dtype=np.int64)[_integers(array.indices)], list(position))


def _integers(array: Any) -> NDArray[np.int64]:
    """Numpy copy of an Arrow array of integers without nulls; Arrow's own conversion would import pandas."""
    buffer = array.buffers()[1]
    if buffer is None or not len(array):
        return np.zeros(0, dtype=np.int64)
    dtype = np.dtype(array.type.to_pandas_dtype())
    return np.frombuffer(buffer, dtype, len(array), array.offset * dtype.itemsize).astype(np.int64)


def _without_blank(
    columns: Mapping[str, Text], numbers: NDArray[np.int64], malformed: Mapping[int, str], first: str
) -> Rows:
    blank = np.ones(len(numbers), dtype=bool)
    for column in columns.values():
        blank &= np.array([not value for value in column.values], dtype=bool)[column.codes]
    if blank.any():
        columns = {role: column.take(~blank) for role, column in columns.items()}
        numbers = numbers[~blank]
    return Rows(columns, numbers, malformed, int(blank.sum()), first)
