"""The combined report of ``--multirun``: where it goes, and of what it is made."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.cli import folders
from sim.cli.arguments import Arguments
from sim.errors import Problem
from sim.scenario.building import Case

COMBINED = ("compare", "sweep")  # commands that choose among plans: of others there is nothing to put side by side
PLACE = "multirun"  # in place of a scenario's name


def wanted(command: str, reports: Sequence[Path]) -> bool:
    """Whether there are several reports to combine, none of them taken away meanwhile."""
    return command in COMBINED and len(reports) > 1 and all(index.is_file() for index in reports)


def wrong(command: str, cases: Sequence[Case[Any]]) -> list[Problem]:
    """What stands in the way, before any work is done."""
    out = _out(cases)
    if command not in COMBINED or len(cases) == 1 or out is None:
        return []
    from sim.report.many import FILES

    found = (folders.problem_with(out / name, chosen=True) for name in FILES)
    return [problem for problem in found if problem is not None]


def perform(command: str, cases: Sequence[Case[Any]], reports: Sequence[Path], given: Arguments) -> Path:
    """Write it; the page's path."""
    from sim.report.many import Job, write_jobs

    jobs = [
        Job(number, case.overrides, case.scenario, case.plans, index.parent)
        for number, (case, index) in enumerate(zip(cases, reports, strict=True))
    ]
    own = ["--config-dir", given.config_dir.name] if given.config_dir is not None else []
    line = shlex.join(["surgesim", command, *given.overrides, "--multirun", *own])
    out = _out(cases)
    return folders.write(
        out if out is not None else folders.target(command, PLACE, None, None),
        lambda free: write_jobs(jobs, free, command=line, what=command, lang=cases[0].settings.report.lang),
        chosen=out is not None,
    )


def _out(cases: Sequence[Case[Any]]) -> Path | None:
    """The folder asked for; None where none was, or another for each job."""
    asked = {case.settings.out for case in cases}
    (out,) = asked if len(asked) == 1 else (None,)
    return Path(out).expanduser() if out is not None else None
