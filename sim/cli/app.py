"""The commands as Hydra applications.

Hydra composes one configuration per job and hands it over; all jobs are validated before the first one runs, and
they run here, not inside Hydra. So a sweep with a point that can't be is refused at once, an error is told in our
words, and nothing has to be cleaned up after Hydra.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep, RangeSweep
from omegaconf import DictConfig

from sim.cli.arguments import HEADING, Arguments
from sim.cli.settings import SETTINGS
from sim.errors import InputError, Problem
from sim.scenario.building import HEADING as HEADING_CONFIG
from sim.scenario.building import Case, Composed, build, settings_of
from sim.scenario.library import CONF, Library, open_library
from sim.scenario.loader import VERSION_BASE, composed_of, searching, told_plainly
from sim.scenario.overrides import key_of, to_hydra

MOST_JOBS = 1000  # of one sweep
ALONE = {"forecast": "history"}  # command that works on no scenario -> key of the file it works on


def run_command(command: str, given: Arguments) -> int:
    """Run a command on every configuration that the words on the command line stand for.

    Returns
    -------
    Exit code.
    """
    if command in ALONE:
        return _run_alone(command, given)
    library = open_library(given.config_dir)
    overrides = to_hydra(given.overrides)
    if command in {"run", "show"} and not any(key_of(override) == "plan" for override in overrides):
        overrides.append("plan=none")  # a scenario's own suggestion of plans is for comparisons
    composed = _compose(command, given, overrides, library)
    if given.prints_only:
        return 0
    if not composed:
        raise InputError([_no_job(given.overrides)], heading=HEADING)
    if command == "show":
        from sim.cli.showing import show

        for one in composed:
            show(one, given)
        return 0
    cases = _build_all(command, composed)

    from sim.cli import commands

    commands.perform(command, cases, given)
    return 0


def _run_alone(command: str, given: Arguments) -> int:
    """Run a command that works on a file and on no scenario; the file is the word that sets no key."""
    files = [word for word in given.overrides if _is_file(word)]
    if len(files) != 1 and not any(key_of(word) == ALONE[command] for word in given.overrides):
        remedy = f"name one file: surgesim {command} orders.csv; see: surgesim help {command}"
        raise InputError([Problem(" ".join(files) or command, "", remedy)], HEADING)
    words = [f"{ALONE[command]}={_quoted(word)}" if _is_file(word) else word for word in given.overrides]
    composed = _compose(command, given, to_hydra(words), open_library(None))
    if given.prints_only:
        return 0
    if not composed:
        raise InputError([_no_job(given.overrides)], heading=HEADING)
    problems: dict[Problem, None] = {}
    asked = []
    for one in composed:
        try:
            asked.append((settings_of(one, SETTINGS[command]), one))
        except InputError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise InputError(problems, heading=HEADING_CONFIG)

    from sim.cli import commands

    commands.perform_alone(command, asked, given)
    return 0


def _is_file(word: str) -> bool:
    return "=" not in word and not word.startswith(("+", "~"))


def _quoted(word: str) -> str:
    """A word as Hydra reads it unchanged."""
    escaped = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _no_job(overrides: Sequence[str]) -> Problem:
    empty = [override for override in overrides if "glob(" in override] or list(overrides)
    return Problem(
        " ".join(empty), "", "the sweep matches nothing and would run no job; give values, or see: surgesim list"
    )


def _few_enough(overrides: Sequence[str]) -> None:
    """Refuse a sweep of more jobs than anybody waits for, before Hydra writes them all out."""
    jobs = 1.0
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        values = override.value()
        if isinstance(values, RangeSweep):
            jobs *= max(0.0, float((values.stop or 0) - (values.start or 0)) / values.step)
        elif isinstance(values, ChoiceSweep):
            jobs *= len(values.list)
    if jobs > MOST_JOBS:
        raise InputError([Problem("--multirun", f"{jobs:,.0f} jobs", f"a sweep has at most {MOST_JOBS:,}")], HEADING)


def _build_all(command: str, composed: Sequence[Composed]) -> list[Case[Any]]:
    cases: list[Case[Any]] = []
    problems: dict[Problem, None] = {}
    heading = ""
    for one in composed:
        try:
            case = build(one, SETTINGS[command])
        except InputError as error:
            heading = heading or error.heading
            problems.update(dict.fromkeys(error.problems))
        else:
            cases.append(case)
    if problems:
        raise InputError(problems, heading=heading)
    return cases


def _compose(command: str, given: Arguments, overrides: Sequence[str], library: Library) -> list[Composed]:
    """All configurations, composed by Hydra as one of its applications."""
    found: list[Composed | InputError] = []

    def collect(cfg: DictConfig) -> None:
        state = HydraConfig.get()
        try:
            found.append(composed_of(cfg, state.runtime.choices, state.overrides.task, library))
        except InputError as error:  # told below: Hydra would print its own words first
            found.append(error)

    with told_plainly(library):
        _few_enough(overrides)
    application = hydra.main(version_base=VERSION_BASE, config_path=str(CONF), config_name=command)(collect)
    with TemporaryDirectory(prefix="surgesim-") as sweep_folder, searching(library), told_plainly(library):
        environment = {"HYDRA_FULL_ERROR": "1", "SURGESIM_SWEEP_FOLDER": sweep_folder}
        with _as_process([f"surgesim {command}", *given.options, *overrides], environment):
            try:
                application()
            except SystemExit as ending:  # Hydra leaves the process after printing its help
                if ending.code:
                    raise
    for one in found:
        if isinstance(one, InputError):
            raise one
    return [one for one in found if isinstance(one, Composed)]


@contextmanager
def _as_process(words: list[str], environment: dict[str, str]) -> Iterator[None]:
    """Hydra reads its arguments and whether to raise its errors from the process, and may leave a handler of logs."""
    argv, before = sys.argv, {key: os.environ.get(key) for key in environment}
    log = logging.getLogger()
    handlers, level = list(log.handlers), log.level
    sys.argv = words
    os.environ.update(environment)
    try:
        yield
    finally:
        sys.argv = argv
        log.handlers[:] = handlers
        log.setLevel(level)
        for key, value in before.items():
            if value is None:
                del os.environ[key]
            else:
                os.environ[key] = value
