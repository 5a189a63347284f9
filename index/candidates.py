"""Neighbors out of the nodes that a part of an index proposes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.neighbor import Above, Neighbor

# Nodes asked for beyond k: the graph orders by float32 products, scores are rounded to 1e-6, and
# those that change places at the k-th rank must be among the candidates.
SLACK = 16

# A candidate this far below the score ends a search above it: twice the rounding of a score, so
# that what the graph's float32 order puts behind it cannot reach the score.
_NOISE = 2e-6

# Given the scores of some that have keys: the score below which further ones of the same query do not matter.
Floor = Callable[[NDArray[np.float64]], float]

# How much wider a search that met too little is tried again.
_WIDER = 4


@dataclass(frozen=True, slots=True)
class Judged:
    """The candidates of one query.

    Attributes:
        labels: (n,) int64, distinct nodes, or vectors, that have keys.
        scores: (n,) float64, their scores.
        bottom: The most that one which was not met may score, were the graph perfect.
        whole: The candidates are all that have keys.
    """

    labels: NDArray[np.int64]
    scores: NDArray[np.float64]
    bottom: float
    whole: bool


class Proposer(Protocol):
    """Something that proposes nodes, and knows the keys of each."""

    def nodes(self) -> int:
        """Return how many nodes have keys."""
        ...

    def candidates(self, queries: NDArray[np.float16], want: int, floor: Floor) -> Iterator[Judged]:
        """Yield for each query, (m, d), `want` judged nodes less those without keys, or all that have keys.

        All when `want` is at least their number. What scores below the floor may be left out.
        """
        ...

    def count(self, labels: NDArray[np.int64]) -> int:
        """Return how many keys share the given nodes."""
        ...

    def missing(self, found: int) -> float:
        """Return about how many keys above a score the graph has missed where it found so many."""
        ...

    def best(self, labels: NDArray[np.int64], scores: NDArray[np.float64], k: int) -> list[Neighbor]:
        """Return the k best neighbors among the keys of nodes, best first, ties by key."""
        ...


def nearest(source: Proposer, queries: NDArray[np.float16], k: int) -> list[list[Neighbor]]:
    """Return for each query, (m, d), about its k nearest neighbors; 1 <= k."""
    answers: dict[int, list[Neighbor]] = {}
    pending = list(range(len(queries)))
    want = k + SLACK

    def kth(scores: NDArray[np.float64]) -> float:
        return float(np.partition(scores, len(scores) - k)[len(scores) - k]) if k <= len(scores) else -1.0

    while pending:
        for query, found in zip(pending, source.candidates(queries[pending], want, kth), strict=True):
            if found.whole or len(found.labels) >= k:
                answers[query] = source.best(found.labels, found.scores, k)
        pending = [query for query in pending if query not in answers]
        want = _widened(source, want)
    return [answers[query] for query in range(len(queries))]


def all_above(source: Proposer, queries: NDArray[np.float16], score: float, limit: int, want: int) -> list[Above]:
    """Return for each query, (m, d), what lies at or above a score.

    More and more nodes are asked for until one lies below the score or the limit is passed; when
    that would be a quarter of all, all are judged, and the answer is complete.

    Args:
        source: Of the nodes.
        queries: (m, d) float16.
        score: The bound, itself included.
        limit: The most neighbors of an answer; 1 <= limit.
        want: How many nodes to ask for at first; 1 <= want.
    """
    answers: dict[int, Above] = {}
    pending = list(range(len(queries)))
    if want * _WIDER >= source.nodes():
        want = max(want, source.nodes())
    while pending:
        for query, found in zip(pending, source.candidates(queries[pending], want, lambda _: score), strict=True):
            answer = _above(source, found, score, limit)
            if answer is not None:
                answers[query] = answer
        pending = [query for query in pending if query not in answers]
        want = _widened(source, want)
    return [answers[query] for query in range(len(queries))]


def reached(source: Proposer, query: NDArray[np.float16], score: float, want: int) -> int:
    """Return how many nodes, or vectors, at or above a score a search for one query, (1, d), meets."""
    while True:
        (found,) = source.candidates(query, want, lambda _: score)
        if found.whole or found.bottom < score - _NOISE:
            return int(np.count_nonzero(found.scores >= score))
        want = _widened(source, want)


def _widened(source: Proposer, want: int) -> int:
    """Return how many nodes to ask for next: all, where that is not many more."""
    want *= _WIDER
    return max(want, source.nodes()) if want * _WIDER >= source.nodes() else want


def _above(source: Proposer, found: Judged, score: float, limit: int) -> Above | None:
    """Return the answer that candidates allow, or None if more of them are needed."""
    near = found.scores >= score
    labels = found.labels[near]
    count = source.count(labels)
    cut = count > limit
    if not (found.whole or cut or found.bottom < score - _NOISE):
        return None
    neighbors = source.best(labels, found.scores[near], limit)
    missing = max(0, count - len(neighbors)) + (0.0 if found.whole else source.missing(count))
    return Above(neighbors, cut=cut, complete=found.whole and not cut, missing=missing)
