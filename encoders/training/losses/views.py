"""What every loss is given: the vectors of one batch, with labels, partners and memory."""

from dataclasses import dataclass

import torch
from torch import Tensor

from encoders.training.errors import LossInputError, check_range

UNLABELLED = -1
"""The label of a post that belongs to no leaf. Two such posts are not of one kind: harmless posts are no class."""

LEAST_TEMPERATURE, MOST_TEMPERATURE = 0.01, 10.0
"""Below 0.01 one pair outweighs all others by e**100 and float32 gradients vanish; above 10 nothing is told apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """One batch of one tower.

    Attributes:
        anchors: Shape (n, d), float, norm 1: the vectors after the projection.
        labels: Shape (n,), int64: the leaf of each, or `UNLABELLED`.
        partners: Shape (n, d), norm 1, row by row another view of the same post: a second augmentation, the momentum
            encoder's key, or another modality. None where there is none.
        features: Shape (n, f): the layer before the projection. None where a loss need not know it.
        memory: Shape (q, d), norm 1, detached: vectors of earlier batches; None where none are kept.
        memory_labels: Shape (q,), int64; with `memory` and only with it.

    Raises:
        LossInputError: Shapes or types do not fit each other.
    """

    anchors: Tensor
    labels: Tensor
    partners: Tensor | None = None
    features: Tensor | None = None
    memory: Tensor | None = None
    memory_labels: Tensor | None = None

    def __post_init__(self) -> None:
        """Check that rows belong together."""
        if self.anchors.ndim != 2 or not self.anchors.is_floating_point():
            raise LossInputError(f"anchors must be float (n, d), got {self.anchors.dtype} {tuple(self.anchors.shape)}")
        n, d = self.anchors.shape
        if self.labels.shape != (n,) or self.labels.dtype != torch.int64:
            raise LossInputError(f"labels must be int64 ({n},), got {self.labels.dtype} {tuple(self.labels.shape)}")
        if self.partners is not None and self.partners.shape != (n, d):
            raise LossInputError(f"partners must be ({n}, {d}), got {tuple(self.partners.shape)}")
        if self.features is not None and (self.features.ndim != 2 or len(self.features) != n):
            raise LossInputError(f"features must be ({n}, f), got {tuple(self.features.shape)}")
        if (self.memory is None) != (self.memory_labels is None):
            raise LossInputError("memory comes with its labels")
        if self.memory is not None and self.memory_labels is not None:
            q = len(self.memory)
            if self.memory.shape != (q, d) or self.memory_labels.shape != (q,):
                raise LossInputError(
                    f"memory must be (q, {d}) with labels (q,), got {tuple(self.memory.shape)} with "
                    f"{tuple(self.memory_labels.shape)}"
                )


def needed(tensor: Tensor | None, name: str, loss: str) -> Tensor:
    """Return a part of the views that a loss cannot do without.

    Raises:
        LossInputError: It is not there.
    """
    if tensor is None:
        raise LossInputError(f"{loss} needs {name}")
    return tensor


def check_temperature(temperature: float) -> None:
    """Refuse a temperature that trains nothing.

    Raises:
        OutOfRange: Outside [LEAST_TEMPERATURE, MOST_TEMPERATURE].
    """
    check_range("temperature", temperature, LEAST_TEMPERATURE, MOST_TEMPERATURE)


def nothing(vectors: Tensor) -> Tensor:
    """Return a loss of 0 whose gradient is 0 everywhere, for a batch that has nothing to teach; scalar."""
    return vectors.sum() * 0.0
