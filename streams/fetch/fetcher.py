"""Media of any allowed source as a file of this machine, for as long as it is needed."""

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from pyarrow import fs

from streams.fetch.addresses import Resolver, resolve
from streams.fetch.deadline import Deadline
from streams.fetch.faults import SourceReason, source_fault
from streams.fetch.files import allowed_file
from streams.fetch.filesystems import OpenFilesystem, copy_object
from streams.fetch.web import WebSource
from streams.settings import MediaSettings

_PREFIX = "ebr-fetch-"
# Older files of ours were left by workers that were killed: no fetch lives nearly so long.
_STALE_SECONDS = 3_600.0
_SCHEME = re.compile(r"^(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):")
# Spaces too: a URI has none, and parsers differ in what they make of them.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f]")


class Fetcher:
    """Fetches media that strangers name. Thread-safe; blocks, so call it where no event loop runs.

    Args:
        media: What may be fetched, within which limits.
        folder: Where downloads are kept while they are decoded; the system's folder for temporary files by default.
        resolver: Looks names up.
        open_filesystem: Opens the store of a URI of `allowed_filesystems`.
    """

    def __init__(
        self,
        media: MediaSettings,
        folder: Path | None = None,
        resolver: Resolver = resolve,
        open_filesystem: OpenFilesystem = fs.FileSystem.from_uri,
    ) -> None:
        self._media, self._open_filesystem = media, open_filesystem
        self._folder = folder or Path(tempfile.gettempdir())
        self._web = WebSource(media, resolver)
        _sweep(self._folder)

    @contextmanager
    def fetch(self, uri: str, deadline: Deadline) -> Iterator[Path]:
        """Yield a local file with what a URI holds; a download is removed afterwards.

        Args:
            uri: `file:`, `http(s):` or a scheme of `allowed_filesystems`.
            deadline: When to give up.

        Raises:
            PoisonError: it cannot be fetched; the reason is one of `SourceReason`.
        """
        scheme = _scheme(uri)
        media = self._media
        if scheme == "file":
            yield allowed_file(uri, media.allowed_roots, media.max_bytes)
        elif scheme in ("http", "https"):
            with self._filled(lambda file: self._web.download(uri, file, deadline)) as path:
                yield path
        elif scheme in media.allowed_filesystems:
            with self._filled(
                lambda file: copy_object(uri, file, deadline, media.max_bytes, self._open_filesystem)
            ) as path:
                yield path
        else:
            detail = f"scheme {scheme[:32]} is none of file, http, https and EBR_MEDIA__ALLOWED_FILESYSTEMS"
            raise source_fault(SourceReason.SCHEME_NOT_ALLOWED, detail)

    @contextmanager
    def _filled(self, fill: Callable[[IO[bytes]], None]) -> Iterator[Path]:
        """Yield a temporary file, readable by this user only, once it is filled."""
        with tempfile.NamedTemporaryFile(prefix=_PREFIX, dir=self._folder, buffering=0) as file:
            fill(file.file)
            yield Path(file.name)


def _scheme(uri: str) -> str:
    found = _SCHEME.match(uri)
    if found is None or _FORBIDDEN.search(uri):
        raise source_fault(SourceReason.BAD_URI, "it must begin with a scheme, and hold no space or control character")
    return found["scheme"].lower()


def _sweep(folder: Path) -> None:
    """Remove downloads of workers that were killed."""
    limit = time.time() - _STALE_SECONDS
    for path in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # another worker was first, or another user owns it
            if path.stat().st_mtime < limit:
                path.unlink()
