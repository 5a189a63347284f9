"""An audio stream becomes mono sound of one rate."""

from collections.abc import Iterator

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from encoders.media.container import MAX_BAD_PACKETS, packets
from encoders.media.limits import MediaLimits


def sample_audio(container: InputContainer, stream: AudioStream, limits: MediaLimits) -> bytes | None:
    """Decode the first seconds of sound.

    Args:
        container: Freshly opened.
        stream: One of its audio streams.
        limits: `audio_rate_hz` and `audio_seconds` are asked.

    Returns:
        Mono, little-endian int16 at the rate, at most the seconds; None when nothing could be decoded.

    Raises:
        MemoryError: The limit of memory was met.
    """
    wanted = int(limits.audio_rate_hz * limits.audio_seconds)
    chunks: list[NDArray[np.float32]] = []
    have = 0
    for chunk in _resampled(_decoded(container, stream), limits.audio_rate_hz):
        chunks.append(chunk)
        have += len(chunk)
        if have >= wanted:
            break
    if have == 0:
        return None
    return to_pcm(np.concatenate(chunks)[:wanted])


def to_pcm(samples: NDArray[np.float32]) -> bytes:
    """Round sound to little-endian int16.

    Args:
        samples: Shape (n,), nominally in [-1, 1]; NaN becomes 0, what is louder is clipped.

    Returns:
        2 n bytes.
    """
    finite = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    return np.round(np.clip(finite, -1.0, 1.0) * 32_767.0).astype("<i2").tobytes()


def _resampled(frames: Iterator[AudioFrame], rate_hz: int) -> Iterator[NDArray[np.float32]]:
    """Yield float sound, shape (n,), mono at the rate; a stream that changes its layout ends there."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=rate_hz)
    try:
        for frame in frames:
            for part in resampler.resample(frame):
                yield part.to_ndarray()[0]
        for part in resampler.resample(None):
            yield part.to_ndarray()[0]
    except MemoryError:
        raise
    except (av.FFmpegError, ValueError):
        return


def _decoded(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """Decode a stream to its end, over broken packets until they are too many."""
    bad = 0
    for packet in packets(container, stream):
        try:
            yield from stream.codec_context.decode(packet if packet.size else None)
        except MemoryError:
            raise
        except av.FFmpegError:
            bad += 1
            if bad == MAX_BAD_PACKETS:
                return
