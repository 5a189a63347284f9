"""MoCo v2: a post must find its momentum key among the keys of earlier batches.

He et al., "Momentum Contrast for Unsupervised Visual Representation Learning", CVPR 2020, arXiv 1911.05722, equation 1,
with the temperature and projection head of Chen et al., "Improved Baselines with Momentum Contrastive Learning",
arXiv 2003.04297:

    L = mean over q of -log( exp(q k+ / t) / ( exp(q k+ / t) + sum over the queue's k of exp(q k / t) ) )

and the momentum encoder of equation 2: its weights become m x its own + (1 - m) x the encoder's.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from encoders.training.errors import check_range
from encoders.training.losses.term import LossTerm
from encoders.training.losses.views import Views, check_temperature, needed, nothing


class MocoTerm(LossTerm, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="moco"):
    """MoCo v2 in a recipe.

    Attributes:
        weight: Of this loss in the sum.
        temperature: 0.2 in version 2.
        momentum: m, of the momentum encoder.
    """

    weight: float = 1.0
    temperature: float = 0.2
    momentum: float = 0.999

    def __post_init__(self) -> None:
        """Check the limits."""
        check_range("weight", self.weight, 0, float("inf"))
        check_range("momentum", self.momentum, 0, 1)
        check_temperature(self.temperature)


def moco(queries: Tensor, keys: Tensor, queue: Tensor, temperature: float) -> Tensor:
    """Return the loss. No gradient reaches keys or queue.

    Args:
        queries: Shape (n, d), norm 1.
        keys: Shape (n, d), norm 1: k+, of the momentum encoder, row by row of the same posts.
        queue: Shape (q, d), norm 1: the negatives; with q = 0 the loss is 0.
        temperature: t, in [0.01, 10].

    Returns:
        Scalar; 0 where n is 0.

    Raises:
        OutOfRange: The temperature.
    """
    check_temperature(temperature)
    if len(queries) == 0:
        return nothing(queries)
    own = (queries * keys.detach()).sum(dim=1, keepdim=True)  # (n, 1)
    logits = torch.cat([own, queries @ queue.detach().T], dim=1) / temperature  # (n, 1 + q)
    return (logits.logsumexp(dim=1) - logits[:, 0]).mean()


@torch.no_grad()
def follow(slow: Iterable[Tensor], fast: Iterable[Tensor], momentum: float) -> None:
    """Move the weights of a momentum encoder one step, in place: equation 2.

    Args:
        slow: Weights of the momentum encoder.
        fast: Weights of the encoder, in the same order.
        momentum: m, in [0, 1].
    """
    for own, other in zip(slow, fast, strict=True):
        own.mul_(momentum).add_(other.detach(), alpha=1 - momentum)


class Moco(nn.Module):
    """MoCo v2 with its temperature."""

    def __init__(self, term: MocoTerm) -> None:
        """Keep the temperature."""
        super().__init__()
        self.temperature = term.temperature

    def forward(self, views: Views) -> Tensor:
        """Return the loss, see `moco`.

        Raises:
            LossInputError: There are no partners or no memory.
        """
        keys = needed(views.partners, "partners", "moco")
        return moco(views.anchors, keys, needed(views.memory, "memory", "moco"), self.temperature)
