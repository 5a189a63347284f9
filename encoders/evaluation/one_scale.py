"""Scores in deviations of strangers, as those of a trend that is normalised by the bank of its suite.

Not `Normalised`, which asks the vectors of a bank about every seed: this is what a shard computes, out of two numbers.
"""

from dataclasses import dataclass

import numpy as np

from encoders.evaluation.scorers import Cosine, Floats, Rows, Weighted, pool
from encoders.model_card import DEVIATIONS, SuiteBank

FUSED = "fused"
"""What a `Cosine` of fused vectors compares; else it is a modality."""


@dataclass(frozen=True, slots=True)
class OnOneScale:
    """The scores of another scorer, each with a seed in twentieths of strangers' deviation above their mean.

    Attributes:
        scorer: Whose pooling over seeds stays.
        bank: Of the suite.
        compared: By a `Cosine`: `fused`, or a modality.
    """

    scorer: Cosine | Weighted
    bank: SuiteBank
    compared: str = FUSED

    def __call__(self, seeds: Rows, posts: Rows) -> Floats:
        """Score posts; see `Scorer`. A post that can be compared with no seed has -1, as without a scale."""
        return np.stack([pool(scores, self.scorer.pooling) for scores in self._by_seed(seeds, posts)])

    def _by_seed(self, seeds: Rows, posts: Rows) -> list[Floats]:
        """Return of each draw the scores float64 (k, m); NaN where there is none."""
        if isinstance(self.scorer, Weighted):
            found = zip(self.scorer.sums(seeds, seeds, posts), self.scorer.all_weights(seeds), strict=True)
            return [_scaled(sums, *self.bank.weighted(weights)) for sums, weights in found]
        mean, deviation = self._strangers()
        vectors = self.scorer.vectors
        return [_scaled(vectors.cosines(posts, draw).T, mean, deviation) for draw in seeds]

    def _strangers(self) -> tuple[float, float]:
        if self.compared == FUSED:
            return self.bank.fused.score_mean, self.bank.fused.score_deviation
        return self.bank.weighted({self.compared: 1.0})


def _scaled(scores: Floats, mean: float, deviation: float) -> Floats:
    """Return scores as a shard rounds them; NaN stays."""
    scaled = np.clip((scores - mean) / (DEVIATIONS * deviation), -1.0, 1.0)
    return np.asarray(np.round(scaled, 6), dtype=np.float64)
