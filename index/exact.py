"""The index that judges everything: brute force, never wrong."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.block import VectorBlock
from index.keymap import KeyMap
from index.neighbor import Above, Neighbor
from index.topk import best_rows, check_count, check_score
from index.vectors import as_vectors, check_dimension, check_keys, cosine_columns


class ExactIndex:
    """A `VectorIndex` that compares a searched vector with every stored one.

    The oracle of all others, right for up to some ten thousand vectors. Do not use it for a
    shard's whole stock: a search costs n x d multiplications. Not safe for use by several threads.
    """

    def __init__(self, dimension: int) -> None:
        """Make an empty index.

        Args:
            dimension: The number of values of every vector, 1 to 65,536.

        Raises:
            BadParameter: The dimension is out of its range.
        """
        self._dimension = check_dimension(dimension)
        self._keys = KeyMap()
        self._block = VectorBlock(dimension)

    @property
    def dimension(self) -> int:
        """The number of values of every vector."""
        return self._dimension

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def insert(self, keys: Sequence[str], vectors: NDArray[np.floating[Any]]) -> None:
        """Store one vector a key, all or none; see `VectorIndex.insert`."""
        stored = as_vectors(vectors, self._dimension)
        check_keys(keys, len(stored))
        newest = {key: row for row, key in enumerate(keys)}
        self._block.reserve(self._keys.missing(newest))
        rows = self._keys.assign(list(newest))
        self._block.write(rows, stored[list(newest.values())])

    def remove(self, keys: Sequence[str]) -> int:
        """Forget keys, return how many were stored; see `VectorIndex.remove`."""
        before = len(self._keys)
        for key in keys:
            moved = self._keys.remove(key)
            if moved is not None:
                self._block.swap_remove(*moved)
        return before - len(self._keys)

    def search(self, vectors: NDArray[np.floating[Any]], k: int) -> list[list[Neighbor]]:
        """Return the k nearest neighbors of each vector; see `VectorIndex.search`."""
        check_count("k", k)
        queries = as_vectors(vectors, self._dimension)
        return [self._best(scores, k) for scores in cosine_columns(self._block.used, queries)]

    def search_above(self, vectors: NDArray[np.floating[Any]], score: float, limit: int) -> list[Above]:
        """Return all at or above a score, complete if not cut; see `VectorIndex.search_above`."""
        check_count("limit", limit)
        check_score(score)
        queries = as_vectors(vectors, self._dimension)
        columns = cosine_columns(self._block.used, queries)
        return [self._above(scores, score, limit) for scores in columns]

    def _best(self, scores: NDArray[np.float64], k: int) -> list[Neighbor]:
        rows = best_rows(scores, k)
        found = [Neighbor(self._keys.key(int(row)), float(scores[row])) for row in rows]
        return sorted(found, key=Neighbor.rank)[:k]

    def _above(self, scores: NDArray[np.float64], score: float, limit: int) -> Above:
        count = int(np.count_nonzero(scores >= score))
        neighbors = self._best(scores, min(count, limit)) if count else []
        return Above(neighbors, cut=count > limit, complete=count <= limit, missing=float(count - len(neighbors)))
