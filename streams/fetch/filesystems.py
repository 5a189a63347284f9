"""Objects of any store that pyarrow opens, copied within limits."""

from collections.abc import Callable
from typing import IO, Any
from urllib.parse import urlsplit

import pyarrow as pa
from pyarrow import fs

from streams.errors import PoisonError
from streams.fetch.deadline import Deadline, within
from streams.fetch.faults import SourceReason, source_fault

# Opens the store of a URI: (file system, path in it). `Any`, because pyarrow ships no types.
OpenFilesystem = Callable[[str], tuple[Any, str]]

_CHUNK_BYTES = 1024 * 1024
_FAULTS = (PoisonError, OSError, ValueError, pa.ArrowException)


def copy_object(
    uri: str,
    file: IO[bytes],
    deadline: Deadline,
    max_bytes: int,
    open_filesystem: OpenFilesystem = fs.FileSystem.from_uri,
) -> None:
    """Write an object of a store to a file.

    Args:
        uri: Scheme, bucket or host, path. Options in it are refused: they could name another endpoint or credentials;
            the store is set up by the operator, in the worker's environment.
        file: Takes the bytes; when the deadline comes first, a call under way may still write to it.
        deadline: When to give up.
        max_bytes: Largest object, as claimed or as found.
        open_filesystem: Opens the store.

    Raises:
        PoisonError: it cannot be fetched; the reason says why.
    """
    place = _check_uri(uri)
    try:
        within(deadline, lambda: _copy(uri, file, deadline, max_bytes, open_filesystem), _FAULTS)
    except TimeoutError:
        raise source_fault(SourceReason.SOURCE_TIMEOUT, f"{place} was not fetched in time") from None
    except FileNotFoundError:
        raise source_fault(SourceReason.SOURCE_NOT_FOUND, f"{place} has no such object") from None
    except (OSError, ValueError, pa.ArrowException) as error:
        # The words of a store may quote credentials; its class says enough.
        raise source_fault(SourceReason.SOURCE_UNREACHABLE, f"{place}: {type(error).__name__}") from None


def _check_uri(uri: str) -> str:
    """Return the part of a URI that may be told."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        raise source_fault(SourceReason.BAD_URI, "it is not a URI") from None
    if "@" in parts.netloc or "?" in uri or "#" in uri:
        raise source_fault(SourceReason.BAD_URI, f"a {parts.scheme}: URI must hold no credentials, ? or #")
    if ".." in parts.path.split("/"):
        raise source_fault(SourceReason.PATH_NOT_ALLOWED, "the path must not hold ..")
    return f"{parts.scheme}://{parts.netloc}"


def _copy(uri: str, file: IO[bytes], deadline: Deadline, max_bytes: int, open_filesystem: OpenFilesystem) -> None:
    filesystem, path = open_filesystem(uri)
    facts = filesystem.get_file_info(path)
    if facts.type == fs.FileType.NotFound:
        raise FileNotFoundError
    if facts.type != fs.FileType.File:
        raise source_fault(SourceReason.PATH_NOT_ALLOWED, "it is not a file")
    size = facts.size or 0
    with filesystem.open_input_stream(path) as stream:
        _check_size(size, max_bytes)
        size = 0
        while chunk := stream.read(_CHUNK_BYTES):
            size += len(chunk)
            _check_size(size, max_bytes)
            if deadline.passed:
                raise TimeoutError
            file.write(chunk)


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise source_fault(SourceReason.SOURCE_TOO_LARGE, f"{size} bytes or more, limit {max_bytes}")
