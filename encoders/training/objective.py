"""Which part of a batch each loss is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from encoders.training.losses import AnyTerm, MocoTerm, ProxyTerm, SpreadTerm, SupCETerm, Views


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What one tower made of a batch.

    Attributes:
        rows: Shape (r,), int64: which posts of the batch.
        labels: Shape (r,), int64.
        features: One a view, shape (r, f), float32.
        vectors: One a view, shape (r, d), float32, norm 1.
        key: Shape (r, d): of the momentum encoder's last view; None without one.
        memory: Vectors (q, d) with labels (q,) of earlier batches; None where none are kept.
        aspects: Labels (r,) in each aspect.
    """

    rows: Tensor
    labels: Tensor
    features: tuple[Tensor, ...]
    vectors: tuple[Tensor, ...]
    key: Tensor | None
    memory: tuple[Tensor, Tensor] | None
    aspects: Mapping[str, Tensor] = field(default_factory=dict)


def tower_views(term: AnyTerm, seen: Seen) -> Views:
    """Return what a loss of one tower is given.

    Cross-entropy and proxies learn from every view alike; KoLeo sees one, as two views of a post must not part; MoCo
    finds the momentum key of the last view from the first; SupCon pairs the views.

    Args:
        term: The loss.
        seen: Of the tower.

    Returns:
        Views that the loss can take.
    """
    memory, memory_labels = seen.memory if seen.memory is not None else (None, None)
    if isinstance(term, SupCETerm | ProxyTerm):
        labels = seen.labels.repeat(len(seen.vectors))
        return Views(torch.cat(seen.vectors), labels, features=torch.cat(seen.features))
    if isinstance(term, SpreadTerm):
        return Views(seen.vectors[0], seen.labels)
    if isinstance(term, MocoTerm):
        return Views(seen.vectors[0], seen.labels, seen.key, memory=memory, memory_labels=memory_labels)
    second = seen.vectors[1] if len(seen.vectors) > 1 else None
    return Views(seen.vectors[0], seen.labels, second, seen.features[0], memory, memory_labels)
