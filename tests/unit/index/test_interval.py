"""Tests of the interval for the mean of values between 0 and 1."""

import numpy as np
import pytest

from index.interval import mean_interval


def test_of_nothing_nothing_is_known() -> None:
    """No value excludes no mean."""
    assert mean_interval([]) == (0.0, 1.0)


@pytest.mark.parametrize("count", [1, 10, 370])
def test_a_sample_without_variance_gets_an_honest_interval(count: int) -> None:
    """Of n ones the bound is the n-th root of 0.025, as that of Clopper and Pearson for coins."""
    low, high = mean_interval([1.0] * count)

    assert low == pytest.approx(0.025 ** (1 / count))
    assert high == 1.0
    assert mean_interval([0.0] * count) == pytest.approx((0.0, 1 - low))


def test_more_values_tell_more_and_more_confidence_less() -> None:
    """The interval narrows with values, widens with confidence, always around the mean."""
    few, many = mean_interval([0.9, 0.7] * 5), mean_interval([0.9, 0.7] * 500)
    sure = mean_interval([0.9, 0.7] * 500, confidence=0.999)

    assert few[0] < many[0] < 0.8 < many[1] < few[1]
    assert sure[0] < many[0]
    assert many[1] < sure[1]


@pytest.mark.parametrize("count", [5, 40, 200])
def test_it_holds_the_mean_as_often_as_it_says(count: int) -> None:
    """Mostly perfect, seldom a total failure: what recall looks like, where a bootstrap is wrong too often."""
    random = np.random.default_rng(7)
    missed = 0
    for _ in range(400):
        kinds = random.random(count)
        values = np.where(kinds < 0.02, 0.0, np.where(kinds < 0.1, 0.8, 1.0))
        low, high = mean_interval(values.tolist())
        missed += not low <= 0.08 * 0.8 + 0.9 <= high

    assert missed <= 20
