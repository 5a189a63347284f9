"""One sealed part of an index: what never changes, beside which of its keys were removed since."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from index.candidates import Judged, all_above, nearest
from index.delta import Delta
from index.duplicates import Postings
from index.hnsw import Graph
from index.neighbor import Above, Neighbor
from index.params import HnswParams, weight
from index.scan import Scan
from index.vectors import cosine_columns, cosines


@dataclass(frozen=True, slots=True)
class Segment:
    """Keys with their vectors over a range of time; never changed, so any thread may read it.

    Attributes:
        postings: The keys of each node.
        vectors: (n, d) float16, those of the nodes, in one block.
        keys: All keys by time, the oldest first.
        times: (len(keys),) float64, ascending, in seconds.
        graph: Over the nodes; None if there are so few that all are looked at, or not yet.
        units: (n, d) float32, the directions of the nodes, of a frozen delta; None once it is sealed.
        orphans: (u,) int64, nodes that the graph does not find, so each search looks at all of them.
    """

    postings: Postings
    vectors: NDArray[np.float16]
    keys: Sequence[str]
    times: NDArray[np.float64]
    graph: Graph | None
    units: NDArray[np.float32] | None = None
    orphans: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @classmethod
    def frozen(cls, delta: Delta) -> "Segment":
        """Return what a delta holds, still without a graph; the delta must not change any more."""
        times = np.fromiter(delta.times.values(), dtype=np.float64, count=len(delta.times))
        order = np.argsort(times, kind="stable")
        keys = list(delta.times)
        return cls(
            delta.postings, delta.vectors, [keys[row] for row in order], times[order], graph=None, units=delta.units
        )


class Sealed:
    """A segment with its tombstones.

    One thread at a time may remove; any number may search meanwhile, each of which sees a removal
    or does not see it yet.
    """

    def __init__(self, segment: Segment, params: HnswParams) -> None:
        self.segment = segment
        self.removed: set[str] = set()
        self._params = params
        self._left = segment.postings.sizes()
        self._nodes = int(np.count_nonzero(self._left))
        self._aged = 0  # keys before this one, by time, are gone

    def __len__(self) -> int:
        return len(self.segment.keys) - len(self.removed)

    def __contains__(self, key: object) -> bool:
        return key in self.segment.postings and key not in self.removed

    @property
    def is_raw(self) -> bool:
        """Whether it is a frozen delta that was not sealed yet."""
        return self.segment.units is not None

    @property
    def newest(self) -> float:
        """The time before which no key of it is left once it has passed."""
        return float(self.segment.times[-1])

    @property
    def weight(self) -> int:
        """The size of what is left, as `SegmentParams` measures it."""
        return weight(self._nodes, len(self))

    def lost(self) -> float:
        """Return the share of keys that is gone, 0 to 1, of those as young as the oldest that is left.

        What goes by age leaves the graph no harder to search than a wider k would, and soon the
        whole segment goes: to build it anew for that would cost more than all inserts.
        """
        keys = self.segment.keys
        while self._aged < len(keys) and keys[self._aged] in self.removed:
            self._aged += 1
        return (len(self.removed) - self._aged) / max(1, len(keys) - self._aged)

    def vector(self, key: str) -> NDArray[np.float16]:
        """Return the vector, (d,) float16, of a key that it has."""
        vector: NDArray[np.float16] = self.segment.vectors[self.segment.postings.label(key)]
        return vector

    def remove(self, key: str) -> bool:
        """Forget a key; return whether it was there."""
        if key not in self:
            return False
        label = self.segment.postings.label(key)
        self.removed.add(key)
        self._left[label] -= 1
        self._nodes -= int(self._left[label] == 0)
        return True

    def expire(self, before: float) -> int:
        """Forget the keys whose time is before the given one; return how many."""
        end = int(np.searchsorted(self.segment.times, before))
        gone = sum(self.remove(key) for key in self.segment.keys[self._aged : end])
        self._aged = max(self._aged, end)
        return gone

    def nearest(self, queries: NDArray[np.float16], k: int) -> list[list[Neighbor]]:
        """Return for each query, (m, d), about its k nearest neighbors."""
        return self._scan().nearest(queries, k) if self.is_raw else nearest(self, queries, k)

    def above(self, queries: NDArray[np.float16], score: float, limit: int) -> list[Above]:
        """Return for each query, (m, d), what lies at or above a score."""
        if self.is_raw:
            return self._scan().above(queries, score, limit)
        return all_above(self, queries, score, limit, self._params.ef_search)

    def nodes(self) -> int:
        """Return how many distinct vectors have keys."""
        return self._nodes

    def count(self, labels: NDArray[np.int64]) -> int:
        """Return how many keys share the given nodes."""
        return int(self._left[labels].sum())

    def best(self, labels: NDArray[np.int64], scores: NDArray[np.float64], k: int) -> list[Neighbor]:
        """Return the k best neighbors among the keys of nodes."""
        return self.segment.postings.best(labels, scores, k, self.removed)

    def candidates(self, queries: NDArray[np.float16], want: int) -> Iterator[Judged]:
        """Yield for each query, (m, d), its judged nodes; see `Proposer.candidates`."""
        graph, vectors, proposed = self.segment.graph, self.segment.vectors, None
        if graph is not None and len(queries) and max(want, self._params.scan_below) < self._nodes:
            proposed = graph.propose(queries, want)
        if proposed is None:
            live = np.flatnonzero(self._left).astype(np.int64)
            for scores in cosine_columns(vectors[live], queries):
                yield Judged(live, scores, bottom=-1.0, whole=True)
            return
        for found, query in zip(proposed, queries, strict=True):
            labels = np.concatenate([found, np.setdiff1d(self.segment.orphans, found)])
            scores = cosines(vectors[labels], query[None, :])[:, 0]
            shown = self._left[labels] > 0
            yield Judged(labels[shown], scores[shown], bottom=float(scores[: len(found)].min()), whole=False)

    def _scan(self) -> Scan:
        segment = self.segment
        assert segment.units is not None
        return Scan(segment.postings, segment.vectors, segment.units, self._left, self.removed)
