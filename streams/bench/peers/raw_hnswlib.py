"""hnswlib as it comes: what our segments are built on, measured without us."""

from collections.abc import Sequence
from pathlib import Path

import hnswlib
import numpy as np

from streams.bench.peer import Facts, Ids, Plain, Setup, Vectors

_FILE = "graph.bin"
# A range search asks for twice as many neighbors until the last lies below the score.
_FIRST_K = 128


class RawHnswlib(Plain):
    """One graph over all rows, copies included."""

    facts = Facts(
        kind="library",
        index_type="HNSW, float32, one graph",
        library="hnswlib",
        note="searches wait for inserts: both at once corrupt its graph; range search by growing k",
    )

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._raw = hnswlib.Index(space="ip", dim=setup.dimension)
        self._raw.init_index(
            max_elements=setup.capacity, M=setup.m, ef_construction=setup.ef_construction, random_seed=100
        )

    def insert(self, ids: Ids, vectors: Vectors) -> None:
        """See `Peer.insert`."""
        self._raw.add_items(vectors, ids, num_threads=1)

    def search(self, queries: Vectors, k: int, ef: int) -> Sequence[Ids]:
        """See `Peer.search`; without an answer where the graph reaches fewer than k."""
        self._raw.set_ef(ef)
        try:
            labels, _ = self._raw.knn_query(queries, k=k, num_threads=1)
        except RuntimeError:
            return [np.empty(0, dtype=np.int64)] * len(queries)
        return list(labels.astype(np.int64))

    def above(self, query: Vectors, score: float, ef: int) -> Ids:
        """See `Peer.above`."""
        k, count = _FIRST_K, self._raw.get_current_count()
        self._raw.set_ef(ef)
        while True:
            try:
                labels, distances = self._raw.knn_query(query[None, :], k=min(k, count), num_threads=1)
            except RuntimeError:  # fewer than k can be reached
                k //= 2
                labels, distances = self._raw.knn_query(query[None, :], k=k, num_threads=1)
                count = k
            near = distances[0] <= 1 - score
            if not near.all() or k >= count:
                ids: Ids = labels[0][near].astype(np.int64)
                return ids
            k *= 2

    def remove(self, ids: Ids) -> None:
        """See `Peer.remove`; marked, never reclaimed."""
        for label in ids:
            self._raw.mark_deleted(int(label))

    def save(self, folder: Path) -> None:
        """See `Peer.save`."""
        self._raw.save_index(str(folder / _FILE))

    def open(self, folder: Path) -> None:
        """See `Peer.open`."""
        self._raw = hnswlib.Index(space="ip", dim=self._setup.dimension)
        self._raw.load_index(str(folder / _FILE), max_elements=self._setup.capacity)
