"""A clip of drawn frames, with or without a waveform, written as an MP4 file."""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import av
import numpy as np
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.container import OutputContainer
from av.packet import Packet  # generic for type checkers only, so its parameter stands in quotes below
from av.video.stream import VideoStream
from numpy.typing import NDArray

# What the AAC encoder takes at once; a longer frame would be refused, a shorter one ends the stream.
AAC_FRAME_SAMPLES = 1024
# One thread and no version stamps: the same input gives the same bytes on every run of one build. The macroblock tree
# is off because its vector code reads memory that nobody wrote: with it, 12 runs gave 12 different files (libx264 of
# PyAV 18.1.0, preset veryfast), without it one.
_X264_OPTIONS: Mapping[str, str] = MappingProxyType({"preset": "veryfast", "threads": "1", "x264-params": "mbtree=0"})
_MUXER_OPTIONS: Mapping[str, str] = MappingProxyType({"fflags": "+bitexact"})


def write_clip(
    path: Path,
    frames: Iterable[NDArray[np.uint8]],
    rate: int,
    waveform: NDArray[np.float32] | None,
    audio_rate_hz: int = 44_100,
    crf: int = 26,
) -> int:
    """Write frames as H.264 and, if there is one, a waveform as AAC.

    The index (`moov`) stands at the end of the file; there is a key frame every second.
    The same arguments give the same bytes.

    Args:
        path: The file to write; an existing one is replaced.
        frames: RGB pictures, uint8 (h, w, 3), all of one size, h and w even; at least one.
        rate: Frames a second, at least 1.
        waveform: float32 in [-1, 1], (n,) for mono or (n, 2) for stereo, n at least 1; None for no audio stream.
        audio_rate_hz: Samples a second of the waveform, a rate that AAC knows (16,000 or 44,100, say).
        crf: Constant rate factor of x264, 0 (lossless) to 51 (worst).

    Returns:
        How many frames were written.

    Raises:
        ValueError: No frame, an odd or changing size, a wrong dtype or shape, or a rate or factor out of range.
    """
    if rate < 1 or not 0 <= crf <= 51:
        raise ValueError(f"rate must be at least 1 and crf in 0..51, got {rate} and {crf}")
    pictures = iter(frames)
    first = next(pictures, None)
    if first is None:
        raise ValueError("a clip needs at least one frame")
    _check_picture(first, first.shape)
    channels = None if waveform is None else _planes(waveform)
    with av.open(str(path), "w", format="mp4", options=dict(_MUXER_OPTIONS)) as container:
        video = _add_video(container, first, rate, crf)
        chunks = iter(()) if channels is None else _audio_packets(container, channels, audio_rate_hz)
        return _mux(container, video, _chain(first, pictures), chunks)


def _check_picture(picture: NDArray[np.uint8], shape: tuple[int, ...]) -> None:
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise ValueError(f"a frame is uint8 (h, w, 3), got {picture.dtype} {picture.shape}")
    if picture.shape != shape:
        raise ValueError(f"all frames have one size, got {picture.shape} after {shape}")
    if picture.shape[0] % 2 or picture.shape[1] % 2:
        raise ValueError(f"height and width must be even, got {picture.shape[:2]}")


def _planes(waveform: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the waveform as planes, float32 (channels, n)."""
    planes = np.atleast_2d(waveform.T)
    if waveform.dtype != np.float32 or planes.ndim != 2 or planes.shape[0] > 2 or planes.shape[1] < 1:
        raise ValueError(f"a waveform is float32 (n,) or (n, 2), got {waveform.dtype} {waveform.shape}")
    return np.ascontiguousarray(planes)


def _chain(first: NDArray[np.uint8], rest: Iterator[NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
    yield first
    for picture in rest:
        _check_picture(picture, first.shape)
        yield picture


def _add_video(container: OutputContainer, first: NDArray[np.uint8], rate: int, crf: int) -> VideoStream:
    stream = container.add_stream("libx264", rate=rate, options={**_X264_OPTIONS, "crf": str(crf)})
    stream.height, stream.width = first.shape[:2]
    stream.pix_fmt = "yuv420p"
    stream.codec_context.time_base = Fraction(1, rate)
    stream.codec_context.gop_size = rate
    stream.codec_context.flags |= Flags.bitexact
    return stream


def _audio_packets(
    container: OutputContainer, planes: NDArray[np.float32], rate_hz: int
) -> Iterator[tuple[float, list["Packet[AudioStream]"]]]:
    """Add the audio stream now; return an iterator of (end in seconds, packets)."""
    layout = "mono" if planes.shape[0] == 1 else "stereo"
    stream = container.add_stream("aac", rate=rate_hz, layout=layout)
    stream.codec_context.flags |= Flags.bitexact
    return _encode_audio(stream, planes, rate_hz, layout)


def _encode_audio(
    stream: AudioStream, planes: NDArray[np.float32], rate_hz: int, layout: str
) -> Iterator[tuple[float, list["Packet[AudioStream]"]]]:
    for start in range(0, planes.shape[1], AAC_FRAME_SAMPLES):
        block = np.ascontiguousarray(planes[:, start : start + AAC_FRAME_SAMPLES])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate_hz, start, Fraction(1, rate_hz)
        yield (start + block.shape[1]) / rate_hz, stream.encode(frame)
    yield float("inf"), stream.encode(None)


def _mux(
    container: OutputContainer,
    video: VideoStream,
    pictures: Iterator[NDArray[np.uint8]],
    chunks: Iterator[tuple[float, list["Packet[AudioStream]"]]],
) -> int:
    """Write both streams side by side, so that the muxer never holds more than a moment of either."""
    count, heard = 0, 0.0
    rate = video.codec_context.rate
    for count, picture in enumerate(pictures, start=1):
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p", threads=1)
        frame.pts, frame.time_base = count - 1, Fraction(1, 1) / rate
        container.mux(video.encode(frame))
        while heard < count / rate:
            heard, packets = next(chunks, (float("inf"), []))
            container.mux(packets)
    container.mux(video.encode(None))
    for _, packets in chunks:
        container.mux(packets)
    return count
