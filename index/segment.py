"""What never changes of one part of an index."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from index.columns import Columns
from index.coverage import Coverage
from index.groups import Groups
from index.hnsw import Graph
from index.hubs import Hubs
from index.vectors import unit


@dataclass(frozen=True, slots=True)
class Segment:
    """Keys with their vectors over a range of time, sealed, or still to be; any thread may read it.

    Attributes:
        columns: What is held; once it is sealed, by time, the oldest row first.
        segment_id: 32 hexadecimal digits, given when it was sealed; empty before.
        graph: Over the nodes; None if there are so few vectors that all are looked at, or not yet.
        rows_of: The rows of each vector, by key; None if each has one, of its own number, or not yet.
        vectors_of: The vectors of each node, the one that stands for it first; None if each node
            is the vector of its own number.
        spread: (nodes,) float32, the widest angle between a node and a vector of it, in radians.
        hubs: Of the nodes that the graph does not find; None if it finds all.
        coverage: What a sample of searches found through the graph; None if there is no graph.
        units: (v, d) float32, the directions of the vectors, until it is sealed.
    """

    columns: Columns
    segment_id: str = ""
    graph: Graph | None = None
    rows_of: Groups | None = None
    vectors_of: Groups | None = None
    spread: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, dtype=np.float32))
    hubs: Hubs | None = None
    coverage: Coverage | None = None
    units: NDArray[np.float32] | None = None

    @property
    def is_raw(self) -> bool:
        """Whether it is a frozen delta that was not sealed yet."""
        return not self.segment_id

    @property
    def leaders(self) -> NDArray[np.int64]:
        """The vector that stands for each node of the graph, (nodes,) int64."""
        if self.vectors_of is None:
            return np.arange(len(self.columns.vectors))
        return self.vectors_of.members[self.vectors_of.starts[:-1]].astype(np.int64)

    @property
    def node_of(self) -> NDArray[np.int32]:
        """The node of each vector, (v,) int32."""
        if self.vectors_of is None:
            return np.arange(len(self.columns.vectors), dtype=np.int32)
        return self.vectors_of.group_of()

    @classmethod
    def raw(cls, columns: Columns, units: NDArray[np.float32] | None = None) -> "Segment":
        """Return what a delta held, to be scanned until it is sealed."""
        return cls(columns, units=unit(columns.vectors) if units is None else units)
