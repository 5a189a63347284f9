"""The vectors of one video become one by weight, with what is missing masked."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from encoders.embedding import to_unit
from encoders.errors import SampleError
from encoders.modality import Modality


class MaskedConcatFusion:
    """Puts unit vectors side by side, each times the root of its weight, and scales the whole to norm 1.

    A missing modality leaves its block at 0, and the scaling gives its weight to the others in proportion. With weights
    w, videos that have the modalities A and B, and c_m the cosine of their vectors of modality m, the cosine of the
    fused vectors is

        sum over m in A and B of w_m c_m  /  sqrt(sum of w over A  x  sum of w over B)

    So where both have the same modalities it is the weighted mean of their cosines. Where they differ, a modality that
    one of them lacks counts as cosine 0 in a mean over both: it speaks neither for nor against, yet a score of 1 can no
    longer be reached. A copy without its sound stays below sqrt(1 - w_audio), and videos that share no modality have
    exactly 0. Who wants only what both have asks for the score kind `weighted`.
    """

    def __init__(self, model_id: str, dimensions: Mapping[Modality, int], weights: Mapping[Modality, float]) -> None:
        """Lay out the blocks in the order of `Modality`.

        Args:
            model_id: Of the fused vectors.
            dimensions: Of each modality's vector.
            weights: Positive, of the same modalities; only their ratios count.

        Raises:
            ValueError: Weights and dimensions name different modalities, or a weight is not positive.
        """
        if set(dimensions) != set(weights) or not dimensions:
            raise ValueError(f"weights are of {sorted(weights)}, dimensions of {sorted(dimensions)}")
        if any(not weight > 0 for weight in weights.values()):
            raise ValueError(f"weights must be positive, got {dict(weights)}")
        self._model_id = model_id
        self._roots = {modality: float(np.sqrt(weights[modality])) for modality in Modality if modality in weights}
        self._blocks: dict[Modality, slice] = {}
        start = 0
        for modality in self._roots:
            self._blocks[modality] = slice(start, start + dimensions[modality])
            start += dimensions[modality]
        self._dimension = start

    @property
    def model_id(self) -> str:
        """The id of its weights."""
        return self._model_id

    @property
    def dimension(self) -> int:
        """Of the fused vector: the sum of the blocks."""
        return self._dimension

    def fuse(self, vectors: Mapping[Modality, NDArray[np.floating]]) -> NDArray[np.float32]:
        """Fuse what a video has; see `Fusion.fuse`. Each vector is brought to norm 1 first.

        Raises:
            SampleError: No vector, an unknown modality, another dimension, or a vector without direction.
        """
        if not vectors:
            raise SampleError("fusion needs at least one vector")
        out = np.zeros(self._dimension)
        for modality, vector in vectors.items():
            block = self._blocks.get(modality)
            if block is None or vector.shape != (block.stop - block.start,):
                raise SampleError(f"fusion takes no {modality} vector of shape {vector.shape}")
            out[block] = self._roots[modality] * to_unit(vector)
        return to_unit(out)
