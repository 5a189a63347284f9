"""Scores against negative seeds: what resembles a trend's look-alikes falls back."""

from dataclasses import dataclass

import numpy as np

from encoders.evaluation.scorers import Floats, Rows, Weighted, pool

NEGATIVE_SEEDS = 5


@dataclass(frozen=True, slots=True)
class Contrasted:
    """The weighted score with the seeds less a share of that with the nearest negative seed.

    Both are weighed by the cohesion of the seeds. It needs labels that no other scorer has, so it is never a method's
    headline.

    Attributes:
        near: Scores against seeds.
        count: How many of the last columns of a draw are negative seeds.
        share: Of the negative score that is taken away; 1 would rank by the margin itself.
    """

    near: Weighted
    count: int = NEGATIVE_SEEDS
    share: float = 0.5

    def __call__(self, seeds: Rows, posts: Rows) -> Floats:
        """Score posts; see `Scorer`. Each draw is its seeds, then its negative seeds.

        Raises:
            ValueError: A draw has nothing before its negative seeds.
        """
        if seeds.shape[1] <= self.count:
            raise ValueError(f"a draw of {seeds.shape[1]} has no seed before its {self.count} negative ones")
        own, others = seeds[:, : -self.count], seeds[:, -self.count :]
        against = [pool(sums, "max") for sums in self.near.sums(own, others, posts)]
        scores: Floats = self.near(own, posts) - self.share * np.stack(against)
        return scores
