"""Every error of the encoders package.

EncodersError
├── MediaError            a file that cannot be decoded; `reason` says why, as a word for machines
├── DecoderUnavailable    the decoding processes are at fault, not the file: try again
├── SampleError           a sample whose arrays break its contract
├── ModelRefused          a model's folder that is not loaded; `reason` says why, as a word for machines
├── BadWhitening          a bank or a file from which no whitening can be had
├── BadFusion             a file from which no fusion can be had
├── BadCard               a model card that does not say what a card must
├── BadSuite              a suite's file that cannot be read; `field` says where
└── UnknownSuite          no suite of that name
"""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path


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


class RefusalReason(StrEnum):
    """Why a model's folder was refused."""

    NOT_FOUND = "not_found"
    NOT_SAFETENSORS = "not_safetensors"
    REMOTE_CODE = "remote_code"
    UNKNOWN_KIND = "unknown_kind"
    BAD_CONFIG = "bad_config"
    MISSING_WEIGHTS = "missing_weights"
    BAD_WEIGHTS = "bad_weights"
    NO_PREPROCESSING = "no_preprocessing"
    UNSUPPORTED = "unsupported"


class ModelRefused(EncodersError):
    """The model is not loaded."""

    def __init__(self, reason: RefusalReason, detail: str = "") -> None:
        """Keep the reason beside the message."""
        super().__init__(f"{reason}, {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


class BadWhitening(EncodersError):
    """No whitening can be had."""


class BadFusion(EncodersError):
    """No fusion can be had."""


class BadCard(EncodersError):
    """The model card cannot be read."""


class BadSuite(EncodersError):
    """The suite's file cannot be read."""

    def __init__(self, path: Path, field: str, detail: str) -> None:
        """Name the field, so that the reader knows which line to correct."""
        super().__init__(f"{path}: {field}: {detail}" if field else f"{path}: {detail}")
        self.path = path
        self.field = field


class UnknownSuite(EncodersError):
    """No suite has that name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        """Name the suites that exist, so that the reader can choose."""
        super().__init__(f"{name!r}; known suites: {', '.join(known)}")
        self.name = name
        self.known = tuple(known)
