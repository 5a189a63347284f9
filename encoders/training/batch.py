"""One batch: augmented views of posts, prepared and put into tensors a tower."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from encoders.modality import Modality
from encoders.towers.tower import Prepared, Tower
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


Kept = dict[tuple[Modality, int], Prepared | None]
"""What towers prepared of rows, None where a post lacks the modality."""


def assemble(
    posts: Posts,
    rows: Sequence[int],
    towers: Mapping[Modality, Tower],
    how: Augment,
    seeds: Sequence[tuple[int, ...]],
    kept: Kept | None = None,
) -> Batch:
    """Draw the views of a batch.

    Args:
        posts: Where rows are looked up.
        rows: The posts of the batch.
        towers: Which prepare the samples.
        how: Augmentation.
        seeds: One a view; with the place in the batch it is the seed of a post's augmentation.
        kept: Where what is prepared stays for the next time a row is drawn; only without augmentation, when every view
            of a row is the same.

    Returns:
        The batch, on the CPU.
    """
    views = [_view(posts, rows, towers, how, seed, kept) for seed in seeds]
    inputs: dict[Modality, TowerInputs] = {}
    for modality, tower in towers.items():
        prepared = [view[modality] for view in views]
        present = [place for place in range(len(rows)) if all(view[place] is not None for view in prepared)]
        collated = [
            tower.collate([array for place in present if (array := view[place]) is not None])
            for view in (prepared if present else [])
        ]
        inputs[modality] = TowerInputs(torch.tensor(present, dtype=torch.int64), tuple(collated))
    labels = _chosen(posts.labels, rows)
    return Batch(labels, inputs, {name: _chosen(of, rows) for name, of in posts.aspects.items()})


def _view(
    posts: Posts,
    rows: Sequence[int],
    towers: Mapping[Modality, Tower],
    how: Augment,
    seed: tuple[int, ...],
    kept: Kept | None,
) -> dict[Modality, list[Prepared | None]]:
    """Return one view of each row, prepared by each tower; None where a post lacks the modality."""
    view: dict[Modality, list[Prepared | None]] = {modality: [] for modality in towers}
    for place, row in enumerate(int(row) for row in rows):
        if kept is not None and all((modality, row) in kept for modality in towers):
            said: Kept = {(modality, row): kept[modality, row] for modality in towers}
        else:
            samples = augment(posts.samples(row), how, np.random.default_rng((*seed, place)))
            said = {
                (modality, row): tower.prepare(samples[modality]) if modality in samples else None
                for modality, tower in towers.items()
            }
            if kept is not None:
                kept.update(said)
        for modality in towers:
            view[modality].append(said[modality, row])
    return view


def _chosen(labels: Sequence[int], rows: Sequence[int]) -> Tensor:
    """Return the labels of rows, shape (n,), int64."""
    return torch.tensor([labels[int(row)] for row in rows], dtype=torch.int64)
