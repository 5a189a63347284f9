"""Snapshots that are kept in memory, for tests that write thousands."""

import io
from collections.abc import Callable
from typing import Any

from streams.shards import ShardCut, ShardIdentity
from streams.snapshots import Place, SnapshotStore, read_manifest, read_snapshot, write_snapshot
from streams.snapshots.manifest import FileEntry
from streams.snapshots.store import _Hashing
from streams.wire.moderation import Applied

IDENTITY = ShardIdentity(prefix="t", shard=0, shards=1)
PLACE = Place(proven=Applied(videos=0, fanout=0), outputs={})


class MemoryStore(SnapshotStore):
    """A store whose files are bytes of this process."""

    def __init__(self) -> None:
        self.identity, self.files = IDENTITY, dict[tuple[str, str], bytes]()

    def put(
        self, name: str, file: str, write: Callable[[Any], None], step: Callable[[], None] = lambda: None
    ) -> FileEntry:
        """Keep a file."""
        stream = io.BytesIO()
        hashing = _Hashing(stream, step)
        write(hashing)
        self.files[name, file] = stream.getvalue()
        return FileEntry(name=file, bytes=hashing.count, sha256=hashing.digest.hexdigest())

    def get(self, name: str, file: str) -> bytes:
        """Return a file."""
        return self.files[name, file]


def as_bytes(cut: ShardCut) -> dict[str, bytes]:
    """Return the files of a cut, but the manifest, which bears a random name."""
    store = MemoryStore()
    write_snapshot(store, cut, PLACE)
    return {file: data for (_, file), data in store.files.items() if not file.startswith("manifest")}


def through_bytes(cut: ShardCut) -> ShardCut:
    """Return a cut as it comes back from a snapshot."""
    store = MemoryStore()
    name = write_snapshot(store, cut, PLACE)
    return read_snapshot(store, name, read_manifest(store, name))
