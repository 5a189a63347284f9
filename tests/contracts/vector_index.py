"""The siblings of `VectorIndex` with their oracle: the obvious loop over a dictionary."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import ExactIndex, HnswIndex, HnswParams, Neighbor, SegmentedIndex, SegmentParams, VectorIndex
from index.segmented import PartsOf

DIMENSION = 16

MakeIndex = Callable[[], VectorIndex]


def exact() -> VectorIndex:
    """An empty `ExactIndex`."""
    return ExactIndex(DIMENSION)


def hnsw() -> VectorIndex:
    """An empty `HnswIndex` as it comes."""
    return HnswIndex(DIMENSION)


def hnsw_graph_only() -> VectorIndex:
    """An empty `HnswIndex` that scans nothing, grows early, and searches widely."""
    params = HnswParams(ef_search=512, initial_capacity=2, scan_below=0)
    return HnswIndex(DIMENSION, params)


class Maintained(SegmentedIndex):
    """A `SegmentedIndex` that does all its maintenance, in small steps, after every change."""

    def insert(
        self,
        keys: Sequence[str],
        vectors: NDArray[np.floating[Any]],
        times: Sequence[float] | None = None,
        parts: PartsOf | None = None,
    ) -> None:
        """Insert, then seal and merge."""
        super().insert(keys, vectors, times, parts)
        self.maintain_all()

    def remove(self, keys: Sequence[str]) -> int:
        """Remove, then build anew what lost much."""
        gone = super().remove(keys)
        self.maintain_all()
        return gone

    def maintain_all(self) -> None:
        """Maintain until nothing is due."""
        while self.maintain(nodes=7):
            pass


# Small parts of which each is asked through its graph, widely.
TINY = SegmentParams(delta_limit=16, segment_limit=128, graph=HnswParams(ef_search=512, scan_below=0))


def segmented() -> VectorIndex:
    """An empty `SegmentedIndex` as it comes."""
    return SegmentedIndex(DIMENSION)


def segmented_raw() -> VectorIndex:
    """An empty `SegmentedIndex` of small deltas that nobody ever seals."""
    return SegmentedIndex(DIMENSION, SegmentParams(delta_limit=60, segment_limit=120))


def segmented_maintained() -> VectorIndex:
    """An empty `SegmentedIndex` of small parts that are sealed and merged at once."""
    return Maintained(DIMENSION, TINY)


SIBLINGS: tuple[MakeIndex, ...] = (exact, hnsw, hnsw_graph_only, segmented, segmented_raw, segmented_maintained)


def random_vectors(count: int, seed: int, dimension: int = DIMENSION) -> NDArray[np.float16]:
    """Draw directions evenly from the sphere, (count, dimension) float16."""
    drawn = np.random.default_rng(seed).standard_normal((count, dimension))
    vectors: NDArray[np.float16] = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float16)
    return vectors


def oracle_score(left: NDArray[np.float16], right: NDArray[np.float16]) -> float:
    """Return the cosine of two vectors (d,), each sum done exactly, rounded to 1e-6."""
    pairs = [(float(a), float(b)) for a, b in zip(left, right, strict=True)]
    dot = math.fsum(a * b for a, b in pairs)
    lengths = math.sqrt(math.fsum(a * a for a, _ in pairs))
    lengths *= math.sqrt(math.fsum(b * b for _, b in pairs))
    return round(max(-1.0, min(1.0, dot / lengths)), 6)


def oracle(stored: Mapping[str, NDArray[np.float16]], query: NDArray[np.float16]) -> list[Neighbor]:
    """Return every stored key with its score, best first, ties by key."""
    scored = [Neighbor(key, oracle_score(vector, query)) for key, vector in stored.items()]
    return sorted(scored, key=lambda neighbor: (-neighbor.score, neighbor.key))


def keys_of(neighbors: Sequence[Neighbor]) -> list[str]:
    """Return the keys of neighbors in their order."""
    return [neighbor.key for neighbor in neighbors]
