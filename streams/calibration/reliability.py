"""How far probabilities agree with what moderators then ruled."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index import mean_interval
from streams.calibration.fitting import Floats


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions that are much alike.

    Attributes:
        count: How many.
        predicted: Their mean probability.
        confirmed: The share that came true.
        low: Lower bound of the 95 % interval of that share.
        high: Upper bound of it.
    """

    count: int
    predicted: float
    confirmed: float
    low: float
    high: float


def reliability(
    probabilities: Sequence[float] | Floats, outcomes: Sequence[float] | Floats, bins: int = 10
) -> list[Bin]:
    """Return predictions in bins of equally many, from the least probable on.

    Equal probabilities share a bin, so that the order of the data does not show.

    Args:
        probabilities: n predictions in [0, 1].
        outcomes: n rulings, 1 where confirmed; or, in a simulation, the true probabilities.
        bins: At most so many.
    """
    predicted, came = np.asarray(probabilities, dtype=np.float64), np.asarray(outcomes, dtype=np.float64)
    order = np.argsort(predicted, kind="stable")
    predicted, came = predicted[order], came[order]
    wanted = np.linspace(0, len(predicted), min(bins, max(1, len(predicted))) + 1).round().astype(int)[1:-1]
    cuts = np.unique(np.searchsorted(predicted, predicted[wanted])) if len(wanted) else wanted
    found = []
    for ahead, seen in zip(np.split(predicted, cuts), np.split(came, cuts), strict=True):
        if len(seen):
            low, high = mean_interval(seen.tolist())
            found.append(Bin(len(seen), float(ahead.mean()), float(seen.mean()), low, high))
    return found


def expected_calibration_error(
    probabilities: Sequence[float] | Floats, outcomes: Sequence[float] | Floats, bins: int = 10
) -> float:
    """Return the mean distance, weighed by their sizes, of predicted and seen shares over bins (Naeini et al. 2015).

    Args:
        probabilities: n predictions in [0, 1], at least one.
        outcomes: n rulings, 1 where confirmed; or, in a simulation, the true probabilities, which add no noise.
        bins: At most so many, of equally many predictions each.

    Returns:
        In [0, 1]; 0 is right everywhere.
    """
    parts = reliability(probabilities, outcomes, bins)
    return sum(part.count * abs(part.predicted - part.confirmed) for part in parts) / sum(part.count for part in parts)
