"""Frames to a unit vector without training: colour, edges and low frequencies over time."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from encoders.errors import SampleError
from encoders.modality import Modality
from encoders.samples import Frames, Sample
from encoders.towers.kernel import KernelMap
from encoders.towers.picture import DESCRIPTOR, describe

DIMENSION = 192
SCALE = 0.7
TAIL = 2.0
MOTION_WEIGHT = 0.5


class SignalFrames:
    """Describes each picture, pools over time, maps to the sphere. Stateless: threads may share it.

    Mirror images, other sizes, light crops, another brightness and a new encoding stay near. It sees no meaning: two
    dogs in different light are strangers to it.
    """

    modality = Modality.FRAMES
    model_id = "signal-frames-1"
    dimension = DIMENSION

    def __init__(self) -> None:
        """Draw the map."""
        self._map = KernelMap(3 * DESCRIPTOR, DIMENSION, SCALE, TAIL, seed=20_260_101)

    def encode(self, samples: Sequence[Sample]) -> list[NDArray[np.float32] | None]:
        """Encode clips; see `Encoder.encode`. None where every picture is blank."""
        return [self._vector(sample) for sample in samples]

    def _vector(self, sample: Sample) -> NDArray[np.float32] | None:
        """Encode one clip."""
        if not isinstance(sample, Frames):
            raise SampleError(f"frames are needed, got {type(sample).__name__}")
        seen = [described for image in sample.images if (described := describe(image)) is not None]
        return self._map.vector(_pooled(np.stack(seen))) if seen else None


def _pooled(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pool descriptions over time.

    Args:
        rows: Shape (pictures, DESCRIPTOR), in order.

    Returns:
        Shape (3 * DESCRIPTOR,): the mean; the deviation from it; the way from the first half to the second.
    """
    middle = (len(rows) + 1) // 2
    drift = rows[-middle:].mean(axis=0) - rows[:middle].mean(axis=0)
    return np.concatenate([rows.mean(axis=0), MOTION_WEIGHT * rows.std(axis=0), MOTION_WEIGHT / 2 * drift])
