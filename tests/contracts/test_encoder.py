"""What every `Encoder` promises."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from encoders.errors import SampleError
from encoders.modality import Modality
from encoders.protocol import Encoder
from encoders.samples import Caption, Sample, Waveform
from encoders.trial import blanks, made_up, try_encoder
from tests.contracts.encoder import SIBLINGS


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Tests share the machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(params=SIBLINGS)
def encoder(request: pytest.FixtureRequest) -> Encoder:
    """Each sibling."""
    return SIBLINGS[request.param]()


def test_it_is_an_encoder(encoder: Encoder) -> None:
    """It has all that the protocol names, with an id that a message can bear."""
    assert isinstance(encoder, Encoder)
    assert encoder.dimension > 0
    assert 0 < len(encoder.model_id) <= 128


def test_it_keeps_all_that_a_trial_asks(encoder: Encoder) -> None:
    """Unit norm, finite, float32, its dimension, the same in any batch, fit for float16, blanks missing."""
    assert try_encoder(encoder) == []


def test_a_sample_moves_by_less_than_1e_5_from_a_batch_of_one_to_one_of_eight(encoder: Encoder) -> None:
    """Batches are cut where the stream is cut: nothing may depend on it, whatever is padded beside a sample."""
    samples = made_up(encoder.modality, 8)

    together = np.stack([vector for vector in encoder.encode(samples) if vector is not None])
    alone = np.stack([vector for sample in samples for vector in encoder.encode([sample]) if vector is not None])

    assert together.shape == (8, encoder.dimension)
    assert np.abs(together - alone).max() <= 1e-5


def test_blank_samples_are_missing_wherever_they_stand(encoder: Encoder) -> None:
    """They would become hubs; the others keep their places."""
    blank, real = blanks(encoder.modality)[0], made_up(encoder.modality, 2)

    answer = encoder.encode([real[0], blank, real[1]])

    assert [vector is None for vector in answer] == [False, True, False]
    assert encoder.encode([blank, blank]) == [None, None]


def test_no_samples_give_no_vectors(encoder: Encoder) -> None:
    """An empty batch is no error."""
    assert encoder.encode([]) == []


def test_different_samples_get_different_vectors(encoder: Encoder) -> None:
    """A constant would pass everything else."""
    first, second = (vector for vector in encoder.encode(made_up(encoder.modality, 2)) if vector is not None)

    assert np.abs(first - second).max() > 1e-3


def test_a_sample_of_another_modality_is_refused(encoder: Encoder) -> None:
    """A mistake of ours shows as one."""
    other: Sample = Waveform(np.ones(16_000, np.float32)) if encoder.modality is Modality.TEXT else Caption("one")

    with pytest.raises(SampleError, match="needed"):
        encoder.encode([other])
