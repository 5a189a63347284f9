"""The measurements of one index, made in a process of its own."""

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray

from index import cosines
from streams.bench.figures import Batched, Built, Ranged, Removed, Reopened, Searched
from streams.bench.peer import NotOffered, Peer, Setup, Vectors, singles
from streams.bench.peers import make_peer
from streams.bench.recipe import Data, read_data
from streams.bench.truth import RANGE_SCORE, K, Truth, read_truth, right, share

# Vectors of one insert: what a worker takes at a time, times ten.
_INSERT = 1_000
_BATCH = 64
# Queries of the range search: each costs a slow index up to seconds.
_RANGES = 100
_SWEEPS = 10
# A pass that was cut by the clock has met at least this many queries, a quarter of them near viral vectors.
_LEAST_QUERIES = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What a process measures.

    Attributes:
        name: Of the peer.
        data: Folder of `write_data`, with `truth.npz`.
        scratch: Empty folder.
        m: See `Setup`; `ef_construction` likewise.
    """

    name: str
    data: Path
    scratch: Path
    m: int
    ef_construction: int


class Session:
    """One index from empty to closed; each method is one measurement, in the order in which they stand here."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._truth: Truth = read_truth(task.data / "truth.npz")
        self.data: Data = read_data(task.data)
        (task.scratch / "live").mkdir(parents=True)
        (task.scratch / "saved").mkdir()
        self._idle_bytes = 0
        self._left = False
        self._times: dict[int, list[NDArray[np.float64]]] = {}
        self.peer: Peer = make_peer(task.name, self._setup())

    @cached_property
    def queries(self) -> Vectors:
        """All queries as the peer wants them."""
        return self.given(self.data.queries)

    def given(self, halves: Vectors) -> Vectors:
        """Return vectors, (n, d) float16, as the peer wants them."""
        return np.array(halves) if self.peer.facts.halves else singles(halves)

    def build(self) -> Built:
        """Insert all rows."""
        _ = self.queries
        self._idle_bytes = anonymous_bytes()
        inserting = upkeep = 0.0
        cpu, n = process_time(), len(self.data.vectors)
        for start in range(0, n, _INSERT):
            ids = np.arange(start, min(start + _INSERT, n), dtype=np.int64)
            vectors = self.given(self.data.vectors[start : start + _INSERT])
            begun = perf_counter()
            self.peer.insert(ids, vectors)
            inserted = perf_counter()
            while self.peer.upkeep():
                pass
            inserting += inserted - begun
            upkeep += perf_counter() - inserted
        begun = perf_counter()
        self.peer.settle()
        return Built(
            rows=n,
            insert_seconds=inserting,
            upkeep_seconds=upkeep + perf_counter() - begun,
            cpu_seconds=process_time() - cpu,
            memory_bytes=anonymous_bytes() - self._idle_bytes,
            extra=self.peer.extra(),
        )

    def search(self, ef: int, seconds: float) -> Searched:
        """Ask one query after the other, for at most so long."""
        taken: list[float] = []
        found: list[NDArray[np.int64]] = []
        self.peer.search(self.queries[:1], K, ef)
        cpu, begun = process_time(), perf_counter()
        for row in range(len(self.queries)):
            asked = perf_counter()
            found += self.peer.search(self.queries[row : row + 1], K, ef)
            done = perf_counter()
            taken.append(done - asked)
            if done - begun > seconds and row + 1 >= _LEAST_QUERIES:
                break
        cpu = process_time() - cpu
        count = len(taken)
        rights = np.array(self.rights(found, self._truth.kth))
        times, viral = np.array(taken), np.asarray(self.data.viral[:count])
        typical = self._typical(ef, times)
        return Searched(
            ef=ef,
            queries=count,
            recall=float(rights.sum()) / (K * count),
            seconds=float(typical.sum()),
            pass_seconds=float(times.sum()),
            viral_queries=int(viral.sum()),
            viral_recall=float(rights[viral].sum()) / (K * max(1, int(viral.sum()))),
            viral_seconds=float(typical[viral].sum()),
            p50_seconds=float(np.median(typical)),
            p99_seconds=float(np.quantile(typical, 0.99)),
            cpu_seconds=cpu,
        )

    def batch(self, ef: int, queries: int) -> Batched:
        """Ask some queries, many in a call."""
        seconds, queries = 0.0, min(queries, len(self.queries))
        for start in range(0, queries, _BATCH):
            some = self.queries[start : min(start + _BATCH, queries)]
            begun = perf_counter()
            self.peer.search(some, K, ef)
            seconds += perf_counter() - begun
        return Batched(ef=ef, queries=queries, seconds=seconds)

    def range(self, ef: int, seconds: float) -> Ranged:
        """Ask for all at or above a score, then sweep where there is such a thing."""
        asked = [int(row) for row in np.flatnonzero(self._truth.above)[:_RANGES]]
        taken: list[float] = []
        found: list[int] = []
        wrong = 0
        for row in asked:
            begun = perf_counter()
            ids = self.peer.above(self.queries[row], RANGE_SCORE, ef)
            taken.append(perf_counter() - begun)
            found.append(self._above(row, ids))
            wrong += len(ids) - found[-1]
            if sum(taken) > seconds:
                break
        all_of_them = [int(self._truth.above[row]) for row in asked[: len(taken)]]
        swept, took = self._sweep(asked[: min(_SWEEPS, len(taken))])
        return Ranged(
            queries=len(taken),
            recall=share(found, all_of_them) or 0.0,
            mean=float(np.mean(all_of_them)),
            wrong=wrong,
            p50_seconds=float(np.median(taken)),
            p99_seconds=float(np.quantile(taken, 0.99)),
            sweep_recall=swept,
            sweep_seconds=took,
        )

    def remove(self, ef: int) -> Removed:
        """Remove a tenth, then search for what is left."""
        begun = perf_counter()
        self.peer.remove(np.array(self.data.leaving))
        seconds = perf_counter() - begun
        self._left = True
        while self.peer.upkeep():
            pass
        recall, back = self._recall_of_the_rest(ef)
        return Removed(rows=len(self.data.leaving), seconds=seconds, ef=ef, recall=recall, resurrected=back)

    def reopen(self, ef: int) -> Reopened:
        """Save, open again, search."""
        saved = self._task.scratch / "saved"
        begun = perf_counter()
        self.peer.save(saved)
        middle = perf_counter()
        self.peer.open(saved)
        opened = perf_counter()
        recall, back = self._recall_of_the_rest(ef)
        files = [path for path in self._task.scratch.rglob("*") if path.is_file()]
        return Reopened(
            save_seconds=middle - begun,
            open_seconds=opened - middle,
            disk_bytes=sum(path.stat().st_size for path in files),
            recall=recall,
            resurrected=back,
        )

    def rights(self, found: list[NDArray[np.int64]], least: NDArray[np.float64]) -> list[int]:
        """Return how many ids of each of the first answers are right; an id that is given twice counts once."""
        size, all_rights = len(self.data.vectors), []
        for row, ids in enumerate(found):
            distinct = np.unique(ids[:K])
            old, new = distinct[distinct < size], distinct[distinct >= size] - size
            vectors = np.concatenate([self.data.vectors[old], self.data.fresh[new]])
            all_rights.append(right(self.data.queries[row], vectors, float(least[row])))
        return all_rights

    def rights_left(self, found: list[NDArray[np.int64]]) -> list[int]:
        """Return the same against what is there now; removed ids are never right."""
        if not self._left:
            return self.rights(found, self._truth.kth)
        kept = [ids[~np.isin(ids, self.data.leaving)] for ids in found]
        return self.rights(kept, self._truth.kth_left)

    def rights_beside(self, found: list[NDArray[np.int64]], seen: list[int]) -> list[int]:
        """Return the same of answers before each of which so many of the fresh rows had been inserted.

        What is inserted while a search runs may stand in its answer, not in its truth: of some fifty rows.
        """
        least = np.empty(len(found))
        for row, count in enumerate(seen):
            fresh = cosines(self.data.fresh[:count], self.data.queries[row : row + 1])[:, 0]
            least[row] = self._truth.kth_with(row, fresh, left=self._left)
        kept = [ids[~np.isin(ids, self.data.leaving)] for ids in found] if self._left else found
        return self.rights(kept, least)

    def _setup(self) -> Setup:
        distinct = len({row.tobytes() for row in np.asarray(self.data.vectors)})
        n, d = self.data.vectors.shape
        return Setup(
            dimension=d,
            capacity=n + len(self.data.fresh),
            distinct=distinct,
            m=self._task.m,
            ef_construction=self._task.ef_construction,
            folder=self._task.scratch / "live",
        )

    def _typical(self, ef: int, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return for each query its median time over all passes so far, of which this is the last."""
        passes = self._times.setdefault(ef, [])
        passes.append(times)
        return np.array([np.median([one[row] for one in passes if row < len(one)]) for row in range(len(times))])

    def _above(self, row: int, ids: NDArray[np.int64]) -> int:
        return right(self.data.queries[row], np.asarray(self.data.vectors[np.unique(ids)]), RANGE_SCORE)

    def _sweep(self, rows: list[int]) -> tuple[float | None, float | None]:
        found, taken = [], []
        try:
            for row in rows:
                begun = perf_counter()
                ids = self.peer.sweep(self.queries[row], RANGE_SCORE)
                taken.append(perf_counter() - begun)
                found.append(self._above(row, ids))
        except NotOffered:
            return None, None
        if not taken:
            return None, None
        return share(found, [int(self._truth.above[row]) for row in rows]), float(np.median(taken))

    def _recall_of_the_rest(self, ef: int) -> tuple[float, int]:
        """Return the recall of the first queries against what is left, and how many answers were removed ids."""
        count = min(len(self.queries), _RANGES)
        found = [self.peer.search(self.queries[row : row + 1], K, ef)[0] for row in range(count)]
        back = sum(int(np.isin(ids, self.data.leaving).sum()) for ids in found) if self._left else 0
        return sum(self.rights_left(found)) / (K * count), back


def anonymous_bytes() -> int:
    """Return the memory of this process that is in no file, as Linux counts it."""
    status = Path(f"/proc/{os.getpid()}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("RssAnon:"))
    return int(line.split()[1]) * 1024
