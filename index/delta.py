"""The newest vectors of an index, searched exactly."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.block import VectorBlock
from index.duplicates import Postings
from index.neighbor import Above, Neighbor
from index.params import KEYS_A_NODE, weight
from index.scan import Scan, UnitBlock

_NOTHING: set[str] = set()


class Delta:
    """Keys with vectors and times, in the order in which they came; equal vectors are one node.

    Not safe for use by several threads at once. Whoever takes it apart to seal it (`postings`,
    `vectors`, `units`, `times`) never changes it again.
    """

    def __init__(self, dimension: int) -> None:
        self.postings = Postings()
        self.times: dict[str, float] = {}
        self._block = VectorBlock(dimension)
        self._units = UnitBlock(dimension)
        self._left = np.zeros(0, dtype=np.int32)  # keys a node; as long as there is room for nodes
        self._oldest = np.inf

    def __len__(self) -> int:
        return len(self.postings)

    @property
    def vectors(self) -> NDArray[np.float16]:
        """The vectors of the nodes, (n, d) float16."""
        return self._block.used

    @property
    def units(self) -> NDArray[np.float32]:
        """The directions of the nodes, (n, d) float32."""
        return self._units.used

    @property
    def weight(self) -> int:
        """The size, nodes that lost their keys included, as `SegmentParams` measures it."""
        return weight(self.postings.nodes, len(self.postings))

    def vector(self, key: str) -> NDArray[np.float16]:
        """Return the vector, (d,) float16, of a key that is stored."""
        vector: NDArray[np.float16] = self.vectors[self.postings.label(key)]
        return vector

    def take(self, keys: Sequence[str], vectors: NDArray[np.float16], times: Sequence[float], limit: int) -> int:
        """Insert as many of the first keys as there is room for, at least one.

        Args:
            keys: n distinct keys; those that are stored are replaced.
            vectors: (n, d) float16, as `as_vectors` makes them.
            times: n, in seconds.
            limit: The weight that is not exceeded; above the present one.

        Returns:
            How many were inserted.
        """
        room = limit - self.postings.nodes
        count = min(len(keys), KEYS_A_NODE * limit - len(self.postings), limit)
        plan = self.postings.plan(vectors[:count])
        if len(plan.fresh) > room:
            count = plan.fresh[room]
            plan = self.postings.plan(vectors[:count])
        self._append(vectors[list(plan.fresh)])
        self._recount(self.postings.apply(keys[:count], plan))
        self.times.update(zip(keys[:count], times[:count], strict=True))
        self._oldest = min(self._oldest, *times[:count])
        return count

    def remove(self, key: str) -> bool:
        """Forget a key; return whether it was stored."""
        self._recount(self.postings.remove([key]))
        return self.times.pop(key, None) is not None

    def expire(self, before: float) -> int:
        """Forget the keys whose time is before the given one; return how many."""
        if before <= self._oldest:
            return 0
        gone = [key for key, time in self.times.items() if time < before]
        self._oldest = before
        return sum(self.remove(key) for key in gone)

    def nearest(self, queries: NDArray[np.float16], k: int) -> list[list[Neighbor]]:
        """Return for each query, (m, d), its k nearest neighbors."""
        return self._scan().nearest(queries, k)

    def above(self, queries: NDArray[np.float16], score: float, limit: int) -> list[Above]:
        """Return for each query, (m, d), what lies at or above a score, complete if not cut."""
        return self._scan().above(queries, score, limit)

    def _scan(self) -> Scan:
        return Scan(self.postings, self.vectors, self.units, self._left[: self.postings.nodes], _NOTHING)

    def _append(self, vectors: NDArray[np.float16]) -> None:
        self._block.append(vectors)
        self._units.append(vectors)
        if len(self._block) > len(self._left):
            self._left = np.concatenate([self._left, np.zeros(len(self._block) + len(vectors), dtype=np.int32)])

    def _recount(self, touched: set[int]) -> None:
        for label in touched:
            self._left[label] = self.postings.size(label)
