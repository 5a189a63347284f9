"""Pairs of trend and post, each with what two scorers say of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from encoders.evaluation.scorers import Scorer
from encoders.evaluation.trends import PRIMARY_SEEDS, TrendSet, evaluate


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One post before one trend.

    Attributes:
        trend: Name of the trend.
        post: Row of the post in its store.
        positive: Whether it is one of the trend, no copy of a seed.
        first: Score by the first scorer.
        second: By the second.
    """

    trend: str
    post: int
    positive: bool
    first: float
    second: float


def pairs(
    first: Scorer, second: Scorer, subject: TrendSet, *, seeds: int = PRIMARY_SEEDS, root: int = 0
) -> Iterator[Pair]:
    """Score the same pairs by two scorers: every trend, one draw of seeds, the posts that it tests.

    Seeds and their copies are left out, as in `evaluate`.

    Args:
        first: Of the posts of a store.
        second: Of the same store.
        subject: Trends and background.
        seeds: How many each trend has.
        root: Of the draw.

    Yields:
        Pairs, trend by trend; a trend with too few positives has none.
    """
    ours, theirs = (evaluate(one, subject, seeds=(seeds,), draws=1, seed=root) for one in (first, second))
    for mine, other in zip(ours, theirs, strict=True):
        one, two = mine.tests[0], other.tests[0]
        for post, positive, left, right in zip(one.posts, one.labels, one.scores, two.scores, strict=True):
            yield Pair(trend=mine.name, post=int(post), positive=bool(positive), first=float(left), second=float(right))
