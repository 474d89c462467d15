"""Installed from a wheel, surgesim finds its scenarios and plans, and a user's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from cli_fixture import ROOT, Answer


def laid_out(site: Path) -> Path:
    """The package as a wheel lays it out, following pyproject.toml."""
    target = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    ignore = shutil.ignore_patterns("__pycache__")
    for package in target["wheel"]["packages"]:
        shutil.copytree(ROOT / package, site / package, ignore=ignore)
    for source, place in target["wheel"]["force-include"].items():
        shutil.copytree(ROOT / source, site / place, ignore=ignore)
    return site


def built(site: Path, folder: Path) -> Path:
    """The real wheel, unpacked."""
    pytest.importorskip("hatchling", reason="the build backend is not installed")
    code = f"import hatchling.build; print(hatchling.build.build_wheel({str(folder)!r}))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(folder / done.stdout.strip().splitlines()[-1]) as wheel:
        wheel.extractall(site)
    return site


def ask(site: Path, here: Path, *words: str) -> Answer:
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "sim", *words]
    done = subprocess.run(
        command, cwd=here, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def works(site: Path, here: Path) -> None:
    where = "import sim, sim.scenario.library as library; print(sim.__file__); print(library.ROOT)"
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONSAFEPATH": "1"}
    told = subprocess.run(
        [sys.executable, "-c", where], cwd=here, env=environment, capture_output=True, text=True, check=True
    )
    assert [Path(line) for line in told.stdout.split("\n")[:2]] == [site / "sim" / "__init__.py", site / "sim" / "data"]

    listed = ask(site, here, "list", "--config-dir", "my")
    assert (listed.code, listed.err) == (0, "")
    assert "  double11 " in listed.out
    assert "  our_shop " in listed.out
    run = ask(site, here, "run", "scenario=our_shop", "plan=longer", "--config-dir", "my", "out=report")
    assert (run.code, run.err) == (0, "")
    assert run.last_line == "report/index.html"
    assert (here / "report" / "index.html").is_file()
    assert ask(site, here, "run", "scenario=doubel11").code == 2
    assert (site / "sim" / "data" / "conf" / "schema" / "scenario.schema.json").is_file()


def test_laid_out_as_a_wheel(tmp_path: Path, here: Path, my: Path) -> None:
    works(laid_out(tmp_path / "site"), here)


@pytest.mark.long
def test_built_wheel(tmp_path: Path, here: Path, my: Path) -> None:
    works(built(tmp_path / "site", tmp_path), here)
