"""Heads fitted to a few seeds on frozen vectors: what a retriever must be worth its while against.

| scorer | score of a post |
|---|---|
| `LinearProbe` | probability by a logistic regression of the seeds against bank posts (comparator C1) |
| `ShrunkDiscriminant` | its side of a plane across the seeds' mean, in the bank's shrunk covariance (few-shot head) |
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.covariance import ledoit_wolf
from sklearn.linear_model import LogisticRegression

from encoders.evaluation.scorers import LOWEST, MISSING_SCORE, Floats, Rows, Vectors

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
        strangers = self.bank.rows[np.flatnonzero(self.bank.present)[:PROBE_POSTS]]
        weights = np.zeros((len(seeds), self.vectors.rows.shape[1] + 1), dtype=np.float32)  # the last is the bias
        said = np.zeros(len(seeds), dtype=bool)
        for place, draw in enumerate(seeds):
            known = draw[self.vectors.present[draw]]
            if not len(known):
                continue
            learned = np.concatenate([self.vectors.rows[known], strangers])
            labels = np.arange(len(learned)) < len(known)
            model = LogisticRegression(C=self.strength, class_weight="balanced", max_iter=500)
            model.fit(learned, labels)
            weights[place], said[place] = np.append(model.coef_[0], model.intercept_[0]), True
        odds = weights[:, :-1] @ self.vectors.rows[posts].T + weights[:, -1:]  # (draws, m), all draws in one product
        known_posts = np.outer(said, self.vectors.present[posts])
        return np.where(known_posts, np.round(expit(odds.astype(np.float64)), 9), MISSING_SCORE)


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
        present = self._vectors.present
        means = np.stack([self._vectors.rows[draw[present[draw]]].sum(axis=0, dtype=np.float64) for draw in seeds])
        counts = present[seeds].sum(axis=1)
        weights = (means / np.maximum(counts, 1)[:, None] - self._mean) @ self._precision  # (draws, d)
        strange = weights @ self._strangers.T
        odds = weights @ self._vectors.rows[posts].astype(np.float64).T  # (draws, m)
        deviations = np.maximum(strange.std(axis=1, keepdims=True), 1e-9)
        scores = (odds - strange.mean(axis=1, keepdims=True)) / deviations
        known = np.outer(counts > 0, present[posts])
        return np.where(known, np.maximum(np.round(scores, 6), LOWEST), LOWEST)
