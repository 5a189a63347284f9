"""One video from its URI to its samples, under one deadline."""

import hashlib
import time
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Protocol

from encoders.errors import DecoderUnavailable, MediaError, MediaReason
from encoders.media import DecodedMedia
from streams.errors import PoisonError, TransientError
from streams.fetch import Deadline, SourceReason
from streams.fetch.faults import source_fault
from streams.offload import offload

# Waits before an unreachable source is tried again, as long as at least as much time is left for the rest.
_RETRY_SECONDS = (0.25, 0.5, 1.0, 2.0)

# What may come from a busy machine, or go away with other limits, rather than lie in the file.
_REPLAYABLE = frozenset(
    {
        MediaReason.DECODE_TIMEOUT,
        MediaReason.DECODER_CRASHED,
        MediaReason.OUT_OF_MEMORY,
        MediaReason.UNREADABLE,
    }
)


class Fetches(Protocol):
    """What an intake needs of a `Fetcher`."""

    def fetch(self, uri: str, deadline: Deadline) -> AbstractContextManager[Path]:
        """Yield a local file with what a URI holds."""


class Decodes(Protocol):
    """What an intake needs of a `DecodePool`."""

    def decode(self, path: str, deadline_seconds: float | None = None) -> DecodedMedia:
        """Decode one file; wait for a free process first."""


class Intake:
    """Fetches, checks, decodes. Any number of videos at once; the pool bounds how many are decoded.

    Args:
        fetcher: Knows the sources.
        pool: Knows the media.
        deadline_seconds: Wall time of one video, fetch with decode; waiting for a free process is not counted, since
            it says nothing about the video.
    """

    def __init__(self, fetcher: Fetches, pool: Decodes, deadline_seconds: float) -> None:
        self._fetcher, self._pool, self._deadline_seconds = fetcher, pool, deadline_seconds

    async def decode(self, media_uri: str, content_sha256: str | None) -> DecodedMedia:
        """Return the samples of a video.

        Args:
            media_uri: Where it is.
            content_sha256: What it must be, in lower-case hex; None if the producer does not say.

        Raises:
            PoisonError: the source or the file is at fault; the reason is a `SourceReason` or a `MediaReason`.
            TransientError: no decoding process could be had; the file was not judged.
        """
        # One thread from end to end: the deadline begins when work begins, not in a queue for a thread.
        return await offload(self._decode, media_uri, content_sha256)

    def _decode(self, media_uri: str, content_sha256: str | None) -> DecodedMedia:
        deadline = Deadline.after(self._deadline_seconds)
        with ExitStack() as stack:
            path = self._fetch(stack, media_uri, deadline)
            if content_sha256 is not None:
                _check_content(path, content_sha256)
            return self._decode_file(path, deadline)

    def _fetch(self, stack: ExitStack, media_uri: str, deadline: Deadline) -> Path:
        """Fetch a video into the stack; try again while its source cannot be reached."""
        for wait_seconds in _RETRY_SECONDS:
            try:
                return stack.enter_context(self._fetcher.fetch(media_uri, deadline))
            except PoisonError as error:
                lasting = error.reason != SourceReason.SOURCE_UNREACHABLE
                if lasting or deadline.remaining_seconds < 2 * wait_seconds:
                    raise
            time.sleep(wait_seconds)
        return stack.enter_context(self._fetcher.fetch(media_uri, deadline))

    def _decode_file(self, path: Path, deadline: Deadline) -> DecodedMedia:
        """Decode a file; once more if a process fell, for it may not have been the file."""
        try:
            return self._decode_once(path, deadline)
        except TransientError:
            return self._decode_once(path, deadline)
        except PoisonError as error:
            if error.reason != MediaReason.DECODER_CRASHED or deadline.passed:
                raise
            return self._decode_once(path, deadline)

    def _decode_once(self, path: Path, deadline: Deadline) -> DecodedMedia:
        if deadline.passed:
            raise source_fault(SourceReason.SOURCE_TIMEOUT, "fetching left no time to decode")
        try:
            return self._pool.decode(str(path), deadline.remaining_seconds)
        except MediaError as error:
            replayable = error.reason in _REPLAYABLE
            raise PoisonError(error.reason.value, error.detail, "$.media_uri", replayable) from error
        except DecoderUnavailable as error:
            raise TransientError(str(error)) from error


def _check_content(path: Path, content_sha256: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise source_fault(SourceReason.SOURCE_UNREACHABLE, f"{type(error).__name__} while it was read") from error
    if found != content_sha256:
        raise source_fault(SourceReason.CHECKSUM_MISMATCH, f"its content has SHA-256 {found}")
