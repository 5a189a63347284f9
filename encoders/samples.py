"""What an encoder eats: the frames, the sound and the words of one video."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.errors import SampleError
from encoders.modality import Modality


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Pictures of one video in the order of time.

    Attributes:
        images: At least one array of shape (height, width, 3), uint8, RGB in [0, 255]; sizes may differ.

    Raises:
        SampleError: No image, or one of another shape or type.
    """

    images: tuple[NDArray[np.uint8], ...]

    def __post_init__(self) -> None:
        """Check shape and type of each image."""
        if not self.images:
            raise SampleError("frames need at least one image")
        for image in self.images:
            if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or image.size == 0:
                raise SampleError(f"an image must be uint8 (h, w, 3), got {image.dtype} {image.shape}")


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """The sound of one video.

    Attributes:
        samples: Shape (n,), float32, mono, nominally in [-1, 1]; n may be 0.
        rate_hz: Samples a second.

    Raises:
        SampleError: Another shape or type, or a rate below 1.
    """

    samples: NDArray[np.float32]
    rate_hz: int = 16_000

    def __post_init__(self) -> None:
        """Check shape, type and rate."""
        if self.samples.dtype != np.float32 or self.samples.ndim != 1:
            raise SampleError(f"a waveform must be float32 (n,), got {self.samples.dtype} {self.samples.shape}")
        if self.rate_hz < 1:
            raise SampleError(f"a rate must be at least 1 Hz, got {self.rate_hz}")


@dataclass(frozen=True, slots=True)
class Caption:
    """The words of one video: caption, text on screen and speech, as far as they are known.

    Attributes:
        text: May be empty; an encoder then answers None.
    """

    text: str


Sample = Frames | Waveform | Caption
Samples = Mapping[Modality, Sample]


def modality_of(sample: Sample) -> Modality:
    """Return the modality that a sample belongs to."""
    if isinstance(sample, Frames):
        return Modality.FRAMES
    if isinstance(sample, Waveform):
        return Modality.AUDIO
    return Modality.TEXT
