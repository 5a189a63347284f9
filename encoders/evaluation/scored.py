"""The scores that one method gave to the posts of one test."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PREVALENCES = (0.06, 0.01, 0.001)
"""Shares of positives that every table states: 6 % is primary. Precision means nothing without them."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Scored:
    """The posts of one test, each with its truth and its score.

    Attributes:
        posts: int64 (n,), the row of each post in its corpus, all different.
        labels: bool (n,), whether the post is a positive; both kinds are there.
        scores: float64 (n,), finite, higher is nearer.

    Raises:
        ValueError: Other shapes, a post twice, one kind of post only, or a score that is not finite.
    """

    posts: NDArray[np.int64]
    labels: NDArray[np.bool_]
    scores: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Check shapes and values."""
        if self.scores.ndim != 1 or not self.posts.shape == self.labels.shape == self.scores.shape:
            raise ValueError(f"shapes differ: {self.posts.shape}, {self.labels.shape}, {self.scores.shape}")
        if self.labels.dtype != np.bool_ or self.labels.all() or not self.labels.any():
            raise ValueError("labels are bool, with positives and negatives among them")
        if not np.isfinite(self.scores).all():
            raise ValueError("a score is not finite")
        if len(np.unique(self.posts)) != len(self.posts):
            raise ValueError("a post is there twice")


def weighted(
    labels: NDArray[np.bool_], prevalence: float, counts: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """Weigh the negatives so that positives are a stated share of all.

    Positives keep the weight 1 (times their count); a negative gets P (1 - p) / (p N) (times its count), with P and N
    the counts of both kinds and p the prevalence.

    Args:
        labels: bool (n,).
        prevalence: Share of positives, in (0, 1).
        counts: float64 (n,), how often each post is there; by default once.

    Returns:
        float64 (n,).

    Raises:
        ValueError: The prevalence is not in (0, 1), or a kind is missing.
    """
    if not 0.0 < prevalence < 1.0:
        raise ValueError(f"a prevalence lies between 0 and 1, got {prevalence}")
    often = np.ones(len(labels)) if counts is None else counts
    positives, negatives = float(often[labels].sum()), float(often[~labels].sum())
    if positives <= 0.0 or negatives <= 0.0:
        raise ValueError("positives and negatives must be there")
    weights: NDArray[np.float64] = often * np.where(
        labels, 1.0, positives * (1.0 - prevalence) / (prevalence * negatives)
    )
    return weights


Pooled = tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]
"""Labels, scores and weights of posts, each (n,)."""


def pooled(tests: Sequence[Scored], prevalence: float) -> Pooled:
    """Lay the posts of several tests together, each test weighed to the prevalence by itself.

    Returns:
        Labels bool (n,), scores float64 (n,), weights float64 (n,).

    Raises:
        ValueError: There is no test.
    """
    if not tests:
        raise ValueError("there is no test")
    labels = np.concatenate([test.labels for test in tests])
    scores = np.concatenate([test.scores for test in tests])
    return labels, scores, np.concatenate([weighted(test.labels, prevalence) for test in tests])
