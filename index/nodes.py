"""The nodes of a graph in the making: a vector is one, or joins one that is very near."""

import numpy as np
from numpy.typing import NDArray

from index.groups import Groups
from index.hnsw import Graph
from index.hubs import Hubs, with_doubted
from index.params import SegmentParams
from index.vectors import angles, unit

# Vectors compared with each other at a time: 512 x 512 products cost far less than one insertion each.
_AT_A_TIME = 512


class Nodes:
    """Vectors, in their order, as nodes of a graph.

    A crowd of vectors that are nearly the same spends its links on itself, as copies do. So a
    vector whose cosine to a node is at least 1 - `near_copy_tolerance` joins that node. The graph
    is asked for the node, so one may be missed: then there are two, which costs memory, not truth.

    Args:
        vectors: (v, d) float16, distinct.
        params: Of the index.
    """

    def __init__(self, vectors: NDArray[np.float16], params: SegmentParams) -> None:
        self.graph = Graph(vectors.shape[1], params.graph, len(vectors))
        self.done = 0
        self.checked = 0
        self._vectors = vectors
        self._least = 1.0 - params.near_copy_tolerance
        self._node_of = np.empty(len(vectors), dtype=np.int32)
        self._leader = np.empty(len(vectors), dtype=np.int64)  # of each node the vector that stands for it
        self._hub_of = np.empty(len(vectors), dtype=np.int32)

    @property
    def leaders(self) -> NDArray[np.int64]:
        """The vector of each node, (nodes,) int64."""
        return self._leader[: len(self.graph)]

    def add(self, count: int) -> None:
        """Place the next `count` vectors."""
        end = min(len(self._vectors), self.done + count)
        while self.done < end:
            rows = np.arange(self.done, min(end, self.done + _AT_A_TIME))
            alone = self._joined(rows) if self._least < 1.0 else rows
            first = len(self.graph)
            self.graph.add(self._vectors[alone])
            self._leader[first : first + len(alone)] = alone
            self._node_of[alone] = np.arange(first, first + len(alone))
            self._follow(rows, alone)
            self.done = int(rows[-1]) + 1

    def groups(self) -> Groups | None:
        """Return the vectors of each node, its leader first; None if each vector is a node."""
        return Groups.of(self._node_of, len(self.graph))

    def spread(self) -> NDArray[np.float32]:
        """Return the widest angle between each node and a vector of it, (nodes,) float32 in radians."""
        widest = np.zeros(len(self.graph), dtype=np.float32)
        followers = np.flatnonzero(self._leader[self._node_of] != np.arange(len(self._node_of)))
        nodes = self._node_of[followers]
        np.maximum.at(widest, nodes, angles(self._vectors[followers], self._vectors[self._leader[nodes]]))
        return widest

    def check(self, count: int) -> bool:
        """Ask the finished graph for the next `count` nodes; return whether there are more."""
        first = self.checked
        some = self.leaders[first : first + count]
        self._hub_of[first : first + len(some)] = self.graph.found_instead(self._vectors[some], first)
        self.checked += len(some)
        return self.checked < len(self.leaders)

    def hubs(self) -> Hubs | None:
        """Return the hubs of the nodes that the graph does not find, once all are checked."""
        vectors, hub_of = self._vectors[self.leaders], self._hub_of[: self.checked]
        return Hubs.of(with_doubted(hub_of, vectors), vectors, self.spread())

    def _joined(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Let rows join nodes that are in the graph; return those that become nodes themselves."""
        self._node_of[rows] = -1
        if len(self.graph):
            nodes, scores = self.graph.closest(self._vectors[rows])
            near = scores >= self._least
            self._node_of[rows[near]] = nodes[near]
            rows = rows[~near]
        units = unit(self._vectors[rows])
        near_earlier = np.tril(units @ units.T >= self._least, k=-1)
        alone = np.ones(len(rows), dtype=np.bool_)
        for place in np.flatnonzero(near_earlier.any(axis=1)):
            alone[place] = not (near_earlier[place] & alone).any()
        return rows[alone]

    def _follow(self, rows: NDArray[np.int64], alone: NDArray[np.int64]) -> None:
        """Let the rows that are not placed join the nearest earlier one of those that have just become nodes."""
        left = rows[self._node_of[rows] < 0]
        if len(left):
            scores = unit(self._vectors[left]) @ unit(self._vectors[alone]).T
            scores[left[:, None] < alone] = -2.0  # the leader comes first
            self._node_of[left] = self._node_of[alone[np.argmax(scores, axis=1)]]
