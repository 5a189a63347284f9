"""Milvus Lite: one faiss graph a segment of its store, behind a local gRPC server."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pymilvus import DataType, MilvusClient

from streams.bench.peer import Facts, Ids, Plain, Setup, Vectors

_NAME = "videos"
# The most hits that one search may ask for.
_MOST = 16_384


class MilvusLite(Plain):
    """One collection in one file."""

    facts = Facts(
        kind="database",
        index_type="HNSW (faiss IndexHNSWFlat inside, one a segment), float32",
        library="milvus-lite",
        concurrent=True,
        note="answers pass through gRPC; a range search returns at most 16,384",
    )

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._client = self._connected()
        schema = self._client.create_schema(auto_id=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=setup.dimension)
        params = self._client.prepare_index_params()
        graph = {"M": setup.m, "efConstruction": setup.ef_construction}
        params.add_index("vector", index_type="HNSW", metric_type="IP", params=graph)
        self._client.create_collection(_NAME, schema=schema, index_params=params)

    def insert(self, ids: Ids, vectors: Vectors) -> None:
        """See `Peer.insert`."""
        rows = [{"id": int(i), "vector": vector} for i, vector in zip(ids, vectors, strict=True)]
        self._client.insert(_NAME, rows)

    def settle(self) -> None:
        """See `Peer.settle`."""
        self._client.flush(_NAME)
        self._client.load_collection(_NAME)

    def search(self, queries: Vectors, k: int, ef: int) -> Sequence[Ids]:
        """See `Peer.search`."""
        found = self._client.search(
            _NAME, data=list(queries), limit=k, output_fields=[], search_params={"params": {"ef": ef}}
        )
        return [np.array([hit["id"] for hit in hits], dtype=np.int64) for hits in found]

    def above(self, query: Vectors, score: float, ef: int) -> Ids:
        """See `Peer.above`."""
        params = {"params": {"ef": ef, "radius": score - 1e-6}}
        found = self._client.search(_NAME, data=[query], limit=_MOST, output_fields=[], search_params=params)
        return np.array([hit["id"] for hit in found[0]], dtype=np.int64)

    def remove(self, ids: Ids) -> None:
        """See `Peer.remove`."""
        for start in range(0, len(ids), 1000):
            self._client.delete(_NAME, ids=[int(i) for i in ids[start : start + 1000]])

    def save(self, folder: Path) -> None:
        """See `Peer.save`."""
        self._client.flush(_NAME)

    def open(self, folder: Path) -> None:
        """See `Peer.open`."""
        self._client.close()
        self._client = self._connected()
        self._client.load_collection(_NAME)

    def extra(self) -> dict[str, object]:
        """See `Peer.extra`."""
        return {"index": self._client.describe_index(_NAME, "vector")}

    def close(self) -> None:
        """See `Peer.close`."""
        self._client.close()

    def _connected(self) -> Any:
        return MilvusClient(str(self._setup.folder / "milvus.db"))
