"""The commands that work on a scenario: one module each, with what is wrong before the work and the work itself."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from sim.cli import folders
from sim.cli.arguments import Arguments
from sim.cli.commands import combined, experiment
from sim.cli.commands.common import command_line
from sim.errors import InputError, Problem
from sim.scenario.building import HEADING, Case
from sim.scenario.library import shown

EXPERIMENTS = ("sweep", "select", "optimise", "explain", "robust", "ceiling", "needs")


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
