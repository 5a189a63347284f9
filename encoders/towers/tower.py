"""What every trainable tower is: a torch module that prepares samples of its modality for itself."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from encoders.modality import Modality
from encoders.samples import Sample

Prepared = NDArray[np.generic]


class Tower(nn.Module, ABC):
    """A network of one modality with its preprocessing; a subclass writes the three methods.

    Attributes:
        modality: What it eats.
        dimension: Of what it returns, the layer before any projection.
        aspects: What the blocks of it are about, each with how many numbers it has; none for one whole vector.
        tensors: How many of them `collate` returns and `forward` takes.
    """

    modality: Modality
    dimension: int
    aspects: Mapping[str, int]
    tensors: int = 1

    @abstractmethod
    def prepare(self, sample: Sample) -> Prepared | None:
        """Turn one sample into an array, without torch and without weights.

        Args:
            sample: Of its modality.

        Returns:
            Whatever `collate` takes; None where the sample says nothing and counts as missing.

        Raises:
            SampleError: A sample of another modality.
        """

    @abstractmethod
    def collate(self, prepared: Sequence[Prepared]) -> tuple[Tensor, ...]:
        """Put prepared samples, at least one, into the tensors that `forward` takes."""

    @abstractmethod
    def forward(self, *inputs: Tensor) -> Tensor:
        """Return the features of a batch, shape (n, dimension), of any norm; no row depends on another."""
