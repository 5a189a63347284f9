"""CLIP: each post's two modalities must find each other in the batch, in both directions.

Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", ICML 2021, arXiv 2103.00020,
figure 3, after InfoNCE (van den Oord et al., arXiv 1807.03748, equation 4):

    L = 1/2 ( mean over i of -log( exp(s x_i y_i) / sum over j of exp(s x_i y_j) )
            + mean over i of -log( exp(s x_i y_i) / sum over j of exp(s x_j y_i) ) )

with a learnable scale s, kept as its logarithm, begun at 1/0.07 and never above 100 (section 2.5).
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from encoders.training.errors import LossInputError, check_range
from encoders.training.losses.term import LossTerm
from encoders.training.losses.views import Views, check_temperature, needed, nothing

MOST_SCALE = 100.0
"""Limit of the paper: beyond it training becomes unstable."""


class ClipTerm(LossTerm, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="clip"):
    """CLIP in a recipe.

    Attributes:
        weight: Of this loss in the sum.
        temperature: 1 / s at the start.
    """

    weight: float = 1.0
    temperature: float = 0.07

    def __post_init__(self) -> None:
        """Check the limits."""
        check_range("weight", self.weight, 0, float("inf"))
        check_temperature(self.temperature)


def clip(anchors: Tensor, partners: Tensor, scale: Tensor) -> Tensor:
    """Return the loss. Two posts that say the same are negatives of each other, as in the paper: no labels are used.

    Args:
        anchors: Shape (n, d), norm 1: x.
        partners: Shape (n, d), norm 1: y, row by row of the same posts.
        scale: Scalar s, positive.

    Returns:
        Scalar; 0 where n is 0.

    Raises:
        LossInputError: The shapes differ.
    """
    if anchors.shape != partners.shape:
        raise LossInputError(f"clip pairs rows, got {tuple(anchors.shape)} with {tuple(partners.shape)}")
    if len(anchors) == 0:
        return nothing(anchors) + nothing(partners)
    logits = scale * (anchors @ partners.T)  # (n, n)
    places = torch.arange(len(anchors), device=anchors.device)
    return (functional.cross_entropy(logits, places) + functional.cross_entropy(logits.T, places)) / 2


class Clip(nn.Module):
    """CLIP with its learnable scale."""

    def __init__(self, term: ClipTerm) -> None:
        """Begin at the scale of the recipe."""
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(-math.log(term.temperature)))

    def forward(self, views: Views) -> Tensor:
        """Return the loss, see `clip`; the scale is brought back under its limit first.

        Raises:
            LossInputError: There are no partners.
        """
        with torch.no_grad():
            self.log_scale.clamp_(max=math.log(MOST_SCALE))
        return clip(views.anchors, needed(views.partners, "partners", "clip"), self.log_scale.exp())
