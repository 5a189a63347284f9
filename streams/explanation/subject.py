"""One video as a suite sees it: its samples, its vectors, what it lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from encoders.embedding import to_unit_float16
from encoders.media import DecodedMedia, frames_from_jpeg, waveform_from_pcm
from encoders.modality import Modality
from encoders.protocol import Encoder, Fusion
from encoders.samples import Caption, Frames, Sample, Samples

Halves = NDArray[np.float16]

_ABSENT: Mapping[Modality, str] = MappingProxyType(
    {Modality.FRAMES: "no picture", Modality.AUDIO: "no sound", Modality.TEXT: "no caption"}
)
_SILENT: Mapping[Modality, str] = MappingProxyType(
    {Modality.FRAMES: "only blank pictures", Modality.AUDIO: "silence", Modality.TEXT: "no words"}
)


class SuiteLike(Protocol):
    """What is used of a suite."""

    @property
    def encoders(self) -> Mapping[Modality, Encoder]:
        """One a modality."""
        ...

    @property
    def fusion(self) -> Fusion:
        """Takes the vectors of these encoders."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """One video.

    Attributes:
        name: By which people know it.
        samples: What it has.
        vectors: Of each modality that says something: shape (d,), float16, norm 1, as it would be stored.
        missing: Why each other modality has no vector.
        fused: Shape (d,), float16, norm 1; None without any vector.
    """

    name: str
    samples: Samples
    vectors: Mapping[Modality, Halves]
    missing: Mapping[Modality, str]
    fused: Halves | None

    @property
    def pictures(self) -> tuple[NDArray[np.uint8], ...]:
        """RGB, each (h, w, 3), in the order of time; none where it has none."""
        frames = self.samples.get(Modality.FRAMES)
        return frames.images if isinstance(frames, Frames) else ()

    @property
    def caption(self) -> str:
        """Its words; empty where it has none."""
        caption = self.samples.get(Modality.TEXT)
        return caption.text if isinstance(caption, Caption) else ""


def samples_of_media(media: DecodedMedia, caption: str | None) -> dict[Modality, Sample]:
    """Return what a decoded file with its caption offers to encoders, as ENCODE does.

    Raises:
        MediaError: A picture cannot be read back.
    """
    samples: dict[Modality, Sample] = {}
    if media.frames:
        samples[Modality.FRAMES] = frames_from_jpeg(media.frames)
    if media.waveform:
        samples[Modality.AUDIO] = waveform_from_pcm(media.waveform, media.rate_hz)
    if caption:
        samples[Modality.TEXT] = Caption(caption)
    return samples


def subjects(suite: SuiteLike, named: Sequence[tuple[str, Samples]]) -> list[Subject]:
    """Encode videos, each modality of all of them at once, then fuse what each has.

    Args:
        suite: The encoders.
        named: Names with samples.

    Returns:
        As many as came in, in order.
    """
    vectors: list[dict[Modality, Halves]] = [{} for _ in named]
    missing = [{m: _ABSENT[m] for m in Modality if m not in samples} for _, samples in named]
    for modality in Modality:
        rows = [(place, samples[modality]) for place, (_, samples) in enumerate(named) if modality in samples]
        encoder = suite.encoders.get(modality)
        if encoder is None:
            for place, _ in rows:
                missing[place][modality] = "the suite has no encoder of it"
            continue
        for (place, _), vector in zip(rows, encoder.encode([sample for _, sample in rows]), strict=True):
            if vector is None:
                missing[place][modality] = _SILENT[modality]
            else:
                vectors[place][modality] = to_unit_float16(vector)
    return [
        Subject(
            name=name,
            samples=samples,
            vectors=own,
            missing=lacks,
            fused=to_unit_float16(suite.fusion.fuse(own)) if own else None,
        )
        for (name, samples), own, lacks in zip(named, vectors, missing, strict=True)
    ]
