"""Tests of what `SegmentedIndex` promises beyond the contract."""

import math
from dataclasses import replace

import numpy as np
import pytest

from index import (
    BadCount,
    BadParameter,
    BadTime,
    Census,
    ExactIndex,
    HnswParams,
    SegmentedIndex,
    SegmentParams,
    UnknownKey,
    VectorIndex,
)
from index.sealed import Sealed
from tests.contracts.vector_index import keys_of, random_vectors

GRAPH = HnswParams(ef_search=64, scan_below=0)
SMALL = SegmentParams(delta_limit=50, segment_limit=400, merge_width=3, graph=GRAPH)
VECTORS = random_vectors(3000, seed=1)
KEYS = [f"v{row:04}" for row in range(3000)]
QUERIES = random_vectors(50, seed=2)


def _filled(count: int, params: SegmentParams = SMALL) -> SegmentedIndex:
    index = SegmentedIndex(16, params)
    for row in range(0, count, 10):
        index.insert(KEYS[row : row + 10], VECTORS[row : row + 10], [float(time) for time in range(row, row + 10)])
    return index


def _maintain(index: SegmentedIndex) -> None:
    while index.maintain(nodes=100):
        pass


def _finds_exactly(index: SegmentedIndex, rows: range) -> bool:
    """Whether each of these rows finds its own key first."""
    found = index.search(VECTORS[rows.start : rows.stop], k=1)
    return [neighbors[0].key for neighbors in found] == KEYS[rows.start : rows.stop]


def test_it_is_a_vector_index_with_defaults() -> None:
    """Fit for whoever asks for the protocol."""
    index: VectorIndex = SegmentedIndex(16)
    assert SegmentedIndex(16).params == SegmentParams()
    assert index.dimension == 16
    with pytest.raises(BadParameter):
        SegmentedIndex(0)


@pytest.mark.parametrize(
    "wrong",
    [("delta_limit", 0), ("segment_limit", 7_999), ("merge_width", 1), ("lost_percent", 100), ("delta_limit", True)],
)
def test_parameters_out_of_range_are_refused(wrong: tuple[str, int]) -> None:
    """A segment holds at least a delta."""
    with pytest.raises(BadParameter):
        replace(SegmentParams(), **dict([wrong]))  # type: ignore[arg-type]  # the wrong value is the point


def test_a_full_delta_is_frozen_and_stays_searchable() -> None:
    """Nothing but inserts: 50 a frozen delta, 20 left; all is found by a scan, and called complete."""
    index = _filled(170)
    assert (index.census().raw, index.census().segments, index.census().delta) == (3, 0, 20)
    assert _finds_exactly(index, range(170))
    assert all(answer.complete for answer in index.search_above(QUERIES, score=0.3, limit=1000))


def test_an_insert_larger_than_a_delta_is_parted() -> None:
    """A restore inserts by the thousand."""
    index = SegmentedIndex(16, SMALL)
    index.insert(KEYS[:170], VECTORS[:170])
    assert (index.census().raw, index.census().delta) == (3, 20)
    assert _finds_exactly(index, range(170))


def test_small_neighbours_are_merged_until_they_are_large() -> None:
    """One delta a step of sealing, three to a merge: few segments are left, in the order of time."""
    index = SegmentedIndex(16, SMALL)
    for row in range(1000):
        index.insert(KEYS[row : row + 1], VECTORS[row : row + 1], [float(row)])
        _maintain(index)
    assert not index.maintenance_due
    assert index.census().raw == 0
    assert index.census().segments <= 6
    assert index.census().nodes == 1000
    starts = [part.segment.columns.times[0] for part in index._parts.sealed]
    assert starts == sorted(starts)
    assert all(len(part) <= 400 for part in index._parts.sealed)
    assert _finds_exactly(index, range(1000))


def test_searches_are_right_at_every_step_of_the_work() -> None:
    """While a graph grows, what it is made of is searched; what is removed meanwhile stays removed."""
    index = _filled(200)
    removed = 0
    while index.maintain(nodes=20):
        assert index.remove(KEYS[removed : removed + 1]) == 1
        removed += 1
        assert _finds_exactly(index, range(removed, 200))
    assert removed > 5
    assert len(index) == 200 - removed
    assert not set(KEYS[:removed]) & set(keys_of(index.search(VECTORS[:1], k=200)[0]))


