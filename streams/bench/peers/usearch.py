"""usearch: its HNSW graph over bfloat16 vectors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from usearch.index import Index

from streams.bench.peer import Facts, Ids, Plain, Setup, Vectors

_FILE = "index.usearch"
# A range search asks for twice as many neighbors until the last lies below the score.
_FIRST_K = 128


class Usearch(Plain):
    """One graph over all rows, its vectors in half the memory."""

    facts = Facts(
        kind="library",
        index_type="HNSW, bfloat16",
        library="usearch",
        note="scores are of rounded vectors, which costs recall at the k-th rank; range search by growing k",
    )

    def __init__(self, setup: Setup) -> None:
        self._index = Index(
            ndim=setup.dimension,
            metric="ip",
            dtype="bf16",
            connectivity=setup.m,
            expansion_add=setup.ef_construction,
        )

    def insert(self, ids: Ids, vectors: Vectors) -> None:
        """See `Peer.insert`."""
        self._index.add(ids, vectors, threads=1)

    def search(self, queries: Vectors, k: int, ef: int) -> Sequence[Ids]:
        """See `Peer.search`."""
        self._index.expansion_search = ef
        found = self._index.search(queries, k, threads=1)
        keys = np.atleast_2d(found.keys).astype(np.int64)
        counts = np.atleast_1d(getattr(found, "counts", len(found)))
        return [row[:count] for row, count in zip(keys, counts, strict=True)]

    def above(self, query: Vectors, score: float, ef: int) -> Ids:
        """See `Peer.above`."""
        self._index.expansion_search = ef
        k = _FIRST_K
        while True:
            found = self._index.search(query, min(k, len(self._index)), threads=1)
            near = np.asarray(found.distances) <= 1 - score
            if not near.all() or k >= len(self._index) or len(near) < k:
                ids: Ids = np.asarray(found.keys)[near].astype(np.int64)
                return ids
            k *= 2

    def remove(self, ids: Ids) -> None:
        """See `Peer.remove`."""
        self._index.remove(ids, threads=1)

    def save(self, folder: Path) -> None:
        """See `Peer.save`."""
        self._index.save(str(folder / _FILE))

    def open(self, folder: Path) -> None:
        """See `Peer.open`."""
        self._index = Index.restore(str(folder / _FILE))
