"""Composition by Hydra: names, files and overrides to one configuration, and from there to models.

This module and the command line are the only ones that know Hydra and OmegaConf. Scenarios and plans reach
Hydra through a source of their own (:class:`LibrarySource`), so that a flat ``scenarios/NAME.yaml`` can be
chosen as ``scenario=NAME``, a user's folder needs no Hydra headers, and every file is read by our own careful
reader. The source and the plugin that offers it to Hydra do nothing unless :func:`searching` is active:
an application of the user's own that runs Hydra beside us is left alone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final, cast

from hydra import compose, initialize_config_dir
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.core.utils import JobRuntime
from hydra.errors import HydraException, MissingConfigException, OverrideParseException
from hydra.plugins.config_source import ConfigLoadError, ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from hydra.version import VersionBase
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from pydantic import BaseModel

from sim.errors import InputError, Problem
from sim.scenario.building import Case, Composed, build
from sim.scenario.library import CONF, KINDS, Kind, Library, open_library, read_yaml, with_own
from sim.scenario.overrides import as_written, path_of, to_hydra
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

VERSION_BASE: Final = "1.3"
_active: ContextVar[Library | None] = ContextVar("library", default=None)


class LibrarySource(ConfigSource):
    """Scenarios and plans of the active library, as Hydra's groups ``scenario`` and ``plan``."""

    @staticmethod
    def scheme() -> str:
        """Prefix of its address in Hydra's search path."""
        return "surgesim"

    def _split(self, config_path: str) -> tuple[Kind, str] | None:
        group, _, name = config_path.partition("/")
        name = name.removesuffix(".yaml")
        for kind in KINDS:
            if kind == group and name:
                return kind, name
        return None

    def load_config(self, config_path: str) -> ConfigResult:
        """Content of a scenario or plan, placed where it belongs in the configuration."""
        library = _active.get()
        split = self._split(config_path)
        path = library.find(*split) if library is not None and split is not None else None
        if library is None or split is None or path is None:
            raise ConfigLoadError(f"Config not found: {config_path}")
        kind, name = split
        library.chain(kind, name)  # refuses files that extend themselves, or what is not there
        content = _for_hydra(kind, name, read_yaml(path))
        return ConfigResult(
            provider=self.provider,
            path=f"{self.scheme()}://{path.parent}",
            config=OmegaConf.create(content),
            header={"package": "_global_" if kind == "scenario" else f"plan.{name}"},
        )

    def is_group(self, config_path: str) -> bool:
        """Whether this source has such a group."""
        return _active.get() is not None and config_path.rstrip("/") in ("", *KINDS)

    def is_config(self, config_path: str) -> bool:
        """Whether this source has such a scenario or plan."""
        library = _active.get()
        split = self._split(config_path)
        return library is not None and split is not None and library.find(*split) is not None

    def available(self) -> bool:
        """Always: an inactive source is merely empty."""
        return True

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Names in a group, for globs, completion and messages."""
        library = _active.get()
        if library is None:
            return []
        if config_path in KINDS:
            return [] if results_filter == ObjectType.GROUP else library.names(config_path)
        return [] if results_filter == ObjectType.CONFIG else sorted(KINDS)


_TAKEN = re.compile(r"\$\{(\w+(?:\.\w+)*)\}")


def _for_hydra(kind: Kind, name: str, content: dict[str, Any]) -> dict[str, Any]:
    """A file's content with what Hydra needs to be told and planners need not write."""
    content = dict(content)
    if not name.startswith("_"):
        content.setdefault("name", name)
    defaults = list(content.get("defaults", []))
    if kind == "plan":
        defaults = [item if item == "_self_" else f"{item}@_here_" for item in defaults]
    plans = content.pop("plans", None) if kind == "scenario" else None
    if plans is not None:
        if "_self_" not in defaults:
            defaults.append("_self_")
        defaults.append({"override /plan": plans})
    if defaults:
        content["defaults"] = defaults
    return content


class LibrarySearchPath(SearchPathPlugin):
    """Puts the active library before our own folder of configurations."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Add the library where one is active."""
        if _active.get() is not None:
            search_path.prepend("surgesim", "surgesim://library", anchor="main")


@contextmanager
def searching(library: Library) -> Iterator[None]:
    """Let Hydra look up scenarios and plans in a library."""
    plugins = Plugins.instance()
    plugins.register(LibrarySource)
    plugins.register(LibrarySearchPath)
    token = _active.set(library)
    try:
        yield
    finally:
        _active.reset(token)


