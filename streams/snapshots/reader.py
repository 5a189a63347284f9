"""A cut out of its files, each verified before it is believed."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
import numpy as np
import pyarrow as pa

from index import BadSegment, CutPart, IndexCut, Segment, SegmentParams, read_removed, read_segment
from streams.errors import SnapshotRefused
from streams.shards import ShardCut
from streams.shards.holdings import HoldingsCut
from streams.snapshots.files import Step, no_step
from streams.snapshots.manifest import FileEntry, IndexEntry, Manifest, PartEntry, check_owner, unseal
from streams.snapshots.rest import cut_of, read_rest
from streams.snapshots.store import MANIFEST, SnapshotStore, segment_folder
from streams.snapshots.videos import read_videos
from streams.snapshots.writer import REST, VIDEOS, part_prefix

# Segments read at a time: more would only need more memory, each some 200 MiB while it is read.
_READERS = 2

# Returns the verified bytes of a file of a segment, or of the snapshot's own if the segment is empty.
Get = Callable[[str, str], bytes]


def read_manifest(store: SnapshotStore, name: str) -> Manifest:
    """Return what a snapshot says of itself, checked to be of this shard.

    Raises:
        SnapshotRefused: damaged, of another format, prefix, number of shards or shard.
        OSError: the place cannot be read.
    """
    manifest = unseal(store.get(name, MANIFEST))
    check_owner(manifest, store.identity)
    return manifest


def read_snapshot(
    store: SnapshotStore, name: str, manifest: Manifest, params: SegmentParams | None = None, step: Step = no_step
) -> ShardCut:
    """Return the cut of a snapshot.

    Args:
        store: Where it is.
        name: Of the snapshot.
        manifest: What it says of itself.
        params: Of the indexes that are to hold it; the defaults if left out.
        step: Told at each file that was read.

    Raises:
        SnapshotRefused: a file is missing, short or damaged, or contradicts the manifest.
        OSError: the place cannot be read.
    """

    def get(segment: str, file: str) -> bytes:
        folder = segment_folder(segment) if segment else name
        step()
        return verify(manifest.entry(segment, file), store.get(folder, file))

    try:
        indexes = {
            model_id: _read_index(entry, get, params or SegmentParams()) for model_id, entry in manifest.indexes.items()
        }
        held, rest = read_videos(get("", VIDEOS)), read_rest(get("", REST))
        holdings = HoldingsCut(
            held=held,
            indexes=indexes,
            removed={video_id: (r, at) for video_id, r, at in rest.removed},
            left={video_id: (r, at) for video_id, r, at in rest.left},
            clock=rest.clock,
            forget_at=rest.forget_at,
        )
        cut = cut_of(rest, holdings)
    except (msgspec.DecodeError, pa.ArrowException, BadSegment, ValueError, KeyError) as error:
        raise SnapshotRefused("undecodable", f"{type(error).__name__}: {error}") from error
    _agree(manifest, cut)
    return cut


def verify(entry: FileEntry, data: bytes) -> bytes:
    """Return the bytes of a file if they are those that were written.

    Raises:
        SnapshotRefused: they are not.
    """
    if len(data) != entry.bytes:
        raise SnapshotRefused("short_file", f"{entry.name} has {len(data)} bytes, {entry.bytes} were written")
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise SnapshotRefused("damaged_file", f"{entry.name} has not the sha256 that was written")
    return data


def _read_index(entry: IndexEntry, get: Get, params: SegmentParams) -> IndexCut:
    def read(numbered: tuple[int, PartEntry]) -> CutPart:
        return _read_part(entry.number, *numbered, get, params)

    with ThreadPoolExecutor(_READERS, "snapshot") as pool:  # digests, checks and copies are numpy's or OpenSSL's work
        parts = tuple(pool.map(read, enumerate(entry.parts)))
    return IndexCut(entry.dimension, entry.newest, entry.widths, parts)


def _read_part(number: int, place: int, entry: PartEntry, get: Get, params: SegmentParams) -> CutPart:
    prefix, own = part_prefix(number, place), not entry.segment

    def read(file: str) -> bytes:
        return get(entry.segment, f"{prefix if own else ''}{file}.arrow")

    segment: Segment = read_segment(read, params)
    removed = read_removed(get("", f"{prefix}removed.arrow"), segment) if entry.removed else np.empty(0, np.int64)
    if (segment.segment_id, len(segment.columns), len(removed)) != (entry.segment, entry.rows, entry.removed):
        raise SnapshotRefused("undecodable", f"part {place} of index {number} is not what the manifest says")
    return CutPart(segment, removed)


def _agree(manifest: Manifest, cut: ShardCut) -> None:
    """Return if what was read is what the manifest counts, and what it says of dimensions."""
    dimensions = {(model_id, n): d for model_id, of in manifest.dimensions.items() for n, d in of.items()}
    of_indexes = {(model_id, "fused"): index.dimension for model_id, index in cut.holdings.indexes.items()}
    of_indexes |= {(m, name): d for m, index in cut.holdings.indexes.items() for name, d in index.widths.items()}
    if dict(cut.dimensions) != dimensions or not of_indexes.items() <= dimensions.items():
        raise SnapshotRefused("other_dimension", "the manifest has other dimensions than the files")
    found = (cut.applied, len(cut.holdings.held), len(cut.actions))
    said = (manifest.applied, manifest.counts.get("videos"), manifest.counts.get("actions"))
    if found != said:
        raise SnapshotRefused("undecodable", "the manifest has other offsets or counts than the files")
