"""Qdrant in its local mode, which looks at every vector in numpy."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from qdrant_client import QdrantClient, models

from streams.bench.peer import Facts, Ids, NotOffered, Plain, Setup, Vectors

_NAME = "videos"
# Its inserts into files take some 3 ms a vector, so that more of them are kept in memory only.
_MOST_KEPT = 50_000


class QdrantLocal(Plain):
    """One collection in a folder."""

    facts = Facts(
        kind="database",
        index_type="none: numpy over all vectors, beside SQLite",
        library="qdrant-client",
        exact=True,
        note="its server has a graph, its local mode has none; above 50,000 vectors in memory only",
    )

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._keeps = setup.capacity <= _MOST_KEPT
        self._client = QdrantClient(path=str(setup.folder)) if self._keeps else QdrantClient(":memory:")
        vectors = models.VectorParams(size=setup.dimension, distance=models.Distance.DOT)
        self._client.create_collection(_NAME, vectors_config=vectors)

    def insert(self, ids: Ids, vectors: Vectors) -> None:
        """See `Peer.insert`."""
        self._client.upload_collection(_NAME, vectors=vectors, ids=[int(i) for i in ids], batch_size=len(ids))

    def search(self, queries: Vectors, k: int, ef: int) -> Sequence[Ids]:
        """See `Peer.search`."""
        return [self._ids(query, k, None) for query in queries]

    def above(self, query: Vectors, score: float, ef: int) -> Ids:
        """See `Peer.above`."""
        return self._ids(query, self._setup.capacity, score - 1e-6)

    def remove(self, ids: Ids) -> None:
        """See `Peer.remove`."""
        self._client.delete(_NAME, points_selector=[int(i) for i in ids])

    def save(self, folder: Path) -> None:
        """See `Peer.save`; it is in files already."""

    def open(self, folder: Path) -> None:
        """See `Peer.open`."""
        if not self._keeps:
            raise NotOffered("kept in memory only, for its inserts into files take some 3 ms each")
        self._client.close()
        self._client = QdrantClient(path=str(self._setup.folder))

    def close(self) -> None:
        """See `Peer.close`."""
        self._client.close()

    def _ids(self, query: Vectors, limit: int, score: float | None) -> Ids:
        found = self._client.query_points(
            _NAME, query=query, limit=limit, score_threshold=score, with_payload=False, with_vectors=False
        )
        return np.array([point.id for point in found.points], dtype=np.int64)
