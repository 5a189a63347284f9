"""Any history of a `SegmentedIndex`, maintained in small steps at any moment, told to a dictionary too."""

import io
from collections.abc import Iterator
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from numpy.typing import NDArray

from index import HnswParams, Rows, SegmentedIndex, SegmentParams, write_segment
from index.hnsw import Graph
from tests.contracts.vector_index import oracle, random_vectors
from tests.unit.index.test_files import reread
from tests.unit.index.test_segmented_rows import same, told

DIMENSION = 6
POOL = random_vectors(120, seed=7, dimension=DIMENSION)
TEXTS = random_vectors(120, seed=9, dimension=4)
POOL[100:110] = POOL[:1] + np.float16(0.01) * random_vectors(10, seed=8, dimension=DIMENSION)  # a crowd of near copies
KEYS = [f"k{number:02}" for number in range(90)]
ROWS = st.integers(0, len(POOL) - 1)
ENTRIES = st.lists(st.tuples(st.sampled_from(KEYS), ROWS, st.integers(-2, 6)), max_size=14)
PARAMS = SegmentParams(
    delta_limit=8, segment_limit=100, merge_width=2, graph=HnswParams(ef_search=256, initial_capacity=1, scan_below=0)
)


# When an entry came, with its row of the pool: of an edit within one call the last counts.
Moment = tuple[float, int]


def _out_of_memory(*_: object) -> None:
    raise MemoryError


class Histories(RuleBasedStateMachine):
    """The oracle is a dictionary searched by a loop; time goes on with each insert."""

    def __init__(self) -> None:
        super().__init__()
        self.index = SegmentedIndex(DIMENSION, PARAMS)
        self.stored: dict[str, NDArray[np.float16]] = {}
        self.moments: dict[str, Moment] = {}
        self.times: dict[str, float] = {}
        self.clock = 0.0
        self.saved = (self.index.cut(), dict(self.stored), dict(self.times), dict(self.moments))
        self.sweeps: list[tuple[Iterator[Rows], dict[str, Moment]]] = []

    @rule(entries=ENTRIES)
    def insert(self, entries: list[tuple[str, int, int]]) -> None:
        """Insert or edit; keys may repeat within the call, times may be late."""
        self.clock += 1
        times = [self.clock + shift for _, _, shift in entries]
        vectors = POOL[[row for _, row, _ in entries]].reshape(-1, DIMENSION)
        having = [place for place, (_, row, _) in enumerate(entries) if row % 3 == 0]
        texts = TEXTS[[entries[place][1] for place in having]].reshape(-1, 4)
        self.index.insert([key for key, _, _ in entries], vectors, times, {"text": (having, texts)})
        for (key, row, _), time in zip(entries, times, strict=True):
            self.stored[key], self.times[key] = POOL[row], time
            self.moments[key] = (self.clock, row)

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

    @rule()
    def save(self) -> None:
        """Write all of it down."""
        self.saved = (reread(self.index.cut()), dict(self.stored), dict(self.times), dict(self.moments))

    @rule(names=st.integers(0, 4))
    def fail_to_save(self, names: int) -> None:
        """The disk is full after some files: nothing of the index changes, what was saved before stays."""
        opened: list[str] = []

        def full(name: str) -> io.BytesIO:
            opened.append(name)
            if len(opened) > names:
                raise OSError
            return io.BytesIO()

        for part in self.index.cut().parts:
            with suppress(OSError):
                write_segment(part.segment, full)

    @rule()
    def crash(self) -> None:
        """Whatever was under way is lost with all that came after the last save; sweeps end with it."""
        cut, stored, times, moments = self.saved
        self.stored, self.times, self.moments = dict(stored), dict(times), dict(moments)
        self.index, self.sweeps = SegmentedIndex.restored(cut, PARAMS), []

    @rule(add=st.booleans())
    def fail_to_maintain(self, add: bool) -> None:
        """Memory runs out in some step of the work, which is begun anew later."""
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Graph, "add" if add else "found_instead", _out_of_memory)
            with suppress(MemoryError):
                self.index.maintain(nodes=20)

    @rule(rows=st.integers(1, 30))
    def begin_sweep(self, rows: int) -> None:
        """Several may be under way, each over what was held when it began."""
        self.sweeps = [*self.sweeps[-2:], (self.index.sweep(rows), dict(self.moments))]

    @precondition(lambda self: self.sweeps)
    @rule(which=st.integers(0, 2))
    def end_sweep(self, which: int) -> None:
        """It tells what was held then and still is, unchanged, with all its vectors."""
        sweep, began = self.sweeps.pop(which % len(self.sweeps))
        found = told(list(sweep))
        still = {key: row for key, (at, row) in began.items() if self.moments.get(key) == (at, row)}
        assert same(found, {key: self._held(row) for key, row in still.items()})

    @rule(keys=st.lists(st.sampled_from([*KEYS, "unknown"]), max_size=12, unique=True))
    def gather(self, keys: list[str]) -> None:
        """Known keys, in the order asked, with the vectors that they have now."""
        found = self.index.gather(keys)
        assert list(found.keys) == [key for key in keys if key in self.moments]
        assert same(told([found]), {key: self._held(self.moments[key][1]) for key in found.keys})

    def _held(self, row: int) -> tuple[NDArray[np.float16], dict[str, NDArray[np.float16]]]:
        """Return what an entry of a row of the pool brought along."""
        return POOL[row], {"text": TEXTS[row]} if row % 3 == 0 else {}

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
            del self.stored[key], self.times[key], self.moments[key]


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=80, stateful_step_count=40, deadline=None, derandomize=True)
