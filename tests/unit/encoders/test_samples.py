"""Tests of what an encoder eats."""

import numpy as np
import pytest

from encoders.errors import SampleError
from encoders.modality import Modality
from encoders.samples import Caption, Frames, Waveform, modality_of


@pytest.mark.parametrize(
    "images",
    [
        (),
        (np.zeros((4, 4), np.uint8),),
        (np.zeros((4, 4, 4), np.uint8),),
        (np.zeros((4, 4, 3), np.float32),),
        (np.zeros((0, 4, 3), np.uint8),),
    ],
    ids=["none", "grey", "alpha", "float", "no rows"],
)
def test_frames_refuse_what_is_no_rgb_picture(images: tuple[np.ndarray, ...]) -> None:
    """A wrong array must fail where it is made, not deep in an encoder."""
    with pytest.raises(SampleError):
        Frames(images)


def test_a_waveform_refuses_two_channels_and_other_types() -> None:
    """Mono float32 is the contract."""
    with pytest.raises(SampleError, match="float32"):
        Waveform(np.zeros((2, 4), np.float32))
    with pytest.raises(SampleError, match="float32"):
        Waveform(np.zeros(4, np.float64))
    with pytest.raises(SampleError, match="rate"):
        Waveform(np.zeros(4, np.float32), 0)


def test_each_sample_knows_its_modality() -> None:
    """A sample goes to the encoder of its own modality."""
    samples = (Frames((np.zeros((1, 1, 3), np.uint8),)), Waveform(np.zeros(0, np.float32)), Caption(""))

    assert tuple(modality_of(sample) for sample in samples) == tuple(Modality)
