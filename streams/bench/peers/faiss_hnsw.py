"""faiss: its HNSW graph over float32 vectors."""

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np

from streams.bench.peer import Facts, Ids, NotOffered, Plain, Setup, Vectors

_FILE = "index.faiss"


class FaissHnsw(Plain):
    """`IndexHNSWFlat`; ids are the order of insertion."""

    facts = Facts(
        kind="library",
        index_type="IndexHNSWFlat, float32",
        library="faiss-cpu",
        note="no removal from a graph; its range search returns what one walk of width ef meets",
    )

    def __init__(self, setup: Setup) -> None:
        faiss.omp_set_num_threads(1)
        self._index = faiss.IndexHNSWFlat(setup.dimension, setup.m, faiss.METRIC_INNER_PRODUCT)
        self._index.hnsw.efConstruction = setup.ef_construction
        self._ids = np.empty(0, dtype=np.int64)

    def insert(self, ids: Ids, vectors: Vectors) -> None:
        """See `Peer.insert`."""
        self._index.add(vectors)
        self._ids = np.concatenate([self._ids, ids])

    def search(self, queries: Vectors, k: int, ef: int) -> Sequence[Ids]:
        """See `Peer.search`."""
        _, found = self._index.search(queries, k, params=faiss.SearchParametersHNSW(efSearch=ef))
        return [self._ids[row[row >= 0]] for row in found]

    def above(self, query: Vectors, score: float, ef: int) -> Ids:
        """See `Peer.above`."""
        params = faiss.SearchParametersHNSW(efSearch=ef)
        _, _, found = self._index.range_search(query[None, :], score, params=params)
        ids: Ids = self._ids[found]
        return ids

    def remove(self, ids: Ids) -> None:
        """See `Peer.remove`."""
        raise NotOffered("faiss removes nothing from an HNSW graph")

    def save(self, folder: Path) -> None:
        """See `Peer.save`."""
        faiss.write_index(self._index, str(folder / _FILE))

    def open(self, folder: Path) -> None:
        """See `Peer.open`."""
        self._index = faiss.read_index(str(folder / _FILE))
