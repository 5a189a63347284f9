"""Tests of the estimate of what a range search misses."""

import numpy as np
import pytest

from index import ExactIndex, HnswIndex, HnswParams, SegmentedIndex, SegmentParams, VectorIndex
from index.coverage import Coverage
from index.hnsw import Graph
from tests.contracts.vector_index import random_vectors

DIMENSION = 32
POOR = HnswParams(m=2, ef_construction=4, ef_search=4, scan_below=0)
FINE = HnswParams(m=16, ef_construction=100, ef_search=128, scan_below=0)
VECTORS = random_vectors(3000, seed=1, dimension=DIMENSION)
QUERIES = random_vectors(60, seed=2, dimension=DIMENSION)
KEYS = [f"v{row:04}" for row in range(3000)]


def _filled(graph: HnswParams, segmented: bool) -> VectorIndex:
    if not segmented:
        index = HnswIndex(DIMENSION, graph)
        index.insert(KEYS, VECTORS)
        return index
    parts = SegmentedIndex(DIMENSION, SegmentParams(delta_limit=1500, segment_limit=3000, graph=graph))
    parts.insert(KEYS, VECTORS)
    while parts.maintain():
        pass
    return parts


def _missed(index: VectorIndex) -> tuple[float, int]:
    """Return how many neighbors are missed, as estimated, as counted."""
    exact = ExactIndex(DIMENSION)
    exact.insert(KEYS, VECTORS)
    found, expected = (one.search_above(QUERIES, 0.5, limit=3000) for one in (index, exact))
    assert not any(answer.complete for answer in found)
    missed = sum(len(answer.neighbors) for answer in expected) - sum(len(answer.neighbors) for answer in found)
    return sum(answer.missing for answer in found), missed


@pytest.fixture
def no_hubs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave to a poor graph what it would otherwise be spared."""
    monkeypatch.setattr(
        Graph, "found_instead", lambda _, vectors, first: np.full(len(vectors) + 0 * first, -1, dtype=np.int32)
    )


@pytest.mark.usefixtures("no_hubs")
@pytest.mark.parametrize("segmented", [False, True])
def test_the_estimate_of_a_bad_graph_is_of_the_order_of_what_it_misses(segmented: bool) -> None:
    """Two links a node, four candidates: a good part is missed, and it is said about how much."""
    estimated, missed = _missed(_filled(POOR, segmented))
    assert missed > 50
    assert missed / 3 < estimated < missed * 3


@pytest.mark.parametrize("segmented", [False, True])
def test_the_estimate_of_a_good_graph_is_small(segmented: bool) -> None:
    """Yet not none: a sample proves nothing."""
    estimated, missed = _missed(_filled(FINE, segmented))
    assert missed < 10
    assert 0.0 < estimated < 10


def test_a_complete_answer_misses_nothing() -> None:
    """All were judged: by a scan, or because the score lets most of them through."""
    index = _filled(FINE, segmented=True)
    assert index.search_above(QUERIES[:1], -1.0, limit=3000)[0].missing == 0.0
    few = ExactIndex(DIMENSION)
    few.insert(KEYS[:10], VECTORS[:10])
    assert few.search_above(QUERIES[:1], 0.0, limit=10)[0].missing == 0.0


def test_what_the_limit_cuts_off_is_missing() -> None:
    """As it was counted."""
    exact = ExactIndex(DIMENSION)
    exact.insert(KEYS, VECTORS)
    answer = exact.search_above(QUERIES[:1], -1.0, limit=1000)[0]
    assert (answer.cut, answer.missing) == (True, 2000.0)


def test_the_formula_by_hand() -> None:
    """Half of 98 found: as many again are missing; nothing found says nothing of the rest."""
    assert Coverage(98, 49).missing(10) == 10.0
    assert Coverage(100, 100).missing(101) == 1.0
    assert Coverage(100, 50).missing(0) == 0.0
