"""How much of what lies above a score a graph finds, measured on its own vectors."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.candidates import Proposer, reached
from index.vectors import cosines

# Vectors that are searched for: 64 with 100 neighbors each tell a share of 0.99 to about 0.002.
_SAMPLE = 64

# Neighbors of each that are counted: about as many as a seed has first hits.
_NEIGHBORS = 100


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a sample of range searches found.

    Attributes:
        sought: Pairs of a sampled vector with another one at or above a score, counted exactly.
        found: Those of them that the graph found.
    """

    sought: int
    found: int

    def missing(self, found: int) -> float:
        """Return about how many neighbors an answer lacks that has found so many.

        With the share r = (found + 1) / (sought + 2) of the sample, by Laplace's rule of succession,
        an answer of n neighbors lacks n (1 - r) / r: never quite none, for a sample proves nothing.
        """
        return found * (self.sought - self.found + 1) / (self.found + 1)


def measured(source: Proposer, vectors: NDArray[np.float16], live: NDArray[np.int64], want: int) -> Coverage:
    """Search for a sample of vectors, each above the score of its hundredth neighbor, exactly too.

    Args:
        source: Of the graph.
        vectors: (v, d) float16, by label.
        live: (n,) int64, the labels that have keys.
        want: How many nodes a search asks for at first.
    """
    sought = found = 0
    others = min(_NEIGHBORS, len(live) - 1)
    for label in live[np.unique(np.linspace(0, len(live) - 1, min(_SAMPLE, len(live))).astype(np.int64))]:
        query = vectors[label : label + 1]
        scores = cosines(vectors[live], query)[:, 0]
        score = float(np.partition(scores, len(scores) - others - 1)[len(scores) - others - 1])
        sought += int(np.count_nonzero(scores >= score)) - 1  # it finds itself, which tells nothing
        found += max(0, reached(source, query, score, want) - 1)
    return Coverage(sought, min(found, sought))
