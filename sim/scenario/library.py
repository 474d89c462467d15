"""Where scenarios and plans lie, by name, and how their files are read as text.

Shipped scenarios are ``scenarios/NAME.yaml``, shipped plans ``conf/plan/NAME.yaml``; a user's own are
``FOLDER/scenario/NAME.yaml`` and ``FOLDER/plan/NAME.yaml``. Names that begin with ``_`` are bases for other
files: they can be extended, but are not listed. A file extends others by ``defaults: [other, _self_]``.

Nothing here knows Hydra or the models, so that ``surgesim list`` starts at once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

import yaml

from sim.errors import InputError, Problem, nearest

Kind = Literal["scenario", "plan"]
KINDS: Final[tuple[Kind, Kind]] = ("scenario", "plan")
RESERVED = ("hydra", "plan", "scenario")  # what composes, and other parts of the composed configuration
NAME = re.compile(r"_?[A-Za-z0-9][A-Za-z0-9_\-]*")
MOST_BYTES = 1_000_000  # the longest file we ship has a few kilobytes; more is a data file given by mistake
MOST_NODES = 100_000  # of a YAML file, references expanded: a few lines of references can stand for gigabytes
DEEPEST = 50  # levels of a YAML file

_PACKAGE = Path(__file__).resolve().parents[1]
_DATA = _PACKAGE / "data"  # in an installed wheel; in a checkout the folders lie beside the package
ROOT = _DATA if (_DATA / "conf").is_dir() else _PACKAGE.parent
CONF = ROOT / "conf"
SCENARIOS = ROOT / "scenarios"
SHIPPED: Mapping[Kind, Path] = {"scenario": SCENARIOS, "plan": CONF / "plan"}


def shown(path: Path) -> str:
    """A path as a reader would write it: relative where it lies below the current folder."""
    absolute = path.absolute()
    try:
        return absolute.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return str(absolute)


def read_text(path: Path) -> str:
    """Text of a configuration file.

    Raises
    ------
    InputError
        If the file is missing, too large or not UTF-8 text.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _unfit(path, f"too large for a configuration file: at most {MOST_BYTES // 1000} kB")
        content = path.read_bytes()
    except OSError as error:
        raise _unfit(path, f"can't be read: {error.strerror}") from error
    if b"\0" in content:
        raise _unfit(path, "contains NUL bytes: save it as plain text in UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _unfit(path, "is not UTF-8: save it as plain text in UTF-8", line) from error


def _unfit(path: Path, remedy: str, line: int | None = None) -> InputError:
    place = shown(path) if line is None else f"{shown(path)}, line {line}"
    return InputError([Problem(place, "", remedy)], heading="a file can't be used")


def yaml_fault(path: Path, error: yaml.YAMLError) -> InputError:
    """The error of a YAML parser, told with file and line."""
    mark: Any = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    what = " ".join(str(what).split())
    line = mark.line + 1 if mark is not None else None
    return _unfit(path, f"is not valid YAML: {what}", line)


FastLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FLOAT = re.compile(
    r"""[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?
            |[0-9][0-9_]*[eE][-+]?[0-9]+
            |\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?
            |\.(?:inf|Inf|INF))$
       |\.(?:nan|NaN|NAN)$""",
    re.VERBOSE,
)


class _Loader(FastLoader):  # type: ignore[misc]  # its base is chosen at run time
    """Plain YAML as people mean it: dates stay text, ``1e3`` is a number, a key stands once."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {
        first: [pair for pair in pairs if pair[0] not in {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:float"}]
        for first, pairs in FastLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping, unless a key stands in it twice."""
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != "tag:yaml.org,2002:merge":
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key '{key.value}' stands here twice", key.start_mark
                    )
                seen.add(key.value)
        content: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return content


_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))


