"""Cuts of a shard, written down: whole or not there, verified before they are believed."""

from streams.snapshots.files import check_place
from streams.snapshots.manifest import FileEntry, Manifest, Place
from streams.snapshots.reader import read_manifest, read_snapshot
from streams.snapshots.store import SnapshotStore
from streams.snapshots.writer import SnapshotWriter, write_snapshot

__all__ = [
    "FileEntry",
    "Manifest",
    "Place",
    "SnapshotStore",
    "SnapshotWriter",
    "check_place",
    "read_manifest",
    "read_snapshot",
    "write_snapshot",
]
