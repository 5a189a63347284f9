"""Snapshots that are kept in memory, for tests that write thousands."""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from streams.shards import ShardCut, ShardIdentity
from streams.snapshots import Place, SnapshotStore, read_manifest, read_snapshot, write_snapshot
from streams.snapshots.files import Hashing, Step, no_step
from streams.snapshots.manifest import FileEntry
from streams.wire.moderation import Applied

IDENTITY = ShardIdentity(prefix="t", shard=0, shards=1)
PLACE = Place(proven=Applied(videos=0, fanout=0), outputs={})


class MemoryStore(SnapshotStore):
    """A store whose files are bytes of this process."""

    def __init__(self) -> None:
        self.identity, self.files = IDENTITY, dict[tuple[str, str], bytes]()

    @contextmanager
    def writing(self, folder: str, file: str, done: list[FileEntry], step: Step = no_step) -> Iterator[Hashing]:
        """Keep a file."""
        stream = io.BytesIO()
        hashing = Hashing(stream, step)
        yield hashing
        self.files[folder, file] = stream.getvalue()
        done.append(hashing.entry(file))

    def have(self, folder: str, entries: Iterable[FileEntry]) -> bool:
        """Return whether files are kept."""
        return all((folder, entry.name) in self.files for entry in entries)

    def settle(self, folder: str) -> None:
        """Let it be."""

    def discard(self, folder: str) -> None:
        """Let it be."""

    def get(self, folder: str, file: str) -> bytes:
        """Return a file."""
        return self.files[folder, file]


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
