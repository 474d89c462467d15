"""Help and lists come at once, and say what there is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cli_fixture import ROOT, Ask

from sim import __version__
from sim.cli.arguments import COMMANDS
from sim.scenario.library import KINDS, open_library

HEAVY = ["hydra", "omegaconf", "pydantic", "numpy", "pandas", "scipy", "matplotlib", "simpy", "pyarrow"]


def imported_by(*words: str) -> list[str]:
    """Which heavy packages a command imports."""
    code = (
        "import json, sys\n"
        "from sim.cli import main\n"
        f"main({list(words)!r})\n"
        f"print('\\n' + json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    found: list[str] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


@pytest.mark.parametrize("words", [["--help"], ["help"], ["compare", "--help"], ["--version"], ["list"], ["nonsense"]])
def test_help_and_lists_import_nothing_heavy(words: list[str]) -> None:
    assert imported_by(*words) == []


def test_show_needs_no_tables_and_no_charts() -> None:
    found = imported_by("show", "scenario=steady")
    assert "hydra" in found
    assert not {"pandas", "scipy", "matplotlib", "pyarrow"} & set(found)


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["help"], ["help", "--config-dir"]])
def test_the_overview_names_every_command(surgesim: Ask, words: list[str]) -> None:
    answer = surgesim(*words)
    assert answer.code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in answer.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(surgesim: Ask, command: str) -> None:
    answer = surgesim(command, "--help")
    assert answer.code == 0
    assert surgesim("help", command).out == answer.out
    if command != "help":
        assert answer.out.startswith(f"surgesim {command}: ")


def test_the_version(surgesim: Ask) -> None:
    assert surgesim("--version").out == f"surgesim {__version__}\n"


def test_hydras_own_help_is_there(surgesim: Ask) -> None:
    answer = surgesim("compare", "--hydra-help")
    assert answer.code == 0
    assert "Hydra" in answer.out


def test_the_list_names_everything_with_a_title(surgesim: Ask) -> None:
    answer = surgesim("list")
    assert answer.code == 0
    library = open_library()
    lines = answer.out.splitlines()
    for kind in KINDS:
        for name in library.names(kind):
            line = next(line for line in lines if line.startswith(f"  {name} "))
            assert len(line) > 40, "a title and a sentence"
    assert "_shop" not in answer.out


def test_the_list_shows_own_files_too(surgesim: Ask, my: Path) -> None:
    answer = surgesim("list", "--config-dir", "my")
    assert "  our_shop " in answer.out
    assert "Our shop" in answer.out
    assert "Small.\n" in answer.out, "the first sentence only"
    assert "Longer evenings" in answer.out
    assert "Your own: my/scenario" in answer.out


def test_a_broken_file_does_not_spoil_the_list(surgesim: Ask, my: Path) -> None:
    (my / "scenario" / "broken.yaml").write_text("a: [1\n", encoding="utf-8")
    answer = surgesim("list", "--config-dir=my")
    assert answer.code == 0
    assert "(can't be read)" in answer.out
    assert "our_shop" in answer.out


def test_a_pipe_that_closes_early_is_no_error() -> None:
    command = f'"{sys.executable}" -m sim list | head -n 1'
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S602
    assert done.stderr == ""
