"""A video stream becomes a few small pictures."""

import io
from collections.abc import Iterator

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from encoders.media.container import MAX_BAD_PACKETS, check_pixels, duration_seconds, packets
from encoders.media.decoded import Sampling
from encoders.media.limits import MediaLimits
from encoders.media.sampling import Thinning, midpoints

JPEG_QUALITY = 85
"""About 8 kB a picture at 224 px: eight of them with ten seconds of sound stay far below a message of 1 MiB."""

MAX_UNIFORM_FRAMES = 5_400
"""Three minutes at 30 frames a second: what is decoded whole at most. Above it a few key frames must do, since a whole
decode costs about 50 ms a second of 720p and would meet the deadline instead."""


def sample_frames(
    container: InputContainer, stream: VideoStream, limits: MediaLimits
) -> tuple[tuple[bytes, ...], Sampling]:
    """Choose pictures over the whole video: key frames first, uniform when they are too few.

    Args:
        container: Freshly opened.
        stream: One of its video streams.
        limits: `frames`, `frame_px` and `pixels` are asked.

    Returns:
        At most `limits.frames` JPEGs in the order of time, each within frame_px x frame_px, upright; how it chose them.

    Raises:
        MediaError: `too_many_pixels`, when a picture is larger than the container claimed.
        MemoryError: The limit of memory was met.
    """
    stream.thread_type = "NONE"
    stream.codec_context.thread_count = 1
    duration = duration_seconds(container)
    found = _key_frames(container, stream, limits, duration) if duration is not None else ()
    if len(found) == limits.frames or (found and _expected_frames(stream, duration) > MAX_UNIFORM_FRAMES):
        return found, "key"
    spread = _uniform_frames(container, stream, limits)
    if len(spread) >= len(found):
        return spread, "uniform" if spread else "none"
    return found, "key"


def _expected_frames(stream: VideoStream, duration: float | None) -> float:
    """Return how many frames a whole decode would meet, by what the container claims; 0 when it claims nothing."""
    return (duration or 0.0) * float(stream.average_rate or 30)


def _key_frames(
    container: InputContainer, stream: VideoStream, limits: MediaLimits, duration: float
) -> tuple[bytes, ...]:
    """Decode the key frame before each midpoint, each once."""
    base = float(stream.time_base or 0)
    if base <= 0:
        return ()
    found: dict[int, bytes] = {}
    for instant in midpoints(duration, limits.frames):
        try:
            container.seek((stream.start_time or 0) + int(instant / base), stream=stream)
        except MemoryError:
            raise
        except av.FFmpegError:
            break
        packet = next((p for p in packets(container, stream) if p.is_keyframe and p.size), None)
        if packet is None or packet.pts is None or packet.pts in found:
            continue
        frame = _alone(stream, packet)
        jpeg = None if frame is None else to_jpeg(frame, limits)
        if jpeg is not None:
            found[packet.pts] = jpeg
    return tuple(found[pts] for pts in sorted(found))


def _alone(stream: VideoStream, packet: "Packet[VideoStream]") -> VideoFrame | None:
    """Decode one key packet without waiting for the packets after it; None when it is broken."""
    try:
        frames = [*stream.codec_context.decode(packet), *stream.codec_context.decode(None)]
    except MemoryError:
        raise
    except av.FFmpegError:
        frames = []
    stream.codec_context.flush_buffers()
    return frames[0] if frames else None


def _uniform_frames(container: InputContainer, stream: VideoStream, limits: MediaLimits) -> tuple[bytes, ...]:
    """Decode from the start and keep pictures spread over all that is there."""
    try:
        container.seek(stream.start_time or 0, stream=stream)
    except MemoryError:
        raise
    except av.FFmpegError:
        pass  # A format that cannot seek has not been moved by the key frames either.
    thinning: Thinning[bytes] = Thinning(limits.frames)
    for number, frame in enumerate(_decoded(container, stream)):
        if number == MAX_UNIFORM_FRAMES:
            break
        jpeg = to_jpeg(frame, limits) if thinning.wants_next else None
        if jpeg is not None:
            thinning.keep(jpeg)
        else:
            thinning.skip()
    return thinning.chosen()


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
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


def fit(width: int, height: int, longest: int) -> tuple[int, int]:
    """Return the size of a picture whose longer side is at most `longest` px, with its aspect kept, each side >= 1."""
    scale = min(1.0, longest / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def to_jpeg(frame: VideoFrame, limits: MediaLimits) -> bytes | None:
    """Shrink one picture, turn it upright, write it as JPEG; None when its pixels are of a kind nobody can convert.

    Raises:
        MediaError: `too_many_pixels`.
    """
    check_pixels(frame.width, frame.height, limits)
    width, height = fit(frame.width, frame.height, limits.frame_px)
    try:
        pixels = frame.to_ndarray(width=width, height=height, format="rgb24", interpolation="AREA")
    except MemoryError:
        raise
    except (av.FFmpegError, ValueError):
        return None
    image = Image.fromarray(pixels)
    if frame.rotation % 90 == 0 and frame.rotation != 0:
        image = image.rotate(frame.rotation, expand=True)
    return _write(image)


def _write(image: Image.Image) -> bytes:
    """Write a picture as JPEG."""
    out = io.BytesIO()
    image.save(out, format="JPEG", quality=JPEG_QUALITY)
    return out.getvalue()
