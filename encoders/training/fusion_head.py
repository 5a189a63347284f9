"""The head over the present modalities, as it is trained."""

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from encoders.fusion_head import HeadWeights, ModalityWeights
from encoders.modality import Modality


class _Part(nn.Module):
    """What the head learns of one modality."""

    def __init__(self, size: int, dimension: int) -> None:
        super().__init__()
        self.projection = nn.Linear(size, dimension)
        self.gate = nn.Linear(size, 1)


class FusionHead(nn.Module):
    """The formula of `encoders.fusion_head.HeadFusion`, for batches in which each video lacks what it lacks.

    It begins as the plain weighing of `MaskedConcatFusion`: gates that say the same of all, projections that put each
    modality into its own block times the root of its weight, a hidden layer that adds nothing. So training starts from
    what is served without it. Where the head is smaller than the blocks together, the blocks are folded into it by a
    random matrix with orthonormal rows, which keeps cosines about as they are.
    """

    def __init__(
        self, dimensions: Mapping[Modality, int], weights: Mapping[Modality, float], dimension: int, hidden: int
    ) -> None:
        """Build the head as `MaskedConcatFusion` would fuse.

        Args:
            dimensions: Of each modality's vector.
            weights: Positive, of the same modalities.
            dimension: Of the fused vector; at most the sum of `dimensions`.
            hidden: Of the hidden layer.

        Raises:
            ValueError: Weights and dimensions name different modalities, or `dimension` is above their sum.
        """
        super().__init__()
        whole = sum(dimensions.values())
        if set(dimensions) != set(weights) or not 0 < dimension <= whole:
            raise ValueError(f"a head of {dimension} over {dict(dimensions)}, weights of {sorted(weights)}")
        self.parts = nn.ModuleDict({m.value: _Part(dimensions[m], dimension) for m in Modality if m in dimensions})
        self.inner = nn.Linear(dimension, hidden)
        self.outer = nn.Linear(hidden, dimension, bias=False)
        fold = torch.eye(whole) if dimension == whole else torch.linalg.qr(torch.randn(whole, dimension))[0].T
        start = 0
        with torch.no_grad():
            for modality in self._modalities():
                part, size = self._part(modality), dimensions[modality]
                part.projection.weight.copy_(fold[:, start : start + size] * weights[modality] ** 0.5)
                for zero in (part.projection.bias, part.gate.weight, part.gate.bias):
                    zero.zero_()
                start += size
            self.outer.weight.zero_()

    def forward(self, vectors: Mapping[Modality, Tensor], present: Mapping[Modality, Tensor]) -> Tensor:
        """Fuse a batch.

        Args:
            vectors: Shape (n, d_m) of each modality of the head, unit rows where present; other rows are not read, not
                even where they are not finite.
            present: Shape (n,), bool, of the same modalities; each video has at least one.

        Returns:
            Shape (n, d), unit rows.
        """
        rows, says = [], []
        for modality in self._modalities():
            part, mask = self._part(modality), present[modality][:, None]
            # Replaced before the product: 0 * NaN would still be NaN, also in the gradient.
            held = torch.where(mask, vectors[modality], torch.zeros_like(vectors[modality]))  # (n, d_m)
            rows.append(part.projection(held))
            says.append(part.gate(held).masked_fill(~mask, -torch.inf))
        shares = torch.softmax(torch.cat(says, dim=1), dim=1)  # (n, modalities), 0 where missing
        z = (torch.stack(rows, dim=1) * shares[:, :, None]).sum(dim=1)  # (n, d)
        return functional.normalize(z + self.outer(functional.relu(self.inner(z))), dim=1)

    def exported(self) -> HeadWeights:
        """Return the weights as they are served."""
        parts = {
            modality: ModalityWeights(
                _array(part.projection.weight),
                _array(part.projection.bias),
                _array(part.gate.weight)[0],
                _array(part.gate.bias),
            )
            for modality in self._modalities()
            for part in [self._part(modality)]
        }
        return HeadWeights(parts, _array(self.inner.weight), _array(self.inner.bias), _array(self.outer.weight))

    def _modalities(self) -> list[Modality]:
        return [modality for modality in Modality if modality.value in self.parts]

    def _part(self, modality: Modality) -> _Part:
        part = self.parts[modality.value]
        assert isinstance(part, _Part)
        return part


def _array(tensor: Tensor) -> NDArray[np.float32]:
    """Return a copy of a parameter, so that later steps do not change what was exported."""
    copied: NDArray[np.float32] = tensor.detach().to("cpu", torch.float32, copy=True).numpy()
    return copied
