"""Cuts of a shard, written down: whole or not there, verified before they are believed."""

from streams.snapshots.manifest import Manifest, Place
from streams.snapshots.reader import read_manifest, read_snapshot
from streams.snapshots.store import SnapshotStore, check_place
from streams.snapshots.writer import write_snapshot

__all__ = ["Manifest", "Place", "SnapshotStore", "check_place", "read_manifest", "read_snapshot", "write_snapshot"]
