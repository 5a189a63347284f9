"""A trained tower behind the `Encoder` protocol."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from encoders.embedding import to_unit
from encoders.modality import Modality
from encoders.samples import Sample
from encoders.towers.forward import Forward, TorchForward
from encoders.towers.tower import Tower

BATCH = 32
"""Samples a pass: what a core's cache holds of 64-pixel pictures; more is not faster."""


class TowerEncoder:
    """Encodes with the features of a tower, the layer before the projection. One thread at a time."""

    def __init__(self, tower: Tower, model_id: str, forward: Forward | None = None) -> None:
        """Take the tower.

        Args:
            tower: With its weights.
            model_id: The id of weights and preprocessing.
            forward: What runs its network; by default torch, with the weights of the moment.
        """
        self._tower = tower
        self._model_id = model_id
        self._forward = TorchForward(tower) if forward is None else forward

    @property
    def modality(self) -> Modality:
        """What it eats."""
        return self._tower.modality

    @property
    def model_id(self) -> str:
        """The id of its weights together with its preprocessing."""
        return self._model_id

    @property
    def dimension(self) -> int:
        """Of its vectors."""
        return self._tower.dimension

    def encode(self, samples: Sequence[Sample]) -> list[NDArray[np.float32] | None]:
        """Encode samples; see `Encoder.encode`."""
        prepared = [self._tower.prepare(sample) for sample in samples]
        present = [place for place, array in enumerate(prepared) if array is not None]
        out: list[NDArray[np.float32] | None] = [None] * len(samples)
        for start in range(0, len(present), BATCH):
            places = present[start : start + BATCH]
            batch = [array for place in places if (array := prepared[place]) is not None]
            for place, row in zip(places, self._forward(self._tower.collate(batch)), strict=True):
                out[place] = to_unit(row)
        return out
