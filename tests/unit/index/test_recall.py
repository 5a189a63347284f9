"""Tests of the recall that is measured in use."""

import numpy as np
import pytest

from index import BadCount, BadParameter, HnswIndex, HnswParams, SegmentedIndex, SegmentParams, VectorIndex
from index.recall import RUNGS, RecallMeter
from tests.contracts.vector_index import random_vectors
from tests.support.held import Listed

COUNT, MANY = 2_000, 120
VECTORS = random_vectors(COUNT, seed=1)
KEYS = [f"v{row:04}" for row in range(COUNT)]
QUERIES = random_vectors(MANY, seed=2)
BAD = HnswParams(m=2, ef_construction=2, ef_search=1, scan_below=0)


def _filled(params: HnswParams) -> tuple[VectorIndex, Listed]:
    index = HnswIndex(16, params)
    index.insert(KEYS, VECTORS)
    return index, Listed(16, dict(zip(KEYS, VECTORS, strict=True)))


def _measured(meter: RecallMeter, index: VectorIndex, held: Listed, k: int = 10) -> RecallMeter:
    for query in QUERIES[:, None]:
        meter.searched(held, query, k, index.search(query, k))
        while meter.step():
            pass
    return meter


def test_an_exact_index_has_recall_one() -> None:
    """Judged whole, nothing can be missed; the interval says how little so few searches prove."""
    meter = _measured(RecallMeter(1.0, "s"), *_filled(HnswParams(scan_below=COUNT)))

    assert [(e.k, e.searches, e.value, e.high) for e in meter.estimates()] == [(1, MANY, 1, 1), (10, MANY, 1, 1)]
    assert all(0.96 < estimate.low < 0.98 for estimate in meter.estimates())


def test_a_bad_graph_is_seen_as_bad_as_it_is() -> None:
    """Two links a node: the measured recall is that of the obvious count, its interval around it."""
    index, held = _filled(BAD)
    meter = _measured(RecallMeter(1.0, "s"), index, held)
    exact, _ = _filled(HnswParams(scan_below=COUNT))
    found = [index.search(query, 10)[0] for query in QUERIES[:, None]]
    pairs = zip(found, exact.search(QUERIES, 10), strict=True)
    truth = float(np.mean([len({n.key for n in a} & {n.key for n in b}) / 10 for a, b in pairs]))

    estimate = meter.estimates()[-1]

    assert estimate.k == 10
    assert estimate.value == pytest.approx(truth)
    assert estimate.low < truth < estimate.high < 0.9


def test_a_share_is_drawn_the_same_way_every_time() -> None:
    """The draw depends on the seed and the number of the search, on nothing else."""
    held = Listed(16, {"a": VECTORS[0]})

    def drawn(seed: str) -> list[bool]:
        meter = RecallMeter(0.2, seed, waiting=1_000)
        return [meter.searched(held, QUERIES[:1], 1, [[]]) for _ in range(1_000)]

    assert drawn("shard 1") == drawn("shard 1") != drawn("shard 2")
    assert 150 < sum(drawn("shard 1")) < 250


def test_no_share_costs_nothing() -> None:
    """Switched off: no pass is begun."""
    held = Listed(16, {"a": VECTORS[0]})
    meter = RecallMeter(0.0, "s")

    assert not any(meter.searched(held, QUERIES[:1], 1, [[]]) for _ in range(100))
    assert (held.sweeps, meter.due, meter.step(), meter.estimates()) == (0, False, False, ())


def test_what_comes_and_goes_between_search_and_repeat_is_no_miss() -> None:
    """Copies of the searched vector come, half of the answer goes, the rest gets other vectors."""
    index, held = _filled(HnswParams(scan_below=COUNT))
    meter = RecallMeter(1.0, "s")
    answers = index.search(QUERIES[:1], 10)
    meter.searched(held, QUERIES[:1], 10, answers)
    held.vectors |= {f"new{row}": QUERIES[0] for row in range(50)}
    for neighbor in answers[0][:5]:
        del held.vectors[neighbor.key]
    held.vectors[answers[0][5].key] = -QUERIES[0]

    while meter.step():
        pass

    assert meter.estimates()[-1].k == 10
    assert [estimate.value for estimate in meter.estimates()] == [1.0] * len(meter.estimates())


