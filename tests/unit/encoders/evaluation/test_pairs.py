"""Pairs of trend and post: those of the protocol, both scores of the same post."""

import numpy as np
from numpy.typing import NDArray

from encoders.evaluation import TrendPosts, TrendSet, draw_seeds, pairs


class _ByRow:
    """Scores a post by its row, whatever the seeds."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, seeds: NDArray[np.int64], posts: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `Scorer`."""
        return np.tile(self.factor * posts, (len(seeds), 1))


def test_pairs_are_the_posts_that_one_draw_tests_with_both_scores() -> None:
    """By hand: each trend's positives but for seeds and their copies, its hard negatives, the background."""
    trends = [
        TrendPosts(name=name, kind="visual", positives=np.arange(start, start + 10), hard_negatives=hard)
        for name, start, hard in (("a", 0, np.asarray([20, 21])), ("b", 10, np.asarray([22])))
    ]
    groups = np.arange(30)
    groups[[0, 1]] = 0  # copies of each other
    subject = TrendSet(trends=trends, background=np.arange(24, 30), groups=groups)

    got = list(pairs(_ByRow(1.0), _ByRow(-2.0), subject, seeds=3, root=5))

    expected = []
    for trend in trends:
        (drawn,) = draw_seeds(trend, 3, 1, 5)
        kept = [int(row) for row in trend.positives if groups[row] not in groups[drawn]]
        others = [*trend.hard_negatives.tolist(), *range(24, 30)]
        expected += [(trend.name, row, True) for row in kept] + [(trend.name, row, False) for row in others]
    assert [(one.trend, one.post, one.positive) for one in got] == expected
    assert all((one.first, one.second) == (one.post, -2.0 * one.post) for one in got)


def test_a_trend_with_too_few_positives_has_no_pair() -> None:
    """Nothing would be left to find."""
    few = TrendPosts(name="few", kind="text", positives=np.arange(3), hard_negatives=np.asarray([3]))

    subject = TrendSet(trends=[few], background=np.asarray([4, 5]), groups=np.arange(6))

    assert list(pairs(_ByRow(1.0), _ByRow(1.0), subject, seeds=3)) == []
    assert len(list(pairs(_ByRow(1.0), _ByRow(1.0), subject, seeds=2))) == 1 + 1 + 2
