"""Tests of pooling over time."""

import numpy as np

from encoders.towers.time_pooling import ORDER_WEIGHT, middle_times, pooled_in_order, spread


def test_it_is_the_first_two_cosines_of_time() -> None:
    """Against explicit sums."""
    rows = np.random.default_rng(1).normal(size=(5, 3))
    times = middle_times(5)

    pooled = pooled_in_order(rows, times)

    unit = [row / np.sqrt(sum(value**2 for value in row)) for row in rows]
    mean = [sum(row[axis] for row in unit) / 5 for axis in range(3)]
    wave = [
        sum(row[axis] * np.sqrt(2) * np.cos(np.pi * (i + 0.5) / 5) for i, row in enumerate(unit)) / 5
        for axis in range(3)
    ]
    np.testing.assert_allclose(pooled, [*mean, *(ORDER_WEIGHT * value for value in wave)], atol=1e-12)


def test_backwards_only_the_sign_of_the_order_turns() -> None:
    """So the cosine of a clip with its reverse is below 1 by the order's share alone."""
    rows = np.random.default_rng(2).normal(size=(6, 4))

    forward, backward = pooled_in_order(rows, middle_times(6)), pooled_in_order(rows[::-1], middle_times(6))

    np.testing.assert_allclose(backward, np.concatenate([forward[:4], -forward[4:]]), atol=1e-12)


def test_a_clip_that_does_not_change_has_no_order() -> None:
    """Whatever the number of frames."""
    row = np.array([[1.0, 2.0]])
    for count in (1, 2, 7):
        pooled = pooled_in_order(row.repeat(count, axis=0), middle_times(count))
        np.testing.assert_allclose(pooled, [1 / np.sqrt(5), 2 / np.sqrt(5), 0, 0], atol=1e-12)


def test_more_frames_of_the_same_clip_pool_to_nearly_the_same() -> None:
    """8 frames of a slow change say what 16 say."""
    angles = [middle_times(count) * np.pi / 2 for count in (8, 16)]
    few, many = (pooled_in_order(np.stack([np.cos(a), np.sin(a)], axis=1), middle_times(len(a))) for a in angles)

    np.testing.assert_allclose(few, many, atol=5e-3)


def test_positions_are_evenly_spread() -> None:
    """Every second of many, each twice of few."""
    assert spread(8, 4).tolist() == [1, 3, 5, 7]
    assert spread(2, 4).tolist() == [0, 0, 1, 1]
    assert spread(1, 3).tolist() == [0, 0, 0]
    assert spread(4, 4).tolist() == [0, 1, 2, 3]
