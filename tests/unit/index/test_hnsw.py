"""Tests of what `HnswIndex` promises beyond the contract."""

import numpy as np
import pytest

from index import BadParameter, ExactIndex, HnswIndex, HnswParams, VectorIndex
from index.block import VectorBlock
from tests.contracts.vector_index import keys_of, random_vectors

ASKED = HnswParams(scan_below=0)
VECTORS = random_vectors(3000, seed=1)
KEYS = [f"v{row:04}" for row in range(3000)]
QUERIES = random_vectors(50, seed=2)


def _filled(params: HnswParams = ASKED, count: int = 3000) -> HnswIndex:
    index = HnswIndex(16, params)
    for start in range(0, count, 64):
        end = min(start + 64, count)
        index.insert(KEYS[start:end], VECTORS[start:end])
    return index


def test_recall_at_ten_is_high_with_exact_scores() -> None:
    """The graph may miss a neighbor, it never invents a score."""
    index: VectorIndex = _filled()
    exact = ExactIndex(16)
    exact.insert(KEYS, VECTORS)
    found, expected = index.search(QUERIES, k=10), exact.search(QUERIES, k=10)
    shared = [len(set(left) & set(right)) for left, right in zip(found, expected, strict=True)]
    assert sum(shared) >= 0.99 * 500


def test_the_same_inserts_make_the_same_graph() -> None:
    """A replay proposes what was proposed before."""
    poor = HnswParams(m=2, ef_construction=2, ef_search=1, scan_below=0)
    assert _filled(poor, 500).search(QUERIES, k=5) == _filled(poor, 500).search(QUERIES, k=5)


def test_few_vectors_are_judged_whole() -> None:
    """Up to `scan_below` vectors the answer is complete."""
    few = _filled(HnswParams(scan_below=100), 100).search_above(QUERIES, score=0.5, limit=100)
    assert all(answer.complete and not answer.cut for answer in few)


def test_an_answer_of_the_graph_is_not_called_complete() -> None:
    """Nothing below the score was reached, but the graph proves nothing."""
    for answer in _filled().search_above(QUERIES, score=0.85, limit=1000):
        assert not answer.cut
        assert not answer.complete
        assert len(answer.neighbors) < 128


def test_a_search_above_grows_until_it_passes_the_score() -> None:
    """More than the first candidates lie above; all are found, as the oracle counts them."""
    index = _filled(HnswParams(ef_search=20, scan_below=0))
    exact = ExactIndex(16)
    exact.insert(KEYS, VECTORS)
    narrow = index.search_above(QUERIES, score=0.5, limit=3000)
    expected = exact.search_above(QUERIES, score=0.5, limit=3000)
    found = sum(len(answer.neighbors) for answer in narrow)
    assert max(len(answer.neighbors) for answer in expected) > 20
    assert found >= 0.99 * sum(len(answer.neighbors) for answer in expected)


def test_a_search_above_that_most_of_the_index_reaches_is_complete() -> None:
    """Then all are judged."""
    answer = _filled().search_above(QUERIES[:1], score=-1.0, limit=3000)[0]
    assert (len(answer.neighbors), answer.cut, answer.complete) == (3000, False, True)


def test_what_the_graph_cannot_reach_is_found_by_a_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the graph meets too few nodes, everything is judged."""

    class Lost:
        """A graph that reaches nothing."""

        def knn_query(self, *_: object, **__: object) -> None:
            raise RuntimeError("fewer than k nodes were reached")

    index = _filled()
    expected = index.search(VECTORS[:5], k=1)
    monkeypatch.setattr(index._graph, "_raw", Lost())
    assert index.search(VECTORS[:5], k=1) == expected
    assert index.search_above(VECTORS[:1], score=0.9, limit=9)[0].complete


def test_a_graph_of_mostly_removed_nodes_is_built_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half removed is kept, one more rebuilds: nodes that are gone cost nothing for ever."""
    index = _filled(count=400)
    index.remove(KEYS[:200])
    assert len(index._graph) == 400
    index.remove(KEYS[200:201])
    assert len(index._graph) == 199
    found = index.search(VECTORS[201:400], k=1)
    assert [neighbors[0].key for neighbors in found] == KEYS[201:400]
    index.insert(KEYS[:10], VECTORS[:10])
    assert keys_of(index.search(VECTORS[5:6], k=1)[0]) == [KEYS[5]]


def test_a_vector_that_comes_and_goes_stays_one_node() -> None:
    """Label reuse: 500 removals of one vector leave one node, and the right one is shown."""
    index = _filled(count=100)
    for turn in range(500):
        index.insert([f"turn{turn}"], VECTORS[200:201])
        index.remove([f"turn{turn}"])
    index.insert(["last"], VECTORS[200:201])
    assert len(index._graph) == 101
    assert keys_of(index.search(VECTORS[200:201], k=1)[0]) == ["last"]


def test_edited_keys_leave_no_old_vector_behind() -> None:
    """Every key is replaced several times, with rebuilds between."""
    index = HnswIndex(16, ASKED)
    for turn in range(6):
        index.insert(KEYS[:300], VECTORS[turn * 300 : turn * 300 + 300])
    assert len(index) == 300
    found = index.search(VECTORS[1500:1800], k=1)
    assert [neighbors[0].key for neighbors in found] == KEYS[:300]
    assert all(neighbors[0].score == 1.0 for neighbors in found)
    stale = index.search(VECTORS[:300], k=1)
    assert all(neighbors[0].score < 1.0 for neighbors in stale)


def test_room_that_cannot_be_made_leaves_the_index_unchanged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Memory that runs out refuses the insert whole."""
    index = _filled(HnswParams(initial_capacity=100, scan_below=0), 100)

    def full(dimension: int, more: int) -> None:
        raise MemoryError

    before = index.search(QUERIES, k=5)
    monkeypatch.setattr(VectorBlock, "reserve", full)
    with pytest.raises(MemoryError):
        index.insert(["new"], VECTORS[500:501])
    assert (len(index), "new" in index) == (100, False)
    assert index.search(QUERIES, k=5) == before


def test_the_dimension_is_checked_and_the_parameters_are_kept() -> None:
    """An index says how it was made."""
    assert HnswIndex(4, ASKED).params is ASKED
    assert HnswIndex(4).params == HnswParams()
    with pytest.raises(BadParameter):
        HnswIndex(0)


def test_a_graph_of_one_dimension_works() -> None:
    """There are only two directions on a line."""
    index = HnswIndex(1, ASKED)
    index.insert(["plus", "also plus", "minus"], np.array([[1.0], [1.0], [-0.5]]))
    assert [(n.key, n.score) for n in index.search(np.array([[2.0]]), k=3)[0]] == [
        ("also plus", 1.0),
        ("plus", 1.0),
        ("minus", -1.0),
    ]
