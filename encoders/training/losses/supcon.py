"""SupCon: posts of one leaf are drawn together, all others pushed away.

Khosla et al., "Supervised Contrastive Learning", NeurIPS 2020, arXiv 2004.11362, equation 2 (L_out):

    L = sum over i of -1/|P(i)| sum over p in P(i) of log( exp(z_i z_p / t) / sum over a in A(i) of exp(z_i z_a / t) )

with A(i) all vectors but i, P(i) those of them with the label of i, t the temperature. Memory of earlier batches widens
A and P but is no anchor: Wang et al., "Cross-Batch Memory for Embedding Learning", CVPR 2020, arXiv 1912.06798.
"""

import torch
from torch import Tensor, nn

from encoders.training.errors import check_range
from encoders.training.losses.term import LossTerm
from encoders.training.losses.views import UNLABELLED, Views, check_temperature, nothing


class SupConTerm(LossTerm, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="supcon"):
    """SupCon in a recipe.

    Attributes:
        weight: Of this loss in the sum.
        temperature: 0.1 in the paper; 0.05 to 0.2 work well.
    """

    weight: float = 1.0
    temperature: float = 0.1

    def __post_init__(self) -> None:
        """Check the limits."""
        check_range("weight", self.weight, 0, float("inf"))
        check_temperature(self.temperature)


def supcon(views: Views, temperature: float) -> Tensor:
    """Return the loss.

    A second view is an anchor like the first. An anchor without a positive is left out of the mean, as its term has no
    value; one without a label has its own other view for a positive, else none.

    Args:
        views: `partners` and `memory` are used where they are there.
        temperature: t, in [0.01, 10].

    Returns:
        Scalar: the mean over anchors that have a positive; 0 where no anchor has one.

    Raises:
        OutOfRange: The temperature.
    """
    check_temperature(temperature)
    sides = [views.anchors] if views.partners is None else [views.anchors, views.partners]
    n, anchors = len(views.anchors), torch.cat(sides)  # (s n, d)
    labels, posts = views.labels.repeat(len(sides)), torch.arange(n, device=anchors.device).repeat(len(sides))
    others, other_labels, other_posts = anchors, labels, posts
    if views.memory is not None and views.memory_labels is not None:
        others = torch.cat([anchors, views.memory])  # (s n + q, d)
        other_labels = torch.cat([labels, views.memory_labels])
        other_posts = torch.cat([posts, torch.full_like(views.memory_labels, -1)])
    itself = (
        torch.arange(len(others), device=anchors.device) == torch.arange(len(anchors), device=anchors.device)[:, None]
    )
    of_one_leaf = (labels[:, None] == other_labels) & (labels[:, None] != UNLABELLED)
    positive = (of_one_leaf | (posts[:, None] == other_posts)) & ~itself  # (s n, s n + q)
    counts = positive.sum(dim=1)
    if not bool(counts.any()):
        return nothing(anchors)
    logits = (anchors @ others.T / temperature).masked_fill(itself, float("-inf"))
    shares = logits - logits.logsumexp(dim=1, keepdim=True)
    sums = torch.where(positive, shares, torch.zeros_like(shares)).sum(dim=1)
    kept = counts > 0
    return -(sums[kept] / counts[kept]).mean()


class SupCon(nn.Module):
    """SupCon with its temperature."""

    def __init__(self, term: SupConTerm) -> None:
        """Keep the temperature."""
        super().__init__()
        self.temperature = term.temperature

    def forward(self, views: Views) -> Tensor:
        """Return the loss, see `supcon`."""
        return supcon(views, self.temperature)
