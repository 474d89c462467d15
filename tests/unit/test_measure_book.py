"""The catalogue of measures: every kind has its texts, and the page shows those in use first."""

from __future__ import annotations

import pytest
from shop_fixture import make_plans

from sim.report.measure_book import book, entry, kinds
from sim.report.messages import catalogue

PARTS = ("title", "what", "helps", "backfires", "cost")


def texts() -> set[str]:
    return {key.split(".")[1] for key in catalogue().keys if key.startswith("catalogue.")}


def test_every_kind_of_measure_has_a_text_and_no_text_is_without_a_kind() -> None:
    assert set(kinds()) == texts()


@pytest.mark.parametrize("kind", sorted(texts()))
def test_an_entry_is_whole_and_short(kind: str) -> None:
    found = entry(kind, catalogue())
    for part in PARTS:
        text = getattr(found, part)
        assert text.strip(), part
        assert text.count(". ") < 3, f"{part}: three sentences at most"
        assert part == "title" or text.endswith("."), part


def test_kinds_in_use_come_first_each_once() -> None:
    plans = make_plans()
    found = book([plans["overtime"], plans["combined"]], catalogue())
    assert [each.kind for each in found.used] == ["overtime", "temporary_staff", "overflow_3pl", "extra_pickups"]
    assert {each.kind for each in found.others} == set(kinds()) - {each.kind for each in found.used}
    assert found.used_titles == "Overtime, Temporary staff, Overflow to a third party, Extra pickups"
    assert "Compensation" in found.other_titles


def test_without_measures_all_kinds_are_others() -> None:
    found = book([make_plans()["none"]], catalogue())
    assert found.used == []
    assert [each.kind for each in found.others] == kinds()
