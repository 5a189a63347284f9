"""hnswlib over distinct vectors, copies kept beside it by hand: the speed of its graph where copies cannot break it."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from streams.bench.peer import Facts, Ids, NotOffered, Setup, Vectors
from streams.bench.peers.raw_hnswlib import RawHnswlib


class DistinctHnswlib(RawHnswlib):
    """One raw graph over the first row of each vector; what no user of the library gets without writing it."""

    facts = Facts(
        kind="library",
        index_type="HNSW, float32, one graph over distinct vectors",
        library="hnswlib",
        note="byte-identical rows were collapsed before it was filled: the reference for the speed of our graphs",
    )

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._first: dict[bytes, int] = {}
        self._copies: dict[int, list[int]] = {}
        self._gone: set[int] = set()
        self._many = np.zeros(setup.capacity, dtype=bool)

    def insert(self, ids: Ids, vectors: Vectors) -> None:
        """See `Peer.insert`."""
        fresh = []
        for place, (one, vector) in enumerate(zip(ids.tolist(), vectors, strict=True)):
            first = self._first.setdefault(vector.tobytes(), one)
            self._copies.setdefault(first, []).append(one)
            if first == one:
                fresh.append(place)
            else:
                self._many[first] = True
        super().insert(ids[fresh], vectors[fresh])

    def search(self, queries: Vectors, k: int, ef: int) -> Sequence[Ids]:
        """See `Peer.search`."""
        found = super().search(queries, k, ef)
        return [self._with_copies(ids)[:k] if self._many[ids].any() else ids for ids in found]

    def above(self, query: Vectors, score: float, ef: int) -> Ids:
        """See `Peer.above`."""
        return self._with_copies(super().above(query, score, ef))

    def remove(self, ids: Ids) -> None:
        """See `Peer.remove`; a node without rows is marked."""
        self._gone.update(ids.tolist())
        empty = [first for first, copies in self._copies.items() if self._gone.issuperset(copies)]
        super().remove(np.array(empty, dtype=np.int64))
        self._many[[first for first in self._copies if first in self._gone]] = True

    def save(self, folder: Path) -> None:
        """See `Peer.save`."""
        raise NotOffered("see hnswlib")

    def _with_copies(self, ids: Ids) -> Ids:
        rows = [one for first in ids.tolist() for one in self._copies[first] if one not in self._gone]
        return np.array(rows, dtype=np.int64)
