"""Nodes that stand for others which their graph does not find."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.groups import Groups
from index.vectors import angles, unit

# With fewer orphans a hub is no star, but a node or two that the graph happened to cut off.
_A_STAR = 8

# Where one in so many is not found, the graph is not trusted with the others.
_TOO_MANY = 4

# Nodes whose products with all stars are held at a time.
_AT_A_TIME = 4096


@dataclass(frozen=True, slots=True)
class Hubs:
    """The orphans of a graph by the node that was found in their place.

    A clip with thousands of edits around it is a star: each edit lies nearer to the clip than to
    another edit, so by the rule of the graph it is linked to the clip alone, which has room for few
    links back. A search for an edit ends at the clip. So each search also judges the hubs, and the
    orphans of those near enough that one of them may count: none is ever missed.

    Attributes:
        nodes: (h,) int64 ascending.
        orphans: The orphans of each hub, none of which is without.
        spread: (h,) float32, the widest angle between a hub and a vector of its orphans, in radians.
    """

    nodes: NDArray[np.int64]
    orphans: Groups
    spread: NDArray[np.float32]

    @classmethod
    def of(cls, hub_of: NDArray[np.int32], vectors: NDArray[np.float16], spread: NDArray[np.float32]) -> "Hubs | None":
        """Return the hubs of a graph, or None if it has no orphans.

        Args:
            hub_of: (n,) int32, the hub of each node that is an orphan, else -1.
            vectors: (n, d) float16, that of each node.
            spread: (n,) float32, how far each node's own vectors reach.
        """
        orphans = np.flatnonzero(hub_of >= 0)
        if not len(orphans):
            return None
        nodes, at = np.unique(hub_of[orphans], return_inverse=True)
        starts = np.zeros(len(nodes) + 1, dtype=np.int32)
        np.cumsum(np.bincount(at), out=starts[1:])
        order = np.argsort(at, kind="stable")
        reach = np.zeros(len(nodes), dtype=np.float32)
        np.maximum.at(reach, at, angles(vectors[orphans], vectors[hub_of[orphans]]) + spread[orphans])
        return cls(nodes.astype(np.int64), Groups(starts, orphans[order].astype(np.int32)), reach)

    def hub_of(self, count: int) -> NDArray[np.int32]:
        """Return the hub of each of all nodes, (count,) int32; -1 for those that are no orphans."""
        hub_of = np.full(count, -1, dtype=np.int32)
        hub_of[self.orphans.members] = np.repeat(self.nodes, np.diff(self.orphans.starts))
        return hub_of


def with_doubted(hub_of: NDArray[np.int32], vectors: NDArray[np.float16]) -> NDArray[np.int32]:
    """Return the hubs of orphans, with those of the nodes around a star, many of which are orphans.

    Where a graph does not find much of what lies around a node, it finds the rest by chance: by
    their own vectors, not by others near them. Around means as near as nine in ten of the orphans.

    Args:
        hub_of: (n,) int32, the hub of each orphan, else -1.
        vectors: (n, d) float16, that of each node.
    """
    doubted = hub_of.copy()
    hubs, sizes = np.unique(hub_of[hub_of >= 0], return_counts=True)
    stars = hubs[sizes >= _A_STAR]
    if not len(stars):
        return doubted
    centres = unit(vectors[stars])
    bounds = [
        np.quantile(unit(vectors[hub_of == star]) @ centre, 0.1) for star, centre in zip(stars, centres, strict=True)
    ]
    around, lost = np.zeros(len(stars), dtype=np.int64), np.zeros(len(stars), dtype=np.int64)
    nearest = np.full(len(vectors), -1, dtype=np.int64)
    for start in range(0, len(vectors), _AT_A_TIME):
        rows = slice(start, start + _AT_A_TIME)
        products = unit(vectors[rows]) @ centres.T  # (r, stars)
        near = products >= bounds
        around += near.sum(axis=0)
        lost += near[hub_of[rows] >= 0].sum(axis=0)
        nearest[rows] = np.where(near.any(axis=1), np.argmax(np.where(near, products, -2.0), axis=1), -1)
    star = np.where(_TOO_MANY * lost >= around, stars, -1)
    found = np.flatnonzero((hub_of < 0) & (nearest >= 0))
    doubted[found] = star[nearest[found]]
    return doubted
