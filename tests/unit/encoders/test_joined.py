"""Tests of towers that are joined; that they are encoders is tested with all others."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from encoders.modality import Modality
from encoders.registry import load_suite
from encoders.towers.build import TowerSpec, build_tower, modality_of, trained_alone
from encoders.towers.frames import FramesTowerSpec
from encoders.towers.joined import JoinedTowerSpec, Part, joined_state
from encoders.towers.signal_tower import SIGNAL_MODELS, SignalTowerSpec
from encoders.trial import made_up
from tests.support.recipes import AUDIO, FRAMES, JOINED, TEXT

SMALLER = FramesTowerSpec(pixels=12, pictures=3, width=8, stages=1, dimension=12, aspects={"shape": 8, "motion": 4})


def test_features_are_those_of_the_parts_side_by_side() -> None:
    """Each sees what it prepares for itself; its weight is what it counts for in a cosine."""
    spec = JoinedTowerSpec(parts=(Part(name="real", tower=FRAMES, weight=4.0), Part(name="drawn", tower=SMALLER)))
    one, other = build_tower(FRAMES).eval(), build_tower(SMALLER).eval()
    joined = build_tower(spec).eval()
    joined.load_state_dict(joined_state([one.state_dict(), other.state_dict()]))
    samples = made_up(Modality.FRAMES, 3)

    with torch.inference_mode():
        said = [
            tower(*tower.collate([array for sample in samples if (array := tower.prepare(sample)) is not None]))
            for tower in (joined, one, other)
        ]

    assert (joined.dimension, spec.dimension) == (28, 28)
    assert joined.aspects == {"real": 16, "shape": 8, "motion": 4}
    assert torch.allclose(said[0][:, :16], 2 * functional.normalize(said[1], dim=1), atol=1e-6)
    assert torch.allclose(said[0][:, 16:], functional.normalize(said[2], dim=1), atol=1e-6)
    assert said[0].norm(dim=1).tolist() == pytest.approx([math.sqrt(5)] * 3, abs=1e-5)


@pytest.mark.parametrize("single", [TEXT, FRAMES, AUDIO], ids=modality_of)
def test_it_eats_what_its_parts_eat(single: TowerSpec) -> None:
    """And finds missing what they find missing."""
    assert not isinstance(single, JoinedTowerSpec)
    tower = build_tower(JoinedTowerSpec(parts=(Part(name="one", tower=single), Part(name="two", tower=single))))

    samples = made_up(tower.modality, 2)
    prepared = [array for sample in samples if (array := tower.prepare(sample)) is not None]

    assert tower.modality is modality_of(single)
    assert tower(*tower.collate(prepared)).shape == (2, 32)
    assert np.asarray(prepared[0]).shape == (2,)


@pytest.mark.parametrize("single", [TEXT, FRAMES, AUDIO], ids=modality_of)
def test_signal_features_may_stand_beside_what_was_trained(single: TowerSpec) -> None:
    """They are those of the signal suite, a block by their own name, and are left out where only networks count."""
    assert not isinstance(single, JoinedTowerSpec)
    signal = SignalTowerSpec(model=SIGNAL_MODELS[modality_of(single)])
    spec = JoinedTowerSpec(parts=(Part(name="one", tower=single), Part(name="signal", tower=signal)))
    tower = build_tower(spec).eval()
    samples = made_up(tower.modality, 3)

    with torch.inference_mode():
        said = tower(
            *tower.collate([array for sample in samples if (array := tower.prepare(sample)) is not None])
        ).numpy()

    assert (tower.modality, list(tower.aspects)) == (modality_of(single), ["one", "signal"])
    known = [row for row in load_suite("signal").encoders[tower.modality].encode(samples) if row is not None]
    assert said[:, 16:] == pytest.approx(np.stack(known), abs=1e-6)
    assert trained_alone(spec) == single
    assert trained_alone(single) == single


def test_a_signal_that_is_not_known_is_refused() -> None:
    """By the names of those that are."""
    with pytest.raises(ValueError, match="model must be one of signal-frames-1, signal-audio-1, signal-text-1"):
        SignalTowerSpec(model="signal-text-0")


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        ((Part(name="one", tower=FRAMES), Part(name="two", tower=TEXT)), "one modality"),
        ((Part(name="one", tower=FRAMES), Part(name="one", tower=FRAMES)), "one stands twice"),
        ((Part(name="one", tower=SMALLER), Part(name="two", tower=SMALLER)), "shape, motion stands twice"),
    ],
)
def test_parts_that_do_not_fit_are_refused(parts: tuple[Part, ...], named: str) -> None:
    """The message names what must be changed."""
    with pytest.raises(ValueError, match=named):
        JoinedTowerSpec(parts=parts)


def test_modality_follows_the_parts() -> None:
    """So that a recipe, a run, an export knows where it belongs."""
    assert modality_of(JOINED) is Modality.FRAMES
