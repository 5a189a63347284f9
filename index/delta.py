"""The newest vectors of an index, searched exactly."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from index.block import Block
from index.columns import Columns
from index.live import Live
from index.neighbor import Above, Neighbor
from index.params import KEYS_A_NODE, weight
from index.rows import Part
from index.scan import Scan
from index.vectors import unit


def digest(vector: NDArray[np.float16]) -> bytes:
    """Return what stands for the bytes of a vector, (d,)."""
    return blake2b(vector.tobytes(), digest_size=16).digest()


class Delta:
    """Keys with their vectors, appended in the order in which they came; equal vectors are one.

    Rows are only ever appended, never changed: an edit appends another, a removal only tells `live`.
    So what `columns` returned stays right for ever. Not safe for use by several threads at once.
    """

    def __init__(self, dimension: int) -> None:
        self.live = Live()
        self._keys: list[str] = []
        self._times: Block[np.float64] = Block(np.float64)
        self._vector_of: Block[np.int32] = Block(np.int32)
        self._vectors: Block[np.float16] = Block(np.float16, dimension)
        self._units: Block[np.float32] = Block(np.float32, dimension)
        self._known: dict[bytes, int] = {}
        self._parts: dict[str, tuple[Block[np.int64], Block[np.float16]]] = {}
        self._oldest = np.inf

    def __len__(self) -> int:
        return len(self.live)

    @property
    def weight(self) -> int:
        """The size, rows that do not count any more included, as `SegmentParams` measures it."""
        return weight(len(self._vectors), len(self._keys))

    @property
    def distinct(self) -> int:
        """How many distinct vectors there are, those without live rows included."""
        return len(self._vectors)

    @property
    def units(self) -> NDArray[np.float32]:
        """The directions of the vectors, (v, d) float32."""
        return self._units.used

    def columns(self) -> Columns:
        """Return all rows up to now, without copying more than the list of keys."""
        return self._columns(self._keys[:])

    def frozen(self) -> Columns:
        """Return all rows without copying anything, right until the next change."""
        return self._columns(self._keys)

    def take(
        self,
        keys: Sequence[str],
        vectors: NDArray[np.float16],
        times: Sequence[float],
        parts: Mapping[str, Part],
        limit: int,
    ) -> int:
        """Insert as many of the first keys as there is room for, at least one.

        Args:
            keys: n distinct keys; those that are stored are replaced.
            vectors: (n, d) float16, as `as_vectors` makes them.
            times: n, in seconds.
            parts: Of the n keys, as `as_parts` makes them.
            limit: The weight that is not exceeded; above the present one.

        Returns:
            How many were inserted.
        """
        most = min(len(keys), KEYS_A_NODE * limit - len(self._keys), limit)
        vector_of, fresh = self._placed(vectors[:most], limit - len(self._vectors))
        count, news = len(vector_of), list(fresh.values())
        units = unit(vectors[news])
        for block in (self._vectors, self._units):
            block.reserve(len(news))
        self._append_parts(parts, len(self._keys), count)
        self._known.update(zip(fresh, range(len(self._known), len(self._known) + len(fresh)), strict=True))
        self._vectors.append(vectors[news])
        self._units.append(units)
        self._times.append(np.asarray(times[:count], dtype=np.float64))
        self._vector_of.append(vector_of)
        self._keys += keys[:count]
        self.live.append(keys[:count], vector_of, len(self._vectors))
        self._oldest = min(self._oldest, *times[:count])
        return count

    def expire(self, before: float) -> int:
        """Forget the keys whose time is before the given one; return how many."""
        if before <= self._oldest:
            return 0
        self._oldest = before
        return self.live.drop(np.flatnonzero(self._times.used < before))

    def nearest(self, queries: NDArray[np.float16], k: int) -> list[list[Neighbor]]:
        """Return for each query, (m, d), its k nearest neighbors."""
        return self._scan().nearest(queries, k)

    def above(self, queries: NDArray[np.float16], score: float, limit: int) -> list[Above]:
        """Return for each query, (m, d), what lies at or above a score, complete if not cut."""
        return self._scan().above(queries, score, limit)

    def _scan(self) -> Scan:
        return Scan(self._keys, self._vector_of.used, self._vectors.used, self._units.used, self.live)

    def _columns(self, keys: list[str]) -> Columns:
        parts = {name: (rows.used, vectors.used) for name, (rows, vectors) in self._parts.items()}
        return Columns(keys, self._times.used, self._vector_of.used, self._vectors.used, parts)

    def _placed(self, vectors: NDArray[np.float16], room: int) -> tuple[NDArray[np.int32], dict[bytes, int]]:
        """Find the row of each vector, for as many as bring no more new ones than there is room for.

        Returns:
            The rows, (count,) int32; the digest of each new one with the place of its vector.
        """
        places: list[int] = []
        coming: dict[bytes, int] = {}
        fresh: dict[bytes, int] = {}
        for place, vector in enumerate(vectors):
            name = digest(vector)
            row = self._known.get(name, coming.get(name))
            if row is None:
                if len(fresh) == room:
                    break
                row = coming[name] = len(self._known) + len(fresh)
                fresh[name] = place
            places.append(row)
        return np.array(places, dtype=np.int32), fresh

    def _append_parts(self, parts: Mapping[str, Part], first: int, count: int) -> None:
        for name, (rows, vectors) in parts.items():
            end = int(np.searchsorted(rows, count))
            if name not in self._parts:
                self._parts[name] = (Block(np.int64), Block(np.float16, vectors.shape[1]))
            held_rows, held_vectors = self._parts[name]
            held_rows.append(rows[:end] + first)
            held_vectors.append(vectors[:end])
