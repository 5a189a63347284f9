"""One file to its samples, in this process."""

import av

from encoders.errors import MediaError, MediaReason
from encoders.media.audio import sample_audio
from encoders.media.container import audio_stream, check_claims, check_file, duration_seconds, opened, video_stream
from encoders.media.decoded import DecodedMedia, Sampling
from encoders.media.frames import sample_frames
from encoders.media.limits import MediaLimits


def decode_media(path: str, limits: MediaLimits | None = None) -> DecodedMedia:
    """Decode a file that is trusted, or from within a process that may be killed: nothing here stops a loop.

    Args:
        path: A regular file on this machine.
        limits: What it may cost; `wall_seconds` and `memory_bytes` are the business of `DecodePool`.

    Returns:
        Pictures, sound, or both; a file that breaks off in the middle gives what comes before.

    Raises:
        MediaError: Neither a picture nor sound could be had, or a limit was met; `reason` says which.
    """
    limits = limits or MediaLimits()
    try:
        check_file(path, limits)
        frames, sampling, duration = _video(path, limits)
        waveform = _sound(path, limits)
    except MemoryError as error:
        raise MediaError(MediaReason.OUT_OF_MEMORY, f"limit {limits.memory_bytes} bytes") from error
    except av.FFmpegError as error:
        raise MediaError(MediaReason.UNDECODABLE, error.strerror or "") from error
    if not frames and waveform is None:
        raise MediaError(MediaReason.NO_FRAME_OR_SOUND)
    return DecodedMedia(
        frames=frames,
        waveform=waveform,
        rate_hz=limits.audio_rate_hz,
        duration_seconds=duration,
        sampling=sampling,
    )


def _video(path: str, limits: MediaLimits) -> tuple[tuple[bytes, ...], Sampling, float | None]:
    """Check the claims; return pictures, how they were chosen, the claimed seconds."""
    with opened(path) as container:
        check_claims(container, limits)
        duration = duration_seconds(container)
        stream = video_stream(container)
        if stream is None:
            return (), "none", duration
        frames, sampling = sample_frames(container, stream, limits)
        return frames, sampling, duration


def _sound(path: str, limits: MediaLimits) -> bytes | None:
    """Return the sound from a container of its own: seeking for pictures has moved the other."""
    with opened(path) as container:
        stream = audio_stream(container)
        return None if stream is None else sample_audio(container, stream, limits)
