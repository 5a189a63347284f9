"""Cuts of a shard, written down: whole or not there, verified before they are believed."""

from streams.snapshots.manifest import Manifest, Place
from streams.snapshots.reader import read_manifest, read_snapshot
from streams.snapshots.store import SnapshotStore
from streams.snapshots.writer import write_snapshot

__all__ = ["Manifest", "Place", "SnapshotStore", "read_manifest", "read_snapshot", "write_snapshot"]
