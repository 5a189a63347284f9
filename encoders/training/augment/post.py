"""All modalities of one post changed at once, some of them taken away."""

from types import MappingProxyType

import msgspec
import numpy as np

from encoders.modality import Modality
from encoders.samples import Caption, Frames, Sample, Samples
from encoders.training.augment.audio import AudioAugment, augment_audio
from encoders.training.augment.frames import FramesAugment, augment_frames
from encoders.training.augment.text import TextAugment, augment_text
from encoders.training.errors import check_range


class Augment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a recipe says about augmentation.

    Attributes:
        frames: Of pictures.
        audio: Of sound.
        text: Of words.
        modality_dropout: Probability that a modality is taken from a post, in [0, 0.9]; one always stays.
    """

    frames: FramesAugment = FramesAugment()
    audio: AudioAugment = AudioAugment()
    text: TextAugment = TextAugment()
    modality_dropout: float = 0.0

    def __post_init__(self) -> None:
        """Check the limits."""
        check_range("modality_dropout", self.modality_dropout, 0, 0.9)


def augment(samples: Samples, how: Augment, rng: np.random.Generator) -> Samples:
    """Change what a post has, then take some of it away.

    Args:
        samples: Left as they are.
        how: How far.
        rng: Where chance comes from.

    Returns:
        Some of the modalities, at least one where there was one.
    """
    changed = {modality: _changed(sample, how, rng) for modality, sample in sorted(samples.items())}
    return drop_modalities(changed, how.modality_dropout, rng)


def drop_modalities(samples: Samples, share: float, rng: np.random.Generator) -> Samples:
    """Take each modality away with a probability, so that a fusion learns to do without.

    Source: Neverova et al., "ModDrop", arXiv 1501.00102, section 4.2.

    Args:
        samples: Of one post.
        share: The probability, in [0, 1].
        rng: Where chance comes from.

    Returns:
        At least one modality where there was one, chosen evenly.
    """
    present = sorted(samples)
    kept = [modality for modality, chance in zip(present, rng.random(len(present)), strict=True) if chance >= share]
    if present and not kept:
        kept = [present[int(rng.integers(len(present)))]]
    return MappingProxyType({Modality(modality): samples[modality] for modality in kept})


def _changed(sample: Sample, how: Augment, rng: np.random.Generator) -> Sample:
    """Change one sample after its kind."""
    if isinstance(sample, Frames):
        return augment_frames(sample, how.frames, rng)
    if isinstance(sample, Caption):
        return augment_text(sample, how.text, rng)
    return augment_audio(sample, how.audio, rng)
