"""One node for all keys whose vectors are the same bytes."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from index.neighbor import Neighbor
from index.topk import best_rows


@dataclass(frozen=True, slots=True)
class NodePlan:
    """Where the vectors of one insert belong.

    Attributes:
        labels: The node of each vector.
        fresh: The row of the first vector of each new node, in the order of the new labels, which
            follow the last label in use.
        digests: The digest of each new node's vector.
    """

    labels: tuple[int, ...]
    fresh: tuple[int, ...]
    digests: tuple[bytes, ...]


class Postings:
    """Nodes 0 .. n-1, one a distinct vector, each with the sorted keys that share the vector.

    A graph with thousands of identical nodes loses whole regions: their links are spent on each
    other. So a vector enters a graph once. A node that lost its last key keeps its label and its
    vector: when the vector returns, so does the node, and no label ever means two vectors.

    Not safe for use by several threads at once, unless nothing changes any more.
    """

    def __init__(self) -> None:
        self._labels: dict[str, int] = {}
        self._keys: list[list[str]] = []
        self._digests: list[bytes] = []
        self._nodes: dict[bytes, int] = {}

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self._labels)

    def __contains__(self, key: object) -> bool:
        return key in self._labels

    @property
    def nodes(self) -> int:
        """The number of labels in use, those of nodes without keys included."""
        return len(self._keys)

    def plan(self, vectors: NDArray[np.float16]) -> NodePlan:
        """Find the node of each vector, (n, d) float16 C-contiguous; nothing is changed."""
        fresh: dict[bytes, int] = {}
        digests = [blake2b(vector.tobytes(), digest_size=16).digest() for vector in vectors]
        for row, digest in enumerate(digests):
            if digest not in self._nodes:
                fresh.setdefault(digest, row)
        coming = {digest: self.nodes + i for i, digest in enumerate(fresh)}
        labels = (self._nodes.get(digest, coming.get(digest, -1)) for digest in digests)
        return NodePlan(tuple(labels), tuple(fresh.values()), tuple(fresh))

    def apply(self, keys: Sequence[str], plan: NodePlan) -> set[int]:
        """Give each key its planned node, taking it from the node it had.

        Args:
            keys: Distinct keys, one a vector of the plan.
            plan: Made by `plan` on these postings, which have not changed since.

        Returns:
            The labels whose keys changed.
        """
        for digest in plan.digests:
            self._nodes[digest] = self.nodes
            self._digests.append(digest)
            self._keys.append([])
        touched: set[int] = set()
        for key, label in zip(keys, plan.labels, strict=True):
            if self._labels.get(key) != label:
                touched |= {label} | self.remove([key])
                self._labels[key] = label
                insort(self._keys[label], key)
        return touched

    def remove(self, keys: Iterable[str]) -> set[int]:
        """Forget keys; return the labels whose keys changed."""
        touched: set[int] = set()
        for key in keys:
            label = self._labels.pop(key, None)
            if label is not None:
                del self._keys[label][bisect_left(self._keys[label], key)]
                touched.add(label)
        return touched

    def label(self, key: str) -> int:
        """Return the node of a key.

        Raises:
            KeyError: The key is unknown.
        """
        return self._labels[key]

    def is_empty(self, label: int) -> bool:
        """Return whether no key shares a node any more."""
        return not self._keys[label]

    def live(self) -> NDArray[np.int64]:
        """Return the labels that have keys, ascending, (live,) int64."""
        labels = (label for label, keys in enumerate(self._keys) if keys)
        return np.fromiter(labels, dtype=np.int64)

    def count(self, labels: NDArray[np.int64]) -> int:
        """Return how many keys share the given nodes."""
        return sum(len(self._keys[label]) for label in labels)

    def best(self, labels: NDArray[np.int64], scores: NDArray[np.float64], k: int) -> list[Neighbor]:
        """Return the k best neighbors among the keys of nodes.

        Args:
            labels: (n,) distinct labels of nodes that have keys.
            scores: (n,) float64, the score of each node.
            k: 1 <= k.

        Returns:
            At most k neighbors, best first, ties by key.
        """
        found: list[Neighbor] = []
        for row in best_rows(scores, k):
            score = float(scores[row])
            if len(found) >= k and score < found[-1].score:
                break
            found += (Neighbor(key, score) for key in islice(self._keys[labels[row]], k))
        return sorted(found, key=Neighbor.rank)[:k]

    def compacted(self) -> "Postings":
        """Return the same keys with nodes renumbered 0 .. live-1, in the order of `live`."""
        compact = Postings()
        for digest, keys in zip(self._digests, self._keys, strict=True):
            if keys:
                compact._labels.update(dict.fromkeys(keys, compact.nodes))
                compact._nodes[digest] = compact.nodes
                compact._digests.append(digest)
                compact._keys.append(keys[:])
        return compact
