"""Proxy-Anchor: each class has a learnable proxy that draws its posts and pushes all others.

Kim et al., "Proxy Anchor Loss for Deep Metric Learning", CVPR 2020, arXiv 2003.13911, equation 4:

    L = 1/|P+| sum over p in P+ of log( 1 + sum over x of class p      of exp(-a (s(x, p) - d)) )
      + 1/|P|  sum over p in P  of log( 1 + sum over x of other classes of exp( a (s(x, p) + d)) )

with P all proxies, P+ those with a post in the batch, s the cosine, a the scale (32) and d the margin (0.1).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from encoders.training.errors import check_range
from encoders.training.losses.term import LossTerm
from encoders.training.losses.views import Views, nothing


class ProxyTerm(LossTerm, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="proxy"):
    """Proxy-Anchor in a recipe.

    Attributes:
        weight: Of this loss in the sum.
        scale: a, in [1, 100].
        margin: d, in [0, 1].
    """

    weight: float = 1.0
    scale: float = 32.0
    margin: float = 0.1

    def __post_init__(self) -> None:
        """Check the limits."""
        check_range("weight", self.weight, 0, float("inf"))
        check_range("scale", self.scale, 1, 100)
        check_range("margin", self.margin, 0, 1)


def proxy_anchor(anchors: Tensor, labels: Tensor, proxies: Tensor, scale: float, margin: float) -> Tensor:
    """Return the loss; a post without a label is pushed from every proxy.

    Args:
        anchors: Shape (n, d), norm 1.
        labels: Shape (n,), int64, in [0, C) or `UNLABELLED`.
        proxies: Shape (C, d), any norm but 0.
        scale: a.
        margin: d.

    Returns:
        Scalar; 0 where n is 0.
    """
    if len(anchors) == 0:
        return nothing(anchors)
    cosines = functional.normalize(proxies, dim=1) @ anchors.T  # (C, n)
    own = torch.arange(len(proxies), device=labels.device)[:, None] == labels  # (C, n)
    never = torch.full_like(cosines, float("-inf"))
    pull = _log_one_plus(torch.where(own, -scale * (cosines - margin), never))  # (C,), 0 where no post is of the class
    push = _log_one_plus(torch.where(own, never, scale * (cosines + margin)))  # (C,)
    present = max(1, int(own.any(dim=1).sum()))
    return pull.sum() / present + push.mean()


def _log_one_plus(exponents: Tensor) -> Tensor:
    """Return log(1 + sum of exp) along the rows, shape (C,), without overflow."""
    return torch.cat([torch.zeros_like(exponents[:, :1]), exponents], dim=1).logsumexp(dim=1)


class ProxyAnchor(nn.Module):
    """Proxy-Anchor with its proxies."""

    def __init__(self, term: ProxyTerm, dimension: int, classes: int) -> None:
        """Draw proxies in random directions."""
        super().__init__()
        self.scale, self.margin = term.scale, term.margin
        self.proxies = nn.Parameter(functional.normalize(torch.randn(classes, dimension), dim=1))

    def forward(self, views: Views) -> Tensor:
        """Return the loss, see `proxy_anchor`."""
        return proxy_anchor(views.anchors, views.labels, self.proxies, self.scale, self.margin)
