"""A unit vector that knows where it came from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.errors import SampleError
from encoders.modality import Modality

UNIT_TOLERANCE = 2e-3
"""How far a stored norm may be from 1. Rounding to float16 moves a coordinate by at most 2**-11 of itself, or by 2**-25
below the normal range, so a norm moves by less than 5e-4; four times that is left for vectors of other makers."""


def to_unit(vector: NDArray[np.floating]) -> NDArray[np.float32]:
    """Scale a vector to norm 1.

    Args:
        vector: Shape (d,), any float type.

    Returns:
        Shape (d,), float32, norm 1 within 1e-6; the norm is taken in float64.

    Raises:
        SampleError: Not one-dimensional, not finite, or of norm 0.
    """
    wide = np.asarray(vector, dtype=np.float64)
    if wide.ndim != 1:
        raise SampleError(f"a vector must have one dimension, got shape {wide.shape}")
    norm = float(np.linalg.norm(wide))
    if not np.isfinite(norm) or norm == 0.0:
        raise SampleError(f"a vector must be finite and not zero, its norm is {norm}")
    return (wide / norm).astype(np.float32)


def to_unit_float16(vector: NDArray[np.floating]) -> NDArray[np.float16]:
    """Scale a vector to norm 1 and round it to the type in which vectors are sent and stored.

    Args:
        vector: Shape (d,), any float type.

    Returns:
        Shape (d,), float16, norm 1 within 5e-4.

    Raises:
        SampleError: Not one-dimensional, not finite, or of norm 0.
    """
    return to_unit(vector).astype(np.float16)


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """One vector of one video, ready to be sent.

    Attributes:
        vector: Shape (d,), float16, finite, norm 1 within `UNIT_TOLERANCE`.
        model_id: The suite that computed it; vectors of two models are never compared.
        modality: What it was computed from; None when fused from all that the video has.

    Raises:
        SampleError: The vector breaks the contract, or the model id is empty.
    """

    vector: NDArray[np.float16]
    model_id: str
    modality: Modality | None = None

    def __post_init__(self) -> None:
        """Check type, shape, norm and model id."""
        if self.vector.dtype != np.float16 or self.vector.ndim != 1:
            raise SampleError(f"an embedding must be float16 (d,), got {self.vector.dtype} {self.vector.shape}")
        norm = float(np.linalg.norm(self.vector.astype(np.float64)))
        if not abs(norm - 1.0) <= UNIT_TOLERANCE:
            raise SampleError(f"an embedding must have norm 1, got {norm}")
        if not self.model_id:
            raise SampleError("an embedding must bear its model id")
