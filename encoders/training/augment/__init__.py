"""What happens to a sample before it is learned from: what uploaders do, by modality, each with its own dice."""

from encoders.training.augment.audio import AudioAugment, augment_audio
from encoders.training.augment.frames import FramesAugment, augment_frames
from encoders.training.augment.post import Augment, augment, drop_modalities
from encoders.training.augment.text import TextAugment, augment_text

__all__ = [
    "AudioAugment",
    "Augment",
    "FramesAugment",
    "TextAugment",
    "augment",
    "augment_audio",
    "augment_frames",
    "augment_text",
    "drop_modalities",
]
