"""The command line as a user meets it: in a folder of their own, words in, text and exit code out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cli_fixture import ROOT, Answer, Ask

from sim.cli import main


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def surgesim(here: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run a command in this process, in an empty folder."""

    def ask(*words: str) -> Answer:
        capsys.readouterr()
        before = list(sys.argv), dict(os.environ)
        code = main(words)
        assert (sys.argv, dict(os.environ)) == before, "the process is left as it was"
        told = capsys.readouterr()
        return Answer(code, told.out, told.err)

    return ask


@pytest.fixture
def process(here: Path) -> Ask:
    """Run a command in a process of its own, from another folder than the checkout."""

    def ask(*words: str) -> Answer:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-m", "sim", *words],
            cwd=here,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    return ask


@pytest.fixture
def my(here: Path) -> Path:
    """A folder with a scenario and a plan of the user's own."""
    folder = here / "my"
    (folder / "scenario").mkdir(parents=True)
    (folder / "plan").mkdir()
    (folder / "scenario" / "our_shop.yaml").write_text(
        "title: Our shop\n"
        "story: Small. And ours.\n"
        "defaults: [double11, _self_]\n"
        "plans: [none, longer]\n"
        "scale: 0.05  # R our own books\n",
        encoding="utf-8",
    )
    (folder / "plan" / "longer.yaml").write_text(
        "title: Longer evenings\ndefaults: [overtime, _self_]\nmeasures: {floor: {hours: 4.0}}  # R agreed\n",
        encoding="utf-8",
    )
    return folder
