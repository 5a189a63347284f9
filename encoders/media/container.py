"""Open a file that nobody trusts, as media or not at all."""

import math
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from encoders.errors import MediaError, MediaReason
from encoders.media.limits import MediaLimits

S = TypeVar("S", VideoStream, AudioStream)

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpegts,mpeg,asf,ogg,wav,mp3,aac,flac,gif"
"""Demuxers that may see the file. Playlists (hls, dash, concat, sdp) are left out: they name other files and hosts, and
a demuxer that follows them reads what the uploader may not."""

PROTOCOLS = "file"
"""What a demuxer may open: no network, so that a reference inside a file leads nowhere."""

MAX_BAD_PACKETS = 64
"""Broken packets of a stream after which its rest is given up; a file broken in one place has a few."""

_MAGIC = (
    (4, b"ftyp"),
    (4, b"moov"),
    (4, b"mdat"),
    (0, b"\x1aE\xdf\xa3"),  # Matroska, WebM
    (0, b"RIFF"),
    (0, b"OggS"),
    (0, b"FLV"),
    (0, b"fLaC"),
)


def check_file(path: str, limits: MediaLimits) -> None:
    """Refuse what is not worth opening.

    Args:
        path: A path on this machine.
        limits: Its `bytes` are asked.

    Raises:
        MediaError: `unreadable`, `not_media` (no regular file: a pipe would block for ever), `empty` or `too_large`.
    """
    try:
        facts = Path(path).stat()
    except (OSError, ValueError) as error:
        raise MediaError(MediaReason.UNREADABLE, type(error).__name__) from error
    if not stat.S_ISREG(facts.st_mode):
        raise MediaError(MediaReason.NOT_MEDIA, "not a regular file")
    if facts.st_size == 0:
        raise MediaError(MediaReason.EMPTY)
    if facts.st_size > limits.bytes:
        raise MediaError(MediaReason.TOO_LARGE, f"{facts.st_size} bytes, limit {limits.bytes}")


@contextmanager
def opened(path: str) -> Iterator[InputContainer]:
    """Open a file for one pass over it.

    Args:
        path: A regular file.

    Yields:
        The container, closed afterwards.

    Raises:
        MediaError: `truncated` when it begins like media but has no index, `not_media`, `unreadable`.
    """
    try:
        container = av.open(
            f"file:{path}",
            metadata_errors="replace",
            options={"protocol_whitelist": PROTOCOLS, "format_whitelist": FORMATS},
        )
    except MemoryError:
        raise
    except av.FFmpegError as error:
        raise MediaError(_why_unopened(path), error.strerror or "") from error
    with container:
        yield container


def _why_unopened(path: str) -> MediaReason:
    """Tell a broken media file from another kind of file by its first bytes."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(16)
    except OSError:
        return MediaReason.UNREADABLE
    known = any(head[at : at + len(magic)] == magic for at, magic in _MAGIC)
    return MediaReason.TRUNCATED if known else MediaReason.NOT_MEDIA


def check_claims(container: InputContainer, limits: MediaLimits) -> None:
    """Refuse what the container claims before any of it is decoded.

    Raises:
        MediaError: `no_streams`, `too_many_streams`, `too_long` or `too_many_pixels`.
    """
    streams = container.streams
    if not streams.video and not streams.audio:
        raise MediaError(MediaReason.NO_STREAMS)
    if len(streams) > limits.streams:
        raise MediaError(MediaReason.TOO_MANY_STREAMS, f"{len(streams)}, limit {limits.streams}")
    duration = duration_seconds(container)
    if duration is not None and duration > limits.duration_seconds:
        raise MediaError(MediaReason.TOO_LONG, f"{duration:.0f} s, limit {limits.duration_seconds:.0f} s")
    for stream in streams.video:
        if _has_decoder(stream):
            check_pixels(stream.codec_context.width, stream.codec_context.height, limits)


def check_pixels(width: int, height: int, limits: MediaLimits) -> None:
    """Refuse a picture that is too large.

    Raises:
        MediaError: `too_many_pixels`.
    """
    if width * height > limits.pixels:
        raise MediaError(MediaReason.TOO_MANY_PIXELS, f"{width} x {height}, limit {limits.pixels}")


def duration_seconds(container: InputContainer) -> float | None:
    """Return the claimed length, or None when the container claims nothing usable."""
    if container.duration is None:
        return None
    seconds = container.duration / av.time_base
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def video_stream(container: InputContainer) -> VideoStream | None:
    """Return the first video stream with a decoder that is not a cover picture."""
    for stream in container.streams.video:
        if _has_decoder(stream) and not stream.disposition & av.stream.Disposition.attached_pic:
            return stream
    return None


def audio_stream(container: InputContainer) -> AudioStream | None:
    """Return the first audio stream with a decoder."""
    return next((stream for stream in container.streams.audio if _has_decoder(stream)), None)


def _has_decoder(stream: VideoStream | AudioStream) -> bool:
    """Return whether this build of libav can decode a stream; its stubs do not say that the context may be None."""
    context: object = stream.codec_context
    return context is not None


def packets(container: InputContainer, stream: S) -> Iterator["Packet[S]"]:
    """Read a stream's packets up to its end or its first break; the last one is the empty packet that flushes."""
    reader = container.demux(stream)
    while True:
        try:
            packet = next(reader)
        except StopIteration:
            return
        except MemoryError:
            raise
        except av.FFmpegError:
            return
        yield packet
