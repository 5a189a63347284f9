"""One test in the order of its scores, so that further figures and resamples cost no sorting."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.evaluation.scored import Scored

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """The runs of equal scores that hold a positive, best first, with how many negatives come before and within.

    Nothing else has a part in average precision, ROC-AUC, or the best recall at a precision or false positive rate.

    Attributes:
        positives: int64 (p,), posts, best first.
        negatives: int64 (n,), posts, best first.
        last: int64 (r,), the place among the positives after the last one of each run.
        before: int64 (r,), how many negatives score above each run.
        through: int64 (r,), how many score above or in it.
    """

    positives: NDArray[np.int64]
    negatives: NDArray[np.int64]
    last: NDArray[np.int64]
    before: NDArray[np.int64]
    through: NDArray[np.int64]

    @classmethod
    def of(cls, test: Scored) -> "Ranked":
        """Sort a test."""
        order = np.argsort(-test.scores, kind="stable")
        labels, scores, posts = test.labels[order], test.scores[order], test.posts[order]
        found, missed = scores[labels], scores[~labels]
        last = np.flatnonzero(np.append(found[1:] != found[:-1], True)) + 1
        levels = -found[last - 1]
        before = np.searchsorted(-missed, levels, side="left")
        through = np.searchsorted(-missed, levels, side="right")
        return cls(posts[labels], posts[~labels], last, before, through)

    def roc_auc(self, counts: Floats | None = None) -> float | None:
        """Return ROC-AUC; None where no positive or no negative was drawn.

        Args:
            counts: float64, by post: how often each was drawn; None for once.
        """
        true, before, through, negatives = self._sums(counts)
        if true[-1] <= 0.0 or negatives <= 0.0:
            return None
        gained = np.diff(true, prepend=0.0)
        below = negatives - 0.5 * (before + through)  # a tie is half won
        return float(np.sum(gained * below) / (true[-1] * negatives))

    def average_precision(self, prevalence: float, counts: Floats | None = None) -> float | None:
        """Return the non-interpolated average precision at a prevalence; None where a kind was not drawn.

        Args:
            prevalence: Share of positives, in (0, 1).
            counts: float64, by post: how often each was drawn; None for once.
        """
        true, _, through, negatives = self._sums(counts)
        if true[-1] <= 0.0 or negatives <= 0.0:
            return None
        precision = _precision(true, through * _weight(prevalence, true[-1], negatives))
        return float(np.sum(np.diff(true, prepend=0.0) * precision) / true[-1])

    def curve(self, prevalence: float, recalls: Floats) -> Floats:
        """Return the precision at which each recall is reached, shape as `recalls`, each in (0, 1]."""
        true, _, through, negatives = self._sums(None)
        precision = _precision(true, through * _weight(prevalence, true[-1], negatives))
        reached = np.searchsorted(true / true[-1], recalls - 1e-12)
        at: Floats = precision[np.minimum(reached, len(precision) - 1)]
        return at

    def recall_at_precision(self, precision: float, prevalence: float) -> float:
        """Return the largest recall of a threshold whose precision is at least the stated one; 0 where none has it."""
        true, _, through, negatives = self._sums(None)
        precisions = _precision(true, through * _weight(prevalence, true[-1], negatives))
        return float((true[precisions >= precision - 1e-12] / true[-1]).max(initial=0.0))

    def tpr_at_fpr(self, fpr: float) -> float:
        """Return the largest share of positives found by a threshold that lets through at most `fpr` of negatives."""
        true, _, through, negatives = self._sums(None)
        return float((true[through / negatives <= fpr + 1e-12] / true[-1]).max(initial=0.0))

    def _sums(self, counts: Floats | None) -> tuple[Floats, Floats, Floats, float]:
        """Return positives up to each run, negatives before and through it, all negatives."""
        if counts is None:
            whole = float(len(self.negatives))
            return self.last.astype(np.float64), self.before.astype(float), self.through.astype(float), whole
        true = np.cumsum(counts[self.positives])[self.last - 1]
        false = np.append(0.0, np.cumsum(counts[self.negatives]))
        return true, false[self.before], false[self.through], float(false[-1])


def _weight(prevalence: float, positives: float, negatives: float) -> float:
    """Return what a negative weighs; see `weighted`."""
    return float(positives * (1.0 - prevalence) / (prevalence * negatives))


def _precision(true: Floats, false: Floats) -> Floats:
    precision: Floats = true / np.maximum(true + false, 1e-300)
    return precision
