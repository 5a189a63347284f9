"""What every table is compared with at the least: raw pixels, which know nothing."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from encoders.embedding import to_unit
from encoders.errors import SampleError
from encoders.modality import Modality
from encoders.samples import Frames, Sample

SIDE = 16
"""Pictures are compared as SIDE x SIDE in colour: finer ones do worse, since nothing is where it was."""


class RawPixels:
    """The mean picture of a clip as a vector, its mean grey taken away. Stateless: threads may share it.

    A floor for tables, not an encoder to serve with: a shift by a few pixels makes strangers of two copies.
    """

    modality = Modality.FRAMES
    model_id = "raw-pixels-1"
    dimension = 3 * SIDE * SIDE

    def encode(self, samples: Sequence[Sample]) -> list[NDArray[np.float32] | None]:
        """Encode clips; see `Encoder.encode`. None where every picture is of one grey."""
        return [self._vector(sample) for sample in samples]

    def _vector(self, sample: Sample) -> NDArray[np.float32] | None:
        if not isinstance(sample, Frames):
            raise SampleError(f"frames are needed, got {type(sample).__name__}")
        small = [Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.BOX) for image in sample.images]
        mean = np.mean([np.asarray(image, dtype=np.float64) for image in small], axis=0).ravel()  # (3 * SIDE * SIDE,)
        apart = mean - mean.mean()
        return to_unit(apart) if np.abs(apart).max() > 1e-9 else None
