"""One batch: augmented views of posts, prepared and put into tensors a tower."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from encoders.modality import Modality
from encoders.towers.tower import Tower
from encoders.training.augment import Augment, augment
from encoders.training.dataset import Posts


@dataclass(frozen=True, slots=True, eq=False)
class TowerInputs:
    """What one tower gets of a batch.

    Attributes:
        rows: Shape (r,), int64: which posts of the batch have this modality in every view.
        views: The inputs of each view, each of r posts; empty where r is 0.
    """

    rows: Tensor
    views: tuple[tuple[Tensor, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Posts of one step.

    Attributes:
        labels: Shape (n,), int64.
        inputs: By modality.
        aspects: Labels in each aspect, shape (n,), int64.
    """

    labels: Tensor
    inputs: Mapping[Modality, TowerInputs]
    aspects: Mapping[str, Tensor] = field(default_factory=dict)


def assemble(
    posts: Posts, rows: Sequence[int], towers: Mapping[Modality, Tower], how: Augment, seeds: Sequence[tuple[int, ...]]
) -> Batch:
    """Draw the views of a batch.

    Args:
        posts: Where rows are looked up.
        rows: The posts of the batch.
        towers: Which prepare the samples.
        how: Augmentation.
        seeds: One a view; with the place in the batch it is the seed of a post's augmentation.

    Returns:
        The batch, on the CPU.
    """
    views = [
        [augment(posts.samples(int(row)), how, np.random.default_rng((*seed, place))) for place, row in enumerate(rows)]
        for seed in seeds
    ]
    inputs: dict[Modality, TowerInputs] = {}
    for modality, tower in towers.items():
        prepared = [
            [tower.prepare(samples[modality]) if modality in samples else None for samples in view] for view in views
        ]
        present = [place for place in range(len(rows)) if all(view[place] is not None for view in prepared)]
        collated = [
            tower.collate([array for place in present if (array := view[place]) is not None])
            for view in (prepared if present else [])
        ]
        inputs[modality] = TowerInputs(torch.tensor(present, dtype=torch.int64), tuple(collated))
    labels = _chosen(posts.labels, rows)
    return Batch(labels, inputs, {name: _chosen(of, rows) for name, of in posts.aspects.items()})


def _chosen(labels: Sequence[int], rows: Sequence[int]) -> Tensor:
    """Return the labels of rows, shape (n,), int64."""
    return torch.tensor([labels[int(row)] for row in rows], dtype=torch.int64)
