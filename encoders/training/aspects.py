"""One loss taken aspect by aspect: each block of the features learns the labels of its own aspect."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from encoders.towers.aspects import blocks_of
from encoders.training.losses import UNLABELLED, AnyTerm, ProxyTerm, SupCETerm, SupConTerm, Views, build_loss
from encoders.training.objective import Seen

LABELLED_TERMS = (SupConTerm, SupCETerm, ProxyTerm)
"""The losses that learn from labels."""

SCALE = 16.0
"""Of a block before a classifier: a softmax over cosines alone cannot get sure (NormFace, arXiv 1704.06369)."""


class AspectLoss(nn.Module):
    """The mean of one loss over the aspects that have labels in a batch."""

    def __init__(self, term: AnyTerm, labels: Mapping[str, int], blocks: Mapping[str, int]) -> None:
        """Build the loss of each aspect.

        Args:
            term: One of `LABELLED_TERMS`.
            labels: How many labels each aspect has; one with fewer than two learns nothing.
            blocks: The aspects with the numbers of their blocks.
        """
        super().__init__()
        self.blocks = dict(blocks)
        self.losses = nn.ModuleDict(
            {
                name: build_loss(term, features=size, dimension=size, classes=labels[name])
                for name, size in blocks.items()
                if labels.get(name, 0) > 1
            }
        )

    def forward(self, seen: Seen) -> Tensor:
        """Return the loss, a scalar; 0 where no post of the batch has a label."""
        views = [blocks_of(features, self.blocks) for features in seen.features]
        values = []
        for name, loss in self.losses.items():
            kept = seen.aspects[name] != UNLABELLED
            if bool(kept.any()):
                block = torch.cat([view[name][kept] for view in views])
                labels = seen.aspects[name][kept].repeat(len(views))
                values.append(loss(Views(block, labels, features=SCALE * block)))
        return torch.stack(values).mean() if values else seen.features[0].sum() * 0.0
