"""A video stream becomes a few small pictures."""

import io
from collections.abc import Iterator

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
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
    how: Sampling = "key" if found else "none"
    if len(found) < limits.frames and not (found and _expected_frames(stream, duration) > MAX_UNIFORM_FRAMES):
        spread = _uniform_frames(container, stream, limits)
        if spread and len(spread) >= len(found):
            found, how = spread, "uniform"
    return tuple(to_jpeg(image) for image in found), how


def _expected_frames(stream: VideoStream, duration: float | None) -> float:
    """Return how many frames a whole decode would meet, by what the container claims; 0 when it claims nothing."""
    return (duration or 0.0) * float(stream.average_rate or 30)


def _key_frames(
    container: InputContainer, stream: VideoStream, limits: MediaLimits, duration: float
) -> tuple[Image.Image, ...]:
    """Decode the key frame before each midpoint, each once."""
    base = float(stream.time_base or 0)
    if base <= 0:
        return ()
    found: dict[int, Image.Image] = {}
    shrinker = Shrinker(limits)
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
        image = None if frame is None else shrinker.small(frame)
        if image is not None:
            found[packet.pts] = image
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


def _uniform_frames(container: InputContainer, stream: VideoStream, limits: MediaLimits) -> tuple[Image.Image, ...]:
    """Decode from the start and keep pictures spread over all that is there."""
    try:
        container.seek(stream.start_time or 0, stream=stream)
    except MemoryError:
        raise
    except av.FFmpegError:
        pass  # A format that cannot seek has not been moved by the key frames either.
    thinning: Thinning[Image.Image] = Thinning(limits.frames)
    shrinker = Shrinker(limits)
    for number, frame in enumerate(_decoded(container, stream)):
        if number == MAX_UNIFORM_FRAMES:
            break
        image = shrinker.small(frame) if thinning.wants_next else None
        if image is not None:
            thinning.keep(image)
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


class Shrinker:
    """Makes small upright pictures of one stream's frames; it keeps its converter, since a new one costs 1 ms."""

    def __init__(self, limits: MediaLimits) -> None:
        """Start without a converter.

        Args:
            limits: `frame_px` and `pixels` are asked.
        """
        self._limits = limits
        self._reformatter = VideoReformatter()

    def small(self, frame: VideoFrame) -> Image.Image | None:
        """Shrink one picture, turn it upright; None when its pixels are of a kind nobody can convert.

        Raises:
            MediaError: `too_many_pixels`.
        """
        check_pixels(frame.width, frame.height, self._limits)
        width, height = fit(frame.width, frame.height, self._limits.frame_px)
        try:
            made = self._reformatter.reformat(frame, width, height, format="rgb24", interpolation="AREA", threads=1)
            image = Image.fromarray(made.to_ndarray())
        except MemoryError:
            raise
        except (av.FFmpegError, ValueError):
            return None
        upright = frame.rotation
        return image.rotate(upright, expand=True) if upright % 90 == 0 and upright != 0 else image


def to_jpeg(image: Image.Image) -> bytes:
    """Write a picture as JPEG."""
    out = io.BytesIO()
    image.save(out, format="JPEG", quality=JPEG_QUALITY)
    return out.getvalue()
