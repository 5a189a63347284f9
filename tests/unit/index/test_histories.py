"""Any history of inserts with removals, told to each index and to a dictionary."""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from numpy.typing import NDArray

from index import ExactIndex, HnswIndex, HnswParams, VectorIndex
from tests.contracts.vector_index import oracle, random_vectors

# Few keys over few vectors: histories soon replace, collide, empty nodes, and bring them back.
POOL = random_vectors(24, seed=7, dimension=6)
KEYS = [f"k{number}" for number in range(16)]
PAIRS = st.lists(st.tuples(st.sampled_from(KEYS), st.integers(0, len(POOL) - 1)), max_size=8)


class Histories(RuleBasedStateMachine):
    """The oracle is a dictionary searched by a loop."""

    def __init__(self) -> None:
        super().__init__()
        params = HnswParams(ef_search=256, initial_capacity=1, scan_below=0)
        self.indexes: list[VectorIndex] = [ExactIndex(6), HnswIndex(6, params)]
        self.stored: dict[str, NDArray[np.float16]] = {}

    @rule(pairs=PAIRS)
    def insert(self, pairs: list[tuple[str, int]]) -> None:
        """Insert or replace; keys may repeat within the call."""
        vectors = POOL[[row for _, row in pairs]].reshape(-1, 6)
        for index in self.indexes:
            index.insert([key for key, _ in pairs], vectors)
        self.stored |= {key: POOL[row] for key, row in pairs}

    @rule(keys=st.lists(st.sampled_from([*KEYS, "unknown"]), max_size=12))
    def remove(self, keys: list[str]) -> None:
        """Remove; some keys are unknown or repeated."""
        known = set(keys) & self.stored.keys()
        for index in self.indexes:
            assert index.remove(keys) == len(known)
        for key in known:
            del self.stored[key]

    @rule(row=st.integers(0, len(POOL) - 1), k=st.integers(1, 20))
    def search(self, row: int, k: int) -> None:
        """The k nearest are the oracle's."""
        expected = oracle(self.stored, POOL[row])[:k]
        for index in self.indexes:
            assert index.search(POOL[row : row + 1], k) == [expected]

    @rule(
        row=st.integers(0, len(POOL) - 1),
        score=st.sampled_from([-1.0, 0.0, 0.5, 1.0]),
        limit=st.integers(1, 20),
    )
    def search_above(self, row: int, score: float, limit: int) -> None:
        """What lies above a score is the oracle's, and a cut is told."""
        expected = [found for found in oracle(self.stored, POOL[row]) if found.score >= score]
        for index in self.indexes:
            above = index.search_above(POOL[row : row + 1], score, limit)[0]
            assert above.neighbors == expected[:limit]
            assert above.cut == (len(expected) > limit)
            assert above.complete == (not above.cut)

    @invariant()
    def hold_the_same_keys(self) -> None:
        """Size and membership are the dictionary's."""
        for index in self.indexes:
            assert len(index) == len(self.stored)
            assert all((key in index) == (key in self.stored) for key in KEYS)


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=60, stateful_step_count=30, deadline=None, derandomize=True)
