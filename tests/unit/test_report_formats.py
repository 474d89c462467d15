"""Numbers as readers see them, and labels that keep off each other."""

from __future__ import annotations

from datetime import datetime

import pytest

from sim.report.charts.labels import overlap, place_labels
from sim.report.charts.pareto import front_of
from sim.report.formats import Formats
from sim.report.messages import Messages, catalogue

NAN = float("nan")


@pytest.fixture(scope="module")
def formats() -> Formats:
    return Formats(catalogue(), "TWD")


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.973, "97.3 %"), (1.0, "100 %"), (0.9996, "99.9 %"), (0.0, "0 %"), (0.6, "60 %"), (NAN, "–")],
)
def test_shares(formats: Formats, value: float, text: str) -> None:
    assert _plain(formats.share(value)) == text


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (0, "0 min"),
        (4.44, "4.4 min"),
        (60, "60 min"),
        (90, "1.5 h"),
        (240, "4 h"),
        (1500, "25 h"),
        (3 * 1440, "3 days"),
        (3.14 * 1440, "3.1 days"),
        (-45, "−45 min"),
        (NAN, "–"),
    ],
)
def test_durations_take_the_unit_that_reads_best(formats: Formats, minutes: float, text: str) -> None:
    assert _plain(formats.duration(minutes)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567.0, "TWD 1,234,567"),
        (12.5, "TWD 12.50"),
        (262.5, "TWD 262.50"),
        (-980, "TWD −980"),
        (0, "TWD 0"),
        (NAN, "–"),
    ],
)
def test_money_as_configured(formats: Formats, value: float, text: str) -> None:
    assert _plain(formats.money(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1234567, "TWD 1.23 million"), (74787, "TWD 74,800"), (12.345, "TWD 12.3"), (-2.5e8, "TWD −250 million")],
)
def test_money_in_sentences_has_three_figures(formats: Formats, value: float, text: str) -> None:
    assert _plain(formats.rough_money(value)) == text


def test_ranges_name_currency_and_million_once(formats: Formats) -> None:
    assert _plain(formats.rough_range(59196, 90377)) == "TWD 59,200 to 90,400"
    assert _plain(formats.rough_range(-120_000, 1_456_789)) == "TWD −0.12 to 1.46 million"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.021, "share", "+2.1"),
        (-0.021, "share", "−2.1"),
        (0.0001, "share", "0.0"),
        (-45.0, "min", "−45 min"),
        (1200.0, "currency", "+1,200"),
        (-0.001, "orders", "0.0"),
    ],
)
def test_differences_bear_their_sign_and_nothing_is_minus_nought(
    formats: Formats, value: float, unit: str, text: str
) -> None:
    assert _plain(formats.signed(value, unit)) == text


def test_separators_are_those_of_the_language() -> None:
    swiss = Formats(Messages("xx", {"number": {"decimal": ",", "thousands": ".", "minus": "-", "none": "?"}}), "EUR")
    assert swiss.number(-1234567.891, 2) == "-1.234.567,89"
    assert swiss.number(NAN) == "?"


def test_moments_are_rounded_to_the_minute(formats: Formats) -> None:
    assert formats.moment(datetime(2025, 11, 11, 23, 59, 40)) == "Wed 12 Nov, 00:00"


@pytest.mark.parametrize(
    ("value", "text"), [(6.0, "6"), (4.2, "4.2"), (0.123456, "0.1235"), (15000.25, "15,000.2"), (2.0000000001, "2")]
)
def test_configured_numbers_show_no_more_digits_than_they_have(formats: Formats, value: float, text: str) -> None:
    assert formats.plain(value) == text


def test_labels_of_crowded_points_do_not_overlap_and_stay_inside() -> None:
    points = [(100.0 + 3 * number, 100.0 + 2 * (number % 3)) for number in range(8)]
    marks = [(x - 5, y - 5, x + 5, y + 5) for x, y in points]
    frame = (0.0, 0.0, 500.0, 300.0)
    boxes = place_labels(points, [(90.0, 14.0)] * 8, marks, [], frame, 10.0)
    for number, box in enumerate(boxes):
        assert frame[0] <= box[0]
        assert box[2] <= frame[2]
        assert frame[1] <= box[1]
        assert box[3] <= frame[3]
        assert not any(overlap(box, other) for other in [*boxes[number + 1 :], *marks])


def test_a_lone_label_stands_right_of_its_point() -> None:
    (box,) = place_labels([(50.0, 50.0)], [(40.0, 10.0)], [], [], (0.0, 0.0, 200.0, 100.0), 8.0)
    assert box == (58.0, 45.0, 98.0, 55.0)


def test_the_front_leaves_out_what_another_beats() -> None:
    points = {"none": (100.0, 0.5), "dear": (200.0, 0.9), "worse": (150.0, 0.4), "same_but_dearer": (120.0, 0.5)}
    assert front_of(points) == ["none", "dear"]


def test_of_two_equally_cheap_plans_the_better_is_on_the_front() -> None:
    assert front_of({"one": (100.0, 0.5), "two": (100.0, 0.6)}) == ["two"]
