"""Each test shows first what hnswlib 0.8.0 does to the careless, then that ours does not."""

from collections.abc import Callable
from pathlib import Path

import hnswlib
import numpy as np
import pytest
from numpy.typing import NDArray

from index import HnswIndex, HnswParams, SegmentedIndex, SegmentParams, VectorIndex
from index.hnsw import Graph
from index.vectors import unit
from tests.contracts.vector_index import keys_of, random_vectors

DIMENSION = 32
GRAPH = HnswParams(scan_below=0)
SEGMENTS = SegmentParams(delta_limit=2000, segment_limit=4000, graph=GRAPH)
OURS = (lambda: HnswIndex(DIMENSION, GRAPH), lambda: SegmentedIndex(DIMENSION, SEGMENTS))

VECTORS = random_vectors(1000, seed=1, dimension=DIMENSION)


@pytest.fixture(params=OURS, ids=["hnsw", "segmented"])
def ours(request: pytest.FixtureRequest) -> VectorIndex:
    """An empty index of ours that judges nothing without asking its graph."""
    make: Callable[[], VectorIndex] = request.param
    return make()


def _raw(vectors: NDArray[np.float16]) -> hnswlib.Index:
    """Return a graph of hnswlib over vectors, searched with the width of ours."""
    graph = hnswlib.Index(space="ip", dim=DIMENSION)
    graph.init_index(max_elements=len(vectors), M=GRAPH.m, ef_construction=GRAPH.ef_construction, random_seed=100)
    graph.add_items(unit(vectors), num_threads=1)
    graph.set_ef(GRAPH.ef_search)
    return graph


def _fill(index: VectorIndex, vectors: NDArray[np.float16]) -> list[str]:
    """Insert vectors, seal what can be sealed; return the keys."""
    keys = [f"v{row:04}" for row in range(len(vectors))]
    index.insert(keys, vectors)
    if isinstance(index, SegmentedIndex):
        # As many again of others fill the delta, so that all that is searched for lies in a graph.
        more = random_vectors(SEGMENTS.delta_limit, seed=9, dimension=DIMENSION)
        index.insert([f"w{row}" for row in range(len(more))], more)
        while index.maintain():
            pass
        assert index.census().segments == 1
    return keys


def test_identical_copies_make_later_variants_unreachable(ours: VectorIndex) -> None:
    """500 copies of one clip among 1,000: raw, not one of its later edits finds itself."""
    noise = random_vectors(50, seed=2, dimension=DIMENSION).astype(np.float32)
    edits = (VECTORS[:1].astype(np.float32) + 0.3 * noise).astype(np.float16)
    vectors = np.concatenate([VECTORS, np.repeat(VECTORS[:1], 500, axis=0), edits])

    found = _raw(vectors).knn_query(unit(edits), k=1, num_threads=1)[0][:, 0]
    assert np.mean(found == np.arange(1500, 1550)) < 0.1

    keys = _fill(ours, vectors)
    assert [neighbors[0].key for neighbors in ours.search(edits, k=1)] == keys[1500:]
    rest = ours.search(VECTORS[1:], k=1)
    assert [neighbors[0].key for neighbors in rest] == keys[1:1000]


def test_ef_is_not_saved(tmp_path: Path) -> None:
    """A raw graph that was loaded is searched with a width of 10; ours is born with its width, and keeps it."""
    raw = _raw(VECTORS)
    raw.save_index(str(tmp_path / "graph"))
    loaded = hnswlib.Index(space="ip", dim=DIMENSION)
    loaded.load_index(str(tmp_path / "graph"))
    assert (raw.ef, loaded.ef) == (GRAPH.ef_search, 10)

    graph = Graph(DIMENSION, GRAPH, capacity=10)
    graph.add(VECTORS)
    graph.found_instead(VECTORS, 0)
    assert graph._raw.ef == GRAPH.ef_search


def test_k_above_the_live_count_raises(ours: VectorIndex) -> None:
    """Raw, nobody gets the ten that are left by asking for twenty."""
    raw = _raw(VECTORS)
    for label in range(990):
        raw.mark_deleted(label)
    with pytest.raises(RuntimeError):
        raw.knn_query(unit(VECTORS[:1]), k=20, num_threads=1)

    keys = _fill(ours, VECTORS)
    ours.remove(keys[:990])
    others = len(ours) - 10
    found = keys_of(ours.search(VECTORS[:1], k=len(ours) + 20)[0])
    assert len(found) == others + 10
    assert set(keys[990:]) <= set(found)


def test_there_is_no_range_search(ours: VectorIndex) -> None:
    """Raw, a k that was guessed cuts silently; ours goes on until it is below, says what was cut or may be missing."""
    noise = random_vectors(80, seed=3, dimension=DIMENSION).astype(np.float32)
    edits = (VECTORS[:1].astype(np.float32) + 0.3 * noise).astype(np.float16)
    vectors = np.concatenate([VECTORS, edits])
    _, distances = _raw(vectors).knn_query(unit(VECTORS[:1]), k=10, num_threads=1)
    assert not [name for name in dir(hnswlib.Index) if "range" in name or "radius" in name]
    assert (1 - distances >= 0.9).all()  # more may follow: nothing tells

    keys = _fill(ours, vectors)
    whole, cut = (ours.search_above(VECTORS[:1], 0.9, limit)[0] for limit in (1000, 10))
    assert set(keys_of(whole.neighbors)) <= {keys[0], *keys[1000:]}
    assert len(whole.neighbors) >= 79  # of 81: a graph may miss some, so it does not call itself complete
    assert (whole.cut, whole.complete) == (False, False)
    assert cut.neighbors == whole.neighbors[:10]
    assert cut.cut