@pytest.mark.parametrize("above", [False, True])
def test_a_delta_that_is_frozen_during_a_search_is_not_missed(monkeypatch: pytest.MonkeyPatch, above: bool) -> None:
    """The search had passed the place where it went: it begins again."""
    index = _filled(170)
    insert = iter([lambda: index.insert(KEYS[170:240], VECTORS[170:240])])
    name = "above" if above else "nearest"
    plain = getattr(Sealed, name)

    def interrupted(part: Sealed, *query: object) -> object:
        next(insert, lambda: None)()
        return plain(part, *query)

    monkeypatch.setattr(Sealed, name, interrupted)
    searched = VECTORS[165:166]  # it lies in the delta, at first
    found = index.search_above(searched, 1.0, limit=1)[0].neighbors if above else index.search(searched, k=1)[0]
    assert index.census().raw == 4
    assert keys_of(found) == [KEYS[165]]


def test_an_edit_during_the_work_leaves_the_new_vector() -> None:
    """The key moves to the delta; the segment that is finished later does not bring the old one back."""
    index = _filled(100)
    assert index.maintain(nodes=10)
    index.insert(KEYS[:1], VECTORS[500:501])
    _maintain(index)
    assert len(index) == 100
    assert index.search(VECTORS[500:501], k=1)[0][0].score == 1.0
    assert KEYS[0] not in [found.key for found in index.search(VECTORS[:1], k=1)[0]]
    assert np.array_equal(index.vectors(KEYS[:1]), VECTORS[500:501])


def test_work_whose_inputs_are_gone_is_thrown_away() -> None:
    """All of it expired while its graph was built."""
    index = _filled(100)
    assert index.maintain(nodes=10)
    assert index.expire(before=100.0) == 100
    _maintain(index)
    assert index.census() == Census(keys=0, delta=0, raw=0, segments=0, nodes=0, tombstones=0)


def test_a_segment_that_lost_a_third_is_built_anew() -> None:
    """Up to a third, tombstones lie beside it."""
    index = _filled(400)
    _maintain(index)
    assert (index.census().segments, index.census().tombstones) == (1, 0)
    index.remove(KEYS[1:397:3])
    assert index.maintain() is False
    assert (index.census().tombstones, index.census().nodes) == (132, 268)
    index.remove(KEYS[397:399])
    assert index.maintenance_due
    _maintain(index)
    assert (index.census().nodes, index.census().tombstones) == (266, 0)
    kept = [row for row in range(397) if row % 3 != 1]
    assert [found[0].key for found in index.search(VECTORS[kept], k=1)] == [KEYS[row] for row in kept]


def test_a_segment_that_shrinks_by_age_is_not_built_anew() -> None:
    """It soon goes as a whole; what is left of it is found until then."""
    index = _filled(400)
    _maintain(index)
    for row in range(390):
        index.remove(KEYS[row : row + 1])
        assert not index.maintenance_due
    assert (index.census().tombstones, index.census().nodes) == (390, 10)
    assert _finds_exactly(index, range(390, 400))
    index.remove(KEYS[394:398])
    assert index.maintenance_due


def test_an_emptied_segment_is_dropped() -> None:
    """Nothing is left to search, at once."""
    index = _filled(400)
    _maintain(index)
    assert index.remove(KEYS[:400]) == 400
    assert (index.census().segments, index.census().nodes) == (0, 0)


def test_expiry_drops_whole_segments_and_parts_of_others() -> None:
    """By the times of the keys; twice is once; the delta too."""
    index = SegmentedIndex(16, SegmentParams(delta_limit=50, segment_limit=50, graph=GRAPH))
    for row in range(220):
        index.insert(KEYS[row : row + 1], VECTORS[row : row + 1], [float(row)])
        _maintain(index)
    assert index.census().segments == 4
    assert index.expire(before=110.0) == 110
    assert index.expire(before=110.0) == 0
    assert (index.census().segments, index.census().tombstones) == (2, 10)
    assert index.expire(before=210.0) == 100
    assert _finds_exactly(index, range(210, 220))
    assert index.expire(before=math.inf) == 10
    assert len(index) == 0


