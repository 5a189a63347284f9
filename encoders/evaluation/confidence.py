"""How sure a mean over trends is: a bootstrap over trends, then posts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.evaluation.ranked import Ranked
from encoders.evaluation.scored import Scored

# Ends of a 95 % percentile interval.
_TAILS = (2.5, 97.5)

Aggregate = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Trends' figures (..., trends) to one figure (...): the macro mean, say."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % interval.

    Attributes:
        value: Of the data as they are.
        low: 2.5th percentile of the bootstrap.
        high: 97.5th percentile.
    """

    value: float
    low: float
    high: float

    def excludes_zero(self) -> bool:
        """Return whether the whole interval lies on one side of 0."""
        return self.low > 0.0 or self.high < 0.0


def macro_mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean over trends, the last axis."""
    mean: NDArray[np.float64] = values.mean(axis=-1)
    return mean


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """Figures of each trend under resampled posts.

    Attributes:
        values: float64 (trends,), of the posts as they are.
        resampled: float64 (trends, times), each column under other posts.
    """

    values: NDArray[np.float64]
    resampled: NDArray[np.float64]


def replicates(
    trends: Sequence[Sequence[Scored]], prevalence: float | None, *, times: int = 200, seed: int = 0
) -> Replicates:
    """Compute a figure for each trend, as it is and with its posts drawn again with replacement.

    Positives and negatives are drawn apart, so that each kind keeps its number. A post is drawn for the trend: it
    counts as often in every draw of seeds that tests it. The figure of a trend is the mean over its draws. Equal seeds
    give equal posts, so that two methods are compared on the same ones.

    Args:
        trends: Of each trend the tests of its draws of seeds, at least one.
        prevalence: For average precision; None for ROC-AUC, which knows none.
        times: How many resamples.
        seed: Root of chance.

    Returns:
        The figures.

    Raises:
        ValueError: A trend has no test.
    """
    values, resampled = np.zeros(len(trends)), np.zeros((len(trends), times))
    for place, tests in enumerate(trends):
        if not tests:
            raise ValueError(f"trend {place} has no test")
        ranked = [Ranked.of(test) for test in tests]
        posts = _Posts.of(tests)
        values[place] = np.mean([_figure(test, prevalence, None) for test in ranked])
        for time in range(times):
            counts = posts.drawn(np.random.default_rng((seed, place, time)))
            figures = [_figure(test, prevalence, counts) for test in ranked]
            known = [figure for figure in figures if figure is not None]
            resampled[place, time] = np.mean(known) if known else values[place]
    return Replicates(values, resampled)


def bootstrap(figures: Replicates, *, aggregate: Aggregate = macro_mean, times: int = 2000, seed: int = 0) -> Interval:
    """Return an aggregate over trends with its interval.

    Trends are drawn with replacement; each drawn trend takes one of its resamples of posts at random.

    Args:
        figures: Of each trend.
        aggregate: From the trends' figures to one.
        times: How many resamples.
        seed: Root of chance; equal seeds draw equal trends.

    Returns:
        The aggregate of the data as they are, with the percentile interval.
    """
    drawn = _drawn(figures, times, seed)
    low, high = np.percentile(aggregate(drawn), _TAILS)
    return Interval(float(aggregate(figures.values)), float(low), float(high))


def paired_difference(
    ours: Replicates, theirs: Replicates, *, aggregate: Aggregate = macro_mean, times: int = 2000, seed: int = 0
) -> Interval:
    """Return how much one method is above another on the same trends and posts, with its interval.

    Args:
        ours: Figures of one method.
        theirs: Of the other, by the same seed and the same tests.
        aggregate: From the trends' figures to one.
        times: How many resamples.
        seed: Root of chance.

    Returns:
        The difference of the aggregates, with the percentile interval of the differences.

    Raises:
        ValueError: The methods were not judged on equally many trends and resamples.
    """
    if ours.resampled.shape != theirs.resampled.shape:
        raise ValueError(f"not the same tests: {ours.resampled.shape} and {theirs.resampled.shape}")
    apart = aggregate(_drawn(ours, times, seed)) - aggregate(_drawn(theirs, times, seed))
    low, high = np.percentile(apart, _TAILS)
    return Interval(float(aggregate(ours.values) - aggregate(theirs.values)), float(low), float(high))


def _drawn(figures: Replicates, times: int, seed: int) -> NDArray[np.float64]:
    """Return the figures of drawn trends, float64 (times, trends)."""
    trends, columns = figures.resampled.shape
    rng = np.random.default_rng((seed, trends))
    rows = rng.integers(trends, size=(times, trends))
    drawn: NDArray[np.float64] = figures.resampled[rows, rng.integers(columns, size=(times, trends))]
    return drawn


@dataclass(frozen=True, slots=True, eq=False)
class _Posts:
    """The posts that any draw of a trend tests.

    Attributes:
        kinds: Ascending rows of the positives, then of the negatives.
        length: One more than the highest row.
    """

    kinds: tuple[NDArray[np.int64], NDArray[np.int64]]
    length: int

    @classmethod
    def of(cls, tests: Sequence[Scored]) -> "_Posts":
        """Collect the posts of the draws."""
        positives = np.unique(np.concatenate([test.posts[test.labels] for test in tests]))
        negatives = np.unique(np.concatenate([test.posts[~test.labels] for test in tests]))
        return cls((positives, negatives), int(max(positives[-1], negatives[-1])) + 1)

    def drawn(self, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return how often each row was drawn, float64 (length,)."""
        counts = np.zeros(self.length)
        for rows in self.kinds:
            counts[rows] = np.bincount(rng.integers(len(rows), size=len(rows)), minlength=len(rows))
        return counts


def _figure(test: Ranked, prevalence: float | None, counts: NDArray[np.float64] | None) -> float | None:
    return test.roc_auc(counts) if prevalence is None else test.average_precision(prevalence, counts)
