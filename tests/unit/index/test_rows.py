"""Tests of keys with all their vectors."""

import numpy as np

from index import Rows
from index.rows import joined
from tests.contracts.vector_index import random_vectors

FUSED = random_vectors(5, seed=1)
TEXT = random_vectors(3, seed=2, dimension=4)
ROWS = Rows(["a", "b", "c", "d", "e"], FUSED, {"text": (np.array([0, 2, 4]), TEXT)})


def test_rows_are_taken_in_the_order_asked_with_their_parts() -> None:
    """A part's rows are those of the new order, ascending; a part that nobody has is left out."""
    taken = ROWS.take([4, 1, 0])
    assert taken.keys == ["e", "b", "a"]
    assert np.array_equal(taken.fused, FUSED[[4, 1, 0]])
    rows, vectors = taken.parts["text"]
    assert rows.tolist() == [0, 2]
    assert np.array_equal(vectors, TEXT[[2, 0]])
    assert ROWS.take([1, 3]).parts == {}
    assert len(ROWS.take([])) == 0


def test_a_slice_shares_its_vectors() -> None:
    """Nothing is copied but the keys."""
    middle = ROWS.slice(1, 3)
    assert middle.keys == ["b", "c"]
    assert np.shares_memory(middle.fused, FUSED)
    assert middle.parts["text"][0].tolist() == [1]
    assert np.shares_memory(middle.parts["text"][1], TEXT)
    assert ROWS.slice(1, 2).parts == {}


def test_joined_rows_follow_each_other() -> None:
    """What was parted is whole again; of nothing there is nothing, with its dimension."""
    whole = joined(16, [ROWS.slice(0, 1), ROWS.slice(1, 4), ROWS.slice(4, 5)])
    assert whole.keys == ROWS.keys
    assert np.array_equal(whole.fused, FUSED)
    assert whole.parts["text"][0].tolist() == [0, 2, 4]
    assert np.array_equal(whole.parts["text"][1], TEXT)
    assert joined(16, []).fused.shape == (0, 16)


def test_one_key_with_its_parts() -> None:
    """A single video is rows of one."""
    one = Rows.one("a", FUSED[0], {"text": TEXT[0]})
    assert (len(one), one.keys, one.fused.shape) == (1, ["a"], (1, 16))
    assert one.parts["text"][0].tolist() == [0]
    assert np.array_equal(one.parts["text"][1], TEXT[:1])
