"""Queues of equally many reviews: what each of two scores catches, what both, what neither."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.evaluation import Interval
from streams.complement.rows import ScoredVideos

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Progress = Callable[[str, int, int], None]

# Ends of a 95 % percentile interval.
_TAILS = (2.5, 97.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catch:
    """Harmful videos that so many reviews catch, with 95 % intervals over videos.

    Attributes:
        reviews: The budget of each queue.
        share: Of all videos.
        classifier: In the first `reviews` of the classifier's queue.
        retrieval: In the first of retrieval's.
        both: In both queues.
        only_classifier: In the first queue alone.
        only_retrieval: In the second alone.
        either: In one or both, which takes more reviews than one budget.
        either_reviews: How many it takes, harmless videos with them.
        together: In the first `reviews` of one queue that takes from both in turn: the equal budget.
        gain: `together` less `classifier`.
    """

    reviews: int
    share: float
    classifier: Interval
    retrieval: Interval
    both: Interval
    only_classifier: Interval
    only_retrieval: Interval
    either: Interval
    either_reviews: Interval
    together: Interval
    gain: Interval


@dataclass(frozen=True, slots=True, eq=False)
class Queues:
    """In which order each queue shows the videos, as rows of the file.

    Attributes:
        classifier: int64 (c,), those that it scored, the highest first.
        retrieval: int64 (r,), likewise.
        together: int64 (t,), from both in turn, the classifier's first, each video once.
    """

    classifier: Rows
    retrieval: Rows
    together: Rows


def queues(videos: ScoredVideos) -> Queues:
    """Order the videos; equal scores by the hash of the id, so that no order of the file helps either side."""
    lots = [hashlib.sha256(one.encode()).digest() for one in videos.ids]
    classifier, retrieval = (
        np.asarray(sorted(np.flatnonzero(~np.isnan(scores)), key=lambda row: (-scores[row], lots[row])), dtype=np.int64)
        for scores in (videos.classifier, videos.retrieval)
    )
    return Queues(classifier, retrieval, in_turn(classifier, retrieval))


def in_turn(first: Rows, second: Rows) -> Rows:
    """Return what two queues hold, taking from each in turn what was not taken yet.

    Args:
        first: int64 (a,), all different; begins.
        second: int64 (b,), all different.

    Returns:
        int64, each row once.
    """
    taken: dict[int, None] = {}
    ways = [iter(first.tolist()), iter(second.tolist())]
    while ways:
        way = ways.pop(0)
        for row in way:
            if row not in taken:
                taken[row] = None
                ways.append(way)
                break
    return np.fromiter(taken, dtype=np.int64, count=len(taken))


def catches(
    videos: ScoredVideos, shares: Sequence[float], *, times: int, root: int, progress: Progress
) -> tuple[Catch, ...]:
    """Count what each queue catches at some budgets.

    Intervals are of a bootstrap over videos, the same ones for every queue and budget: differences are paired. In a
    resample a video fills as many places of a queue as it was drawn.

    Args:
        videos: Judged ones.
        shares: Budgets as shares of the videos, in (0, 1]; at least one review each.
        times: Resamples, at least 1.
        root: Of all chance.
        progress: Told stage, done, whole.

    Returns:
        One entry a share, in their order.
    """
    order = queues(videos)
    size = len(videos.ids)
    budgets = [max(1, round(share * size)) for share in shares]
    ones = np.ones(size)
    values = np.stack([_counts(videos, order, budget, ones) for budget in budgets])  # (budgets, figures)
    drawn = np.zeros((times, *values.shape))
    for time in range(times):
        rng = np.random.default_rng((root, time))
        weights = np.bincount(rng.integers(size, size=size), minlength=size).astype(np.float64)
        for place, budget in enumerate(budgets):
            drawn[time, place] = _counts(videos, order, budget, weights)
        progress("resampling", time + 1, times)
    lows, highs = np.percentile(drawn, _TAILS, axis=0)
    return tuple(
        Catch(
            reviews=budget,
            share=budget / size,
            **{
                name: Interval(float(value), float(low), float(high))
                for name, value, low, high in zip(_FIELDS, values[place], lows[place], highs[place], strict=True)
            },
        )
        for place, budget in enumerate(budgets)
    )


_FIELDS = (
    "classifier", "retrieval", "both", "only_classifier", "only_retrieval", "either", "either_reviews", "together",
    "gain",
)  # fmt: skip


def _counts(videos: ScoredVideos, order: Queues, budget: int, weights: Floats) -> Floats:
    """Return the figures of `_FIELDS` for one budget, each video counted by its weight."""
    first, second, together = (
        _reviewed(queue, budget, weights) for queue in (order.classifier, order.retrieval, order.together)
    )
    both, either = np.minimum(first, second), np.maximum(first, second)
    caught = [float(one @ videos.truth) for one in (first, second, both, first - both, second - both, either)]
    mixed = float(together @ videos.truth)
    return np.asarray([*caught, float(either.sum()), mixed, mixed - caught[0]])


def _reviewed(queue: Rows, budget: int, weights: Floats) -> Floats:
    """Return the reviewed part of each video's weight, float64 (n,): of a queue's first `budget`, the last one cut."""
    mine = weights[queue]
    reviewed = np.zeros(len(weights))
    reviewed[queue] = np.clip(budget - (np.cumsum(mine) - mine), 0.0, mine)
    return reviewed


def curves(videos: ScoredVideos, budgets: Sequence[int]) -> dict[str, list[float]]:
    """Return how many harmful videos each queue catches at many budgets, by `classifier`, `retrieval`, `together`."""
    order = queues(videos)
    found = {}
    for name in ("classifier", "retrieval", "together"):
        queue: Rows = getattr(order, name)
        caught = np.concatenate([[0], np.cumsum(videos.truth[queue])])
        found[name] = [float(caught[min(budget, len(queue))]) for budget in budgets]
    return found
