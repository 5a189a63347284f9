"""Features in blocks, each about one aspect of what a sample shows: shape, motion, colours, say.

A trend may be defined by one aspect while all others vary; blocks let its seeds say which.
"""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional


def check_aspects(aspects: Mapping[str, int], dimension: int) -> None:
    """Refuse blocks that do not make up a vector.

    Args:
        aspects: Numbers of each block, by what it is about; none for one whole vector.
        dimension: Of the vector.

    Raises:
        ValueError: They are not as many numbers as the vector has, or a block has none.
    """
    if aspects and (sum(aspects.values()) != dimension or min(aspects.values()) < 1):
        raise ValueError(f"dimension must be the sum of its aspects, {sum(aspects.values())}, got {dimension}")


def in_blocks(features: Tensor, aspects: Mapping[str, int]) -> Tensor:
    """Return features (n, d) with each block at norm 1; as they are where there are no aspects."""
    return torch.cat(list(blocks_of(features, aspects).values()), dim=1) if aspects else features


def blocks_of(features: Tensor, aspects: Mapping[str, int]) -> dict[str, Tensor]:
    """Return each block of features (n, d) at norm 1, shape (n, numbers of the block)."""
    parts = torch.split(features, list(aspects.values()), dim=1)
    return {name: functional.normalize(part, dim=1) for name, part in zip(aspects, parts, strict=True)}
