"""What is to be sealed, merged, or built anew next, with the work of doing it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index.duplicates import merged
from index.hnsw import Graph
from index.params import SegmentParams
from index.segment import Sealed, Segment


def next_inputs(parts: Sequence[Sealed], params: SegmentParams) -> tuple[Sealed, ...]:
    """Return the parts, neighbours in time, that are to become one segment next; none if all is well.

    Deltas are sealed first, as many at once as fit into one segment, for each of them is scanned by
    every search; then a segment that lost too much is built anew; then small ones are merged, from
    the oldest on.
    """
    for start, part in enumerate(parts):
        if part.is_raw:
            return _run(parts[start:], params.segment_limit, lambda other: other.is_raw)
    for part in parts:
        if part.lost() * 100 > params.lost_percent:
            return (part,)
    for start in range(len(parts)):
        run = _run(parts[start:], params.segment_limit, lambda other: other.weight * 2 <= params.segment_limit)
        if len(run) >= params.merge_width:
            return run
    return ()


def _run(parts: Sequence[Sealed], limit: int, fits: Callable[[Sealed], bool]) -> tuple[Sealed, ...]:
    """Return the first parts, as many as fit, up to a weight in all."""
    run: list[Sealed] = []
    total = 0
    for part in parts:
        total += part.weight
        if not fits(part) or total > limit:
            break
        run.append(part)
    return tuple(run)


class Work:
    """One segment in the making.

    It reads only what never changes, so `advance` may run in any thread while its inputs are
    searched and lose keys; what they lost meanwhile is settled when the segment is installed.

    Args:
        inputs: Parts that are neighbours in time.
        params: Of the index.
    """

    def __init__(self, inputs: Sequence[Sealed], params: SegmentParams) -> None:
        self.inputs = tuple(inputs)
        self.left_out = [frozenset(part.removed) for part in inputs]
        self._params = params
        self._segment: Segment | None = None
        self._orphans: list[NDArray[np.int64]] = []
        self._checked = 0

    def advance(self, nodes: int) -> Segment | None:
        """Join the inputs (first call), add up to `nodes` nodes to the graph, or check as many.

        Returns:
            The segment, once it is finished.
        """
        if self._segment is None:
            self._segment = self._joined()
            return self._segment if self._segment.graph is None else None
        graph, vectors = self._segment.graph, self._segment.vectors
        assert graph is not None
        if len(graph) < len(vectors):
            graph.add(vectors[len(graph) : len(graph) + nodes])
            return None
        some = vectors[self._checked : self._checked + nodes]
        self._orphans.append(graph.unfound(some, self._checked))
        self._checked += len(some)
        if self._checked < len(vectors):
            return None
        return replace(self._segment, orphans=np.concatenate(self._orphans))

    def _joined(self) -> Segment:
        """Return the keys that are left, their vectors, and a graph that is still empty."""
        segments = [part.segment for part in self.inputs]
        sources = [(s.postings, out) for s, out in zip(segments, self.left_out, strict=True)]
        postings, labels = merged(sources)
        vectors = np.concatenate([s.vectors[taken] for s, taken in zip(segments, labels, strict=True)])
        rows = [
            np.flatnonzero([key not in out for key in s.keys]) for s, out in zip(segments, self.left_out, strict=True)
        ]
        times = np.concatenate([s.times[kept] for s, kept in zip(segments, rows, strict=True)])
        keys = [s.keys[int(row)] for s, kept in zip(segments, rows, strict=True) for row in kept]
        order = np.argsort(times, kind="stable")
        graph = None
        if len(vectors) > self._params.graph.scan_below:
            graph = Graph(vectors.shape[1], self._params.graph, len(vectors))
        return Segment(postings, vectors, [keys[row] for row in order], times[order], graph)
