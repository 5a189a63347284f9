"""Files below one folder at any place that pyarrow opens: each whole or not there."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import fs

from streams.errors import SettingsError, SnapshotRefused
from streams.places import make_folder, open_place, settle
from streams.snapshots.manifest import FileEntry

# Told at each piece of a long write.
Step = Callable[[], None]


def no_step() -> None:
    """Tell nobody."""


@contextmanager
def _said_alike() -> Iterator[None]:
    """Raise as `OSError` what some places say in Arrow's words: it must not be taken for a damaged file."""
    try:
        yield
    except pa.ArrowException as error:
        if isinstance(error, OSError):
            raise
        raise OSError(f"{type(error).__name__}: {error}") from error


class Files:
    """Files in folders below a root. Blocks; any thread may call it.

    The place is opened at its first use: one that is away must not keep a shard from being restored from its logs.

    Args:
        opening: Returns the file system with the path of the root in it.
    """

    def __init__(self, opening: Callable[[], tuple[Any, str]]) -> None:
        self._opening = opening

    @cached_property
    def _place(self) -> tuple[Any, str]:
        return self._opening()

    @contextmanager
    def writing(self, folder: str, file: str, done: list[FileEntry], step: Step = no_step) -> Iterator["Hashing"]:
        """Yield something to write one file to; `settle` its folder before anybody is told of it.

        Args:
            folder: Where.
            file: Its name.
            done: Gets its entry once it is there.
            step: Told at each piece that is written; what it raises ends the writing.

        Raises:
            OSError: the place cannot be written.
        """
        filesystem, root = self._place
        path = f"{root}/{folder}"
        make_folder(filesystem, path)
        temporary = f"{path}/.{file}.tmp"
        with filesystem.open_output_stream(temporary) as stream:
            hashing = Hashing(stream, step)
            yield hashing
        settle(filesystem, temporary)
        filesystem.move(temporary, f"{path}/{file}")
        done.append(hashing.entry(file))

    def settle(self, folder: str) -> None:
        """Let the names of files in a folder survive a power cut, as their bytes do already.

        Raises:
            OSError: the place cannot be written.
        """
        filesystem, root = self._place
        path = Path(root) / folder
        for changed in (path, *path.parents[: len(Path(folder).parts)]):
            settle(filesystem, str(changed))

    def put(self, folder: str, file: str, write: Callable[[Any], None], step: Step = no_step) -> FileEntry:
        """Write one file by a function that is given something to write to; see `writing`."""
        done: list[FileEntry] = []
        with self.writing(folder, file, done, step) as sink:
            write(sink)
        return done[0]

    @_said_alike()
    def get(self, folder: str, file: str) -> bytes:
        """Return the bytes of a file.

        Raises:
            SnapshotRefused: it is not there.
            OSError: the place cannot be read.
        """
        filesystem, root = self._place
        try:
            with filesystem.open_input_stream(f"{root}/{folder}/{file}") as stream:
                data: bytes = stream.read()
        except FileNotFoundError as error:
            raise SnapshotRefused("missing_file", f"{file} is not there") from error
        return data

    @_said_alike()
    def have(self, folder: str, entries: Iterable[FileEntry]) -> bool:
        """Return whether files are there with their sizes; their bytes are not looked at.

        Raises:
            OSError: the place cannot be read.
        """
        filesystem, root = self._place
        sizes = {f"{root}/{folder}/{entry.name}": entry.bytes for entry in entries}
        return all(info.size == sizes[info.path] for info in filesystem.get_file_info(list(sizes)))

    @_said_alike()
    def folders(self, within: str = "") -> list[str]:
        """Return the names of the folders in a folder.

        Raises:
            OSError: the place cannot be read.
        """
        filesystem, root = self._place
        found = filesystem.get_file_info(fs.FileSelector(f"{root}/{within}".rstrip("/"), allow_not_found=True))
        return sorted(info.base_name for info in found if info.type == fs.FileType.Directory)

    @_said_alike()
    def folders_with(self, file: str) -> list[str]:
        """Return the names of the folders that have a file of a name.

        Raises:
            OSError: the place cannot be read.
        """
        filesystem, root = self._place
        found = filesystem.get_file_info(fs.FileSelector(root, recursive=True, allow_not_found=True))
        return sorted(Path(info.path).parent.name for info in found if info.base_name == file)

    @_said_alike()
    def remove(self, folder: str) -> None:
        """Remove a folder with its files.

        Raises:
            OSError: that is not possible.
        """
        filesystem, root = self._place
        filesystem.delete_dir(f"{root}/{folder}")

    def discard(self, folder: str) -> None:
        """Remove a folder with its files as far as that is possible now."""
        with suppress(OSError):
            self.remove(folder)


class Hashing:
    """A stream that knows the digest of what went through it; pyarrow writes to it as to any file of Python."""

    closed = False

    def __init__(self, stream: Any, step: Step = no_step) -> None:
        self._stream, self._step, self._digest, self._count = stream, step, hashlib.sha256(), 0

    def write(self, data: Any) -> int:
        """Pass bytes on; return how many."""
        self._step()
        self._digest.update(data)
        self._stream.write(data)
        size = len(memoryview(data).cast("B"))
        self._count += size
        return size

    def flush(self) -> None:
        """Do nothing: closing flushes."""

    def close(self) -> None:
        """Do nothing: who opened the stream closes it."""

    def entry(self, file: str) -> FileEntry:
        """Return the entry of a file of all that went through."""
        return FileEntry(name=file, bytes=self._count, sha256=self._digest.hexdigest())


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
