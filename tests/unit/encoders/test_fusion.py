"""Tests of masked fusion."""

import numpy as np
import pytest
from numpy.typing import NDArray

from encoders.embedding import to_unit
from encoders.errors import SampleError
from encoders.fusion import MaskedConcatFusion
from encoders.modality import Modality
from encoders.protocol import Fusion

SIZES = {Modality.FRAMES: 6, Modality.AUDIO: 4, Modality.TEXT: 5}
WEIGHTS = {Modality.FRAMES: 0.5, Modality.AUDIO: 0.2, Modality.TEXT: 0.3}


def made(seed: int, *modalities: Modality) -> dict[Modality, NDArray[np.float32]]:
    """Draw unit vectors of some modalities."""
    random = np.random.RandomState(seed)
    return {modality: to_unit(random.standard_normal(SIZES[modality])) for modality in modalities}


def expected(a: dict[Modality, NDArray[np.float32]], b: dict[Modality, NDArray[np.float32]]) -> float:
    """Compute the cosine of the docstring by a loop."""
    shared = sum(WEIGHTS[m] * float(a[m] @ b[m]) for m in a if m in b)
    return shared / float(np.sqrt(sum(WEIGHTS[m] for m in a) * sum(WEIGHTS[m] for m in b)))


@pytest.mark.parametrize("left", [tuple(Modality), (Modality.FRAMES,), (Modality.AUDIO, Modality.TEXT)])
@pytest.mark.parametrize("right", [tuple(Modality), (Modality.TEXT,), (Modality.FRAMES, Modality.AUDIO)])
def test_the_cosine_is_the_weighted_mean_with_missing_as_zero(
    left: tuple[Modality, ...], right: tuple[Modality, ...]
) -> None:
    """The docstring's formula holds for every pair of present modalities."""
    fusion = MaskedConcatFusion("f-1", SIZES, WEIGHTS)
    a, b = made(1, *left), made(2, *right)

    fused = fusion.fuse(a), fusion.fuse(b)

    assert float(fused[0] @ fused[1]) == pytest.approx(expected(a, b), abs=1e-6)
    assert np.linalg.norm(fused[0]) == pytest.approx(1.0, abs=1e-6)
    assert fused[0].dtype == np.float32


def test_the_order_of_the_mapping_does_not_matter() -> None:
    """A replay may bring the vectors in another order."""
    fusion = MaskedConcatFusion("f-1", SIZES, WEIGHTS)
    vectors = made(1, *Modality)

    assert np.array_equal(fusion.fuse(vectors), fusion.fuse(dict(reversed(vectors.items()))))


def test_it_refuses_nothing_and_vectors_of_another_size() -> None:
    """A video without any modality is a dead letter, not a vector of zeros."""
    fusion: Fusion = MaskedConcatFusion("f-1", {Modality.FRAMES: 6}, {Modality.FRAMES: 1.0})

    assert fusion.dimension == 6
    for vectors in (
        {},
        {Modality.FRAMES: np.ones(5)},
        {Modality.TEXT: np.ones(6)},
        {Modality.FRAMES: np.full(6, np.nan)},
    ):
        with pytest.raises(SampleError):
            fusion.fuse(vectors)


def test_weights_must_fit_the_dimensions() -> None:
    """A wrong configuration fails when it is built."""
    with pytest.raises(ValueError, match="weights are of"):
        MaskedConcatFusion("f-1", SIZES, {Modality.TEXT: 1.0})
    with pytest.raises(ValueError, match="positive"):
        MaskedConcatFusion("f-1", {Modality.TEXT: 5}, {Modality.TEXT: 0.0})
