"""Every error of the encoders package.

EncodersError
├── MediaError            a file that cannot be decoded; `reason` says why, as a word for machines
├── DecoderUnavailable    the decoding processes are at fault, not the file: try again
├── SampleError           a sample whose arrays break its contract
└── UnknownSuite          no suite of that name
"""

from collections.abc import Sequence
from enum import StrEnum


class EncodersError(Exception):
    """The encoders cannot do what was asked."""

    def __init__(self, detail: str = "") -> None:
        """Compose the message from the docstring's first line with the detail after it."""
        caption = (type(self).__doc__ or "").splitlines()[0].rstrip(".")
        super().__init__(f"{caption}: {detail}" if detail else caption)
        self.detail = detail


class MediaReason(StrEnum):
    """Why a file was refused; the words stand in dead letters, so they only ever grow."""

    EMPTY = "empty"
    NOT_MEDIA = "not_media"
    TRUNCATED = "truncated"
    NO_STREAMS = "no_streams"
    NO_FRAME_OR_SOUND = "no_frame_or_sound"
    UNDECODABLE = "undecodable"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_STREAMS = "too_many_streams"
    OUT_OF_MEMORY = "out_of_memory"
    DECODE_TIMEOUT = "decode_timeout"
    DECODER_CRASHED = "decoder_crashed"


class MediaError(EncodersError):
    """The media cannot be decoded."""

    def __init__(self, reason: MediaReason, detail: str = "") -> None:
        """Keep the reason beside the message."""
        super().__init__(f"{reason}, {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


class DecoderUnavailable(EncodersError):
    """No decoding process can serve now."""


class SampleError(EncodersError):
    """The sample breaks its contract."""


class UnknownSuite(EncodersError):
    """No suite has that name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        """Name the suites that exist, so that the reader can choose."""
        super().__init__(f"{name!r}; known suites: {', '.join(known)}")
        self.name = name
        self.known = tuple(known)
