"""Places that pyarrow opens, local disks and stores of objects alike."""

import os
from pathlib import Path
from typing import Any

from pyarrow import fs

# File systems where a folder must exist before a file in it; stores of objects have none.
_WITH_FOLDERS = frozenset({"local", "hdfs", "mock"})


def open_place(uri: str) -> tuple[Any, str]:
    """Return the file system of a place with the path in it; `Any`, because pyarrow ships no types.

    Args:
        uri: `s3://bucket/path`, `gs://...`, `file:///...` or a path of this machine.

    Raises:
        ValueError: pyarrow knows no such place.
        OSError: the place cannot be opened.
    """
    opened: tuple[Any, str] = fs.FileSystem.from_uri(uri if "://" in uri else str(Path(uri).absolute()))
    return opened[0], opened[1].rstrip("/")


def make_folder(filesystem: Any, folder: str) -> None:
    """Let files be written to a folder, where the file system wants it to be there before.

    Raises:
        OSError: the place cannot be written.
    """
    if filesystem.type_name in _WITH_FOLDERS:
        filesystem.create_dir(folder, recursive=True)


def settle(filesystem: Any, path: str) -> None:
    """Let a file or folder survive a power cut, where that is not the place's own affair.

    Raises:
        OSError: the place cannot be written.
    """
    if filesystem.type_name != "local":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
