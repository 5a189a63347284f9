"""Decoded videos, made by hand."""

import io
from datetime import UTC, datetime

import numpy as np
from PIL import Image

from streams.wire.envelope import Cause
from streams.wire.video import Texts, VideoDecoded


def jpeg(seed: int) -> bytes:
    """Return a picture of coloured noise, 32 x 32."""
    pixels = np.random.default_rng(seed).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG")
    return file.getvalue()


def tone(hz: float, seconds: float = 1.0) -> bytes:
    """Return a sine as int16 PCM at 16 kHz."""
    t = np.arange(int(16_000 * seconds)) / 16_000
    return (np.sin(2 * np.pi * hz * t) * 12_000).astype("<i2").tobytes()


def decoded(
    video_id: str, *, frames: list[bytes] | None = None, waveform: bytes | None = None, caption: str | None = None
) -> VideoDecoded:
    """Return a decoded video with the samples given."""
    return VideoDecoded(
        video_id=video_id,
        revision=1,
        source=Cause(topic="video-events", partition=0, offset=0),
        received_at=datetime(2026, 1, 1, tzinfo=UTC),
        frames=frames or [],
        waveform=waveform,
        texts=Texts(caption=caption),
    )
