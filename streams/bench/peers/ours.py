"""Our segmented index, as a shard uses it or forced into one segment."""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from index import HnswParams, SegmentedIndex, SegmentParams, cosines
from streams.bench.peer import Facts, Ids, NotOffered, Plain, Setup, Vectors
from streams.bench.peers.exact import ids_of, keys_of

# First hits: more than any range here holds, so that what is missing was not found rather than cut.
_LIMIT = 20_000


class Ours(Plain):
    """Delta with as many segments as the defaults give; upkeep runs after every insert, as beside a shard."""

    facts = Facts(
        kind="ours",
        index_type="HNSW (hnswlib inside) a segment + exact delta, float64 judges over float16",
        library="ebr",
        halves=True,
        concurrent=True,
        note="equal vectors share a node; rows count as built once sealed and merged, visible when inserted",
    )

    def __init__(self, setup: Setup) -> None:
        self._index = SegmentedIndex(setup.dimension, self._params(setup))
        self._upkeep_seconds = 0.0

    def insert(self, ids: Ids, vectors: Vectors) -> None:
        """See `Peer.insert`."""
        self._index.insert(keys_of(ids), vectors, ids.astype(np.float64).tolist())

    def upkeep(self) -> bool:
        """See `Peer.upkeep`."""
        begun = perf_counter()
        more = self._index.maintain()
        self._upkeep_seconds += perf_counter() - begun
        return more

    def settle(self) -> None:
        """See `Peer.settle`."""
        while self.upkeep():
            pass

    def search(self, queries: Vectors, k: int, ef: int) -> Sequence[Ids]:
        """See `Peer.search`."""
        self._widen(ef)
        return [ids_of([n.key for n in found]) for found in self._index.search(queries, k)]

    def above(self, query: Vectors, score: float, ef: int) -> Ids:
        """See `Peer.above`: the first hits."""
        self._widen(ef)
        return ids_of([n.key for n in self._index.search_above(query[None, :], score, _LIMIT)[0].neighbors])

    def sweep(self, query: Vectors, score: float) -> Ids:
        """See `Peer.sweep`."""
        blocks: Any = self._index
        if not hasattr(blocks, "sweep"):
            raise NotOffered("not built yet")
        found: list[str] = []
        for rows in blocks.sweep():
            near = np.flatnonzero(cosines(rows.fused, query[None, :])[:, 0] >= score)
            found += [rows.keys[int(row)] for row in near]
        return ids_of(found)

    def remove(self, ids: Ids) -> None:
        """See `Peer.remove`."""
        self._index.remove(keys_of(ids))

    def save(self, folder: Path) -> None:
        """See `Peer.save`."""
        raise NotOffered("not built yet")

    def open(self, folder: Path) -> None:
        """See `Peer.open`."""
        raise NotOffered("not built yet")

    def extra(self) -> dict[str, object]:
        """See `Peer.extra`."""
        held = self._index.census()
        return {
            "segments": held.segments,
            "raw": held.raw,
            "delta": held.delta,
            "nodes": held.nodes,
            "upkeep_seconds": self._upkeep_seconds,
        }

    def _widen(self, ef: int) -> None:
        for part in self._index._parts.sealed:  # noqa: SLF001 - no user of it changes the width once it is made
            if part.segment.graph is not None:
                part.segment.graph._raw.set_ef(ef)  # noqa: SLF001 - as above

    @staticmethod
    def _params(setup: Setup) -> SegmentParams:
        return SegmentParams(graph=HnswParams(m=setup.m, ef_construction=setup.ef_construction))


class OneSegment(Ours):
    """All rows in one sealed segment, to be compared with one graph of raw hnswlib."""

    facts = Facts(
        kind="ours",
        index_type="HNSW (hnswlib inside), one sealed segment, float64 judges over float16",
        library="ebr",
        halves=True,
        concurrent=True,
        note="to compare with one raw graph: a shard makes segments of at most 65,536",
    )

    @staticmethod
    def _params(setup: Setup) -> SegmentParams:
        return SegmentParams(
            delta_limit=setup.distinct,
            segment_limit=2**24,
            graph=HnswParams(m=setup.m, ef_construction=setup.ef_construction),
        )
