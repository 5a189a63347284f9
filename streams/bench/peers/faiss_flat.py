"""faiss: every vector looked at, in float32."""

from collections.abc import Sequence
from pathlib import Path

import faiss
import numpy as np

from streams.bench.peer import Facts, Ids, Plain, Setup, Vectors

_FILE = "index.faiss"


class FaissFlat(Plain):
    """`IndexFlatIP` behind `IndexIDMap2`."""

    facts = Facts(kind="library", index_type="IndexFlatIP, float32", library="faiss-cpu", exact=True)

    def __init__(self, setup: Setup) -> None:
        faiss.omp_set_num_threads(1)
        self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(setup.dimension))

    def insert(self, ids: Ids, vectors: Vectors) -> None:
        """See `Peer.insert`."""
        self._index.add_with_ids(vectors, np.ascontiguousarray(ids))

    def search(self, queries: Vectors, k: int, ef: int) -> Sequence[Ids]:
        """See `Peer.search`."""
        _, found = self._index.search(queries, k)
        return list(found)

    def above(self, query: Vectors, score: float, ef: int) -> Ids:
        """See `Peer.above`."""
        _, _, found = self._index.range_search(query[None, :], score)
        ids: Ids = found
        return ids

    def remove(self, ids: Ids) -> None:
        """See `Peer.remove`."""
        self._index.remove_ids(np.ascontiguousarray(ids))

    def save(self, folder: Path) -> None:
        """See `Peer.save`."""
        faiss.write_index(self._index, str(folder / _FILE))

    def open(self, folder: Path) -> None:
        """See `Peer.open`."""
        self._index = faiss.read_index(str(folder / _FILE))
