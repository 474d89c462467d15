"""Overrides as people write them, and as Hydra has to be given them.

``site.picking.setup_min=2`` becomes ``++site.picking.setup_min=2``: Hydra then sets any key, and the models judge
whether it exists, so that a wrong one is told together with all other problems and with its nearest valid name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sim.errors import InputError, Problem

GROUPS = ("scenario", "plan")
# Hydra's own configuration decides which files are written and which code is loaded, so all of it is ours to set.
_INSTEAD = {
    "run": "out=FOLDER chooses the folder of the report",
    "sweep": "out=FOLDER chooses the folder of the reports",
    "output_subdir": "out=FOLDER chooses the folder of the report",
    "searchpath": "--config-dir FOLDER brings scenarios and plans of your own",
    "launcher": "jobs run one after another, and each spreads its replications over workers=N processes",
    "sweeper": "--multirun runs every combination of the values given",
    "callbacks": "a configuration describes, it does not run code",
}
# a list in a list, or an item of a list that is nothing, a truth or a number
_NO_NAME = re.compile(r"\[\s*\[|(?:^|[\[,])\s*(?:null|true|false|[-+]?\d[\d.e+-]*)\s*(?:$|[\],])")
HEADING = "the command line can't be read"


def to_hydra(overrides: Sequence[str], *, below: str = "") -> list[str]:
    """Overrides in Hydra's grammar.

    Parameters
    ----------
    overrides
        ``KEY=VALUE``; ``+KEY=VALUE`` to add, ``~KEY`` to delete; ``plans=`` is another name of ``plan=``.
    below
        Path that every key lies under.

    Raises
    ------
    InputError
        If one of them is not an override, or plans are chosen twice.
    """
    problems = [Problem(override or "''", "", wrong) for override in overrides if (wrong := _wrong(override, below))]
    chosen = [override for override in overrides if key_of(override) in {"plan", "plans"} and not below]
    if len(chosen) > 1:
        problems.append(Problem(" and ".join(chosen), "", "choose plans once: plans=[first,second]"))
    if problems:
        raise InputError(problems, heading=HEADING)
    return [_translate(override, below) for override in overrides]


def _wrong(override: str, below: str) -> str:
    """What is wrong with an override by the look of it; empty if nothing is."""
    mark, key, value = _parts(override)
    if not key or (value is None and mark != "~"):
        return "is neither a command nor KEY=VALUE"
    if "_target_" in override:
        return "_target_ is not allowed: a configuration describes, it does not run code"
    if value is not None and value.replace(" ", "") == "{}":
        return "an empty mapping is merged, and changes nothing; take single entries out with ~KEY"
    own = re.match(r"hydra(?:[./@:](\w+).*)?$", key)
    if own is not None and not below:
        return _INSTEAD.get(own[1] or "", "Hydra's own settings are fixed; see: surgesim help")
    if ("/" in key or "@" in key) and not below:
        return "files are chosen by scenario=NAME and plans=[NAME,NAME], and by nothing else"
    if below or key not in {*GROUPS, "plans"}:
        return ""
    kind = key.removesuffix("s")
    if mark == "~":
        return f"a {kind} can be replaced, not left out"
    if value in {"", "null"} or str(value).startswith("{"):
        return f"needs the name of a {kind}; see: surgesim list"
    if kind == "plan" and _NO_NAME.search(str(value)):
        return "needs names of plans: plans=[first,second]; see: surgesim list"
    if kind == "scenario" and str(value).startswith("["):
        return "choose one scenario; several are a sweep: scenario=FIRST,SECOND --multirun"
    return ""


def _parts(override: str) -> tuple[str, str, str | None]:
    """Marks, key, and what follows the ``=`` (None without one)."""
    rest = override.lstrip("+~")
    mark = override[: len(override) - len(rest)]
    key, equals, value = rest.partition("=")
    return mark, key.strip(), value if equals else None


def key_of(override: str) -> str:
    """What stands before the ``=``, marks included."""
    return override.partition("=")[0].strip()


def _translate(override: str, below: str) -> str:
    mark, key, value = _parts(override)
    tail = "" if value is None else f"={value}"
    if below:
        return f"{mark or '++'}{below}.{key}{tail}"
    if key == "plans":
        key = "plan"
    return f"{mark if mark or is_choice(key) else '++'}{key}{tail}"


def is_choice(key: str) -> bool:
    """Whether a key chooses a file or speaks to Hydra, and is no figure."""
    return key in GROUPS or key.startswith("hydra.") or "/" in key or "@" in key


def as_written(override: str) -> str:
    """An override as the user wrote it, or might have."""
    return override.removeprefix("++")


def path_of(override: str) -> str:
    """Dotted path that an override sets or deletes; empty for choices and for Hydra's own keys."""
    _, key, _ = _parts(override)
    return "" if is_choice(key) else key
