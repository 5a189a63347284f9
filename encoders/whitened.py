"""An encoder whose vectors are whitened before they leave it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from encoders.embedding import to_unit
from encoders.errors import BadWhitening
from encoders.modality import Modality
from encoders.protocol import Encoder
from encoders.samples import Sample
from encoders.whitening import Whitening

NO_DIRECTION = 1e-4
"""Length below which a whitened vector is the bank's mean itself, where only rounding points anywhere."""


def whitened_id(model_id: str, whitening: Whitening) -> str:
    """Return the id of a tower with a whitening behind it."""
    return f"{model_id}-w{whitening.digest()[:8]}"


class WhitenedEncoder:
    """Whitens what another encoder says; what lies on the bank's mean says nothing and counts as missing."""

    def __init__(self, encoder: Encoder, whitening: Whitening) -> None:
        """Put a whitening behind an encoder.

        Raises:
            BadWhitening: It is of another dimension.
        """
        if encoder.dimension != whitening.dimension:
            raise BadWhitening(f"of {whitening.dimension} dimensions, the encoder has {encoder.dimension}")
        self._encoder, self._whitening = encoder, whitening
        self._model_id = whitened_id(encoder.model_id, whitening)

    @property
    def modality(self) -> Modality:
        """What it eats."""
        return self._encoder.modality

    @property
    def model_id(self) -> str:
        """That of the encoder with that of the whitening."""
        return self._model_id

    @property
    def dimension(self) -> int:
        """Of its vectors: that of the encoder."""
        return self._encoder.dimension

    def encode(self, samples: Sequence[Sample]) -> list[NDArray[np.float32] | None]:
        """Encode, then whiten; see `Encoder.encode`."""
        return [None if vector is None else self._spread(vector) for vector in self._encoder.encode(samples)]

    def _spread(self, vector: NDArray[np.float32]) -> NDArray[np.float32] | None:
        spread = self._whitening.apply(vector)
        return to_unit(spread) if float(np.linalg.norm(spread)) >= NO_DIRECTION else None
