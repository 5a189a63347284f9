"""Tests of networks run by ONNX Runtime; that they are encoders is tested with all others in tests/contracts."""

import numpy as np
import pytest
import torch
from torch import Tensor

from encoders.errors import ModelRefused, RefusalReason
from encoders.modality import Modality
from encoders.towers.audio import AudioTowerSpec
from encoders.towers.build import TowerSpec, build_tower, modality_of
from encoders.towers.frames import FramesTowerSpec
from encoders.towers.onnx_forward import OnnxForward
from encoders.towers.text import TextTower, TextTowerSpec
from encoders.towers.tower_encoder import TowerEncoder
from encoders.trial import made_up
from tests.support.recipes import AUDIO, FRAMES, JOINED, TEXT

LOOKS = FramesTowerSpec(pixels=16, pictures=2, width=8, stages=2, dimension=12, figure="cut", order=False)
MOVES = FramesTowerSpec(pixels=16, pictures=3, width=8, stages=2, dimension=20, figure="beside", places=True)
SPECS = (FRAMES, AUDIO, TEXT, JOINED, LOOKS, MOVES, FramesTowerSpec(), AudioTowerSpec(), TextTowerSpec())
TOLERANCE = 1e-4
"""Between the runtimes, which sum in other orders; float16, in which vectors are stored, moves them by more."""


class Unwritable(TextTower):
    """Has an operator that ONNX lacks."""

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return features."""
        features: Tensor = torch.special.bessel_j0(super().forward(*inputs))
        return features


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{modality_of(spec)}-{spec.dimension}")
def test_vectors_are_those_of_torch(spec: TowerSpec) -> None:
    """They bear the same model id and meet in one index; batches of one and odd ones count too."""
    torch.manual_seed(1)
    tower = build_tower(spec)
    by_torch, by_onnx = TowerEncoder(tower, "test-1"), TowerEncoder(tower, "test-1", OnnxForward(tower))
    samples = made_up(by_torch.modality)

    for count in (1, 2, 7):
        one, other = by_torch.encode(samples[:count]), by_onnx.encode(samples[:count])

        for left, right in zip(one, other, strict=True):
            assert left is not None
            assert right is not None
            assert np.abs(left - right).max() < TOLERANCE


def test_a_tower_in_training_stays_in_training_yet_is_run_without_dropout() -> None:
    """Who measures a tower between two steps of its training must not change it."""
    tower = build_tower(TEXT)
    forward = OnnxForward(tower)
    inputs = tower.collate([array for sample in made_up(Modality.TEXT) if (array := tower.prepare(sample)) is not None])

    assert tower.training
    assert np.array_equal(forward(inputs), forward(inputs))


def test_a_network_that_cannot_be_written_is_refused_in_one_line() -> None:
    """The reader must learn that it is the runtime that does not take it."""
    tower = Unwritable(TEXT)

    with pytest.raises(ModelRefused, match=r"onnx: .*bessel") as caught:
        OnnxForward(tower)

    assert caught.value.reason is RefusalReason.UNSUPPORTED
    assert "\n" not in str(caught.value)
    assert tower.training
