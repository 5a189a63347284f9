"""Tests of the nodes that a graph does not find."""

import numpy as np
import pytest

from index import HnswParams, SegmentedIndex, SegmentParams
from index.hnsw import Graph
from index.hubs import Hubs, with_doubted
from tests.contracts.vector_index import oracle, random_vectors
from tests.unit.index.test_near_copies import DIMENSION, OTHERS, crowd

PARAMS = SegmentParams(delta_limit=2200, segment_limit=4000, graph=HnswParams(ef_search=64, scan_below=0))


def test_orphans_are_grouped_by_what_was_found_instead() -> None:
    """A hub reaches as far as its farthest orphan with all that the orphan stands for."""
    vectors = np.array([[1, 0], [1, 0.1], [0, 1], [1, 0.5]], dtype=np.float16)
    hub_of = np.array([-1, 0, -1, 0], dtype=np.int32)
    hubs = Hubs.of(hub_of, vectors, np.array([0, 0, 0, 0.25], dtype=np.float32))
    assert hubs is not None
    assert (hubs.nodes.tolist(), hubs.orphans.one(0).tolist()) == ([0], [1, 3])
    assert np.arctan(0.5) + 0.25 < hubs.spread[0] < np.arctan(0.5) + 0.251
    assert hubs.hub_of(4).tolist() == hub_of.tolist()
    assert Hubs.of(np.full(4, -1, dtype=np.int32), vectors, np.zeros(4, dtype=np.float32)) is None


def test_no_edit_in_a_star_around_its_clip_is_missed() -> None:
    """Of 700 edits a graph finds few; each is found by its own vector, and in the order of the oracle."""
    vectors = np.concatenate([OTHERS, crowd(700, apart=0.2, seed=1)])
    index = SegmentedIndex(DIMENSION, PARAMS)
    keys = [f"v{row:04}" for row in range(2200)]
    index.insert(keys, vectors)
    while index.maintain():
        pass
    segment = index.cut().parts[0].segment
    assert segment.hubs is not None
    assert len(segment.hubs.orphans.members) > 600
    assert len(segment.hubs.nodes) < 200
    found = index.search(vectors, k=1)
    assert [neighbors[0].key for neighbors in found] == keys
    crowded = dict(zip(keys[-700:], vectors[-700:], strict=True)) | {keys[0]: vectors[0]}
    for query in crowd(5, apart=0.1, seed=2):
        assert index.search(query[None, :], k=20)[0] == oracle(crowded, query)[:20]


def test_what_is_found_by_chance_shares_the_hub() -> None:
    """Of nine around a star eight are orphans; far from it, or where most are found, others are left alone."""
    star, lone = OTHERS[:1], OTHERS[1:2]
    orphans, found = crowd(8, apart=0.2, seed=3), crowd(1, apart=0.1, seed=4)
    vectors = np.concatenate([star, orphans, found, lone])
    hub_of = np.array([-1] + [0] * 8 + [-1, -1], dtype=np.int32)
    assert with_doubted(hub_of, vectors).tolist() == [0] + [0] * 8 + [0, -1]
    more = np.concatenate([vectors, crowd(40, apart=0.05, seed=5)])
    hub_of = np.concatenate([hub_of, np.full(40, -1, dtype=np.int32)])
    assert with_doubted(hub_of, more).tolist() == hub_of.tolist()
    few = np.where(np.arange(51) < 3, hub_of, -1).astype(np.int32)
    assert with_doubted(few, more).tolist() == few.tolist()


@pytest.mark.parametrize("removed", [0, 150])
def test_whatever_its_graph_does_not_find_is_judged(monkeypatch: pytest.MonkeyPatch, removed: int) -> None:
    """Even if the graph finds nothing but one node, whether that has a key or not."""
    everything = np.zeros
    monkeypatch.setattr(Graph, "found_instead", lambda _, vectors, first: everything(len(vectors), dtype=np.int32))
    index = SegmentedIndex(16, SegmentParams(delta_limit=400, graph=HnswParams(scan_below=0)))
    vectors = random_vectors(400, seed=3)
    keys = [f"v{row:03}" for row in range(400)]
    index.insert(keys, vectors)
    while index.maintain():
        pass
    index.remove(keys[:removed])
    monkeypatch.setattr(Graph, "propose", lambda _, queries, want: np.zeros((len(queries), 1), dtype=np.int64))
    found = index.search(vectors[removed:], k=1)
    assert [neighbors[0].key for neighbors in found] == keys[removed:]
    stored = dict(zip(keys[removed:], vectors[removed:], strict=True))
    assert index.search(vectors[:1], k=7)[0] == oracle(stored, vectors[0])[:7]
