"""What one test of scores is worth: ranking, operating points, calibration, hubness.

Precision depends on how rare positives are, so each figure that knows precision takes the prevalence. ROC-AUC, TPR and
FPR do not depend on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve

from encoders.evaluation.scored import Scored, pooled, weighted

# How many rows of scores hubness holds at once: 512 rows against 20,000 vectors are 80 MB.
_BLOCK_ROWS = 512


def roc_auc(test: Scored) -> float:
    """Return the probability that a positive scores above a negative, ties counted half."""
    return float(roc_auc_score(test.labels, test.scores))


def average_precision(test: Scored, prevalence: float) -> float:
    """Return the PR-AUC: non-interpolated average precision, sum over thresholds of (R_n - R_{n-1}) P_n."""
    weights = weighted(test.labels, prevalence)
    return float(average_precision_score(test.labels, test.scores, sample_weight=weights))


def recall_at_precision(test: Scored, precision: float, prevalence: float) -> float:
    """Return the largest recall of a threshold whose precision is at least the stated one; 0 where none has it."""
    weights = weighted(test.labels, prevalence)
    precisions, recalls, _ = precision_recall_curve(test.labels, test.scores, sample_weight=weights)
    # Sums of weights round: a precision of 0.8 by count may come out as 0.8 less the last digit.
    return float(recalls[precisions >= precision - 1e-12].max(initial=0.0))


def tpr_at_fpr(test: Scored, fpr: float) -> float:
    """Return the largest share of positives found by a threshold that lets through at most `fpr` of the negatives."""
    false, true, _ = roc_curve(test.labels, test.scores, drop_intermediate=False)
    return float(true[false <= fpr + 1e-12].max())


def pooled_average_precision(tests: Sequence[Scored], prevalence: float) -> float:
    """Return the micro-AP: all tests in one ranking, so that one threshold serves every trend.

    Each test is weighed to the prevalence by itself. Below the mean of the tests' own figures by as much as their
    scores are not comparable.
    """
    labels, scores, weights = pooled(tests, prevalence)
    return float(average_precision_score(labels, scores, sample_weight=weights))


def global_threshold(tests: Sequence[Scored], prevalence: float) -> float:
    """Return the one threshold with the best F1 over all tests: it is chosen on development trends.

    Returns:
        A score; what is not below it counts as found. The highest, where several are as good.
    """
    precisions, recalls, thresholds = _curve(*pooled(tests, prevalence))
    f1 = 2 * precisions * recalls / np.maximum(precisions + recalls, 1e-12)
    best = np.flatnonzero(f1 >= f1.max() - 1e-12)
    return float(thresholds[best[-1]])


def _curve(
    labels: NDArray[np.bool_], scores: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return precision, recall and threshold, each (n,), without the end point that has no threshold."""
    precisions, recalls, thresholds = precision_recall_curve(labels, scores, sample_weight=weights)
    return precisions[:-1], recalls[:-1], thresholds


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """What a threshold gets wrong.

    Attributes:
        far: False acceptance, share of negatives that are not below it.
        frr: False rejection, share of positives below it.
    """

    far: float
    frr: float


def error_rates(test: Scored, threshold: float) -> ErrorRates:
    """Return what a threshold gets wrong in one test."""
    found = test.scores >= threshold
    return ErrorRates(float(found[~test.labels].mean()), float(1.0 - found[test.labels].mean()))


def spread(rates: Sequence[ErrorRates]) -> ErrorRates:
    """Return the standard deviations of both rates over the trends: 0 when one threshold serves all alike."""
    return ErrorRates(
        float(np.std([rate.far for rate in rates])),
        float(np.std([rate.frr for rate in rates])),
    )


def hubness(vectors: NDArray[np.floating], k: int = 10) -> float:
    """Return the skewness of the k-occurrence: how unevenly vectors turn up among the k nearest of the others.

    Source: Radovanovic et al., "Hubs in space", JMLR 11 (2010), equation 1. About 0 without hubs; above 1, some
    vectors are near to everything.

    Args:
        vectors: Shape (n, d), unit rows, n above k.
        k: Neighbors of each vector, itself left out; the earlier row wins a tie.

    Returns:
        The third standardised moment; 0 when all turn up equally often.

    Raises:
        ValueError: k is below 1, or there are not more than k vectors.
    """
    if not 1 <= k < len(vectors):
        raise ValueError(f"k must be from 1 to {len(vectors) - 1}, got {k}")
    wide = np.asarray(vectors, dtype=np.float64)
    times = np.zeros(len(wide))
    for start in range(0, len(wide), _BLOCK_ROWS):
        # BLAS may sum in another order for another block: rounding makes equal vectors equal scores.
        scores = np.round(wide[start : start + _BLOCK_ROWS] @ wide.T, 9)  # (block, n)
        rows = np.arange(len(scores))
        scores[rows, start + rows] = -np.inf
        times += _nearest(scores, k).sum(axis=0)
    deviations = times - times.mean()
    variance = float(np.mean(deviations**2))
    return float(np.mean(deviations**3)) / variance**1.5 if variance > 0 else 0.0


def _nearest(scores: NDArray[np.float64], k: int) -> NDArray[np.bool_]:
    """Mark the k best of each row, bool (rows, n), exactly k a row: of equal scores the earlier ones."""
    last = np.partition(scores, -k, axis=1)[:, -k, None]
    better, equal = scores > last, scores == last
    room = k - better.sum(axis=1, keepdims=True)
    nearest: NDArray[np.bool_] = better | (equal & (np.cumsum(equal, axis=1) <= room))
    return nearest
