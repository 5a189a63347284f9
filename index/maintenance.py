"""What is to be sealed, merged, or built anew next, with the work of doing it."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from index.columns import Columns
from index.groups import Groups
from index.joining import joined_columns
from index.nodes import Nodes
from index.params import SegmentParams
from index.sealed import Sealed
from index.segment import Segment


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
        segment_id: Of the segment.
    """

    def __init__(self, inputs: Sequence[Sealed], params: SegmentParams, segment_id: str) -> None:
        self.inputs = tuple(inputs)
        self.masks = [part.live.mask.copy() for part in inputs]
        self._params = params
        self._segment_id = segment_id
        self._columns: Columns | None = None
        self._nodes: Nodes | None = None

    def advance(self, nodes: int) -> Segment | None:
        """Join the inputs (first call), place up to `nodes` vectors in the graph, or check as many nodes.

        Returns:
            The segment, once it is finished.
        """
        if self._columns is None:
            sources = [(part.segment.columns, mask) for part, mask in zip(self.inputs, self.masks, strict=True)]
            self._columns = joined_columns(sources)
            if len(self._columns.vectors) <= self._params.graph.scan_below:
                return self._finished(self._columns, None)
            self._nodes = Nodes(self._columns.vectors, self._params)
            return None
        assert self._nodes is not None
        if self._nodes.done < len(self._columns.vectors):
            self._nodes.add(nodes)
            return None
        return None if self._nodes.check(nodes) else self._finished(self._columns, self._nodes)

    def _finished(self, columns: Columns, nodes: Nodes | None) -> Segment:
        rows_of = Groups.of(columns.vector_of, len(columns.vectors))
        segment = Segment(columns, self._segment_id, rows_of=rows_of and rows_of.sorted_by(columns.keys))
        if nodes is None:
            return segment
        groups = nodes.groups()
        sealed = replace(
            segment,
            graph=nodes.graph,
            vectors_of=groups,
            spread=segment.spread if groups is None else nodes.spread(),
            hubs=nodes.hubs(),
        )
        return replace(sealed, coverage=Sealed(sealed, self._params.graph).covered())
