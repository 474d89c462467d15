"""Where figures come from: the comment at the end of a figure's line is its source.

``setup_min: 1.2  # V bitergo, cisco-eagle 2014`` says where 1.2 comes from. A comment is about every figure on
its line; a list is one figure, wherever on its lines the comment stands. Comments on a line of their own, inside
text blocks, or beside a heading of further keys say nothing about a figure and are left alone. When a file extends
another, what it gives anew loses the other's source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from sim.scenario.library import FastLoader, Kind, Library, read_text, shown, yaml_fault

COMMAND_LINE: Final = "given on the command line"
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # as YAML counts them


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value stands, and the comment beside it.

    Parameters
    ----------
    file, line
        Place of its key; lines count from 1.
    comment
        Text beside it, empty where there is none.
    replaces
        Whether the value takes the place of all that another file gives there; mappings are merged instead.
    """

    file: Path
    line: int
    comment: str
    replaces: bool

    def __str__(self) -> str:
        return f"{shown(self.file)}:{self.line}"


def origins(library: Library, kind: Kind, name: str) -> dict[str, Origin]:
    """Origin of every value of a scenario or plan, by dotted path; the file that wins is the one told.

    Raises
    ------
    InputError
        If one of its files can't be read.
    """
    found: dict[str, Origin] = {}
    for path in library.chain(kind, name):
        nearer = file_origins(path)
        for place in [place for place, origin in nearer.items() if origin.replaces]:
            found = {other: origin for other, origin in found.items() if not is_within(other, place)}
        found.update(nearer)
    return found


def file_origins(path: Path) -> dict[str, Origin]:
    """Origin of every key and list item of one file, by dotted path.

    Raises
    ------
    InputError
        If it can't be read.
    """
    text = read_text(path)
    try:
        root = yaml.compose(text, Loader=FastLoader)
        comments = _comments(text)
    except yaml.YAMLError as error:
        raise yaml_fault(path, error) from error
    found: dict[str, Origin] = {}
    for place, line, node, comment in _walk(root, "", comments):
        found[place] = Origin(path, line + 1, comment, not isinstance(node, yaml.MappingNode))
    return found


def _walk(
    node: yaml.Node | None, path: str, comments: Mapping[int, str], *, listed: bool = False, closing: str = ""
) -> Iterator[tuple[str, int, yaml.Node, str]]:
    """Every key and list item below a node: its path, the line it begins on (from 0), its value, its comment.

    Parameters
    ----------
    listed
        Whether the node lies in a list, whose items are told as a whole.
    closing
        Comment after the bracket that closes what the node lies in.
    """
    for place, first, value in _children(node, path):
        mapping, block = isinstance(value, yaml.MappingNode), _is_block(value)
        own = "" if mapping and (block or not listed) else _beside(first, value, comments) or closing
        yield place, first, value, own
        inside = comments.get(value.end_mark.line, "") if mapping and not block else ""
        deeper = listed or isinstance(value, yaml.SequenceNode)
        told = own and not block  # what is inside has been told with the whole
        yield from _walk(
            value, place, {} if told else comments, listed=deeper, closing="" if told else inside or closing
        )


def _children(node: yaml.Node | None, path: str) -> Iterator[tuple[str, int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (f"{path}.{key.value}" if path else str(key.value)), key.start_mark.line, value
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            yield f"{path}.{number}", value.start_mark.line, value


def _is_block(node: yaml.Node) -> bool:
    """Whether a collection is written over lines, without brackets: its end mark lies beyond its end."""
    return isinstance(node, yaml.CollectionNode) and not node.flow_style


def _beside(first: int, node: yaml.Node, comments: Mapping[int, str]) -> str:
    """Comments on the lines of a value; of a list over lines only that beside its heading."""
    if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}:
        return ""
    last = node.end_mark.line
    if _is_block(node):
        last = first if node.start_mark.line > first else first - 1
    return "; ".join(comments[line] for line in range(first, last + 1) if line in comments)


def _comments(text: str) -> dict[int, str]:
    """Comment at the end of each line that has something before it, by line from 0."""
    lines = _LINE_BREAK.split(text)
    ends: dict[int, int] = {}
    inside: set[int] = set()
    for token in yaml.scan(text, Loader=FastLoader):
        block = False
        if isinstance(token, yaml.ScalarToken):
            block = token.style in {"|", ">"}  # ends at the start of the next token's line
            inside.update(range(token.start_mark.line, token.end_mark.line))
        if not block and token.end_mark.column > 0:
            line = token.end_mark.line
            ends[line] = max(ends.get(line, 0), token.end_mark.column)
    found = {}
    for line, end in ends.items():
        if line in inside or line >= len(lines):
            continue
        rest = lines[line][end:].strip()
        if rest.startswith("#"):
            found[line] = rest.lstrip("#").strip()
    return {line: comment for line, comment in found.items() if comment}


def sources(found: Mapping[str, Origin], given: Sequence[str] = ()) -> dict[str, str]:
    """Sources of figures by dotted path.

    Parameters
    ----------
    found
        Origins as read from files.
    given
        Paths that the command line gives or deletes; what the files say about them and below no longer holds.
    """
    told = {place: origin.comment for place, origin in found.items() if origin.comment}
    for path in given:
        told = {place: text for place, text in told.items() if not is_within(place, path)}
        told[path] = COMMAND_LINE
    return told


def is_within(place: str, path: str) -> bool:
    """Whether a dotted path is another, or lies below it."""
    return place == path or place.startswith(f"{path}.")


def source_of(told: Mapping[str, str], place: str) -> str:
    """Source of a value: its own, or that of the list or flow mapping that it is part of."""
    while place:
        if place in told:
            return told[place]
        place = place.rpartition(".")[0]
    return ""
