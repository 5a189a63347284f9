"""Our segmented index, as a shard uses it or forced into one segment."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import BinaryIO

import msgspec
import numpy as np

from index import (
    CutPart,
    HnswParams,
    IndexCut,
    SegmentedIndex,
    SegmentParams,
    cosines,
    read_removed,
    read_segment,
    write_removed,
    write_segment,
)
from streams.bench.peer import Facts, Ids, Plain, Setup, Vectors
from streams.bench.peers.exact import ids_of, keys_of

# First hits: more than any range here holds, so that what is missing was not found rather than cut.
_LIMIT = 20_000
_FACTS = "index.json"


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
        self._chosen = self._params(setup)
        self._index = SegmentedIndex(setup.dimension, self._chosen)
        self._upkeep_seconds = 0.0
        self._ef, self._working = 0, False  # the width of the graphs, 0 where there may be new ones

    def insert(self, ids: Ids, vectors: Vectors) -> None:
        """See `Peer.insert`."""
        self._index.insert(keys_of(ids), vectors, ids.astype(np.float64).tolist())

    def upkeep(self) -> bool:
        """See `Peer.upkeep`."""
        begun = perf_counter()
        more = self._index.maintain()
        if more or self._working:
            self._ef = 0
        self._working = more
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
        found: list[str] = []
        for rows in self._index.sweep():
            near = np.flatnonzero(cosines(rows.fused, query[None, :])[:, 0] >= score)
            found += [rows.keys[row] for row in near.tolist()]
        return ids_of(found)

    def remove(self, ids: Ids) -> None:
        """See `Peer.remove`."""
        self._index.remove(keys_of(ids))

    def save(self, folder: Path) -> None:
        """See `Peer.save`; as a snapshot does, without its manifest."""
        cut = self._index.cut()
        for number, part in enumerate(cut.parts):
            write_segment(part.segment, partial(_opened, folder, number))
            with (folder / f"{number}-removed").open("wb") as sink:
                write_removed(part.removed, sink)
        (folder / _FACTS).write_bytes(msgspec.json.encode([cut.dimension, cut.newest, len(cut.parts)]))

    def open(self, folder: Path) -> None:
        """See `Peer.open`."""
        dimension, newest, count = msgspec.json.decode((folder / _FACTS).read_bytes(), type=tuple[int, float, int])
        parts = []
        for number in range(count):
            segment = read_segment(partial(_bytes_of, folder, number), self._chosen)
            parts.append(CutPart(segment, read_removed((folder / f"{number}-removed").read_bytes(), segment)))
        self._index = SegmentedIndex.restored(IndexCut(dimension, newest, {}, tuple(parts)), self._chosen)
        self._ef = 0

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
        if ef == self._ef:
            return
        for part in self._index.cut().parts:
            if part.segment.graph is not None:
                part.segment.graph.widen(ef)
        self._ef = ef

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


def _opened(folder: Path, number: int, name: str) -> BinaryIO:
    return (folder / f"{number}-{name}").open("wb")


def _bytes_of(folder: Path, number: int, name: str) -> bytes:
    return (folder / f"{number}-{name}").read_bytes()
