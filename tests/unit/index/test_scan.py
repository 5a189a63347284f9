"""Tests of the exact search that float32 prepares."""

import numpy as np
import pytest

from index.delta import Delta
from tests.contracts.vector_index import oracle, random_vectors


@pytest.mark.parametrize("dimension", [3, 64, 700])
def test_it_returns_what_the_oracle_returns_among_near_ties(dimension: int) -> None:
    """Vectors that differ by the last bit of one value: float32 cannot order them, the answer is right."""
    first = random_vectors(1, seed=1, dimension=dimension)[0]
    vectors = np.repeat(first[None, :], 60, axis=0)
    for row in range(60):
        axis = row % dimension
        vectors[row, axis] = np.nextafter(vectors[row, axis], np.float16(row % 2))
        vectors[row, 0] = np.nextafter(vectors[row, 0], np.float16(row % 3))
    delta = Delta(dimension)
    keys = [f"k{row:02}" for row in range(60)]
    delta.take(keys, vectors, [0.0] * 60, {}, limit=100)
    stored = dict(zip(keys, vectors, strict=True))
    expected = oracle(stored, first)
    for k in (1, 7, 59, 60, 99):
        assert delta.nearest(first[None, :], k) == [expected[:k]]
    for score in (expected[20].score, 1.0, 1e300, -1e300):
        above = delta.above(first[None, :], score, limit=60)[0]
        assert above.neighbors == [found for found in expected if found.score >= score]
        assert above.complete


def test_a_delta_takes_no_more_than_it_has_room_for() -> None:
    """Ten vectors at most, copies beside them as long as they weigh no more than a node for eight keys."""
    vectors = random_vectors(20, seed=2)
    copies = np.repeat(vectors[:9], 5, axis=0)  # 45 keys, 9 nodes
    delta = Delta(16)
    assert delta.take([f"a{row}" for row in range(45)], copies, [0.0] * 45, {}, limit=10) == 10
    assert delta.distinct == 2
    assert delta.take([f"b{row}" for row in range(20)], vectors, [0.0] * 20, {}, limit=10) == 10
    assert (delta.distinct, delta.weight) == (10, 10)


def test_a_node_without_keys_is_not_found() -> None:
    """It keeps its row until the delta is sealed."""
    vectors = random_vectors(3, seed=3)
    delta = Delta(16)
    delta.take(["a", "b", "c"], vectors, [1.0, 2.0, 3.0], {}, limit=10)
    assert delta.live.remove(["b"])
    assert not delta.live.remove(["b"])
    assert {found.key for found in delta.nearest(vectors[1:2], k=3)[0]} == {"a", "c"}
    assert delta.expire(before=3.0) == 1
    assert delta.expire(before=2.0) == 0
    assert [found.key for found in delta.nearest(vectors[:1], k=3)[0]] == ["c"]
    delta.live.remove(["c"])
    assert delta.nearest(vectors[:1], k=3) == [[]]
    assert delta.above(vectors[:1], -1.0, limit=3)[0].neighbors == []
