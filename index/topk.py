"""The best k of many scores, in the one order of all neighbor lists."""

import math
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from index.errors import BadCount, BadScore
from index.neighbor import Neighbor

_KEY, _SCORE = attrgetter("key"), attrgetter("score")


def check_count(name: str, value: object) -> None:
    """Check a count of neighbors that a caller asks for.

    Raises:
        BadCount: Not a whole number of at least 1.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise BadCount(name, value)


def check_score(score: float) -> None:
    """Check a score to search above.

    Raises:
        BadScore: Not a finite number.
    """
    if not math.isfinite(score):
        raise BadScore(score)


def best_rows(scores: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Return the rows of the k best scores with all that tie with the last of them.

    Args:
        scores: (n,) float64.
        k: 1 <= k; it may exceed n.

    Returns:
        (r,) int64, best first, min(k, n) <= r <= n; ties are left to the caller, who knows keys.
    """
    if k < len(scores):
        worst = np.partition(scores, len(scores) - k)[len(scores) - k]
        rows = np.flatnonzero(scores >= worst)
    else:
        rows = np.arange(len(scores))
    order: NDArray[np.int64] = rows[np.argsort(-scores[rows], kind="stable")]
    return order


def merge_top_k(lists: Iterable[Sequence[Neighbor]], k: int) -> list[Neighbor]:
    """Return the k best neighbors over all lists, one per key.

    Args:
        lists: One list a shard, each sorted best first.
        k: How many to keep; 1 <= k.

    Returns:
        At most k neighbors, best first; of a repeated key the best score stays.

    Raises:
        BadCount: k is below 1.
    """
    check_count("k", k)
    best: dict[str, Neighbor] = {}
    ranked = sorted(chain.from_iterable(lists), key=_KEY)  # two plain keys are faster than a pair
    ranked.sort(key=_SCORE, reverse=True)  # stable: ties stay by key
    for neighbor in ranked:
        best.setdefault(neighbor.key, neighbor)
        if len(best) == k:
            break
    return list(best.values())
