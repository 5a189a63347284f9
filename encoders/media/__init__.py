"""The door to PyAV: files become frames, sound and nothing else."""

from encoders.media.decode import decode_media
from encoders.media.decoded import DecodedMedia, Sampling, frames_from_jpeg, waveform_from_pcm
from encoders.media.limits import MediaLimits
from encoders.media.sandbox import DecodePool

__all__ = [
    "DecodePool",
    "DecodedMedia",
    "MediaLimits",
    "Sampling",
    "decode_media",
    "frames_from_jpeg",
    "waveform_from_pcm",
]
