"""What the commands have in common: checks before the work, the command line as given, words for the console."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from sim.cli.arguments import Arguments
from sim.errors import Problem, nearest
from sim.scenario.building import Case
from sim.scenario.plan import Plan


def plans_wrong(plans: Mapping[str, Plan], baseline: str | None) -> list[Problem]:
    """What is wrong with the plans chosen to be held against each other."""
    names = [plan.name for plan in plans.values()]
    listed = ", ".join(names)
    if not names:
        return [Problem("plans", "[]", "choose at least one: plans=[none,overtime]; see: surgesim list")]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        return [Problem("plans", f"[{listed}]", f"two plans are named '{twice}'")]
    if baseline is not None and baseline not in names:
        remedy = f"is not among the plans compared: {listed}{nearest(baseline, names)}"
        return [Problem("baseline", baseline, remedy)]
    return []


def replications_wrong(case: Case[Any]) -> list[Problem]:
    """Two answers to the question how many replications there are to be."""
    given = next((each for each in case.overrides if each.lstrip("+").startswith("replications=")), None)
    if case.settings.precision is None or given is None:
        return []
    remedy = "precision says how many there are: leave one of them out, or see precision={at_least:N,at_most:N}"
    return [Problem("replications", given.partition("=")[2], remedy)]


def command_line(command: str, case: Case[Any], given: Arguments) -> str:
    """The command as it could be given again, without the folders of this machine."""
    own = ["--config-dir", given.config_dir.name] if given.config_dir is not None else []
    return shlex.join(["surgesim", command, *case.overrides, *own])


def cell(formats: Any, mean: float, low: float, high: float, unit: str) -> str:
    """An estimate with the half-width of its interval."""
    return plain(f"{formats.value(mean, unit)} {formats.half_width(low, high, unit)}".strip())


def plain(text: str) -> str:
    """Without the no-break spaces of the page, which some consoles can't show."""
    return text.replace("\u00a0", " ").replace("\u2212", "-")
