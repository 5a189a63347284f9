"""The learning rate over time: a straight way up, then half a cosine down."""

import math

from encoders.training.errors import check_range


def rate_factor(step: int, *, steps: int, warmup: int, floor: float = 0.0) -> float:
    """Return what the learning rate is multiplied with at a step.

    Warm-up as in Goyal et al., arXiv 1706.02677, section 2.2; cosine as in Loshchilov and Hutter, arXiv 1608.03983,
    equation 5, without restarts.

    Args:
        step: Counted from 0; below `steps`.
        steps: How many there are in all, at least 1.
        warmup: How many of them lead up to 1; below `steps`.
        floor: The factor at the end, in [0, 1].

    Returns:
        In (0, 1]: (step + 1) / warmup on the way up, then from 1 down towards the floor.

    Raises:
        OutOfRange: A number outside its limits.
    """
    check_range("steps", steps, 1, float("inf"))
    check_range("warmup", warmup, 0, steps - 1)
    check_range("floor", floor, 0, 1)
    check_range("step", step, 0, steps - 1)
    if step < warmup:
        return (step + 1) / warmup
    way = (step - warmup) / (steps - warmup)
    return floor + (1 - floor) * (1 + math.cos(math.pi * way)) / 2
