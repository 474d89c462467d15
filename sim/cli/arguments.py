"""Reading the words of a command line: which command, which options, which overrides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sim.errors import InputError, Problem, nearest

COMMANDS: Final = (
    "compare",
    "run",
    "sweep",
    "select",
    "optimise",
    "explain",
    "robust",
    "template",
    "intake",
    "ceiling",
    "needs",
    "forecast",
    "results",
    "list",
    "show",
    "help",
)
DEFAULT_COMMAND: Final = "compare"
HEADING = "the command line can't be read"

# option -> whether a value follows
_OPTIONS: Final[dict[str, bool]] = {
    "--help": False,
    "--config-dir": True,
    "--multirun": False,
    "--cfg": True,
    "--resolve": False,
    "--package": True,
    "--hydra-help": False,
}
_SHORT: Final = {
    "-h": "--help",
    "-cd": "--config-dir",
    "-m": "--multirun",
    "-c": "--cfg",
    "-p": "--package",
}
_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "--cfg": ("job", "hydra", "all"),
}
_OF: Final = {
    "list": ("--help", "--config-dir"),
    "results": ("--help",),
    "forecast": ("--help", "--multirun", "--cfg", "--resolve"),
    "template": ("--help",),
    "intake": ("--help", "--config-dir"),
}


@dataclass(frozen=True)
class Arguments:
    """What was asked for.

    Parameters
    ----------
    topic
        Command whose help is wanted; empty for the overview.
    wants_help
        Whether help is wanted instead.
    config_dir
        Folder of the user's own scenarios and plans.
    options
        Options for Hydra, with their values.
    overrides
        ``KEY=VALUE`` and the like, as written.
    """

    topic: str = ""
    wants_help: bool = False
    config_dir: Path | None = None
    options: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()

    @property
    def multirun(self) -> bool:
        """Whether a sweep was asked for."""
        return "--multirun" in self.options

    @property
    def prints_only(self) -> bool:
        """Whether Hydra is asked to print something in place of running jobs."""
        return any(option in self.options for option in ("--cfg", "--hydra-help"))


def command_of(words: Sequence[str]) -> str:
    """The command; ``compare`` where only options and overrides are given.

    Raises
    ------
    InputError
        If the first word is no command.
    """
    if not words:
        return DEFAULT_COMMAND
    first = words[0]
    if first in COMMANDS:
        return first
    if first in {"-h", "--help"}:
        return "help"
    if first in {"--version", "-V", "version"}:
        return "version"
    if first.startswith(("-", "+", "~")) or "=" in first:
        return DEFAULT_COMMAND
    raise InputError(
        [Problem(first, "", f"no such command{nearest(first, COMMANDS)}; there are: {', '.join(COMMANDS)}")], HEADING
    )


def read(command: str, words: Sequence[str]) -> Arguments:
    """Options and overrides of a command.

    Raises
    ------
    InputError
        If an option is unknown or lacks its value.
    """
    rest = list(words[1:] if words and words[0] in COMMANDS else words)
    if command in {"help", "version"}:
        return Arguments(topic=_topic(rest))
    options, overrides, problems = _sort(command, rest)
    if problems:
        raise InputError(problems, heading=HEADING)
    folder = options.pop("--config-dir", None)
    return Arguments(
        topic=command if words and words[0] in COMMANDS else "",
        wants_help="--help" in options,
        config_dir=None if folder is None else Path(folder),
        options=tuple(word for option, value in options.items() for word in (option, value) if word is not None),
        overrides=tuple(overrides),
    )


def _topic(rest: Sequence[str]) -> str:
    topics = [word for word in rest if not word.startswith("-")]
    if topics and topics[0] not in COMMANDS:
        remedy = f"no such command{nearest(topics[0], COMMANDS)}; there are: {', '.join(COMMANDS)}"
        raise InputError([Problem(topics[0], "", remedy)], heading=HEADING)
    return topics[0] if topics else ""


def _sort(command: str, rest: list[str]) -> tuple[dict[str, str | None], list[str], list[Problem]]:
    allowed = _OF.get(command, tuple(_OPTIONS))
    options: dict[str, str | None] = {}
    overrides: list[str] = []
    problems: list[Problem] = []
    words = iter(rest)
    for word in words:
        if not word.startswith("-"):
            overrides.append(word)
            continue
        name, equals, value = word.partition("=")
        name = _SHORT.get(name, name)
        if name not in allowed:
            remedy = f"no such option{nearest(name, allowed)}; there are: {', '.join(allowed)}"
            problems.append(Problem(word, "", remedy))
        elif not _OPTIONS[name]:
            options[name] = None
        else:
            given = value if equals else next(words, "")
            options[name] = given
            if not given:
                problems.append(Problem(name, "", "needs a value after it"))
            elif given not in _CHOICES.get(name, (given,)):
                problems.append(Problem(name, given, f"must be one of {', '.join(_CHOICES[name])}"))
    if command == "list" and overrides:
        problems.append(Problem(" ".join(overrides), "", "list takes no overrides; see: surgesim show scenario=NAME"))
    return options, overrides, problems
