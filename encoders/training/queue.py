"""The memory of earlier batches: vectors with labels, the oldest leave first."""

import torch
from torch import Tensor, nn

from encoders.training.errors import LossInputError, check_range


class MemoryQueue(nn.Module):
    """A ring of vectors for losses that need more negatives than a batch has.

    MoCo's queue (arXiv 1911.05722, section 3.1) and the cross-batch memory of arXiv 1912.06798. It is a module so that
    a checkpoint holds it with everything else; it has no weights.
    """

    vectors: Tensor
    labels: Tensor
    pushed: Tensor

    def __init__(self, size: int, dimension: int) -> None:
        """Begin empty.

        Args:
            size: How many vectors it keeps, at least 1.
            dimension: Of each.

        Raises:
            OutOfRange: A number below 1.
        """
        super().__init__()
        check_range("queue", size, 1, float("inf"))
        check_range("dimension", dimension, 1, float("inf"))
        self.register_buffer("vectors", torch.zeros(size, dimension))
        self.register_buffer("labels", torch.zeros(size, dtype=torch.int64))
        self.register_buffer("pushed", torch.zeros((), dtype=torch.int64))

    def __len__(self) -> int:
        """Return how many vectors are kept now."""
        return min(int(self.pushed), len(self.vectors))

    @torch.no_grad()
    def push(self, vectors: Tensor, labels: Tensor) -> None:
        """Keep vectors, in place of the oldest where it is full.

        Args:
            vectors: Shape (n, d), norm 1; they are copied and detached.
            labels: Shape (n,), int64.

        Raises:
            LossInputError: Another shape.
        """
        size, dimension = self.vectors.shape
        if vectors.ndim != 2 or vectors.shape[1] != dimension or labels.shape != vectors.shape[:1]:
            raise LossInputError(f"the queue keeps (n, {dimension}) with labels (n,), got {tuple(vectors.shape)}")
        kept = min(len(vectors), size)
        first = int(self.pushed) + len(vectors) - kept
        places = torch.arange(first, first + kept, device=self.vectors.device) % size
        self.vectors[places] = vectors[len(vectors) - kept :].to(self.vectors.dtype)
        self.labels[places] = labels[len(labels) - kept :]
        self.pushed += len(vectors)

    def held(self) -> tuple[Tensor, Tensor]:
        """Return copies of what is kept: vectors (q, d), labels (q,); in no order that means anything."""
        count = len(self)
        return self.vectors[:count].clone(), self.labels[:count].clone()
