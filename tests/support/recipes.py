"""Recipes small enough for tests: every loss, one modality or two, a few seconds."""

from collections.abc import Sequence

from encoders.towers.audio import AudioTowerSpec
from encoders.towers.build import TowerSpec
from encoders.towers.frames import FramesTowerSpec
from encoders.towers.joined import JoinedTowerSpec, Part
from encoders.towers.signal_tower import SignalTowerSpec
from encoders.towers.text import TextTowerSpec
from encoders.training.augment import Augment, TextAugment
from encoders.training.config import GeneratedData, LeafSampling, Optimiser, ParquetData, Projection, Recipe
from encoders.training.losses import AnyTerm, SupCETerm, SupConTerm

TEXT = TextTowerSpec(buckets=512, width=16, hidden=16, dimension=16, dropout=0.1)
FRAMES = FramesTowerSpec(pixels=16, pictures=2, width=8, stages=2, dimension=16)
AUDIO = AudioTowerSpec(windows=32, width=8, stages=2, dimension=16)
JOINED = JoinedTowerSpec(
    parts=(
        Part(name="coarse", tower=FramesTowerSpec(pixels=12, pictures=3, width=8, stages=1, dimension=8)),
        Part(name="fine", tower=FRAMES, weight=2.0),
    )
)
BESIDE_SIGNAL = JoinedTowerSpec(
    parts=(Part(name="words", tower=TEXT), Part(name="signal", tower=SignalTowerSpec(model="signal-text-1")))
)
DATA = GeneratedData(leaves=4, held_out=2, posts=7, loose=4)


def small(
    *losses: AnyTerm,
    towers: Sequence[TowerSpec] = (TEXT,),
    steps: int = 20,
    queue: int = 0,
    rate: float = 5e-3,
    data: GeneratedData | ParquetData = DATA,
) -> Recipe:
    """Make a recipe of two views, with dropout and augmentation; by default cross-entropy beside SupCon."""
    return Recipe(
        name="small",
        towers=tuple(towers),
        losses=losses or (SupCETerm(weight=5.0), SupConTerm(temperature=0.2)),
        sampling=LeafSampling(leaves=3, posts=2, loose=1),
        steps=steps,
        seed=3,
        views=2,
        queue=queue,
        checkpoint_every=5,
        data=data,
        augment=Augment(text=TextAugment(drop=0.2, misspell=0.2), modality_dropout=0.2),
        projection=Projection(hidden=16, dimension=8),
        optimiser=Optimiser(rate=rate, warmup=1),
    )
