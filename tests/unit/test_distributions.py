"""Quantile functions: moments by integration over the uniform, not by sampling.

With u = Phi(z) the integrals become smooth and the trapezium rule is exact to many digits.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sim.distributions import geometric, observed_durations, open_unit, quantile, to_grid
from sim.errors import InputError
from sim.scenario.types import Shape

Z = np.linspace(-8.0, 8.0, 16001)
U = stats.norm.cdf(Z)
WEIGHT = stats.norm.pdf(Z) * (Z[1] - Z[0])
LAST = 1 - 2.0**-53  # the largest uniform that a generator gives

CASES = [
    ("exponential", 0.5, 1.0),  # its cv is one whatever is given
    ("deterministic", 0.7, 0.0),
    *[("lognormal", cv, cv) for cv in (0.0, 0.1, 0.5, 1.0, 2.0)],
    *[("gamma", cv, cv) for cv in (0.0, 0.1, 0.5, 1.0, 2.0)],
]


@pytest.mark.parametrize(("name", "given", "cv"), CASES)
def test_mean_is_one_and_cv_as_given(name: str, given: float, cv: float) -> None:
    values = quantile(Shape(distribution=name, cv=given), U)  # type: ignore[arg-type]  # a name from the list above
    mean = float(np.sum(WEIGHT * values))
    deviation = float(np.sqrt(np.sum(WEIGHT * (values - 1) ** 2)))
    assert mean == pytest.approx(1.0, abs=1e-6)
    assert deviation == pytest.approx(cv, abs=2e-5)


REFERENCES: list[tuple[Shape, Callable[[NDArray[np.float64]], NDArray[np.float64]]]] = [
    (Shape(distribution="exponential"), stats.expon.ppf),
    (Shape(distribution="gamma", cv=0.5), stats.gamma(a=4.0, scale=0.25).ppf),
    (
        Shape(distribution="lognormal", cv=0.5),
        stats.lognorm(s=np.sqrt(np.log(1.25)), scale=1 / np.sqrt(1.25)).ppf,
    ),
]


@pytest.mark.parametrize(("shape", "reference"), REFERENCES, ids=lambda value: getattr(value, "distribution", ""))
def test_quantiles_agree_with_those_of_a_library(
    shape: Shape, reference: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> None:
    uniform = np.linspace(0.0005, 0.9995, 1000)
    np.testing.assert_allclose(quantile(shape, uniform), reference(uniform), rtol=1e-9)


@pytest.mark.parametrize(("name", "given", "cv"), CASES)
def test_more_luck_never_means_less_and_all_values_can_be_used(name: str, given: float, cv: float) -> None:
    ends = np.array([0.0, 2.0**-53, 1e-12, 1 - 1e-12, LAST])
    uniform = np.unique(np.concatenate([ends, np.linspace(0, 1, 5001)[:-1]]))
    values = quantile(Shape(distribution=name, cv=given), uniform)  # type: ignore[arg-type]  # see above
    assert np.isfinite(values).all()
    assert (values >= 0).all()
    assert (np.diff(values) >= 0).all()
    assert cv == 0 or values[-1] > values[0]


def test_the_shape_of_the_uniforms_is_kept() -> None:
    grid = np.linspace(0, 0.99, 24).reshape(2, 3, 4)
    for name in ("exponential", "gamma", "lognormal", "deterministic"):
        assert quantile(Shape.model_validate(name), grid).shape == (2, 3, 4)
    assert quantile(Shape(distribution="exponential"), 0.5) == pytest.approx(np.log(2))


def test_zero_is_moved_off_and_nothing_else() -> None:
    assert open_unit([0.0, 2.0**-53, 0.5, LAST]).tolist() == [2.0**-54, 2.0**-53, 0.5, LAST]


# --- observed durations -----------------------------------------------------------------------------------------


def written(folder: Path, text: str | bytes) -> str:
    file = folder / "observed.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return str(file)


def observed(file: str, uniform: NDArray[np.float64]) -> NDArray[np.float64]:
    return quantile(Shape(distribution="empirical", file=file), uniform)


def test_a_file_is_its_own_distribution(tmp_path: Path) -> None:
    durations = [4.0, 0.5, 2.25, 2.25, 11.0, 3.0, 0.75]
    file = written(tmp_path, "\n".join(map(str, durations)))
    uniform = (np.arange(7000) + 0.5) / 7000
    values = observed(file, uniform)
    assert values.mean() == pytest.approx(np.mean(durations), rel=1e-12)
    assert values.std() == pytest.approx(np.std(durations), rel=1e-12)
    assert (np.diff(values) >= 0).all()
    assert observed(file, np.array([0.0, LAST])).tolist() == [0.5, 11.0]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7, 64, 1000, 4097])
def test_the_largest_uniform_stays_inside_the_file(tmp_path: Path, count: int) -> None:
    file = written(tmp_path, "\n".join(str(number + 1) for number in range(count)))
    assert observed(file, np.array([LAST])).tolist() == [count]


@pytest.mark.parametrize(
    "text",
    [
        "minutes\n2\n4\n",
        "\ufeffminutes\n2\n4\n",
        "\ufeff2\n4\n",
        "2\r\n4\r\n",
        "\n2\n\n4\n\n",
        "minutes,who\n2,Ann\n4,Ben\n",
        " 2 \n 4.0 \n",
        "4\n2",
    ],
)
def test_headings_blank_rows_marks_and_further_columns_are_passed_over(tmp_path: Path, text: str) -> None:
    assert observed_durations(written(tmp_path, text)).tolist() == [2.0, 4.0]


def problems(file: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        observed_durations(file)
    return [str(problem) for problem in caught.value.problems]


def test_every_bad_row_is_named_with_its_number(tmp_path: Path) -> None:
    found = problems(written(tmp_path, "minutes\n2\nsoon\n0\n-1.5\ninf\nnan\n3\n"))
    assert [text.split("row ")[1].split(" ")[0] for text in found] == ["3", "4", "5", "6", "7"]
    assert "'soon'" in found[0]
    assert "number" in found[0]
    assert all("> 0" in text for text in found[1:])


def test_a_long_list_of_bad_rows_is_cut(tmp_path: Path) -> None:
    assert len(problems(written(tmp_path, "minutes\n" + "x\n" * 500))) == 20


def test_files_that_hold_nothing_or_cannot_be_read_are_told(tmp_path: Path) -> None:
    assert "holds no durations" in problems(written(tmp_path, ""))[0]
    (tmp_path / "other").mkdir()
    assert "holds no durations" in problems(written(tmp_path / "other", "minutes\n\n"))[0]
    missing = tmp_path / "missing.csv"
    assert str(missing) in problems(str(missing))[0]
    assert "can't be read" in problems(str(tmp_path))[0]


def test_a_file_in_another_encoding_is_told(tmp_path: Path) -> None:
    assert "UTF-8" in problems(written(tmp_path, "d\u00e9lai\n2\n".encode("latin-1")))[0]


def test_a_file_that_was_mended_is_read_anew(tmp_path: Path) -> None:
    file = written(tmp_path, "1\n2\n")
    assert observed_durations(file).tolist() == [1.0, 2.0]
    written(tmp_path, "10\n20\n30\n")
    assert observed_durations(file).tolist() == [10.0, 20.0, 30.0]


def test_durations_cannot_be_changed_by_accident(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        observed_durations(written(tmp_path, "1\n2\n"))[0] = 5.0


# --- whole numbers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [0.01, 0.5, 1.0, 3.7, 250.0])
def test_the_geometric_distribution_steps_where_it_should(mean: float) -> None:
    # P(N >= k) = r^k with r = mean / (1 + mean): the quantile steps from k - 1 to k at u = 1 - r^k
    ratio = mean / (1 + mean)
    steps = 1 - ratio ** np.arange(1, 12)
    steps = steps[steps < 1 - 1e-8]
    np.testing.assert_array_equal(geometric(mean, steps - 1e-9), np.arange(len(steps)))
    np.testing.assert_array_equal(geometric(mean, steps + 1e-9), np.arange(len(steps)) + 1)


@pytest.mark.parametrize("mean", [0.5, 1.0, 3.7])
def test_the_geometric_distribution_has_the_mean_asked_for(mean: float) -> None:
    uniform = (np.arange(1_000_000) + 0.5) / 1_000_000
    values = geometric(mean, uniform)
    assert values.mean() == pytest.approx(mean, rel=1e-4)
    assert values.var() == pytest.approx(mean * (1 + mean), rel=2e-3)
    assert (np.diff(values) >= 0).all()


def test_geometric_means_broadcast_and_zero_gives_zero() -> None:
    values = geometric(np.array([0.0, 0.0, 2.0]), np.array([0.0, LAST, 0.9]))
    assert values.dtype == np.int64
    assert values.tolist() == [0, 0, 5]  # 0.9 = 1 - (2/3)^5.68


# --- the grid ---------------------------------------------------------------------------------------------------


def test_times_lie_on_the_grid_no_farther_than_half_a_step() -> None:
    minutes = np.random.default_rng(3).uniform(0, 100_000, 20_000)
    rounded = to_grid(minutes)
    assert (rounded * 2**20 == np.round(rounded * 2**20)).all()
    assert np.abs(rounded - minutes).max() <= 2.0**-21
    np.testing.assert_array_equal(to_grid(rounded), rounded)


def test_sums_of_times_on_the_grid_are_exact_in_any_order() -> None:
    parts = to_grid(np.random.default_rng(4).uniform(0, 500, 5000))
    assert np.sum(parts) == np.sum(parts[::-1]) == sum(parts.tolist())
    assert (parts.cumsum() - parts == np.concatenate([[0.0], parts.cumsum()[:-1]])).all()


def test_what_is_not_a_number_stays() -> None:
    values = to_grid([np.nan, np.inf, -np.inf, 0.0])
    assert np.isnan(values[0])
    assert values[1:].tolist() == [np.inf, -np.inf, 0.0]
