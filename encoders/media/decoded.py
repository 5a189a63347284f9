"""What is left of a file once it is decoded, small enough for a message."""

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from encoders.errors import MediaError, MediaReason
from encoders.samples import Frames, Waveform

Sampling = Literal["key", "uniform", "none"]

MAX_JPEG_PIXELS = 1024 * 1024
"""Largest picture that is read back. Ours have at most 224 x 224; a larger one was not written by us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecodedMedia:
    """The samples of one file.

    Attributes:
        frames: JPEG pictures in the order of time, spread over the file; empty without readable video.
        waveform: Mono, little-endian int16; None without readable sound.
        duration_seconds: What the container claims; None when it claims nothing.
        sampling: How the frames were chosen.
        rate_hz: Of the waveform.
    """

    frames: tuple[bytes, ...]
    waveform: bytes | None
    duration_seconds: float | None
    sampling: Sampling
    rate_hz: int = 16_000


def frames_from_jpeg(jpegs: tuple[bytes, ...]) -> Frames:
    """Read pictures back.

    Args:
        jpegs: At least one JPEG.

    Returns:
        RGB arrays in the same order.

    Raises:
        MediaError: `undecodable`, not a JPEG; `too_many_pixels`, larger than any that we write.
        SampleError: No picture at all.
    """
    return Frames(tuple(_array(jpeg) for jpeg in jpegs))


def waveform_from_pcm(pcm: bytes, rate_hz: int = 16_000) -> Waveform:
    """Read sound back.

    Args:
        pcm: Mono, little-endian int16; a last odd byte is dropped.
        rate_hz: Its rate.

    Returns:
        Samples in [-1, 1).
    """
    whole = pcm[: len(pcm) // 2 * 2]
    return Waveform(np.frombuffer(whole, dtype="<i2").astype(np.float32) / np.float32(32_768.0), rate_hz)


def _array(jpeg: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Read one JPEG into an array of shape (h, w, 3), uint8."""
    try:
        with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
            if image.width * image.height > MAX_JPEG_PIXELS:
                raise MediaError(MediaReason.TOO_MANY_PIXELS, f"a JPEG of {image.width} x {image.height}")
            return np.asarray(image.convert("RGB"), dtype=np.uint8)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise MediaError(MediaReason.UNDECODABLE, f"a JPEG of {len(jpeg)} bytes") from error
