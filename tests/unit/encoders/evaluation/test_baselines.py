"""Raw pixels see what is the same at the same place, and nothing else."""

import numpy as np
import pytest

from encoders import Caption, Encoder, Frames, SampleError
from encoders.evaluation import RawPixels


def _clip(seed: int, shift: int = 0) -> Frames:
    picture = (
        np.random.default_rng(seed).integers(0, 255, (8, 8, 3), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    )
    return Frames((np.roll(picture, shift, axis=1),) * 2)


def test_it_is_an_encoder_of_unit_vectors() -> None:
    """So that a table takes it as any other."""
    pixels = RawPixels()
    (vector,) = pixels.encode([_clip(1)])

    assert isinstance(pixels, Encoder)
    assert vector is not None
    assert vector.shape == (pixels.dimension,)
    assert np.linalg.norm(vector) == pytest.approx(1.0)


def test_brightness_is_nothing_and_a_shift_is_everything() -> None:
    """The same picture darker stays; moved by a cell, it is a stranger."""
    one = _clip(1)
    dark = Frames(tuple((image // 2).astype(np.uint8) for image in one.images))
    vectors = RawPixels().encode([one, dark, _clip(1, shift=8)])

    first, darker, moved = (vector for vector in vectors if vector is not None)
    assert first @ darker > 0.99
    assert first @ moved < 0.6


def test_one_grey_says_nothing() -> None:
    """Black, white and all between are missing."""
    assert RawPixels().encode([Frames((np.full((9, 9, 3), 77, dtype=np.uint8),))]) == [None]


def test_it_eats_frames_only() -> None:
    """Words have no pixels."""
    with pytest.raises(SampleError, match="frames"):
        RawPixels().encode([Caption("words")])
