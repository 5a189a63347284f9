"""The best keys among scored vectors that each may be shared by many."""

import heapq
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.groups import Groups
from index.live import Live
from index.neighbor import Neighbor
from index.topk import best_rows


def best_of_rows(keys: Sequence[str], rows: NDArray[np.int64], scores: NDArray[np.float64], k: int) -> list[Neighbor]:
    """Return the k best neighbors among scored rows, best first, ties by key.

    Args:
        keys: The key of each row.
        rows: (n,) int64, distinct.
        scores: (n,) float64, of each of `rows`.
        k: 1 <= k.
    """
    order = best_rows(scores, k) if len(scores) > k else np.arange(len(scores))
    if len(order) > k:  # many may tie with the last: only as many of them are made as are needed
        last = scores[order[k - 1]]
        better = order[scores[order] > last]
        tied = [keys[row] for row in rows[order[len(better) :]].tolist()]
        found = _named(keys, rows[better], scores[better])
        found += (Neighbor(key, float(last)) for key in heapq.nsmallest(k - len(better), tied))
    else:
        found = _named(keys, rows[order], scores[order])
    return sorted(found, key=Neighbor.rank)


def best_of_vectors(
    keys: Sequence[str],
    rows_of: Groups | None,
    mask: NDArray[np.bool_],
    vectors: NDArray[np.int64],
    scores: NDArray[np.float64],
    k: int,
) -> list[Neighbor]:
    """Return the k best neighbors among the live rows of scored vectors, best first, ties by key.

    Args:
        keys: The key of each row.
        rows_of: The rows of each vector by key; None if each has one, of its own number.
        mask: Whether each row is live.
        vectors: (n,) int64, distinct, each with live rows.
        scores: (n,) float64, of each of `vectors`.
        k: 1 <= k.
    """
    order = best_rows(scores, k)
    best, each = vectors[order], scores[order]
    if rows_of is None:
        rows = best
    elif (rows_of.starts[best + 1] - rows_of.starts[best] == 1).all():  # as almost always
        rows = rows_of.members[rows_of.starts[best]].astype(np.int64)
    else:
        some, counts = [np.empty(0, dtype=np.int64)], []
        for place in order:
            members = rows_of.one(int(vectors[place]))
            some.append(members[mask[members]][:k].astype(np.int64))
            counts.append(len(some[-1]))
        rows, each = np.concatenate(some), np.repeat(scores[order], counts)
    live = mask[rows]
    return best_of_rows(keys, rows[live], each[live], k)


def best_of_each(
    keys: Sequence[str],
    rows_of: Groups | None,
    live: Live,
    vectors: NDArray[np.int64],
    scores: NDArray[np.float64],
    k: int,
) -> list[list[Neighbor] | None]:
    """Return for each query the k best neighbors among the live rows of its scored vectors.

    As `best_of_vectors`, for many queries in few steps over arrays.

    Args:
        keys: The key of each row.
        rows_of: The rows of each vector by key; None if each has one, of its own number.
        live: Which rows count.
        vectors: (m, w) int64, distinct in each line.
        scores: (m, w) float64, of each of `vectors`.
        k: 1 <= k.

    Returns:
        m lists; None in the place of one where fewer than k vectors have live rows.
    """
    rows: NDArray[np.signedinteger[Any]] = vectors
    sizes = np.ones_like(vectors, dtype=np.int32)
    if rows_of is not None:
        starts = rows_of.starts[vectors]
        rows, sizes = rows_of.members[starts], rows_of.starts[vectors + 1] - starts
    lines = zip((-scores).tolist(), rows.tolist(), strict=True)
    if not live.gone and sizes.max(initial=1) == 1:
        return [_first(sorted(zip(line, map(keys.__getitem__, some), strict=True)), k) for line, some in lines]
    found: list[list[Neighbor] | None] = []
    left: list[list[int]] = live.left[vectors].tolist()
    many, names = sizes.tolist(), vectors.tolist()
    for place, (line, some) in enumerate(lines):
        ranked: list[tuple[float, str]] = []
        counted = sorted(zip(line, some, many[place], left[place], names[place], strict=True))
        for score, row, size, rest, vector in counted:
            if len(ranked) >= k and score > ranked[-1][0]:
                break
            if size == 1 and rest:
                ranked.append((score, keys[row]))
            elif rest and rows_of is not None:
                members = rows_of.one(vector)
                ranked += ((score, keys[row]) for row in members[live.mask[members]][:k].tolist())
        enough = sum(map(bool, left[place])) >= k
        found.append(_first(sorted(ranked), k) if enough else None)
    return found


def _first(ranked: list[tuple[float, str]], k: int) -> list[Neighbor] | None:
    """Return the first k of pairs of a negative score with its key; None if there are fewer."""
    return [Neighbor(key, -score) for score, key in ranked[:k]] if len(ranked) >= k else None


def _named(keys: Sequence[str], rows: NDArray[np.int64], scores: NDArray[np.float64]) -> list[Neighbor]:
    return [Neighbor(keys[row], score) for row, score in zip(rows.tolist(), scores.tolist(), strict=True)]
