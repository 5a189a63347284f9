"""The siblings of `VectorIndex` with their oracle: the obvious loop over a dictionary."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index import ExactIndex, HnswIndex, HnswParams, Neighbor, VectorIndex

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


SIBLINGS: tuple[MakeIndex, ...] = (exact, hnsw, hnsw_graph_only)


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
