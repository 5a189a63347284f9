"""An interval for the mean of values between 0 and 1."""

import math
from collections.abc import Sequence

# Halvings of an interval within [0, 1]: what is left is below the rounding of float64.
_HALVINGS = 60


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float]:
    """Return between which bounds the mean lies that independent values in [0, 1] were drawn with.

    The bound is Chernoff's with the relative entropy (Hoeffding 1963, Theorem 1, inequality 2.1),
    which holds for any distribution on [0, 1] at any number of values: a sample that shows no
    variance at all gets an honest interval too, where a bootstrap or a normal approximation would
    get one of width zero. The price is that it is somewhat wider than these where they are right.

    Args:
        values: n values in [0, 1], each the outcome of one independent draw; may be empty.
        confidence: How often the interval holds the mean, at least; above 0, below 1.

    Returns:
        The bounds, 0 <= low <= mean of the values <= high <= 1; (0, 1) of no values.
    """
    if not values:
        return 0.0, 1.0
    mean = min(1.0, math.fsum(values) / len(values))
    allowed = math.log(2.0 / (1.0 - confidence)) / len(values)
    return _farthest(mean, 0.0, allowed), _farthest(mean, 1.0, allowed)


def _farthest(mean: float, end: float, allowed: float) -> float:
    """Return the point between a mean and an end of [0, 1] that diverges from the mean by what is allowed."""
    near, far = mean, end
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        if _divergence(mean, middle) <= allowed:
            near = middle
        else:
            far = middle
    return far


def _divergence(mean: float, other: float) -> float:
    """Return the relative entropy of two coins, in nats; `other` is neither 0 nor 1 unless it is the mean."""
    if other in (0.0, 1.0):
        return 0.0 if mean == other else math.inf
    heads = mean * math.log(mean / other) if mean > 0 else 0.0
    tails = (1 - mean) * math.log((1 - mean) / (1 - other)) if mean < 1 else 0.0
    return heads + tails
