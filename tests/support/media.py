"""Tiny media files made by code, whole or broken on purpose."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray


def scene(number: int, at: float = 0.0, width: int = 320, height: int = 240) -> NDArray[np.uint8]:
    """Draw one picture of a made-up scene: a coloured sky, a ground, moving discs.

    Args:
        number: Which scene; the same number draws the same scene.
        at: Instant in [0, 1], moves the discs.
        width: In px.
        height: In px.

    Returns:
        Shape (height, width, 3), uint8, RGB.
    """
    rng = np.random.RandomState(number)
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width])[:, None, None]
    sky, ground = rng.uniform(0, 255, 3), rng.uniform(0, 255, 3)
    horizon = rng.uniform(0.2, 0.8) + rng.uniform(-0.3, 0.3) * (x - 0.5)
    image = np.where((y < horizon)[..., None], sky, ground * (0.6 + 0.4 * y[..., None]))
    for _ in range(rng.randint(2, 6)):
        cx, cy, speed = rng.uniform(0, 1), rng.uniform(0, 1), rng.uniform(-0.4, 0.4)
        radius, colour = rng.uniform(0.05, 0.25), rng.uniform(0, 255, 3)
        inside = (x - cx - speed * at) ** 2 + (y - cy) ** 2 < radius**2
        image = np.where(inside[..., None], colour, image)
    return np.clip(image, 0, 255).astype(np.uint8)


def tune(number: int, seconds: float = 2.0, rate_hz: int = 16_000) -> NDArray[np.float32]:
    """Play a made-up tune; the same number plays the same tune.

    Returns:
        Shape (n,), float32, in [-0.5, 0.5].
    """
    rng = np.random.RandomState(1_000 + number)
    t = np.arange(int(seconds * rate_hz)) / rate_hz
    notes = rng.uniform(120, 3_000, 8)
    pitch = notes[(t * rng.uniform(2, 8)).astype(int) % len(notes)]
    tone = np.sin(2 * np.pi * np.cumsum(pitch) / rate_hz) * rng.uniform(0.1, 0.4)
    return (tone + rng.uniform(0.001, 0.05) * rng.standard_normal(len(t))).clip(-0.5, 0.5).astype(np.float32)


def write_clip(
    path: Path,
    *,
    number: int | None = 1,
    seconds: float = 2.0,
    size: tuple[int, int] = (320, 240),
    sound: NDArray[np.float32] | None = None,
    gop: int = 250,
) -> Path:
    """Write a clip of one scene with or without sound: VP8 into WebM, H.264 into all else, AAC.

    Args:
        path: Its suffix names the container.
        number: Which scene; None writes no video.
        seconds: Of video, at 10 frames a second; 0.1 gives one frame.
        size: Width and height in px.
        sound: At 16 kHz; None writes no audio.
        gop: Frames from one key frame to the next.

    Returns:
        The path.
    """
    with av.open(str(path), "w") as out:
        # Both streams must be there before the first packet, since it writes the header.
        codec = "libvpx" if path.suffix == ".webm" else "libx264"
        video = None if number is None else _video_stream(out, codec, size, gop)
        audio = None if sound is None else _audio_stream(out)
        if video is not None and number is not None:
            _write_video(out, video, number, round(seconds * 10))
        if audio is not None and sound is not None:
            _write_audio(out, audio, sound)
    return path


def _video_stream(out: OutputContainer, codec: str, size: tuple[int, int], gop: int) -> VideoStream:
    """Add a stream of 10 pictures a second."""
    options = {"preset": "ultrafast", "crf": "23"} if codec == "libx264" else {}
    stream = out.add_stream(codec, rate=10, options=options)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    stream.gop_size = gop
    return stream


def _audio_stream(out: OutputContainer) -> AudioStream:
    """Add a mono stream of 16 kHz."""
    stream = out.add_stream("aac", rate=16_000, layout="mono")
    assert isinstance(stream, AudioStream)
    return stream


def _write_video(out: OutputContainer, stream: VideoStream, number: int, count: int) -> None:
    """Encode a scene's pictures."""
    for i in range(count):
        picture = scene(number, i / count, stream.width, stream.height)
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts, frame.time_base = i, Fraction(1, 10)
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


def _write_audio(out: OutputContainer, stream: AudioStream, sound: NDArray[np.float32]) -> None:
    """Encode sound."""
    for start in range(0, len(sound), 1024):
        frame = av.AudioFrame.from_ndarray(sound[None, start : start + 1024], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 16_000, start, Fraction(1, 16_000)
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))


def without_index(path: Path, copy: Path) -> Path:
    """Copy an MP4 without its index, as a broken upload leaves it."""
    data = path.read_bytes()
    copy.write_bytes(data[: data.rindex(b"moov") - 4])
    return copy


def turned(path: Path, copy: Path) -> Path:
    """Copy an MP4 with the display matrix of a phone held upright: 90 degrees clockwise."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4
    matrix = np.array([0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30], dtype=">i4")
    data[at + 40 : at + 76] = matrix.tobytes()
    copy.write_bytes(bytes(data))
    return copy


def write_bomb(path: Path, side: int = 8_192) -> Path:
    """Write a small file whose one black picture takes 1.5 x side x side bytes once it is decoded."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mjpeg", rate=1)
        assert isinstance(stream, VideoStream)
        stream.width = stream.height = side
        stream.pix_fmt = "yuvj420p"
        frame = av.VideoFrame(side, side, "yuvj420p")
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.pts, frame.time_base = 0, Fraction(1, 1)
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path
