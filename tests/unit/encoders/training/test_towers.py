"""Tests of the trainable towers: the contract of every encoder, before any training."""

import numpy as np
import pytest
import torch

from encoders.errors import SampleError
from encoders.modality import Modality
from encoders.protocol import Encoder
from encoders.samples import Caption, Frames, Sample, Waveform
from encoders.towers.build import TowerSpec, build_tower, modality_of
from encoders.towers.text import MOST_PIECES, rows_of
from encoders.towers.tower_encoder import TowerEncoder
from tests.support.media import scene, tune
from tests.support.recipes import AUDIO, FRAMES, JOINED, TEXT

SPECS = (TEXT, FRAMES, AUDIO, JOINED)
BLANK: dict[Modality, Sample] = {
    Modality.TEXT: Caption(" \n"),
    Modality.FRAMES: Frames((np.zeros((20, 30, 3), np.uint8),) * 3),
    Modality.AUDIO: Waveform(np.zeros(16_000, np.float32)),
}


def samples_of(modality: Modality) -> list[Sample]:
    """Make five samples with another one that says nothing among them."""
    if modality is Modality.FRAMES:
        said: list[Sample] = [Frames(tuple(scene(n, at, 48, 36) for at in (0.0, 0.5, 1.0)[: n + 1])) for n in range(5)]
    elif modality is Modality.AUDIO:
        said = [Waveform(tune(n, 0.3 + n / 4)) for n in range(5)]
    else:
        said = [Caption(text) for text in ("one", "two words", "three of them", "今日の東京", "a" * 3000)]
    return [*said[:2], BLANK[modality], *said[2:]]


@pytest.mark.parametrize("spec", SPECS, ids=modality_of)
def test_a_tower_keeps_the_contract_of_an_encoder(spec: TowerSpec) -> None:
    """Unit vectors, None for what says nothing, no matter what else is in the batch."""
    torch.manual_seed(0)
    tower = build_tower(spec)
    encoder = TowerEncoder(tower, "test-1")
    samples = samples_of(encoder.modality)

    together = encoder.encode(samples)
    alone = [encoder.encode([sample])[0] for sample in samples]

    assert isinstance(encoder, Encoder)
    assert encoder.encode([]) == []
    assert together[2] is None
    assert alone[2] is None
    assert tower.training
    for one, other in zip(together[:2] + together[3:], alone[:2] + alone[3:], strict=True):
        assert one is not None
        assert other is not None
        assert one.shape == (encoder.dimension,)
        assert one.dtype == np.float32
        assert np.linalg.norm(one) == pytest.approx(1, abs=1e-5)
        assert np.abs(one - other).max() < 1e-5


@pytest.mark.parametrize("spec", SPECS, ids=modality_of)
def test_a_sample_of_another_modality_is_refused(spec: TowerSpec) -> None:
    """A mistake of the caller must not become a vector."""
    other = Caption("words") if spec is not TEXT else Waveform(tune(1))

    with pytest.raises(SampleError):
        build_tower(spec).prepare(other)


def test_the_order_of_pictures_counts() -> None:
    """Pooling knows which half came first."""
    torch.manual_seed(0)
    encoder = TowerEncoder(build_tower(FRAMES), "test-1")
    there, back = scene(1, 0.0, 48, 36), scene(2, 1.0, 48, 36)

    one, other = encoder.encode([Frames((there, back)), Frames((back, there))])

    assert one is not None
    assert other is not None
    assert float(one @ other) < 0.9999


def test_pieces_of_a_text_are_words_pairs_and_stretches() -> None:
    """The same rows on every machine; a very long text is cut."""
    assert len(rows_of(["ab", "c"], 1000)) == 2 + 1 + (2 + 1 + 0) + (1 + 0 + 0)
    assert rows_of(["ab"], 1000).tolist() == [701, 347, 779, 356]
    assert len(rows_of(["word"] * 5000, 1000)) == MOST_PIECES