def test_of_a_search_for_many_one_is_repeated() -> None:
    """Seeds of one trend are like each other: they are one draw."""
    index, held = _filled(HnswParams(scan_below=COUNT))
    meter = RecallMeter(1.0, "s")
    meter.searched(held, QUERIES[:7], 10, index.search(QUERIES[:7], 10))
    while meter.step():
        pass

    assert held.sweeps == 1
    assert {estimate.searches for estimate in meter.estimates()} == {1}


def test_who_comes_while_too_many_wait_is_passed_over() -> None:
    """Memory is bounded by what waits; that less was measured is not hidden."""
    held = Listed(16, {"a": VECTORS[0]})
    meter = RecallMeter(1.0, "s", waiting=2)

    assert [meter.searched(held, QUERIES[:1], 1, [[]]) for _ in range(5)] == [True, True, False, False, False]
    assert meter.passed_over == 3


def test_a_step_is_bounded_and_says_whether_more_is_due() -> None:
    """One key a block, two searches wait: no step judges more than it was told to."""
    held = Listed(16, dict(zip(KEYS[:10], VECTORS[:10], strict=True)), width=1)
    meter = RecallMeter(1.0, "s", waiting=2)
    for _ in range(2):
        meter.searched(held, QUERIES[:1], 1, [[]])

    steps = [meter.step(blocks=4) for _ in range(6)]

    assert steps == [True, True, True, True, True, False]
    assert [(estimate.k, estimate.searches) for estimate in meter.estimates()] == [(1, 2)]


def test_only_the_last_searches_count() -> None:
    """An index that was mended is not blamed for what it was."""
    index, held = _filled(BAD)
    meter = _measured(RecallMeter(1.0, "s", window=20), index, held)
    _measured(meter, _filled(HnswParams(scan_below=COUNT))[0], held)

    assert [(estimate.searches, estimate.value) for estimate in meter.estimates()] == [(20, 1.0)] * 2


def test_recall_is_told_for_few_k_whatever_is_asked_for() -> None:
    """A trend with three seeds asks for 333 each; nobody wants a series for that."""
    meter = _measured(RecallMeter(1.0, "s"), *_filled(HnswParams(scan_below=COUNT)), k=333)

    assert [estimate.k for estimate in meter.estimates()] == [k for k in RUNGS if k <= 333]


def test_parameters_out_of_range_are_refused() -> None:
    """A share is a share."""
    for share in (-0.1, 1.1, float("nan")):
        with pytest.raises(BadParameter):
            RecallMeter(share, "s")
    with pytest.raises(BadCount):
        RecallMeter(0.5, "s", window=0)
    with pytest.raises(BadCount):
        RecallMeter(0.5, "s", waiting=0)


def test_a_segmented_index_is_measured_while_it_changes() -> None:
    """Sealed and merged, edited and emptied between search and repeat; judged whole, it has recall one."""
    index = SegmentedIndex(16, SegmentParams(delta_limit=200, segment_limit=1_000))
    index.insert(KEYS[:1_500], VECTORS[:1_500])
    while index.maintain():
        pass
    meter = RecallMeter(1.0, "s", waiting=MANY)
    for row, query in enumerate(QUERIES[:, None]):
        answers = index.search(query, 10)
        meter.searched(index, query, 10, answers)
        index.insert([f"new{row}"], query)
        index.remove([answers[0][3].key])
        index.insert([answers[0][7].key], -query)
        index.maintain()
        if row % 3 == 0:
            meter.step(blocks=1)
    while meter.step():
        pass

    assert [(estimate.k, estimate.value) for estimate in meter.estimates()] == [(1, 1.0), (10, 1.0)]
