"""Any history of a `SegmentedIndex`, maintained in small steps at any moment, told to a dictionary too."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from numpy.typing import NDArray

from index import HnswParams, SegmentedIndex, SegmentParams
from tests.contracts.vector_index import oracle, random_vectors

DIMENSION = 6
POOL = random_vectors(120, seed=7, dimension=DIMENSION)
POOL[100:110] = POOL[:1] + np.float16(0.01) * random_vectors(10, seed=8, dimension=DIMENSION)  # a crowd of near copies
KEYS = [f"k{number:02}" for number in range(90)]
ROWS = st.integers(0, len(POOL) - 1)
ENTRIES = st.lists(st.tuples(st.sampled_from(KEYS), ROWS, st.integers(-2, 6)), max_size=14)
PARAMS = SegmentParams(
    delta_limit=8, segment_limit=100, merge_width=2, graph=HnswParams(ef_search=256, initial_capacity=1, scan_below=0)
)


class Histories(RuleBasedStateMachine):
    """The oracle is a dictionary searched by a loop; time goes on with each insert."""

    def __init__(self) -> None:
        super().__init__()
        self.index = SegmentedIndex(DIMENSION, PARAMS)
        self.stored: dict[str, NDArray[np.float16]] = {}
        self.times: dict[str, float] = {}
        self.clock = 0.0

    @rule(entries=ENTRIES)
    def insert(self, entries: list[tuple[str, int, int]]) -> None:
        """Insert or edit; keys may repeat within the call, times may be late."""
        self.clock += 1
        times = [self.clock + shift for _, _, shift in entries]
        vectors = POOL[[row for _, row, _ in entries]].reshape(-1, DIMENSION)
        self.index.insert([key for key, _, _ in entries], vectors, times)
        for (key, row, _), time in zip(entries, times, strict=True):
            self.stored[key], self.times[key] = POOL[row], time

    @rule(first=st.integers(0, 40), row=st.integers(0, 70))
    def insert_many(self, first: int, row: int) -> None:
        """So many at once that some delta is frozen, so that graphs have something to leave out."""
        self.insert([(KEYS[first + step], row + step, step % 4) for step in range(50)])

    @rule(keys=st.lists(st.sampled_from([*KEYS, "unknown"]), max_size=12))
    def remove(self, keys: list[str]) -> None:
        """Remove; some keys are unknown or repeated."""
        known = set(keys) & self.stored.keys()
        assert self.index.remove(keys) == len(known)
        self._forget(known)

    @rule(age=st.integers(2, 12))
    def expire(self, age: int) -> None:
        """Let go of what is older than an age."""
        before = self.clock - age
        gone = {key for key, time in self.times.items() if time < before}
        assert self.index.expire(before) == len(gone)
        self._forget(gone)

    @rule(nodes=st.integers(1, 20))
    def maintain(self, nodes: int) -> None:
        """One step: part of a seal, a merge, or a rebuild; later steps meet what changed meanwhile."""
        assert self.index.maintain(nodes) == self.index.maintenance_due

    @rule()
    def maintain_all(self) -> None:
        """All that is due; then nothing is left raw, graphs are asked."""
        while self.index.maintain():
            pass
        assert self.index.census().raw == 0
        for row in (0, 40, 80, 105):
            self.search(row, k=3)

    @rule(row=ROWS, k=st.integers(1, 20) | st.just(100))
    def search(self, row: int, k: int) -> None:
        """The k nearest are the oracle's."""
        assert self.index.search(POOL[row : row + 1], k) == [oracle(self.stored, POOL[row])[:k]]

    @rule(row=ROWS, score=st.sampled_from([-1.0, 0.0, 0.5, 0.99, 1.0]), limit=st.integers(1, 60))
    def search_above(self, row: int, score: float, limit: int) -> None:
        """What lies above a score is the oracle's, and a cut is told."""
        expected = [found for found in oracle(self.stored, POOL[row]) if found.score >= score]
        above = self.index.search_above(POOL[row : row + 1], score, limit)[0]
        assert above.neighbors == expected[:limit]
        assert above.cut == (len(expected) > limit)
        assert above.complete == (not above.cut)

    @invariant()
    def holds_the_same_keys(self) -> None:
        """Size, membership, vectors are the dictionary's; the delta never exceeds its limit."""
        assert len(self.index) == len(self.stored)
        assert all((key in self.index) == (key in self.stored) for key in KEYS)
        kept = self.index.vectors(list(self.stored))
        assert all(np.array_equal(vector, self.stored[key]) for key, vector in zip(self.stored, kept, strict=True))
        assert self.index.census().delta < PARAMS.delta_limit

    def _forget(self, keys: set[str]) -> None:
        for key in keys:
            del self.stored[key], self.times[key]


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=80, stateful_step_count=40, deadline=None, derandomize=True)
