"""The two seams of this package: one modality to a vector, the vectors of one video to one."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from encoders.modality import Modality
from encoders.samples import Sample


@runtime_checkable
class Encoder(Protocol):
    """One modality to unit vectors: a tower with its pooling.

    Do not use it to compare: it knows neither trends nor scores. Do not share one between threads unless it says so.
    """

    @property
    def modality(self) -> Modality:
        """What it eats."""
        ...

    @property
    def model_id(self) -> str:
        """The id of its weights together with its preprocessing."""
        ...

    @property
    def dimension(self) -> int:
        """Of its vectors."""
        ...

    def encode(self, samples: Sequence[Sample]) -> list[NDArray[np.float32] | None]:
        """Encode samples of its own modality, one vector each.

        Args:
            samples: Any number, all of `modality`.

        Returns:
            As many as came in, in order: shape (dimension,), float32, finite, norm 1; or None where the sample says
            nothing (black frames, silence, no words) and counts as missing. The same sample gives the same vector
            within 1e-5 whatever else is in the batch.

        Raises:
            SampleError: A sample of another modality.
        """
        ...


@runtime_checkable
class Fusion(Protocol):
    """The vectors of one video to one unit vector; a missing modality is masked, never a constant."""

    @property
    def model_id(self) -> str:
        """The id of its weights."""
        ...

    @property
    def dimension(self) -> int:
        """Of the fused vector."""
        ...

    def fuse(self, vectors: Mapping[Modality, NDArray[np.floating]]) -> NDArray[np.float32]:
        """Fuse what a video has.

        Args:
            vectors: Unit vectors of its encoders' dimensions, at least one.

        Returns:
            Shape (dimension,), float32, finite, norm 1.

        Raises:
            SampleError: No vector, one of another dimension, or one that is not finite.
        """
        ...
