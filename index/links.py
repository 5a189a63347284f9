"""All of a graph but its vectors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import BadSegment

# A list of links begins with a word that holds their number in its lower half.
_COUNT = np.uint32(0xFFFF)


@dataclass(frozen=True, slots=True)
class Links:
    """The links of nodes 0 .. n-1, as hnswlib 0.8.0 lays them out in memory.

    Attributes:
        m: As in `HnswParams`.
        ef_construction: As in `HnswParams`.
        entry: The node at which every search begins: one of the highest level.
        levels: (n,) int32, the highest level of each node; 0 is the ground.
        ground: (n, 1 + 2 m) uint32: the number of links, then the nodes they lead to.
        upper: (sum of levels, 1 + m) uint32, likewise, node after node, level 1 first.
    """

    m: int
    ef_construction: int
    entry: int
    levels: NDArray[np.int32]
    ground: NDArray[np.uint32]
    upper: NDArray[np.uint32]

    def __len__(self) -> int:
        return len(self.levels)

    def check(self) -> None:
        """Check that no search can leave the graph: hnswlib believes what it reads.

        Raises:
            BadSegment: A shape, number, or link is out of its range.
        """
        nodes = len(self.levels)
        levels = self.levels.astype(np.int64)
        if not nodes or (levels < 0).any() or (levels > 64).any():
            raise BadSegment("levels of the graph")
        if self.ground.shape != (nodes, 1 + 2 * self.m) or self.upper.shape != (levels.sum(), 1 + self.m):
            raise BadSegment("shape of the links")
        if not 0 <= self.entry < nodes or levels[self.entry] != levels.max():
            raise BadSegment("entry of the graph")
        _check_lists(self.ground, levels, np.zeros(nodes, dtype=np.int64))
        ends = np.cumsum(levels)
        level = np.arange(len(self.upper)) - np.repeat(ends - levels, levels) + 1
        _check_lists(self.upper, levels, level)

    def filled(self, state: Mapping[str, Any], units: NDArray[np.float32]) -> dict[str, Any]:
        """Return the state of an empty graph of hnswlib with room for n nodes, filled over units, (n, d)."""
        nodes, names = len(self), np.arange(len(self), dtype=np.uint64)
        memory = np.zeros((nodes, int(state["size_data_per_element"])), dtype=np.uint8)
        for offset, column in (
            (state["offset_level0"], self.ground),
            (state["offset_data"], units),
            (state["label_offset"], names[:, None]),
        ):
            memory[:, offset : offset + column.itemsize * column.shape[1]] = np.ascontiguousarray(column).view(np.uint8)
        return dict(state) | {
            "ep_added": True,
            "cur_element_count": nodes,
            "max_level": int(self.levels.max()),
            "enterpoint_node": self.entry,
            "has_deletions": False,
            "label_lookup_external": names,
            "label_lookup_internal": names.astype(np.uint32),
            "element_levels": self.levels,
            "data_level0": memory.reshape(-1).view(np.int8),
            "link_lists": np.ascontiguousarray(self.upper).reshape(-1).view(np.int8),
        }


def _check_lists(lists: NDArray[np.uint32], levels: NDArray[np.int64], level: NDArray[np.int64]) -> None:
    """Check lists of links, each on its level, to lead to nodes that reach this level."""
    counts = lists[:, 0]
    if (counts > _COUNT).any() or (counts > lists.shape[1] - 1).any():
        raise BadSegment("number of links")
    used = np.arange(lists.shape[1] - 1) < counts[:, None]
    targets = lists[:, 1:]
    if (targets[used] >= len(levels)).any():
        raise BadSegment("link beyond the graph")
    if (levels[np.where(used, targets, 0)] < level[:, None])[used].any():
        raise BadSegment("link above its node")
