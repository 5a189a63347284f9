"""Heads fitted to a few seeds on frozen vectors: what a retriever must be worth its while against.

| scorer | score of a post |
|---|---|
| `LinearProbe` | probability by a logistic regression of the seeds against bank posts (comparator C1) |
| `ShrunkDiscriminant` | its side of a plane across the seeds' mean, in the bank's shrunk covariance (few-shot head) |
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf
from sklearn.linear_model import LogisticRegression

from encoders.evaluation.scorers import MISSING_SCORE, Floats, Rows, Vectors

PROBE_POSTS = 1_000
"""Bank posts that a probe learns the seeds from."""


@dataclass(frozen=True, slots=True)
class LinearProbe:
    """Logistic regression of the seeds of a draw against bank posts, both kinds weighing alike.

    Attributes:
        vectors: Of the corpus.
        bank: Of posts in no test; the first `PROBE_POSTS` that have a vector are used.
        strength: Inverse of the L2 penalty, as in scikit-learn.
    """

    vectors: Vectors
    bank: Vectors
    strength: float = 1.0

    def __call__(self, seeds: Rows, posts: Rows) -> Floats:
        """Score posts by their probability; see `Scorer`."""
        strangers = self.bank.rows[np.flatnonzero(self.bank.present)[:PROBE_POSTS]].astype(np.float64)
        looked_at = self.vectors.rows[posts].astype(np.float64)
        out = np.full((len(seeds), len(posts)), MISSING_SCORE)
        for row, draw in zip(out, seeds, strict=True):
            known = draw[self.vectors.present[draw]]
            if not len(known):
                continue
            learned = np.concatenate([self.vectors.rows[known].astype(np.float64), strangers])
            labels = np.arange(len(learned)) < len(known)
            model = LogisticRegression(C=self.strength, class_weight="balanced", max_iter=500)
            row[:] = model.fit(learned, labels).predict_proba(looked_at)[:, 1]
        out[:, ~self.vectors.present[posts]] = MISSING_SCORE
        return out


class ShrunkDiscriminant:
    """Fisher's discriminant with the bank's covariance, shrunk as Ledoit and Wolf say, for every trend the same.

    Source: Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices", J. Multivariate
    Analysis 88 (2004). The weight of a draw is C^-1 (mean of the seeds - mean of the bank); scores are counted in the
    bank's deviations from its mean, so that one threshold may serve all trends.
    """

    def __init__(self, vectors: Vectors, bank: Vectors) -> None:
        """Invert the covariance once.

        Args:
            vectors: Of the corpus.
            bank: Of posts in no test, two at least with a vector.
        """
        self._vectors = vectors
        self._strangers = bank.rows[bank.present].astype(np.float64)
        self._mean = self._strangers.mean(axis=0)
        covariance, _ = ledoit_wolf(self._strangers)
        ridge = 1e-6 * float(np.trace(covariance)) / len(covariance) + 1e-12
        self._precision: NDArray[np.float64] = np.linalg.inv(covariance + ridge * np.eye(len(covariance)))

    def __call__(self, seeds: Rows, posts: Rows) -> Floats:
        """Score posts; see `Scorer`."""
        looked_at = self._vectors.rows[posts].astype(np.float64)
        present = self._vectors.present
        lowest = -1e3  # no vector comes near it: further deviations than any bank post by far
        out = np.full((len(seeds), len(posts)), lowest)
        for row, draw in zip(out, seeds, strict=True):
            known = draw[present[draw]]
            if len(known):
                weight = self._precision @ (self._vectors.rows[known].astype(np.float64).mean(axis=0) - self._mean)
                strange = self._strangers @ weight
                row[:] = (looked_at @ weight - strange.mean()) / max(float(strange.std()), 1e-9)
        out[:, ~present[posts]] = lowest
        return np.maximum(np.round(out, 6), lowest)
