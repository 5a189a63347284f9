"""Tests of what `ExactIndex` promises beyond the contract."""

import pytest

from index import BadParameter, ExactIndex, VectorIndex
from tests.contracts.vector_index import random_vectors


def test_it_is_complete_unless_it_was_cut() -> None:
    """It judges everything, so only the limit can hide something."""
    index: VectorIndex = ExactIndex(16)
    index.insert([f"v{row}" for row in range(50)], random_vectors(50, seed=1))
    whole, cut = (index.search_above(random_vectors(1, seed=2), score=-1.0, limit=limit)[0] for limit in (50, 49))
    assert (len(whole.neighbors), whole.cut, whole.complete) == (50, False, True)
    assert (len(cut.neighbors), cut.cut, cut.complete) == (49, True, False)


def test_a_dimension_of_zero_is_refused() -> None:
    """No vector has it."""
    with pytest.raises(BadParameter):
        ExactIndex(0)