def read_yaml(path: Path) -> dict[str, Any]:
    """A configuration file as plain containers, to be read and not written.

    Raises
    ------
    InputError
        If it is not a mapping in plain YAML, or holds a key that would run code.
    """
    try:
        state = path.stat()
    except OSError as error:
        raise _unfit(path, f"can't be read: {error.strerror}") from error
    return _read_yaml(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=256)
def _read_yaml(path: Path, changed: int, size: int) -> dict[str, Any]:
    """The content of one state of a file: a composition asks for the same few files again and again."""
    text = read_text(path)
    try:
        _refuse_depth(path, text)
        _refuse_bombs(path, text)
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader, in C where there is one
    except yaml.YAMLError as error:
        raise yaml_fault(path, error) from error
    except ValueError as error:  # a number or date that YAML reads but Python has not
        raise _unfit(path, f"holds a value that can't be: {error}") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        what = "a list" if isinstance(content, list) else "a single value"
        raise _unfit(path, f"must hold keys with values, not {what}")
    _refuse_keys(path, content)
    return content


def _refuse_depth(path: Path, text: str) -> None:
    """Refuse nesting that would exhaust the stack (of C, where Python can't catch it)."""
    depth = 0
    for event in yaml.parse(text, Loader=FastLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise _unfit(path, f"is nested more than {DEEPEST} levels deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _refuse_bombs(path: Path, text: str) -> None:
    """Refuse references that stand for more than a file could hold, or for themselves."""
    if "&" not in text or "*" not in text:
        return
    sizes: dict[int, int] = {}

    def size(node: yaml.Node, inside: frozenset[int]) -> int:
        if id(node) in inside:
            raise _unfit(path, "refers to itself")
        if id(node) not in sizes:
            children: list[yaml.Node] = []
            if isinstance(node, yaml.MappingNode):
                children = [part for pair in node.value for part in pair]
            elif isinstance(node, yaml.SequenceNode):
                children = node.value
            sizes[id(node)] = 1 + sum(size(child, inside | {id(node)}) for child in children)
        return sizes[id(node)]

    root = yaml.compose(text, Loader=FastLoader)
    if root is not None and size(root, frozenset()) > MOST_NODES:
        raise _unfit(path, "its references stand for too many values")


def _refuse_keys(path: Path, content: object) -> None:
    """Refuse ``_target_``, by which Hydra would call code, and names that YAML does not read as text."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key == "_target_":
                raise _unfit(path, "_target_ is not allowed: these files describe, they do not run code")
            if not isinstance(key, str):
                raise _unfit(path, f"YAML reads the name '{key}' as a {type(key).__name__}: put it in quotes")
            _refuse_keys(path, value)
    elif isinstance(content, list):
        for value in content:
            _refuse_keys(path, value)


@dataclass(frozen=True)
class Library:
    """Folders of scenarios and plans in which names are looked up.

    Parameters
    ----------
    own
        The user's folders of each kind, looked up beside the shipped ones.
    """

    own: Mapping[Kind, Path]

    def folders(self, kind: Kind) -> Iterator[Path]:
        """Folders of one kind, the shipped one first."""
        yield SHIPPED[kind]
        if kind in self.own:
            yield self.own[kind]

    def find(self, kind: Kind, name: str) -> Path | None:
        """File of a name, or None."""
        if NAME.fullmatch(name) is None:
            return None
        files = (folder / f"{name}.yaml" for folder in self.folders(kind))
        return next((file for file in files if file.is_file()), None)

    def names(self, kind: Kind) -> list[str]:
        """All names of one kind that can be chosen, sorted."""
        return sorted({file.stem for folder in self.folders(kind) for file in _files(folder)})

    def chain(self, kind: Kind, name: str) -> list[Path]:
        """Files that make up a scenario or plan, in the order in which later ones win.

        Raises
        ------
        InputError
            If a file is missing, extends itself, or its ``defaults`` are not a list of names.
        """
        return list(self._chain(kind, name, ()))

    def _chain(self, kind: Kind, name: str, below: tuple[str, ...]) -> Iterator[Path]:
        path = self.find(kind, name)
        if path is None:
            raise self.unknown(kind, name)
        if name in below:
            raise _unfit(path, f"extends itself: {' -> '.join([*below, name])}")
        content = read_yaml(path)
        for key in RESERVED:
            if key in content:
                raise _unfit(path, f"{key}: unknown key; a file of a {kind} holds figures of the {kind}")
        bases = bases_of(kind, path, content)
        for base in bases:
            if base == "_self_":
                yield path
            else:
                if self.find(kind, base) is None:
                    raise _unfit(path, f"defaults: there is no {kind} '{base}'{nearest(base, self.names(kind))}")
                yield from self._chain(kind, base, (*below, name))

    def unknown(self, kind: Kind, name: str) -> InputError:
        """Error for a name that is not there, with the nearest one and the list."""
        names = self.names(kind)
        there = ", ".join(names) or "none"
        problem = Problem(kind, name, f"no such {kind}{nearest(name, names)}; there are: {there}")
        return InputError([problem], heading=f"unknown {kind}")


def bases_of(kind: Kind, path: Path, content: Mapping[str, Any]) -> list[str]:
    """Names in a file's ``defaults``, in order, ``_self_`` always among them.

    Raises
    ------
    InputError
        If ``defaults`` holds anything but names of the same kind.
    """
    given = content.get("defaults", [])
    if not isinstance(given, list):
        example = "double11" if kind == "scenario" else "overtime"
        raise _unfit(path, f"defaults must be a list of names, for example [{example}, _self_]")
    for item in given:
        if not isinstance(item, str) or (item != "_self_" and NAME.fullmatch(item) is None):
            also = "; plans to compare go into 'plans: [...]'" if kind == "scenario" else ""
            raise _unfit(path, f"defaults hold names of {kind}s to extend, and _self_; got {item!r}{also}")
    return given if "_self_" in given else [*given, "_self_"]


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [file for file in folder.glob("*.yaml") if not file.name.startswith("_") and NAME.fullmatch(file.stem)]


def open_library(config_dir: str | os.PathLike[str] | None = None) -> Library:
    """The shipped scenarios and plans, and those of a user's folder.

    Parameters
    ----------
    config_dir
        Folder with ``scenario/`` or ``plan/`` in it, or both; relative to the current folder.

    Raises
    ------
    InputError
        If the folder has neither, or a file in it has the name of a shipped one.
    """
    if config_dir is None:
        return Library({})
    root = Path(config_dir)
    own: dict[Kind, Path] = {kind: root.absolute() / kind for kind in KINDS if (root / kind).is_dir()}
    if not own:
        what = "has neither scenario/ nor plan/ in it" if root.is_dir() else "no such folder"
        remedy = f"{what}; your own files are FOLDER/scenario/NAME.yaml and FOLDER/plan/NAME.yaml"
        raise InputError([Problem("--config-dir", str(config_dir), remedy)], heading="a folder can't be used")
    return with_own(own)


def with_own(own: Mapping[Kind, Path]) -> Library:
    """A library with the user's folders, as long as no name in them hides a shipped one.

    Raises
    ------
    InputError
        If a file has the name of a shipped one, or a name that can't be written on the command line.
    """
    problems = []
    for kind, folder in own.items():
        if folder.resolve() == SHIPPED[kind].resolve():
            continue
        for file in sorted(folder.glob("*.yaml")):
            if (SHIPPED[kind] / file.name).is_file():
                problems.append(Problem(shown(file), "", f"is the name of a shipped {kind}: give yours another one"))
            elif NAME.fullmatch(file.stem) is None:
                problems.append(Problem(shown(file), "", "names are letters, digits, _ and -"))
    if problems:
        raise InputError(problems, heading="files can't be used")
    return Library(dict(own))
