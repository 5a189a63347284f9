"""A cut out of its files, each verified before it is believed."""

import hashlib
from collections.abc import Callable

import msgspec
import pyarrow as pa

from streams.errors import SnapshotRefused
from streams.shards import ShardCut
from streams.snapshots.blocks import read_held
from streams.snapshots.manifest import FileEntry, Manifest, check_owner, unseal
from streams.snapshots.rest import Rest, cut_of
from streams.snapshots.store import MANIFEST, SnapshotStore
from streams.snapshots.writer import REST, VIDEOS

# Returns the bytes of a file by its name, or raises `SnapshotRefused`.
Get = Callable[[str], bytes]


def read_manifest(store: SnapshotStore, name: str) -> Manifest:
    """Return what a snapshot says of itself, checked to be of this shard.

    Raises:
        SnapshotRefused: damaged, of another format, prefix, number of shards or shard.
        OSError: the place cannot be read.
    """
    manifest = unseal(store.get(name, MANIFEST))
    check_owner(manifest, store.identity)
    return manifest


def read_snapshot(store: SnapshotStore, name: str, manifest: Manifest) -> ShardCut:
    """Return the cut of a snapshot.

    Raises:
        SnapshotRefused: a file is missing, short or damaged, or contradicts the manifest.
        OSError: the place cannot be read.
    """
    return read_cut(manifest, lambda file: store.get(name, file))


def read_cut(manifest: Manifest, get: Get) -> ShardCut:
    """Return the cut in the files of a manifest.

    Raises:
        SnapshotRefused: a file is missing, short or damaged, or contradicts the manifest.
    """
    verified = {entry.name: verify(entry, get(entry.name)) for entry in manifest.files}
    blocks = {
        model_id: (verified[manifest.entry(file).name], manifest.dimensions.get(model_id, {}))
        for model_id, file in manifest.blocks.items()
    }
    videos, rest = verified[manifest.entry(VIDEOS).name], verified[manifest.entry(REST).name]
    try:
        read = msgspec.msgpack.decode(rest, type=Rest)
        cut = cut_of(read, read_held(videos, blocks))
    except (msgspec.DecodeError, pa.ArrowException, ValueError, KeyError) as error:
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


def _agree(manifest: Manifest, cut: ShardCut) -> None:
    """Return if what was read is what the manifest counts."""
    dimensions = {(model_id, n): d for model_id, of in manifest.dimensions.items() for n, d in of.items()}
    if dict(cut.dimensions) != dimensions:
        raise SnapshotRefused("other_dimension", "the manifest has other dimensions than the files")
    found = (cut.applied, len(cut.holdings.held), len(cut.actions))
    said = (manifest.applied, manifest.counts.get("videos"), manifest.counts.get("actions"))
    if found != said:
        raise SnapshotRefused("undecodable", "the manifest has other offsets or counts than the files")
