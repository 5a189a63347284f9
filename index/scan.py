"""Exact search of few vectors, in which float32 chooses what float64 judges."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from index.duplicates import Postings
from index.neighbor import Above, Neighbor
from index.vectors import cosines, unit

# Products held at a time: 2**22 float32 values are 16 MiB.
_PRODUCTS_AT_A_TIME = 2**22

# Rows for which room is made at first; it then doubles.
_FIRST_ROWS = 256

# Below every product of two unit vectors: what nodes without keys are given.
_NEVER = -2.0


class UnitBlock:
    """Growing rows 0 .. n-1 of unit norm, float32, beside the float16 vectors they came from."""

    def __init__(self, dimension: int) -> None:
        self._rows = np.empty((0, dimension), dtype=np.float32)
        self._used = 0

    @property
    def used(self) -> NDArray[np.float32]:
        """All rows, (n, d) float32; rows are never changed once they are there."""
        return self._rows[: self._used]

    def append(self, vectors: NDArray[np.float16]) -> None:
        """Add the directions of vectors, (n, d), after the last row."""
        end = self._used + len(vectors)
        if end > len(self._rows):
            grown = np.empty((max(_FIRST_ROWS, end, 2 * len(self._rows)), self._rows.shape[1]), dtype=np.float32)
            grown[: self._used] = self.used
            self._rows = grown
        self._rows[self._used : end] = unit(vectors)
        self._used = end


def margin(dimension: int) -> float:
    """Return how much lower a float32 product may be than that of a node that ranks behind it.

    A sum of d products in float32, in any order, is off by less than d x 2**-24 at unit norm
    (Higham, Accuracy and Stability of Numerical Algorithms, 3.1), the rounded rows add two units;
    twice that for two products, with 1e-6 for the rounding of scores.
    """
    return 2.02 * (dimension + 2) * 2.0**-24 + 1.1e-6


class Scan:
    """Nodes of which each is looked at.

    Args:
        postings: The keys of the nodes.
        vectors: (n, d) float16, those of the nodes.
        units: (n, d) float32, their directions.
        left: (n,) int32, how many keys each node has, hidden ones not counted.
        hidden: Keys to pass over.
    """

    def __init__(
        self,
        postings: Postings,
        vectors: NDArray[np.float16],
        units: NDArray[np.float32],
        left: NDArray[np.int32],
        hidden: set[str],
    ) -> None:
        self._postings, self._vectors, self._units, self._left, self._hidden = postings, vectors, units, left, hidden

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
        labels, scores = self._judged(query, row, bound)
        return self._postings.best(labels, scores, k, self._hidden)

    def _above(self, query: NDArray[np.float16], row: NDArray[np.float32], score: float, limit: int) -> Above:
        bound = min(max(score - margin(len(query)), -1.5), 1.5)  # beyond all products; float32 can hold it
        labels, scores = self._judged(query, row, bound)
        near = scores >= score
        count = int(self._left[labels[near]].sum())
        neighbors = self._postings.best(labels[near], scores[near], limit, self._hidden) if count else []
        return Above(neighbors, cut=count > limit, complete=count <= limit, missing=float(count - len(neighbors)))

    def _judged(
        self, query: NDArray[np.float16], row: NDArray[np.float32], bound: float
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the nodes that have keys, whose product is at least a bound, with their scores."""
        labels = np.flatnonzero((row >= bound) & (row > _NEVER)).astype(np.int64)
        return labels, cosines(self._vectors[labels], query[None, :])[:, 0]

    def _products(self, queries: NDArray[np.float16]) -> Iterator[tuple[NDArray[np.float16], NDArray[np.float32]]]:
        """Yield each query, (d,), with its products, (n,) float32, against all nodes."""
        empty = self._left == 0
        step = max(1, _PRODUCTS_AT_A_TIME // max(1, len(self._units)))
        for start in range(0, len(queries), step):
            some = queries[start : start + step]
            products = unit(some) @ self._units.T  # (step, n)
            products[:, empty] = _NEVER
            yield from zip(some, products, strict=True)
