"""One sealed part of an index: a segment beside which of its rows still count."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from index.candidates import SLACK, Floor, Judged, all_above, nearest
from index.choice import best_of_each, best_of_vectors
from index.coverage import Coverage, measured
from index.live import Live
from index.neighbor import Above, Neighbor
from index.params import HnswParams, weight
from index.scan import Scan
from index.segment import Segment
from index.vectors import cosine_columns, cosines, cosines_each

# So many pairs are compared in less time than it takes to sort.
_PAIRS = 2**14

# Values judged at a time, as float64: 2 MiB, which stays in a core's own memory.
_VALUES = 2**18


class Sealed:
    """A segment with its tombstones.

    One thread at a time may remove; any number may search meanwhile, each of which sees a removal
    or does not see it yet.

    Args:
        segment: Never changed.
        params: Of its graph.
        live: Its rows that count; all of them if left out.
    """

    def __init__(self, segment: Segment, params: HnswParams, live: Live | None = None) -> None:
        columns = segment.columns
        self.segment = segment
        self.live = live or Live.whole(columns.keys, columns.vector_of, len(columns.vectors))
        self._params = params
        self._widest = float(segment.spread.max(initial=0.0))
        self._newest = float(columns.times.max())
        self._oldest = float(columns.times.min())  # nothing live is older
        self._aged = 0  # rows before this one, by time, are gone

    def __len__(self) -> int:
        return len(self.live)

    def __contains__(self, key: object) -> bool:
        return key in self.live

    @property
    def is_raw(self) -> bool:
        """Whether it is a frozen delta that was not sealed yet."""
        return self.segment.is_raw

    @property
    def newest(self) -> float:
        """The time before which no key of it is left once it has passed."""
        return self._newest

    @property
    def weight(self) -> int:
        """The size of what is left, as `SegmentParams` measures it."""
        return weight(self.live.vectors, len(self))

    def lost(self) -> float:
        """Return the share of keys that is gone, 0 to 1, of those as young as the oldest that is left.

        What goes by age leaves the graph no harder to search than a wider k would, and soon the
        whole segment goes: to build it anew for that would cost more than all inserts.
        """
        mask = self.live.mask
        while self._aged < len(mask) and not mask[self._aged]:
            self._aged += 1
        return (self.live.gone - self._aged) / max(1, len(mask) - self._aged)

    def expire(self, before: float) -> int:
        """Forget the keys whose time is before the given one; return how many."""
        if before <= self._oldest:
            return 0
        self._oldest = before
        times = self.segment.columns.times
        if self.is_raw:
            return self.live.drop(np.flatnonzero(times < before))
        first, self._aged = self._aged, max(self._aged, int(np.searchsorted(times, before)))
        return self.live.drop(np.arange(first, self._aged))

    def nearest(self, queries: NDArray[np.float16], k: int) -> list[list[Neighbor]]:
        """Return for each query, (m, d), about its k nearest neighbors."""
        if self.is_raw:
            return self._scan().nearest(queries, k)
        step = max(1, _VALUES // ((k + SLACK) * queries.shape[1]))
        answers = [found for at in range(0, len(queries), step) for found in self._direct(queries[at : at + step], k)]
        others = [place for place, found in enumerate(answers) if found is None]
        rest = iter(nearest(self, queries[others], k) if others else ())
        return [next(rest) if found is None else found for found in answers]

    def above(self, queries: NDArray[np.float16], score: float, limit: int) -> list[Above]:
        """Return for each query, (m, d), what lies at or above a score."""
        if self.is_raw:
            return self._scan().above(queries, score, limit)
        return all_above(self, queries, score, limit, self._params.ef_search)

    def nodes(self) -> int:
        """Return how many distinct vectors have keys."""
        return self.live.vectors

    def count(self, labels: NDArray[np.int64]) -> int:
        """Return how many keys share the given vectors."""
        return int(self.live.left[labels].sum())

    def missing(self, found: int) -> float:
        """Return about how many keys above a score the graph has missed where it found so many."""
        coverage = self.segment.coverage
        return 0.0 if coverage is None else coverage.missing(found)

    def covered(self) -> Coverage:
        """Measure what the graph finds; it takes as long as 64 scans."""
        live = np.flatnonzero(self.live.left)
        return measured(self, self.segment.columns.vectors, live, self._params.ef_search)

    def best(self, labels: NDArray[np.int64], scores: NDArray[np.float64], k: int) -> list[Neighbor]:
        """Return the k best neighbors among the keys of vectors."""
        segment = self.segment
        return best_of_vectors(segment.columns.keys, segment.rows_of, self.live.mask, labels, scores, k)

    def candidates(self, queries: NDArray[np.float16], want: int, floor: Floor) -> Iterator[Judged]:
        """Yield for each query, (m, d), its judged vectors; see `Proposer.candidates`."""
        graph, proposed = self.segment.graph, None
        if graph is not None and len(queries) and max(want, self._params.scan_below) < self.nodes():
            proposed = graph.propose(queries, want)
        if proposed is None:
            live = np.flatnonzero(self.live.left)
            for scores in cosine_columns(self.segment.columns.vectors[live], queries):
                yield Judged(live, scores, bottom=-1.0, whole=True)
            return
        for found, query in zip(proposed, queries, strict=True):
            yield self._judged(found, query[None, :], floor)

    def _direct(self, queries: NDArray[np.float16], k: int) -> list[list[Neighbor] | None]:
        """Return the neighbors of each query, (m, d), as far as they need no more than one look at the graph.

        That is, None where a node stands for several vectors, or for those that its graph does not
        find, or where too many of the proposed vectors have lost their keys.
        """
        segment, want = self.segment, k + SLACK
        proposed = None
        plain = segment.hubs is None and segment.vectors_of is None
        if segment.graph is not None and plain and max(want, self._params.scan_below) < self.nodes():
            proposed = segment.graph.propose(queries, want)
        if proposed is None:
            return [None] * len(queries)
        scores = cosines_each(segment.columns.vectors[proposed], queries)
        return best_of_each(segment.columns.keys, segment.rows_of, self.live, proposed, scores, k)

    def _judged(self, found: NDArray[np.int64], query: NDArray[np.float16], floor: Floor) -> Judged:
        """Return the live vectors of the nodes that the graph found, with those that may be hidden behind them."""
        segment, left, hubs = self.segment, self.live.left, self.segment.hubs
        nodes = found if hubs is None else np.concatenate([found, hubs.nodes])  # judged in one go
        vectors, scores = self._scored(nodes, query)
        met = scores[: len(found)]
        bottom, bar = float(met.min()), floor(met[left[vectors[: len(found)]] > 0])
        if hubs is not None:
            near = hubs.orphans.all(np.flatnonzero(_nearer(scores[len(found) :], hubs.spread) >= bar))
            fresh = np.flatnonzero(np.append(np.ones(len(found), dtype=bool), ~_among(hubs.nodes, found)))
            nodes, vectors, scores = nodes[fresh], vectors[fresh], scores[fresh]
            hidden = near[~_among(near, nodes)]
            if len(hidden):
                more, more_scores = self._scored(hidden, query)
                nodes, vectors = np.concatenate([nodes, hidden]), np.concatenate([vectors, more])
                scores = np.concatenate([scores, more_scores])
        if segment.vectors_of is not None:
            bottom = float(_nearer(np.array([bottom]), self._widest)[0])
            copies = segment.vectors_of.rest(nodes[_nearer(scores, segment.spread[nodes]) >= bar])
            if len(copies):
                vectors = np.concatenate([vectors, copies])
                scores = np.concatenate([scores, cosines(segment.columns.vectors[copies], query)[:, 0]])
        shown = left[vectors] > 0
        return Judged(vectors[shown], scores[shown], bottom=bottom, whole=False)

    def _scored(
        self, nodes: NDArray[np.int64], query: NDArray[np.float16]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the vectors that stand for nodes, with their scores."""
        vectors_of = self.segment.vectors_of
        vectors = nodes if vectors_of is None else vectors_of.first(nodes)
        return vectors, cosines(self.segment.columns.vectors[vectors], query)[:, 0]

    def _scan(self) -> Scan:
        segment, columns = self.segment, self.segment.columns
        assert segment.units is not None
        return Scan(columns.keys, columns.vector_of, columns.vectors, segment.units, self.live)


def _among(some: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which of some nodes are among others, (n,)."""
    if len(some) * len(others) <= _PAIRS:
        among: NDArray[np.bool_] = (some[:, None] == others).any(axis=1)
        return among
    return np.isin(some, others)


def _nearer(scores: NDArray[np.float64], angles: NDArray[np.float32] | float) -> NDArray[np.float64]:
    """Return the highest scores that vectors can have which lie within angles, in radians, of scored ones.

    Cosines are those of angles on the sphere, where no way round is shorter than the direct one.
    """
    highest: NDArray[np.float64] = np.cos(np.maximum(0.0, np.arccos(scores) - angles)) + 2e-6  # rounded scores
    return highest
