"""A score as a probability, by the decisions of moderators."""

import numpy as np

from streams.wire.trend import Calibration


def probability(calibration: Calibration, score: float) -> float:
    """Return the probability in [0, 1] that a moderator confirms a hit of this score.

    Between the points it is linear; beyond them it stays what the outermost point says: no decision was seen there.

    Args:
        calibration: Monotone points, from at least one decision.
        score: Law 2 of the shard, in [-1, 1].
    """
    return round(float(np.interp(score, calibration.scores, calibration.probabilities)), 6)
