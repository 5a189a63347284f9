"""Tests of columns that become one."""

import numpy as np
from numpy.typing import NDArray

from index.columns import Columns
from index.joining import joined_columns
from index.rows import Part
from tests.contracts.vector_index import random_vectors

VECTORS = random_vectors(5, seed=1)
TEXTS = random_vectors(4, seed=2, dimension=4)


def _columns(keys: str, times: list[float], rows: list[int], vectors: list[int], text: Part) -> Columns:
    return Columns(list(keys), np.array(times), np.array(rows, dtype=np.int32), VECTORS[vectors], {"text": text})


def _text(rows: list[int], vectors: list[int]) -> Part:
    return np.array(rows, dtype=np.int64), TEXTS[vectors]


def _all(columns: Columns) -> NDArray[np.bool_]:
    return np.ones(len(columns), dtype=np.bool_)


def test_rows_are_joined_by_time_over_distinct_vectors() -> None:
    """Equal vectors of two sources become one, parts follow their rows."""
    first = _columns("abc", [3.0, 1.0, 2.0], [0, 1, 0], [0, 1], _text([0, 2], [0, 1]))
    second = _columns("de", [0.0, 5.0], [0, 1], [1, 2], _text([1], [2]))
    joined = joined_columns([(first, _all(first)), (second, _all(second))])
    assert joined.keys == ["d", "b", "c", "a", "e"]
    assert joined.times.tolist() == [0.0, 1.0, 2.0, 3.0, 5.0]
    assert joined.vector_of.tolist() == [0, 0, 1, 1, 2]
    assert np.array_equal(joined.vectors, VECTORS[[1, 0, 2]])
    rows, texts = joined.parts["text"]
    assert rows.tolist() == [2, 3, 4]
    assert np.array_equal(texts, TEXTS[[1, 0, 2]])


def test_rows_that_do_not_count_leave_nothing_behind() -> None:
    """Neither their vectors, nor their parts, nor the name of a part that nobody has any more."""
    first = _columns("abc", [1.0, 2.0, 3.0], [0, 1, 2], [0, 1, 2], _text([1], [0]))
    joined = joined_columns([(first, np.array([True, False, True]))])
    assert joined.keys == ["a", "c"]
    assert np.array_equal(joined.vectors, VECTORS[[0, 2]])
    assert joined.parts == {}


def test_blocks_of_rows_are_views_where_vectors_lie_side_by_side() -> None:
    """So that a sweep copies nothing but where there are copies."""
    columns = _columns("abcd", [1.0, 2.0, 3.0, 4.0], [0, 1, 1, 2], [0, 1, 2], _text([1, 3], [0, 1]))
    assert np.shares_memory(columns.rows(0, 2).fused, columns.vectors)
    assert np.array_equal(columns.rows(1, 4).fused, VECTORS[[1, 1, 2]])
    taken = columns.take(np.array([3, 0, 1]))
    assert taken.keys == ["d", "a", "b"]
    assert taken.parts["text"][0].tolist() == [0, 2]
    assert np.array_equal(taken.parts["text"][1], TEXTS[[1, 0]])