@contextmanager
def told_plainly(library: Library) -> Iterator[None]:
    """Turn what Hydra and OmegaConf raise into an :class:`InputError`."""
    try:
        yield
    except MissingConfigException as error:
        raise _missing(library, error) from error
    except OverrideParseException as error:
        raise InputError([Problem(as_written(error.override), "", _unreadable(error))], heading=_HEADING) from error
    except (HydraException, OmegaConfBaseException, ValueError, TypeError) as error:
        several = re.match(r"Ambiguous value for argument '(.*)'\n|Sweep parameters '(.*)' requires", str(error))
        if several is not None:
            raise _several(as_written(several[1] or several[2])) from error
        no_list = re.match(r"Error merging override (.*)", str(error))
        if no_list is not None and "DictConfig with ListConfig" in _words(error):
            remedy = "needs keys with values, not a list; take single entries out with ~KEY"
            raise InputError([Problem(as_written(no_list[1]), "", remedy)], heading=_HEADING) from error
        raise InputError([Problem("configuration", "", _words(error))], heading=_HEADING) from error


_HEADING = "the configuration can't be composed"


def _unreadable(error: OverrideParseException) -> str:
    told = str(error.message).split("\nSee https://")[0]
    if "LexerNoViableAlt" in told:
        return "holds a character that must stand in quotes: \"KEY='VALUE'\""
    lines = [line.strip() for line in told.splitlines() if line.strip(" ^") and "Error parsing override" not in line]
    return f"is not KEY=VALUE in a form that can be read: {'; '.join(lines)}"


def _several(override: str) -> InputError:
    remedy = "several values are a sweep: add --multirun; one value that is a list is written [first,second]"
    return InputError([Problem(override, "", remedy)], heading=_HEADING)


def _missing(library: Library, error: MissingConfigException) -> InputError:
    # Hydra gives the name for a single choice, and tells it in words for one of a list of choices
    told = re.search(r"Could not (?:find|load) '([^']+)'", str(error))
    group, _, name = (error.missing_cfg_file or (told[1] if told is not None else "")).partition("/")
    for kind in KINDS:
        if kind == group:
            return library.unknown(kind, name)
    return InputError([Problem("configuration", "", _words(error))], heading=_HEADING)


def _words(error: BaseException) -> str:
    """An error of Hydra's with its cause, on one line."""
    parts = [str(error)]
    if error.__cause__ is not None:
        parts.append(str(error.__cause__))
    told = (line.strip() for part in parts for line in part.splitlines())
    kept = [line for line in told if line and not line.startswith(("object_type=", "full_key:", "reference_type="))]
    return "; ".join(dict.fromkeys(kept))


def composed_of(cfg: DictConfig, choices: Any, overrides: Sequence[str], library: Library) -> Composed:
    """Plain containers of a composed configuration.

    Parameters
    ----------
    cfg
        Without Hydra's own node.
    choices
        Hydra's record of what was chosen in each group.
    overrides
        As given to Hydra.

    Raises
    ------
    InputError
        If an interpolation can't be resolved.
    """
    try:
        missing = frozenset(OmegaConf.missing_keys(cfg))
        data = OmegaConf.to_container(cfg, resolve=True)
        follows = _followed_up(dict(_follows(OmegaConf.to_container(cfg, resolve=False), "")))
    except OmegaConfBaseException as error:
        place = str(getattr(error, "full_key", "") or "configuration")
        raise InputError([Problem(place, "", _words(error))], heading=_HEADING) from error
    assert isinstance(data, dict)
    content = cast("dict[str, Any]", data)
    _drop(content, missing)
    return Composed(
        data=content,
        scenario=str(choices.get("scenario", "")),
        missing=missing,
        given=tuple(path for path in map(path_of, overrides) if path),
        overrides=tuple(as_written(override) for override in overrides),
        library=library,
        follows=follows,
    )


