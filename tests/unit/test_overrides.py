"""Overrides as people write them become what Hydra understands."""

from __future__ import annotations

import pytest

from sim.errors import InputError
from sim.scenario.overrides import as_written, path_of, to_hydra


@pytest.mark.parametrize(
    ("written", "hydra"),
    [
        ("site.picking.setup_min=2", "++site.picking.setup_min=2"),
        ("plan.overtime.measures.floor.hours=3", "++plan.overtime.measures.floor.hours=3"),
        ("scenario=steady", "scenario=steady"),
        ("plan=none", "plan=none"),
        ("plans=[none,overtime]", "plan=[none,overtime]"),
        ("+plan=all_hands", "+plan=all_hands"),
        ("+carriers.x={share: 1}", "+carriers.x={share: 1}"),
        ("++scale=1", "++scale=1"),
        ("~demand.campaign", "~demand.campaign"),
        ("title='a=b'", "++title='a=b'"),
    ],
)
def test_overrides_are_translated(written: str, hydra: str) -> None:
    assert to_hydra([written]) == [hydra]


def test_overrides_of_a_plan_lie_below_it() -> None:
    given = ["measures.floor.hours=3", "~measures.floor", "plan=4"]
    assert to_hydra(given, below="plan.overtime") == [
        "++plan.overtime.measures.floor.hours=3",
        "~plan.overtime.measures.floor",
        "++plan.overtime.plan=4",
    ]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("overtime", "is neither a command nor KEY=VALUE"),
        ("", "'': is neither a command nor KEY=VALUE"),
        ("=3", "is neither a command nor KEY=VALUE"),
        ("+scale", "is neither a command nor KEY=VALUE"),
        ("scenario=", "needs the name of a scenario"),
        ("plans=null", "needs the name of a plan"),
        ("plans=[null]", "needs names of plans"),
        ("plans=[none,2]", "needs names of plans"),
        ("plan=[[none]]", "needs names of plans"),
        ("hydra={output_subdir:here}", "Hydra's own settings are fixed"),
        ("+hydra.job_logging.handlers.f={class:logging.FileHandler,filename:x}", "Hydra's own settings are fixed"),
        ("hydra/job_logging=default", "Hydra's own settings are fixed"),
        ("hydra@x=default", "Hydra's own settings are fixed"),
        ("scenario@hydra.run=steady", "files are chosen by scenario=NAME"),
        ("carriers={}", "an empty mapping is merged"),
        ("~plan", "a plan can be replaced, not left out"),
        ("scenario=[steady,trace]", "several are a sweep: scenario=FIRST,SECOND --multirun"),
    ],
)
def test_what_is_no_override_is_told(written: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        to_hydra([written])
    assert told in str(caught.value)


def test_all_wrong_overrides_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        to_hydra(["plan=none", "plans=[none]", "x", "=1"])
    assert len(caught.value.problems) == 3


def test_paths_of_figures_and_of_choices() -> None:
    assert path_of("++site.picking.setup_min=2") == "site.picking.setup_min"
    assert path_of("~demand.campaign") == "demand.campaign"
    assert path_of("scenario=steady") == ""
    assert path_of("hydra.verbose=true") == ""
    assert as_written("++scale=2") == "scale=2"
