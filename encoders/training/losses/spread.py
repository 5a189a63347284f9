"""KoLeo: the nearest neighbor of each vector is pushed away, so that vectors fill the sphere and no class collapses.

Sablayrolles et al., "Spreading vectors for similarity search", ICLR 2019, arXiv 1806.03198, equation 5, after the
estimator of entropy of Kozachenko and Leonenko:

    L = -1/n  sum over i of  log( min over j != i of ||z_i - z_j|| )
"""

import torch
from torch import Tensor, nn

from encoders.training.errors import check_range
from encoders.training.losses.term import LossTerm
from encoders.training.losses.views import Views, nothing

LEAST_DISTANCE = 1e-6
"""Added to a distance, so that two equal vectors cost log(1e6) and not infinity."""


class SpreadTerm(LossTerm, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="spread"):
    """KoLeo in a recipe.

    Attributes:
        weight: Of this loss in the sum: small, as it knows no labels.
    """

    weight: float = 0.1

    def __post_init__(self) -> None:
        """Check the limits."""
        check_range("weight", self.weight, 0, float("inf"))


def koleo(vectors: Tensor) -> Tensor:
    """Return the loss. Two equal vectors have no direction in which to part, so that they give no gradient.

    Args:
        vectors: Shape (n, d), norm 1.

    Returns:
        Scalar; 0 where n is below 2.
    """
    if len(vectors) < 2:
        return nothing(vectors)
    with torch.no_grad():
        cosines = vectors @ vectors.T
        nearest = cosines.fill_diagonal_(-2.0).argmax(dim=1)  # (n,): of unit vectors the nearest has the best cosine
    distances = torch.linalg.vector_norm(vectors - vectors[nearest], dim=1)  # (n,)
    logarithms: Tensor = (distances + LEAST_DISTANCE).log()
    return -logarithms.mean()


class Spread(nn.Module):
    """KoLeo over the anchors."""

    def forward(self, views: Views) -> Tensor:
        """Return the loss, see `koleo`."""
        return koleo(views.anchors)
