"""Tests of the growing block of vectors."""

import numpy as np
import pytest

from index.block import VectorBlock
from tests.contracts.vector_index import random_vectors


def test_rows_survive_growth() -> None:
    """A block that moved to larger memory holds what it held."""
    drawn = random_vectors(1000, seed=1)
    block = VectorBlock(16)
    for start in range(0, 1000, 37):
        block.append(drawn[start : start + 37])
    assert len(block) == 1000
    assert np.array_equal(block.used, drawn)
    assert np.array_equal(block.take([999, 0, 500]), drawn[[999, 0, 500]])


def test_write_replaces_rows_or_extends_the_block() -> None:
    """An insert of known with new keys is one write."""
    drawn = random_vectors(6, seed=2)
    block = VectorBlock(16)
    block.append(drawn[:3])
    block.write([], drawn[:0])
    block.write([1, 3, 4], drawn[3:])
    assert np.array_equal(block.used, drawn[[0, 3, 2, 4, 5]])


def test_swap_remove_moves_the_last_row_into_the_gap() -> None:
    """The same move as in the map of keys."""
    drawn = random_vectors(4, seed=3)
    block = VectorBlock(16)
    block.append(drawn)
    block.swap_remove(1, 3)
    assert np.array_equal(block.used, drawn[[0, 3, 2]])
    block.swap_remove(2, 2)
    assert np.array_equal(block.used, drawn[[0, 3]])


def test_the_view_of_all_rows_cannot_be_written() -> None:
    """Only the block changes its rows."""
    block = VectorBlock(16)
    block.append(random_vectors(2, seed=4))
    with pytest.raises(ValueError, match="read-only"):
        block.used[0] = 0
    block.write([0], random_vectors(1, seed=5))
