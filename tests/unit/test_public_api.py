"""The public names: all there, imported when first used, and not hidden by modules of the same name."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import sim

ROOT = Path(__file__).parents[2]


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("name", sim.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(sim, name) is not None
    assert name in dir(sim)


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="module 'sim' has no attribute 'nothing'"):
        sim.nothing  # noqa: B018


def test_import_is_instant() -> None:
    heavy = "{'numpy', 'pandas', 'scipy', 'matplotlib', 'hydra', 'omegaconf', 'pydantic', 'simpy', 'yaml'}"
    assert python(f"import sim, sys; print(sorted({heavy} & set(sys.modules)))") == "[]"


@pytest.mark.parametrize(
    "before",
    ["", "import sim.indicators", "from sim.indicators import KPIS", "import sim.experiment", "sim.kpis"],
)
def test_kpis_is_the_function_whatever_was_imported_before(before: str) -> None:
    assert python(f"import sim\n{before}\nfrom sim import kpis\nprint(kpis.__name__, sim.kpis is kpis)") == "kpis True"


def test_the_version_is_that_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project.get("version", sim.__version__) == sim.__version__


def test_models_can_be_built_without_hydra() -> None:
    code = (
        "import sys, sim\n"
        "scenario = sim.Scenario(window={'measure_to': 24.0}, site={'picking': {'setup_min': 1.0}})\n"
        "plan = sim.Plan(measures={'m': {'kind': 'overtime'}})\n"
        "print(scenario.name, list(plan.measures), 'hydra' in sys.modules)"
    )
    assert python(code) == "unnamed ['m'] False"
