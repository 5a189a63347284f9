"""Samples to packed vectors, batched by modality over videos."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from encoders.embedding import to_unit_float16
from encoders.errors import MediaError, SampleError
from encoders.media import frames_from_jpeg, waveform_from_pcm
from encoders.modality import Modality
from encoders.protocol import Encoder, Fusion
from encoders.samples import Caption, Sample
from streams.errors import PoisonError
from streams.wire.embedding import pack_vector, unpack_vector
from streams.wire.envelope import ModalityName
from streams.wire.video import VideoDecoded

Packed = dict[ModalityName, bytes]

# In the order of `Modality`, by the names that messages use.
_NAMES: dict[Modality, ModalityName] = {Modality.FRAMES: "frames", Modality.AUDIO: "audio", Modality.TEXT: "text"}


class EncoderSuite(Protocol):
    """What this file uses of a suite; the registry, which may load torch, stays out of the agents."""

    @property
    def encoders(self) -> Mapping[Modality, Encoder]:
        """One a modality."""
        ...


def encode_videos(suite: EncoderSuite, decoded: Sequence[VideoDecoded]) -> list[Packed | PoisonError]:
    """Encode every modality that a video has a sample of and the suite an encoder for.

    Args:
        suite: The encoders that serve.
        decoded: Any number of videos; each modality of all of them is one batch.

    Returns:
        As many as came in, in order: packed float16 unit vectors by modality, at least one; or why there is none.
    """
    samples: list[dict[Modality, Sample] | PoisonError] = [_samples(video) for video in decoded]
    vectors: list[Packed] = [{} for _ in decoded]
    for modality, encoder in suite.encoders.items():
        rows = [
            (i, found[modality]) for i, found in enumerate(samples) if isinstance(found, dict) and modality in found
        ]
        if rows:
            for (i, _), vector in zip(rows, encoder.encode([sample for _, sample in rows]), strict=True):
                if vector is not None:
                    vectors[i][_NAMES[modality]] = pack_vector(to_unit_float16(vector))
    return [_answer(found, packed) for found, packed in zip(samples, vectors, strict=True)]


def fuse_vectors(fusion: Fusion, vectors: Mapping[ModalityName, bytes]) -> bytes:
    """Fuse packed vectors of one video into one packed float16 unit vector.

    Raises:
        PoisonError: `cannot_fuse`: no vector, a torn one, one of another dimension, or one that is not finite.
    """
    try:
        unpacked: dict[Modality, NDArray[np.floating]] = {
            Modality(name): unpack_vector(data) for name, data in vectors.items()
        }
        return pack_vector(to_unit_float16(fusion.fuse(unpacked)))
    except (SampleError, ValueError) as error:
        raise PoisonError("cannot_fuse", str(error), "$.vectors") from error


def _samples(video: VideoDecoded) -> dict[Modality, Sample] | PoisonError:
    """Return what a video offers to the encoders, or why it cannot be read."""
    samples: dict[Modality, Sample] = {}
    try:
        if video.frames:
            samples[Modality.FRAMES] = frames_from_jpeg(tuple(video.frames))
        if video.waveform:
            samples[Modality.AUDIO] = waveform_from_pcm(video.waveform)
    except (MediaError, SampleError) as error:
        return PoisonError("bad_sample", str(error))
    if text := video.texts.joined():
        samples[Modality.TEXT] = Caption(text)
    return samples


def _answer(samples: dict[Modality, Sample] | PoisonError, packed: Packed) -> Packed | PoisonError:
    if isinstance(samples, PoisonError):
        return samples
    if packed:
        return packed
    offered = ", ".join(samples) or "none"
    return PoisonError("nothing_to_encode", f"no modality says anything; samples of: {offered}")