def test_a_late_arrival_expires_by_its_own_time() -> None:
    """A time older than all others, in a segment of young ones."""
    index = _filled(90)
    index.insert(["late"], VECTORS[200:201], [-5.0])
    index.insert(KEYS[91:101], VECTORS[91:101])  # as new as the newest
    _maintain(index)
    assert index.expire(before=0.0) == 1
    assert "late" not in index
    assert index.expire(before=89.0) == 89
    assert len(index) == 11


@pytest.mark.parametrize("times", [[1.0], [1.0, 2.0, 3.0], [1.0, math.nan], [math.inf, 1.0]])
def test_bad_times_are_refused_whole(times: list[float]) -> None:
    """Not one finite time a key: nothing is stored."""
    index = SegmentedIndex(16)
    with pytest.raises(BadTime):
        index.insert(KEYS[:2], VECTORS[:2], times)
    assert len(index) == 0


def test_what_is_no_time_expires_nothing() -> None:
    """It is neither before nor after any time; sorted ones would all seem to be before it."""
    index = _filled(90)
    _maintain(index)
    with pytest.raises(BadTime):
        index.expire(math.nan)
    assert (len(index), index.expire(before=1.0)) == (90, 1)


def test_maintenance_of_no_nodes_is_refused() -> None:
    """It would never end."""
    with pytest.raises(BadCount):
        SegmentedIndex(16).maintain(nodes=0)


def test_work_that_failed_is_begun_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory that runs out leaves the index as it was."""
    index = _filled(100)

    def full(*_: object) -> None:
        raise MemoryError

    assert index.maintain()
    with monkeypatch.context() as patched:
        patched.setattr("index.hnsw.Graph.add", full)
        with pytest.raises(MemoryError):
            index.maintain()
    assert _finds_exactly(index, range(100))
    _maintain(index)
    assert index.census().segments == 1
    assert _finds_exactly(index, range(100))


def test_the_stored_vectors_are_returned_from_every_part() -> None:
    """Segment, frozen delta, delta; an unknown key is told."""
    index = _filled(100)
    _maintain(index)
    index.insert(KEYS[100:170], VECTORS[100:170])
    assert (index.census().segments, index.census().raw, index.census().delta) == (1, 1, 20)
    assert np.array_equal(index.vectors(KEYS[:170]), VECTORS[:170])
    with pytest.raises(UnknownKey, match="nobody"):
        index.vectors(["v0001", "nobody"])


def test_thousands_of_copies_of_one_clip_cost_one_node_a_part() -> None:
    """20,000 keys weigh as 2,500 vectors, in one node of each part, of which one keeps three keys visible."""
    index = SegmentedIndex(16, SegmentParams(delta_limit=500, segment_limit=4000, graph=GRAPH))
    copies = np.repeat(VECTORS[:1], 1000, axis=0)
    for start in range(0, 20_000, 1000):
        index.insert([f"c{row:05}" for row in range(start, start + 1000)], copies)
    assert (index.census().raw, index.census().nodes, index.census().delta) == (5, 5, 0)
    _maintain(index)
    assert (index.census().segments, index.census().nodes, index.census().keys) == (1, 1, 20_000)
    assert keys_of(index.search(VECTORS[:1], k=3)[0]) == ["c00000", "c00001", "c00002"]
    index.remove(["c00000", "c00002"])
    assert keys_of(index.search(VECTORS[:1], k=3)[0]) == ["c00001", "c00003", "c00004"]


def test_recall_is_high_with_exact_scores_and_nothing_is_called_complete() -> None:
    """Several segments, each asked through its graph; a third of what they hold was removed."""
    index = SegmentedIndex(16, SegmentParams(delta_limit=500, segment_limit=1000, graph=GRAPH))
    exact = ExactIndex(16)
    index.insert(KEYS, VECTORS)
    _maintain(index)
    index.remove(KEYS[::4])
    assert not index.maintenance_due
    kept = [row for row in range(3000) if row % 4]
    exact.insert([KEYS[row] for row in kept], VECTORS[kept])
    pairs = list(zip(index.search(QUERIES, k=10), exact.search(QUERIES, k=10), strict=True))
    assert sum(len(set(ours) & set(expected)) for ours, expected in pairs) >= 0.99 * 500
    ours, expected = (one.search_above(QUERIES, score=0.75, limit=1000) for one in (index, exact))
    assert sum(len(a.neighbors) for a in ours) >= 0.99 * sum(len(a.neighbors) for a in expected)
    assert not any(answer.complete or answer.cut for answer in ours)