def _follows(content: Any, path: str) -> Iterator[tuple[str, str]]:
    """Figures whose value is ``${another.figure}``: their path, and the other's."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield from _follows(value, f"{path}.{key}" if path else str(key))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from _follows(value, f"{path}.{number}")
    elif isinstance(content, str) and (taken := _TAKEN.fullmatch(content)):
        yield path, taken[1]


def _followed_up(follows: dict[str, str]) -> dict[str, str]:
    """The same with the figure at the end of each chain."""
    found = {}
    for path, other in follows.items():
        while other in follows:  # Hydra has refused circles by now
            other = follows[other]
        found[path] = other
    return found


def _drop(content: dict[str, Any], missing: frozenset[str]) -> None:
    """Take out what is still to be given, so that it is told once."""
    for path in missing:
        *parents, last = path.replace("[", ".").replace("]", "").split(".")
        node: Any = content
        for key in parents:
            node = node[int(key)] if isinstance(node, list) else node[key]
        if isinstance(node, dict):
            del node[last]


class _Nothing(BaseModel):
    """A command without settings of its own."""


def _compose(overrides: Sequence[str], library: Library) -> Composed:
    """Compose as the commands do, whether or not the caller runs inside Hydra."""
    with (
        _set_aside(),
        searching(library),
        told_plainly(library),
        initialize_config_dir(config_dir=str(CONF), job_name="surgesim", version_base=VERSION_BASE),
    ):
        cfg = compose(config_name="load", overrides=list(overrides), return_hydra_config=True)
    choices = dict(cfg.hydra.runtime.choices)
    OmegaConf.set_struct(cfg, False)
    del cfg["hydra"]
    return composed_of(cfg, choices, overrides, library)


@contextmanager
def _set_aside() -> Iterator[None]:
    """Take Hydra's global state away, if an application of the caller's has some, and put it back."""
    instance, base, job = GlobalHydra.instance(), VersionBase.instance(), JobRuntime.instance()
    outer, outer_base, outer_name = instance.hydra, base.version_base, job.get("name")
    instance.clear()
    try:
        yield
    finally:
        GlobalHydra.set_instance(instance)
        instance.hydra, base.version_base = outer, outer_base
        job.set("name", outer_name)


def _look_up(
    kind: Kind, name_or_path: str | os.PathLike[str], config_dir: str | os.PathLike[str] | None
) -> tuple[str, Library]:
    """Name and library of a scenario or plan given by name or by file."""
    text = os.fspath(name_or_path)
    if not (isinstance(name_or_path, os.PathLike) or text.endswith(".yaml") or os.sep in text or "/" in text):
        library = open_library(config_dir)
        if library.find(kind, text) is None:
            raise library.unknown(kind, text)
        return text, library
    path = Path(text)
    if not path.is_file():
        raise InputError([Problem(str(path), "", f"no such file; a {kind} is given by its name or its .yaml file")])
    own: dict[Kind, Path] = {**open_library(config_dir).own, kind: path.absolute().parent}
    return path.stem, with_own(own)


def load_scenario(
    name_or_path: str | os.PathLike[str],
    overrides: Sequence[str] = (),
    config_dir: str | os.PathLike[str] | None = None,
) -> Scenario:
    """A scenario by name, or from a file, composed and validated as on the command line.

    Parameters
    ----------
    name_or_path
        Name of a shipped scenario or of one in ``config_dir``; or a YAML file.
    overrides
        As on the command line: ``["demand.campaign.uplift=4"]``.
    config_dir
        Folder of your own scenarios and plans: ``FOLDER/scenario/NAME.yaml``, ``FOLDER/plan/NAME.yaml``.

    Raises
    ------
    InputError
        With every problem found.

    Examples
    --------
    >>> import sim
    >>> sim.load_scenario("double11", overrides=["scale=0.5"]).scale
    0.5
    """
    name, library = _look_up("scenario", name_or_path, config_dir)
    own = to_hydra(overrides)
    _refuse_choices(own)
    composed = _compose([f"scenario={name}", "plan=none", *own], library)
    return build(composed, _Nothing).scenario


def load_plan(
    name_or_path: str | os.PathLike[str],
    overrides: Sequence[str] = (),
    config_dir: str | os.PathLike[str] | None = None,
) -> Plan:
    """A plan by name, or from a file, composed and validated as on the command line.

    Parameters
    ----------
    name_or_path
        Name of a shipped plan or of one in ``config_dir``; or a YAML file.
    overrides
        Figures of the plan: ``["measures.evening.hours=3"]``.
    config_dir
        Folder of your own scenarios and plans.

    Raises
    ------
    InputError
        With every problem found.
    """
    name, library = _look_up("plan", name_or_path, config_dir)
    own = to_hydra(overrides, below=f"plan.{name}")
    composed = _compose(["scenario=steady", f"plan={name}", *own], library)
    return build(composed, _Nothing, together=False).plans[name]


def _refuse_choices(overrides: Sequence[str]) -> None:
    for override in overrides:
        if override.startswith(("scenario=", "plan=", "plan.", "++plan.")):
            remedy = "choose scenarios and plans by load_scenario and load_plan; overrides are figures of the scenario"
            raise InputError([Problem(as_written(override), "", remedy)], heading=_HEADING)


__all__ = ["Case", "LibrarySource", "load_plan", "load_scenario", "searching"]
