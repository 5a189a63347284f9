"""Tests of how a batch is put together."""

from collections.abc import Iterator

import numpy as np
import torch

from encoders.modality import Modality
from encoders.samples import Caption, Frames, Samples
from encoders.towers.build import build_tower
from encoders.training.augment import Augment
from encoders.training.batch import Batch, Kept, assemble
from encoders.training.dataset import Origin, Posts
from tests.support.recipes import FRAMES, TEXT

DRAWN: list[int] = []


def some_posts() -> Posts:
    """Six posts, every second without words; each time one is drawn it is written down."""

    def draw(row: int) -> Samples:
        DRAWN.append(row)
        rng = np.random.default_rng(row)
        frames = Frames(tuple(rng.integers(0, 255, (20, 16, 3), dtype=np.uint8) for _ in range(3)))
        words = {Modality.TEXT: Caption(f"post {row}")} if row % 2 else {}
        return {Modality.FRAMES: frames, **words}

    return Posts(range(6), draw, Origin(source="made up", digest="d", licences=()), keep=False)


def tensors_of(batch: Batch) -> Iterator[torch.Tensor]:
    """All that a network is given."""
    for inputs in batch.inputs.values():
        yield inputs.rows
        for view in inputs.views:
            yield from view


def test_what_was_kept_is_what_would_be_prepared_again() -> None:
    """A row that comes again is not drawn again, and gives the same tensors, beside posts that are new."""
    posts, kept = some_posts(), Kept()
    towers = {Modality.FRAMES: build_tower(FRAMES), Modality.TEXT: build_tower(TEXT)}
    assemble(posts, [0, 1, 2], towers, Augment(), [(1,)], kept)
    DRAWN.clear()

    again = assemble(posts, [2, 4, 1], towers, Augment(), [(2,)], kept)
    assert DRAWN == [4]

    fresh = assemble(posts, [2, 4, 1], towers, Augment(), [(2,)])
    pairs = list(zip(tensors_of(again), tensors_of(fresh), strict=True))
    assert len(pairs) >= 4
    assert all(torch.equal(one, other) for one, other in pairs)
