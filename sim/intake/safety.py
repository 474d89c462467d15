"""What a workbook is made of, looked at before it is read: no macros, no links, nothing that unpacks into too much.

An .xlsx file is a zip archive of XML. Every part is weighed as a stream, in constant memory: document types (and with
them entities, which can stand for gigabytes) are refused, rows beyond those of the form are counted and not kept.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final
from xml.parsers import expat

from sim.errors import Problem
from sim.intake.form import LAST_ROW, MOST_ROWS

MOST_BYTES = 50_000_000  # of the file
MOST_OF_A_SHEET = 500_000_000  # unpacked; read as a stream
MOST_OF_A_PART = 50_000_000  # unpacked; other parts are read whole
MOST_PARTS = 2_000
MOST_CELLS = 500  # of a row
LONGEST_CELL = 100_000  # bytes
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_BLOCK = 1 << 16
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"  # what Excel writes before 2007, and with a password still
_UNWANTED: Final = (
    (re.compile(r"vba|macro", re.IGNORECASE), "holds macros: save it as a workbook without them (.xlsx)"),
    (re.compile(r"externalLinks/", re.IGNORECASE), "links to other workbooks: Data > Edit Links > Break Link"),
    (re.compile(r"activeX|embeddings/|ctrlProps", re.IGNORECASE), "holds controls or embedded objects: delete them"),
    (re.compile(r"connections\.xml|queryTables/|xl/model/", re.IGNORECASE), "holds data connections: delete them"),
)


class _RefusedError(Exception):
    """Why a part is not read on."""


@dataclass(frozen=True)
class Weighed:
    """What was found.

    Parameters
    ----------
    problems
        With the file; it is not opened when there are any.
    full
        Parts (sheets) with more rows than are read: what to say of each.
    """

    problems: list[Problem]
    full: dict[str, str]


def weigh(path: Path) -> Weighed:
    """Look at a workbook without reading its content.

    Parameters
    ----------
    path
        File; need not exist.
    """
    name = path.name
    if path.suffix.lower() != ".xlsx":
        remedy = "the form is an .xlsx workbook"
        return _one(name, "holds macros: save it as .xlsx" if path.suffix.lower() == ".xlsm" else remedy)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            begins = file.read(4)
    except OSError as error:
        return _one(name, f"can't be read: {error.strerror}")
    if size > MOST_BYTES:
        return _one(name, f"too large: {size / 1e6:,.0f} MB, at most {MOST_BYTES / 1e6:,.0f} MB")
    if begins == _OLD_OR_LOCKED:
        return _one(name, "is protected by a password, or in the format before 2007: save it as .xlsx without one")
    try:
        with zipfile.ZipFile(path) as archive:
            return _archive(name, archive)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        return _one(name, f"is damaged, or no .xlsx workbook: {_words(error)}")
    except Exception as error:  # zlib.error and the like, which the archive's format does not name
        return _one(name, f"is damaged: {_words(error)}")


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


def _one(place: str, remedy: str) -> Weighed:
    return Weighed([Problem(place, "", remedy)], {})


def _archive(name: str, archive: zipfile.ZipFile) -> Weighed:
    parts = archive.infolist()
    if len(parts) > MOST_PARTS:
        return _one(name, f"has {len(parts):,} parts, at most {MOST_PARTS:,}")
    problems = list(dict.fromkeys(Problem(name, "", why) for part in parts if (why := _unwanted(part))))
    if problems:
        return Weighed(problems, {})
    full: dict[str, str] = {}
    for part in parts:
        if part.is_dir():
            continue
        with archive.open(part) as file:
            try:
                _Part().read(file)
            except _TooManyRowsError as error:
                full[part.filename] = str(error)
            except _RefusedError as error:
                problems.append(Problem(f"{name} ({part.filename})", "", str(error)))
            except expat.ExpatError as error:
                if not part.filename.lower().endswith((".xml", ".rels")):
                    continue  # a picture, the settings of a printer
                problems.append(Problem(f"{name} ({part.filename})", "", f"is damaged: {_words(error)}"))
    return Weighed(problems, full)


def _unwanted(part: zipfile.ZipInfo) -> str:
    if part.flag_bits & 0x1:
        return "is encrypted: save it without a password"
    for pattern, why in _UNWANTED:
        if pattern.search(part.filename):
            return why
    most = MOST_OF_A_SHEET if _SHEET.fullmatch(part.filename) else MOST_OF_A_PART
    if part.file_size > most:
        return f"unpacks into too much: {part.filename} has {part.file_size / 1e6:,.0f} MB, at most {most / 1e6:,.0f}"
    return ""


class _TooManyRowsError(Exception):
    """More rows than the form has; the sheet is not read on."""


class _Part:
    """An XML part, of which only the beginning is looked at, unless it is a sheet: then rows and cells are counted."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._begins
        self.root = ""
        self.row = self.cells = self.length = 0
        self.in_value = False

    def read(self, file: IO[bytes]) -> None:
        """Parse until nothing more is to be learned."""
        while self.root in {"", "worksheet", "Types"}:
            block = file.read(_BLOCK)
            self.parser.Parse(block, not block)
            if not block:
                return

    def _doctype(self, *_: Any) -> None:
        raise _RefusedError("holds a document type (DTD): save it anew in a spreadsheet program")

    def _begins(self, element: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        kind = element.rpartition(":")[2]
        if not self.root:
            self.root = kind
            if kind == "worksheet":
                self.parser.EndElementHandler, self.parser.CharacterDataHandler = self._ends, self._text
        elif self.root == "Types" and "macroEnabled" in attributes.get("ContentType", ""):
            raise _RefusedError("holds macros: save it as a workbook without them (.xlsx)")
        elif self.root == "worksheet":
            self._of_a_sheet(kind, attributes)

    def _of_a_sheet(self, kind: str, attributes: dict[str, str]) -> None:
        if kind == "row":
            number = attributes.get("r", "")
            self.row = int(number) if number.isdecimal() and len(number) < 9 else self.row + 1
            self.cells = 0
        elif kind == "c":
            self.cells += 1
            if self.cells > MOST_CELLS:
                raise _RefusedError(f"has more than {MOST_CELLS} cells in row {self.row}")
        elif kind in {"v", "is", "f"}:
            self.in_value, self.length = True, 0
            if self.row > LAST_ROW:
                remedy = f"at most {MOST_ROWS:,} rows are read; gather what is alike"
                raise _TooManyRowsError(f"goes beyond row {LAST_ROW:,}: {remedy}")

    def _ends(self, element: str) -> None:
        if element.rpartition(":")[2] in {"v", "is", "f"}:
            self.in_value = False

    def _text(self, data: str) -> None:
        """Characters, in pieces."""
        if self.in_value:
            self.length += len(data)
            if self.length > LONGEST_CELL:
                raise _RefusedError(f"has a cell in row {self.row} with more than {LONGEST_CELL:,} letters")
