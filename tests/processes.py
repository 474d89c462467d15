"""Processes of this machine, as tests ask about them: what descends from one, what is left of a group."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process that has not ended; one that has and was not fetched yet is none."""

    number: int
    parent: int
    group: int


def running() -> list[Process]:
    """All that have not ended."""
    return [Process(*map(int, numbers)) for *numbers, state in _rows() if state[0] not in "ZX"]


def _rows() -> list[list[str]]:
    if not Path("/proc/self/stat").exists():
        command = ["ps", "-A", "-o", "pid=,ppid=,pgid=,state="]
        return [line.split() for line in subprocess.check_output(command, text=True).splitlines()]
    rows = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, _, rest = path.read_text().partition(" (")
        except OSError:  # it has just ended
            continue
        state, parent, group = rest.rpartition(") ")[2].split()[:3]
        rows.append([number, parent, group, state])
    return rows


def family(process: int) -> set[int]:
    """A process and all that descend from it."""
    found, there = {process}, running()
    while more := {each.number for each in there if each.parent in found} - found:
        found |= more
    return found


def alive(processes: set[int]) -> set[int]:
    """Those that have not ended."""
    return processes & {each.number for each in running()}


def in_group(group: int) -> set[int]:
    """Those of a process group."""
    return {each.number for each in running() if each.group == group}
