"""Tests of unit vectors."""

import numpy as np
import pytest

from encoders.embedding import Embedding, to_unit, to_unit_float16
from encoders.errors import SampleError
from encoders.modality import Modality


def test_a_vector_is_scaled_in_float64_and_stored_in_float16() -> None:
    """Small and large vectors come out at norm 1; float32 squares would vanish or overflow."""
    for size in (1e-30, 1.0, 1e30):
        vector = np.array([3.0, 4.0], dtype=np.float32) * np.float32(size)

        unit = to_unit_float16(vector)

        assert unit.dtype == np.float16
        assert unit == pytest.approx([0.6, 0.8], abs=5e-4)


@pytest.mark.parametrize("vector", [np.zeros(3), np.array([np.nan, 1.0]), np.array([np.inf, 1.0]), np.ones((2, 2))])
def test_what_has_no_direction_is_refused(vector: np.ndarray) -> None:
    """A zero or broken vector must never reach the index."""
    with pytest.raises(SampleError):
        to_unit(vector)


def test_rounding_of_long_vectors_stays_within_the_tolerance() -> None:
    """A thousand small coordinates, some below float16's normal range, still make an embedding."""
    vector = np.random.RandomState(3).standard_normal(4_096) ** 9

    embedding = Embedding(to_unit_float16(vector), "m-1", Modality.TEXT)

    assert np.linalg.norm(embedding.vector.astype(np.float64)) == pytest.approx(1.0, abs=5e-4)


@pytest.mark.parametrize(
    ("vector", "model_id"),
    [
        (np.array([1.0, 0.0], np.float32), "m-1"),
        (np.array([0.5, 0.0], np.float16), "m-1"),
        (np.array([np.nan, 0.0], np.float16), "m-1"),
        (np.array([1.0, 0.0], np.float16), ""),
    ],
    ids=["float32", "short", "nan", "no model"],
)
def test_an_embedding_refuses_what_breaks_its_contract(vector: np.ndarray, model_id: str) -> None:
    """Type, norm and model id are checked where the embedding is made."""
    with pytest.raises(SampleError):
        Embedding(vector, model_id)
