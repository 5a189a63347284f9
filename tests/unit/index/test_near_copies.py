"""Tests of vectors that share a node because they are nearly the same."""

import numpy as np
import pytest
from numpy.typing import NDArray

from index import BadParameter, HnswParams, SegmentedIndex, SegmentParams
from index.nodes import Nodes
from index.segment import Segment
from index.vectors import cosines
from tests.contracts.vector_index import keys_of, oracle, random_vectors

DIMENSION = 32
PARAMS = SegmentParams(delta_limit=4000, segment_limit=8000, graph=HnswParams(scan_below=0))
OTHERS = random_vectors(1500, seed=1, dimension=DIMENSION)


def crowd(count: int, apart: float, seed: int) -> NDArray[np.float16]:
    """Return vectors at an angle of `apart` radians to the first of the others, in all directions."""
    centre = OTHERS[0].astype(np.float64)
    centre /= np.linalg.norm(centre)
    away = np.random.default_rng(seed).standard_normal((count, DIMENSION))
    away -= np.outer(away @ centre, centre)
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    around: NDArray[np.float16] = (np.cos(apart) * centre + np.sin(apart) * away).astype(np.float16)
    return around


def _sealed(vectors: NDArray[np.float16], params: SegmentParams = PARAMS) -> tuple[SegmentedIndex, list[str]]:
    """Return an index that holds vectors, and 4,000 of others that fill the delta, in one segment."""
    index = SegmentedIndex(DIMENSION, params)
    keys = [f"v{row:04}" for row in range(len(vectors))]
    index.insert(keys, vectors)
    fill = random_vectors(4000 - len(vectors), seed=9, dimension=DIMENSION)
    index.insert([f"w{row}" for row in range(len(fill))], fill)
    while index.maintain():
        pass
    assert (index.census().segments, index.census().delta) == (1, 0)
    return index, keys


def _segment(index: SegmentedIndex) -> Segment:
    return index.cut().parts[0].segment


def test_a_crowd_of_near_copies_is_one_node() -> None:
    """Each of them is still found by its own vector, first, with the score of its own vector."""
    vectors = np.concatenate([OTHERS, crowd(1000, apart=0.01, seed=2)])
    index, keys = _sealed(vectors)
    segment = _segment(index)
    assert segment.graph is not None
    assert len(segment.graph) <= 3001
    assert segment.spread.max() < 0.05
    found = index.search(vectors, k=1)
    assert [neighbors[0].key for neighbors in found] == keys


def test_a_search_judges_every_vector_of_a_node() -> None:
    """The order within a crowd is the oracle's; so is what lies above a score between them."""
    vectors = np.concatenate([OTHERS, crowd(300, apart=0.02, seed=3)])
    index, keys = _sealed(vectors)
    query = crowd(1, apart=0.3, seed=4)
    stored = dict(zip(keys[-300:], vectors[-300:], strict=True)) | {keys[0]: vectors[0]}
    expected = oracle(stored, query[0])
    assert index.search(query, k=50)[0] == expected[:50]
    score = expected[100].score
    above = index.search_above(query, score, limit=1000)[0]
    assert above.neighbors == [neighbor for neighbor in expected if neighbor.score >= score]


def test_a_near_copy_is_found_where_its_node_lies_below_the_score() -> None:
    """The node is a candidate, no more: that it falls short does not end the search."""
    vectors = np.concatenate([OTHERS, crowd(50, apart=0.04, seed=5)])
    index, keys = _sealed(vectors)
    for row in range(1500, 1550):
        query = vectors[row : row + 1]
        centre = float(cosines(OTHERS[:1], query)[0, 0])
        above = index.search_above(query, min(1.0, centre + 1e-4), limit=100)[0]
        assert keys[row] in keys_of(above.neighbors)
        assert keys[0] not in keys_of(above.neighbors)


def test_removing_the_key_that_stands_for_a_node_removes_only_it() -> None:
    """Its near copies stay, whichever of them goes."""
    vectors = np.concatenate([OTHERS, crowd(20, apart=0.01, seed=6)])
    index, keys = _sealed(vectors)
    crowd_keys = {keys[0], *keys[1500:]}
    for key in [keys[0], keys[1505], keys[1519]]:
        assert index.remove([key]) == 1
        crowd_keys.remove(key)
        assert set(keys_of(index.search(vectors[:1], k=len(crowd_keys))[0])) == crowd_keys


@pytest.mark.parametrize("tolerance", [0.0, 1e-3])
def test_the_tolerance_decides(tolerance: float) -> None:
    """0 lets only equal vectors share a node; beyond the tolerance there are more nodes."""
    params = SegmentParams(delta_limit=4000, graph=PARAMS.graph, near_copy_tolerance=tolerance)
    vectors = np.concatenate([OTHERS, crowd(20, apart=0.02, seed=7), crowd(5, apart=0.1, seed=8)])
    segment = _segment(_sealed(vectors, params)[0])
    assert segment.graph is not None
    assert len(segment.graph) == (4000 if tolerance == 0.0 else 3980)
    assert (segment.vectors_of is None) == (tolerance == 0.0)
    with pytest.raises(BadParameter):
        SegmentParams(near_copy_tolerance=tolerance + 0.011)


def test_every_vector_lies_within_the_tolerance_and_spread_of_its_node() -> None:
    """Whether it came with its node, or later."""
    vectors = np.concatenate([crowd(700, apart=0.03, seed=10), OTHERS[:300], crowd(700, apart=0.02, seed=11)])
    nodes = Nodes(vectors, PARAMS)
    while nodes.done < len(vectors):
        nodes.add(600)
    groups, spread = nodes.groups(), nodes.spread()
    assert groups is not None
    node_of = groups.group_of()
    leaders = nodes.leaders[node_of]
    own = [float(cosines(vectors[row : row + 1], vectors[leader][None, :])[0, 0]) for row, leader in enumerate(leaders)]
    assert min(own) >= 1 - 1e-3 - 2e-6
    assert (np.arccos(np.minimum(1.0, np.array(own))) <= spread[node_of] + 2e-3).all()
    assert (groups.first(np.arange(len(nodes.leaders))) == nodes.leaders).all()
    assert np.count_nonzero(spread) < 200


def test_two_hundred_thousand_copies_of_one_clip_are_one_node_of_one_segment() -> None:
    """They weigh as 25,000 vectors; the removal of one is the removal of one."""
    index = SegmentedIndex(4, SegmentParams())
    vector = random_vectors(1, seed=12, dimension=4)
    for start in range(0, 200_000, 8000):
        keys = [f"c{row:06}" for row in range(start, start + 8000)]
        index.insert(keys, np.repeat(vector, len(keys), axis=0))
    while index.maintain():
        pass
    assert (index.census().segments, index.census().raw) == (1, 0)
    assert index.census().nodes + index.census().delta <= 2
    assert keys_of(index.search(vector, k=3)[0]) == ["c000000", "c000001", "c000002"]
    assert index.remove(["c000000", "c000002"]) == 2
    assert keys_of(index.search(vector, k=3)[0]) == ["c000001", "c000003", "c000004"]
    assert len(index) == 199_998
