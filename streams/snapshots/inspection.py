"""A snapshot as a person wants to see it: found, verified, put to the test."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from pyarrow import fs

from index import BadSegment, IndexCut, RecallEstimate, RecallMeter, SegmentedIndex
from streams.errors import SnapshotRefused
from streams.places import open_place
from streams.shards import ShardIdentity
from streams.snapshots.manifest import Manifest, unseal
from streams.snapshots.reader import read_manifest, read_snapshot
from streams.snapshots.store import MANIFEST, SnapshotStore

# Neighbors that a search of the sample asks for.
K = 10

_SHARD = re.compile(r"^shard-(\d{4,})$")


@dataclass(frozen=True, slots=True)
class Found:
    """A snapshot that is there.

    Attributes:
        path: Of its folder, in the file system of its place.
    """

    path: PurePosixPath
    filesystem: Any

    @property
    def name(self) -> str:
        """Its name; the highest is the newest of a shard."""
        return self.path.name


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentFacts:
    """One part of an index.

    Attributes:
        segment_id: Empty for what is not sealed.
        rows: How many it has.
        removed: How many of them do not count any more.
        nodes: Of its graph; 0 without one.
        oldest: The oldest time, in seconds.
        newest: The newest.
    """

    segment_id: str
    rows: int
    removed: int
    nodes: int
    oldest: float
    newest: float


@dataclass(frozen=True, kw_only=True, slots=True)
class IndexFacts:
    """The index of one model.

    Attributes:
        keys: All that can be found.
        fused_bytes: Of the fused vectors in memory.
        part_bytes: Of the vectors of modalities.
        graph_bytes: Of the graphs with their own copy of the vectors.
        recall: Of searches for held vectors, against exact ones.
    """

    model_id: str
    dimension: int
    keys: int
    segments: Sequence[SegmentFacts]
    fused_bytes: int
    part_bytes: int
    graph_bytes: int
    recall: Sequence[RecallEstimate]


def find_snapshots(uri: str) -> list[Found]:
    """Return the snapshots at or below a place, in order: by shard, the newest of each last.

    Args:
        uri: Of a place for snapshots, a folder in it, or a single snapshot.

    Raises:
        ValueError: pyarrow knows no such place.
        OSError: the place cannot be read.
    """
    filesystem, root = open_place(uri)
    below = filesystem.get_file_info(fs.FileSelector(root or "/", recursive=True))
    paths = sorted(PurePosixPath(info.path).parent for info in below if info.base_name == MANIFEST)
    return [Found(path, filesystem) for path in paths]


def newest_of_each(found: Sequence[Found]) -> list[Found]:
    """Return the newest snapshot of each shard."""
    return list({one.path.parent: one for one in found}.values())


def open_snapshot(found: Found) -> tuple[SnapshotStore, Manifest]:
    """Return the snapshots of a shard with the manifest of one, checked to be of this shard.

    Raises:
        SnapshotRefused: it is damaged, of another format, or belongs elsewhere.
        OSError: the place cannot be read.
    """
    folder = found.path.parent
    shard = _SHARD.match(folder.name)
    store = SnapshotStore("", ShardIdentity(prefix="", shard=0, shards=0), (found.filesystem, str(folder)))
    manifest = unseal(store.get(found.name, MANIFEST))
    prefix, number = (folder.parent.name, int(shard[1])) if shard else (manifest.prefix, manifest.shard)
    store.identity = ShardIdentity(prefix=prefix, shard=number, shards=manifest.shards)
    return store, read_manifest(store, found.name)


def inspect_indexes(store: SnapshotStore, name: str, manifest: Manifest, sample: int) -> list[IndexFacts]:
    """Return what a snapshot holds, all of it read and verified as a restore would.

    Args:
        store: Where it is.
        name: Of the snapshot.
        manifest: What it says of itself.
        sample: How many of the held vectors of each model are searched for, drawn alike each time.

    Raises:
        SnapshotRefused: it cannot serve.
        OSError: the place cannot be read.
    """
    cut = read_snapshot(store, name, manifest)
    try:
        return [_facts(model_id, index, sample) for model_id, index in sorted(cut.holdings.indexes.items())]
    except BadSegment as error:
        raise SnapshotRefused("undecodable", str(error)) from error


def _facts(model_id: str, cut: IndexCut, sample: int) -> IndexFacts:
    index = SegmentedIndex.restored(cut)
    columns = [part.segment.columns for part in cut.parts]
    graphs = [part.segment.graph for part in cut.parts if part.segment.graph is not None]
    return IndexFacts(
        model_id=model_id,
        dimension=cut.dimension,
        keys=len(index),
        segments=[
            SegmentFacts(
                segment_id=part.segment.segment_id,
                rows=len(part.segment.columns),
                removed=len(part.removed),
                nodes=0 if part.segment.graph is None else len(part.segment.graph),
                oldest=float(part.segment.columns.times.min()),
                newest=float(part.segment.columns.times.max()),
            )
            for part in cut.parts
        ],
        fused_bytes=sum(c.vectors.nbytes for c in columns),
        part_bytes=sum(vectors.nbytes for c in columns for _, vectors in c.parts.values()),
        graph_bytes=sum(_graph_bytes(len(graph), cut.dimension, graph.links().m) for graph in graphs),
        recall=_recall(index, sample),
    )


def _graph_bytes(nodes: int, dimension: int, m: int) -> int:
    """Return what a graph takes: float32 vectors, a word a ground link with their count, label, lock, list of links."""
    return nodes * (4 * dimension + 4 * (1 + 2 * m) + 64)


def _recall(index: SegmentedIndex, sample: int) -> Sequence[RecallEstimate]:
    """Return how much of the exact neighbors of held vectors the index finds."""
    meter = RecallMeter(1.0, "inspect", window=max(1, sample), waiting=1)
    for query in _held(index, sample):
        meter.searched(index, query[None, :], K, index.search(query[None, :], K))
        while meter.step(blocks=64):
            pass
    return meter.estimates()


def _held(index: SegmentedIndex, sample: int) -> list[np.ndarray[Any, np.dtype[np.float16]]]:
    """Return some of the vectors that an index holds."""
    rng = np.random.default_rng(0)
    wanted = np.sort(rng.choice(len(index), min(sample, len(index)), replace=False))
    found, passed = [], 0
    for rows in index.sweep():
        here = wanted[(wanted >= passed) & (wanted < passed + len(rows))] - passed
        found += list(rows.fused[here].copy())
        passed += len(rows)
    return found
