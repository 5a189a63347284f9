"""Exact search of few vectors, in which float32 chooses what float64 judges."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from index.choice import best_of_rows
from index.live import Live
from index.neighbor import Above, Neighbor
from index.vectors import cosines, unit

# Products held at a time: 2**22 float32 values are 16 MiB.
_PRODUCTS_AT_A_TIME = 2**22

# Below every product of two unit vectors: what vectors without live rows are given.
_NEVER = -2.0


def margin(dimension: int) -> float:
    """Return how much lower a float32 product may be than that of a vector that ranks behind it.

    A sum of d products in float32, in any order, is off by less than d x 2**-24 at unit norm
    (Higham, Accuracy and Stability of Numerical Algorithms, 3.1), the rounded rows add two units;
    twice that for two products, with 1e-6 for the rounding of scores.
    """
    return 2.02 * (dimension + 2) * 2.0**-24 + 1.1e-6


class Scan:
    """Vectors of which each is looked at.

    Args:
        keys: n keys.
        vector_of: (n,) int32, the vector of each.
        vectors: (v, d) float16.
        units: (v, d) float32, their directions.
        live: Which rows count.
    """

    def __init__(
        self,
        keys: Sequence[str],
        vector_of: NDArray[np.int32],
        vectors: NDArray[np.float16],
        units: NDArray[np.float32],
        live: Live,
    ) -> None:
        self._keys, self._vector_of, self._vectors, self._units, self._live = keys, vector_of, vectors, units, live

    def nearest(self, queries: NDArray[np.float16], k: int) -> list[list[Neighbor]]:
        """Return for each query, (m, d), its k nearest neighbors."""
        return [self._nearest(query, row, k) for query, row in self._products(queries)]

    def above(self, queries: NDArray[np.float16], score: float, limit: int) -> list[Above]:
        """Return for each query, (m, d), what lies at or above a score, complete if not cut."""
        return [self._above(query, row, score, limit) for query, row in self._products(queries)]

    def _nearest(self, query: NDArray[np.float16], row: NDArray[np.float32], k: int) -> list[Neighbor]:
        bound = _NEVER
        if k < len(row):
            bound = float(np.partition(row, len(row) - k)[len(row) - k]) - margin(len(query))
        vectors, scores = self._judged(query, row, bound)
        return self._best(vectors, scores, k)

    def _above(self, query: NDArray[np.float16], row: NDArray[np.float32], score: float, limit: int) -> Above:
        bound = min(max(score - margin(len(query)), -1.5), 1.5)  # beyond all products; float32 can hold it
        vectors, scores = self._judged(query, row, bound)
        near = scores >= score
        count = int(self._live.left[vectors[near]].sum())
        neighbors = self._best(vectors[near], scores[near], limit)
        missing = float(max(0, count - len(neighbors)))
        return Above(neighbors, cut=count > limit, complete=count <= limit, missing=missing)

    def _best(self, vectors: NDArray[np.int64], scores: NDArray[np.float64], k: int) -> list[Neighbor]:
        """Return the k best neighbors among the live rows of scored vectors."""
        if not len(vectors):
            return []
        score_of = np.full(len(self._vectors), np.nan)
        score_of[vectors] = scores
        each = score_of[self._vector_of]  # (n,)
        rows = np.flatnonzero(~np.isnan(each) & self._live.mask)
        return best_of_rows(self._keys, rows, each[rows], k)

    def _judged(
        self, query: NDArray[np.float16], row: NDArray[np.float32], bound: float
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the vectors that have live rows, whose product is at least a bound, with their scores."""
        vectors = np.flatnonzero((row >= bound) & (row > _NEVER)).astype(np.int64)
        return vectors, cosines(self._vectors[vectors], query[None, :])[:, 0]

    def _products(self, queries: NDArray[np.float16]) -> Iterator[tuple[NDArray[np.float16], NDArray[np.float32]]]:
        """Yield each query, (d,), with its products, (v,) float32, against all vectors."""
        empty = self._live.left == 0
        step = max(1, _PRODUCTS_AT_A_TIME // max(1, len(self._units)))
        for start in range(0, len(queries), step):
            some = queries[start : start + step]
            products = unit(some) @ self._units.T  # (step, v)
            products[:, empty] = _NEVER
            yield from zip(some, products, strict=True)
