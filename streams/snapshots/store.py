"""The snapshots of one shard at any place that pyarrow opens: names, whole files, two generations."""

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from pyarrow import fs

from streams.errors import SettingsError, SnapshotRefused
from streams.shards import ShardIdentity
from streams.snapshots.manifest import FileEntry
from streams.wire.moderation import Applied

MANIFEST = "manifest.json"
# One may turn out damaged, or ahead of what is durable.
GENERATIONS = 2

# File systems where a folder must exist before a file in it; stores of objects have none.
_WITH_FOLDERS = frozenset({"local", "hdfs", "mock"})
_NAME = re.compile(r"^v(\d{19})-f(\d{19})-[0-9a-f]{16}$")


class SnapshotStore:
    """One folder a snapshot, named by its applied offsets with a random suffix. Blocks; any thread may call it.

    Args:
        uri: `s3://bucket/path`, `gs://...`, `file:///...` or a path of this machine.
        identity: Whose snapshots.

    The place is opened at its first use: one that is away must not keep a shard from being restored from its logs.
    """

    def __init__(self, uri: str, identity: ShardIdentity) -> None:
        self.identity, self._uri = identity, uri

    @cached_property
    def _place(self) -> tuple[Any, str]:
        filesystem, root = open_place(self._uri)
        return filesystem, f"{root}/{self.identity.prefix}/shard-{self.identity.shard:04d}"

    def new_name(self, applied: Applied) -> str:
        """Return a name that no other snapshot has: two owners may write at the same offsets."""
        return f"v{applied.videos:019d}-f{applied.fanout:019d}-{secrets.token_hex(8)}"

    def names(self) -> list[str]:
        """Return the snapshots that have a manifest, highest offsets first.

        Raises:
            OSError: the place cannot be read.
        """
        filesystem, folder = self._place
        found = filesystem.get_file_info(fs.FileSelector(folder, recursive=True, allow_not_found=True))
        parents = [Path(info.path).parent.name for info in found if info.base_name == MANIFEST]
        return sorted((name for name in parents if _NAME.match(name)), reverse=True)

    def put(
        self, name: str, file: str, write: Callable[[Any], None], step: Callable[[], None] = lambda: None
    ) -> FileEntry:
        """Write one file of a snapshot: whole or not there.

        Args:
            name: Of the snapshot.
            file: Of the file.
            write: Given something to write to.
            step: Told at each piece that is written; what it raises ends the writing.

        Raises:
            OSError: the place cannot be written.
        """
        filesystem, parent = self._place
        folder = f"{parent}/{name}"
        if filesystem.type_name in _WITH_FOLDERS:
            filesystem.create_dir(folder, recursive=True)
        temporary = f"{folder}/.{file}.tmp"
        with filesystem.open_output_stream(temporary) as stream:
            hashing = _Hashing(stream, step)
            write(hashing)
        if filesystem.type_name == "local":
            _sync(temporary)
        filesystem.move(temporary, f"{folder}/{file}")
        if filesystem.type_name == "local":
            _sync(folder)
            _sync(parent)
        return FileEntry(name=file, bytes=hashing.count, sha256=hashing.digest.hexdigest())

    def get(self, name: str, file: str) -> bytes:
        """Return the bytes of one file of a snapshot.

        Raises:
            SnapshotRefused: it is not there.
            OSError: the place cannot be read.
        """
        filesystem, folder = self._place
        return read_file(filesystem, f"{folder}/{name}", file)

    def discard(self, name: str) -> None:
        """Remove what was written of a snapshot that will never be whole, as far as that is possible now."""
        filesystem, folder = self._place
        with suppress(OSError):
            filesystem.delete_dir(f"{folder}/{name}")

    def sweep(self, newest: str, refused: Collection[str]) -> list[str]:
        """Remove what nobody needs: older generations, refused ones, the remains of writes that ended early.

        Nothing above `newest` is removed unless refused: another owner may be writing it.

        Args:
            newest: The snapshot that the caller has just written.
            refused: Those that cannot serve; not counted as a generation.

        Returns:
            The names of what was removed.

        Raises:
            OSError: the place cannot be read or written.
        """
        filesystem, folder = self._place
        kept = [name for name in self.names() if name <= newest and name not in refused][:GENERATIONS]
        gone = [name for name in self._folders() if name in refused or (name < newest and name not in kept)]
        for name in gone:
            filesystem.delete_dir(f"{folder}/{name}")
        return gone

    def sweep_orphans(self) -> list[str]:
        """Remove what writes left that ended early, whatever their offsets; only after all former owners are fenced.

        One that still writes finds its files gone, which it takes for a failing place.

        Returns:
            The names of what was removed.

        Raises:
            OSError: the place cannot be read or written.
        """
        filesystem, folder = self._place
        whole = set(self.names())
        gone = [name for name in self._folders() if name not in whole]
        for name in gone:
            filesystem.delete_dir(f"{folder}/{name}")
        return gone

    def _folders(self) -> list[str]:
        filesystem, folder = self._place
        found = filesystem.get_file_info(fs.FileSelector(folder, allow_not_found=True))
        return [info.base_name for info in found if _NAME.match(info.base_name)]


def check_place(uri: str) -> None:
    """Return if pyarrow knows such a place; whether it is there is found out when it is needed.

    Raises:
        SettingsError: it does not.
    """
    try:
        open_place(uri)
    except ValueError as error:
        raise SettingsError(f"EBR_INDEX__SNAPSHOT_URI: {error}") from error
    except OSError:
        return


def open_place(uri: str) -> tuple[Any, str]:
    """Return the file system of a place with the path in it; `Any`, because pyarrow ships no types.

    Raises:
        ValueError: pyarrow knows no such place.
        OSError: the place cannot be opened.
    """
    opened: tuple[Any, str] = fs.FileSystem.from_uri(uri if "://" in uri else str(Path(uri).absolute()))
    return opened[0], opened[1].rstrip("/")


def read_file(filesystem: Any, folder: str, file: str) -> bytes:
    """Return the bytes of a file of a snapshot's folder.

    Raises:
        SnapshotRefused: it is not there.
        OSError: the place cannot be read.
    """
    try:
        with filesystem.open_input_stream(f"{folder}/{file}") as stream:
            data: bytes = stream.read()
    except FileNotFoundError as error:
        raise SnapshotRefused("missing_file", f"{file} is not there") from error
    return data


class _Hashing:
    """A stream that knows the digest of what went through it; pyarrow writes to it as to any file of Python."""

    closed = False

    def __init__(self, stream: Any, step: Callable[[], None] = lambda: None) -> None:
        self._stream, self._step, self.digest, self.count = stream, step, hashlib.sha256(), 0

    def write(self, data: Any) -> int:
        """Pass bytes on; return how many."""
        self._step()
        self.digest.update(data)
        self._stream.write(data)
        size = len(memoryview(data).cast("B"))
        self.count += size
        return size

    def flush(self) -> None:
        """Do nothing: closing flushes."""

    def close(self) -> None:
        """Do nothing: who opened the stream closes it."""


def _sync(path: str) -> None:
    """Let a file or folder survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
