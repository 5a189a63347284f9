"""Chroma: hnswlib behind a database of its own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
from chromadb.config import Settings

from streams.bench.peer import Facts, Ids, Plain, Setup, Vectors

_NAME = "videos"
# A range search asks for twice as many neighbors until the last lies below the score.
_FIRST_K = 128


class Chroma(Plain):
    """One collection of a persistent client."""

    facts = Facts(
        kind="database",
        index_type="HNSW (hnswlib inside), float32, beside SQLite",
        library="chromadb",
        concurrent=True,
        note="range search by growing k",
    )

    def __init__(self, setup: Setup) -> None:
        self._setup, self._ef = setup, 0
        self._client = self._connected()
        hnsw = {
            "space": "ip",
            "max_neighbors": setup.m,
            "ef_construction": setup.ef_construction,
            "num_threads": 1,
        }
        self._collection: Any = self._client.create_collection(
            _NAME, configuration={"hnsw": hnsw}, embedding_function=None
        )

    def insert(self, ids: Ids, vectors: Vectors) -> None:
        """See `Peer.insert`."""
        self._collection.add(ids=[str(i) for i in ids], embeddings=vectors)

    def search(self, queries: Vectors, k: int, ef: int) -> Sequence[Ids]:
        """See `Peer.search`."""
        self._widen(ef)
        found = self._collection.query(query_embeddings=queries, n_results=k, include=[])
        return [np.array([int(i) for i in ids], dtype=np.int64) for ids in found["ids"]]

    def above(self, query: Vectors, score: float, ef: int) -> Ids:
        """See `Peer.above`."""
        self._widen(ef)
        k, count = _FIRST_K, self._collection.count()
        while True:
            found = self._collection.query(
                query_embeddings=query[None, :], n_results=min(k, count), include=["distances"]
            )
            near = np.asarray(found["distances"][0]) <= 1 - score
            if not near.all() or k >= count:
                return np.array([int(i) for i in found["ids"][0]], dtype=np.int64)[near]
            k *= 2

    def remove(self, ids: Ids) -> None:
        """See `Peer.remove`."""
        for start in range(0, len(ids), 1000):
            self._collection.delete(ids=[str(i) for i in ids[start : start + 1000]])

    def save(self, folder: Path) -> None:
        """See `Peer.save`; it is in files already."""

    def open(self, folder: Path) -> None:
        """See `Peer.open`."""
        self._client.clear_system_cache()
        self._client = self._connected()
        self._collection, self._ef = self._client.get_collection(_NAME, embedding_function=None), 0

    def _connected(self) -> Any:
        return chromadb.PersistentClient(path=str(self._setup.folder), settings=Settings(anonymized_telemetry=False))

    def _widen(self, ef: int) -> None:
        if ef != self._ef:
            self._collection.modify(configuration={"hnsw": {"ef_search": ef}})
            self.open(self._setup.folder)  # the width is read when the graph is loaded
            self._ef = ef
