"""Our exact index: float64 cosines against every vector."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index import ExactIndex
from streams.bench.peer import Facts, Ids, NotOffered, Plain, Setup, Vectors

# More than any index here holds.
_ALL = 2**31


class Exact(Plain):
    """The oracle of the others."""

    facts = Facts(
        kind="ours",
        index_type="exact, float64 over float16",
        library="numpy",
        exact=True,
        halves=True,
        note="kept in memory only",
    )

    def __init__(self, setup: Setup) -> None:
        self._index = ExactIndex(setup.dimension)

    def insert(self, ids: Ids, vectors: Vectors) -> None:
        """See `Peer.insert`."""
        self._index.insert(keys_of(ids), vectors)

    def search(self, queries: Vectors, k: int, ef: int) -> Sequence[Ids]:
        """See `Peer.search`."""
        return [ids_of([n.key for n in found]) for found in self._index.search(queries, k)]

    def above(self, query: Vectors, score: float, ef: int) -> Ids:
        """See `Peer.above`."""
        return ids_of([n.key for n in self._index.search_above(query[None, :], score, _ALL)[0].neighbors])

    def remove(self, ids: Ids) -> None:
        """See `Peer.remove`."""
        self._index.remove(keys_of(ids))

    def save(self, folder: Path) -> None:
        """See `Peer.save`."""
        raise NotOffered("it is kept in memory only")

    def open(self, folder: Path) -> None:
        """See `Peer.open`."""
        raise NotOffered("it is kept in memory only")


def keys_of(ids: Ids) -> list[str]:
    """Return the key of each id: as long as those of videos usually are."""
    return [f"video-{i:010d}" for i in ids.tolist()]


def ids_of(keys: Sequence[str]) -> Ids:
    """Return the id of each key."""
    return np.array([int(key[6:]) for key in keys], dtype=np.int64)
