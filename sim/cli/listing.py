"""``surgesim list``: scenarios and plans with what each is about, read without Hydra."""

from __future__ import annotations

import re
from typing import Any

from sim.cli.arguments import Arguments
from sim.cli.tables import table
from sim.errors import InputError
from sim.scenario.library import CONF, KINDS, Kind, Library, open_library, read_yaml, shown

_ABOUT: dict[Kind, str] = {"scenario": "story", "plan": "about"}
_TITLE: dict[Kind, str] = {"scenario": "Scenarios (scenario=NAME)", "plan": "Plans (plan=NAME, plans=[NAME,NAME])"}


def list_names(arguments: Arguments) -> None:
    """Print names, titles and stories."""
    library = open_library(arguments.config_dir)
    for kind in KINDS:
        print(_TITLE[kind])
        print(table([(name, *_summary(library, kind, name)) for name in library.names(kind)], indent="  "))
        print()
    for folder in library.own.values():
        print(f"Your own: {shown(folder)}")
    print("All figures of one: surgesim show scenario=NAME")
    print(f"JSON schemas for editors: {shown(CONF / 'schema')}")


def _summary(library: Library, kind: Kind, name: str) -> tuple[str, str]:
    """Title and first sentence; what is wrong with a file in place of them."""
    content: dict[str, Any] = {}
    try:
        for path in library.chain(kind, name):
            content.update(read_yaml(path))
    except InputError as error:
        return "(can't be read)", "; ".join(str(problem) for problem in error.problems)
    title, about = str(content.get("title", "")), str(content.get(_ABOUT[kind], ""))
    return title, _first_sentence(about)


def _first_sentence(text: str) -> str:
    flat = " ".join(text.split())
    match = re.match(r".*?[.!?](?=\s|$)", flat)
    return match[0] if match else flat
