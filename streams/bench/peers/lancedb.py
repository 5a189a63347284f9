"""LanceDB: an HNSW graph over float32 vectors in one partition, in files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lancedb
import numpy as np
import pyarrow as pa

from streams.bench.peer import Facts, Ids, Plain, Setup, Vectors

# A range search is bounded, but by a count too: it asks for twice as many until fewer come.
_FIRST_K = 128


class LanceDb(Plain):
    """One table; its index is made once all rows are there, later rows are scanned."""

    facts = Facts(
        kind="database",
        index_type="IVF_HNSW_FLAT, 1 partition",
        library="lancedb",
        concurrent=True,
        note="built after the inserts; what comes later is scanned until it is optimized; memory without page cache",
    )

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._schema = pa.schema([("id", pa.int64()), ("vector", pa.list_(pa.float32(), setup.dimension))])
        self._table: Any = lancedb.connect(str(setup.folder)).create_table("videos", schema=self._schema)

    def insert(self, ids: Ids, vectors: Vectors) -> None:
        """See `Peer.insert`."""
        values = pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), self._setup.dimension)
        self._table.add(pa.table({"id": pa.array(ids), "vector": values}, schema=self._schema))

    def settle(self) -> None:
        """See `Peer.settle`."""
        self._table.create_index(
            metric="dot",
            vector_column_name="vector",
            index_type="IVF_HNSW_FLAT",
            num_partitions=1,
            m=self._setup.m,
            ef_construction=self._setup.ef_construction,
        )

    def search(self, queries: Vectors, k: int, ef: int) -> Sequence[Ids]:
        """See `Peer.search`."""
        return [self._ids(self._query(query, ef).limit(k)) for query in queries]

    def above(self, query: Vectors, score: float, ef: int) -> Ids:
        """See `Peer.above`."""
        k = _FIRST_K
        while True:
            bounded = self._query(query, max(ef, k)).distance_range(upper_bound=1 - score + 1e-6)
            ids = self._ids(bounded.limit(k))
            if len(ids) < k or k >= self._setup.capacity:
                return ids
            k *= 2

    def remove(self, ids: Ids) -> None:
        """See `Peer.remove`."""
        self._table.delete(f"id in ({','.join(map(str, ids))})")

    def save(self, folder: Path) -> None:
        """See `Peer.save`; it is in files already."""

    def open(self, folder: Path) -> None:
        """See `Peer.open`."""
        self._table = lancedb.connect(str(self._setup.folder)).open_table("videos")

    def _query(self, query: Vectors, ef: int) -> Any:
        return self._table.search(query).distance_type("dot").ef(ef).select(["id", "_distance"])

    @staticmethod
    def _ids(query: Any) -> Ids:
        return np.asarray(query.to_arrow()["id"], dtype=np.int64)
