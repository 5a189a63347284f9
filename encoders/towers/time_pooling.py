"""Vectors of pictures over time become one that knows their order."""

import numpy as np
from numpy.typing import NDArray

ORDER_WEIGHT = 0.5
"""Share of the second cosine beside the mean: what a clip shows counts more than in which order it shows it."""


def pooled_in_order(rows: NDArray[np.float64], times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pool over time by the first two cosines of time.

    With t in (0, 1) the time of a row, the first half of the result is the mean of the rows, the second half
    ORDER_WEIGHT * sqrt(2) times the mean of row * cos(pi t): the first coefficients of the DCT-II. Played backwards, a
    clip keeps its first half while its second turns its sign. The number of rows does not matter, only their times.

    Args:
        rows: Shape (n, d), 1 <= n; each is brought to norm 1 first, so that no picture outvotes the others.
        times: Shape (n,), in (0, 1), ascending.

    Returns:
        Shape (2 d,), float64, not normalised.
    """
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    waves = np.sqrt(2.0) * np.cos(np.pi * times)  # (n,)
    return np.concatenate([unit.mean(axis=0), ORDER_WEIGHT * (waves @ unit) / len(unit)])


def middle_times(count: int) -> NDArray[np.float64]:
    """Return the middle of each of `count` equal parts of the time from 0 to 1, shape (count,)."""
    return (np.arange(count) + 0.5) / count


def spread(count: int, wanted: int) -> NDArray[np.int64]:
    """Return `wanted` positions out of `count`, evenly spread in time: some twice where there are too few."""
    return np.minimum((middle_times(wanted) * count).astype(np.int64), count - 1)
