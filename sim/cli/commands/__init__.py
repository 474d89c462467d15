"""The commands that work on a scenario: one module each, with what is wrong before the work and the work itself."""

from __future__ import annotations

import importlib
import shlex
from collections.abc import Sequence
from typing import Any

from sim.cli import folders
from sim.cli.arguments import Arguments
from sim.cli.commands import combined, experiment
from sim.cli.commands.common import command_line
from sim.errors import InputError, Problem
from sim.scenario.building import HEADING, Case, Composed
from sim.scenario.library import shown
from sim.scenario.overrides import key_of

EXPERIMENTS = ("sweep", "select", "optimise", "explain", "robust", "ceiling", "needs")


def perform_alone(command: str, asked: Sequence[tuple[Any, Composed]], given: Arguments) -> None:
    """Run a command that works on no scenario, on each of its settings.

    Raises
    ------
    InputError
        If its file can't be used, or a report could not be written.
    """
    module = importlib.import_module(f"sim.cli.commands.{command}")
    problems: dict[Problem, None] = {}
    targets = []
    for number, (settings, _) in enumerate(asked):
        folder = folders.target(command, module.subject(settings), settings.out, number if len(asked) > 1 else None)
        unwritable = folders.problem_with(folder, chosen=settings.out is not None)
        problems.update(dict.fromkeys([unwritable] if unwritable is not None else []))
        targets.append(folder)
    if problems:
        raise InputError(problems, heading=HEADING)
    for number, ((settings, composed), folder) in enumerate(zip(asked, targets, strict=True)):
        if len(asked) > 1:
            print(f"\n[{number + 1}/{len(asked)}] {' '.join(composed.overrides)}", flush=True)
        others = [word for word in composed.overrides if key_of(word) != module.FILE]
        line = shlex.join(["surgesim", command, getattr(settings, module.FILE), *others])
        index = module.perform(settings, composed.data, folder, line)
        print(f"\nReport:\n{shown(index)}", flush=True)


def perform(command: str, cases: Sequence[Case[Any]], given: Arguments) -> None:
    """Run a command on each of its configurations.

    Raises
    ------
    InputError
        If a plan is missing or too many, or a report could not be written: before any work is done.
    """
    module = importlib.import_module(f"sim.cli.commands.{command}")
    problems: dict[Problem, None] = {}
    targets = []
    for number, case in enumerate(cases):
        job = number if len(cases) > 1 else None
        folder = folders.target(command, case.scenario.name, case.settings.out, job)
        unwritable = folders.problem_with(folder, chosen=case.settings.out is not None)
        problems.update(dict.fromkeys([*module.wrong(case), *([unwritable] if unwritable is not None else [])]))
        targets.append(folder)
    problems.update(dict.fromkeys(combined.wrong(command, cases)))
    if problems:
        raise InputError(problems, heading=HEADING)
    done = []
    for number, (case, folder) in enumerate(zip(cases, targets, strict=True)):
        if len(cases) > 1:
            print(f"\n[{number + 1}/{len(cases)}] {' '.join(case.overrides)}", flush=True)
        line = command_line(command, case, given)
        if command in EXPERIMENTS:
            index = experiment.perform(command, module, case, folder, line)
        else:
            index = module.perform(case, folder, line)
        done.append(index)
        print(f"\nReport:\n{shown(index)}", flush=True)
    if combined.wanted(command, done):
        index = combined.perform(command, cases, done, given)
        print(f"\nAll jobs together:\n{shown(index)}", flush=True)
