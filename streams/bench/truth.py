"""What an exact judge finds for each query: the scores of the k neighbors, how many lie above a score."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import cosines
from streams.bench.recipe import Data

K = 10
RANGE_SCORE = 0.8

# Rows judged at a time: 64 Mi of float64 scores at 1,000 queries would be 512 MiB, these are a quarter.
_CHUNK = 16_384
# A library that ranks in float32 may put a vector in the place of one whose score differs in the last decimal.
TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Truth:
    """The exact answers to all queries.

    Attributes:
        best: (q, K) float64, scores of the K neighbors among all rows, in any order.
        best_left: (q, K) the same without the rows that leave.
        above: (q,) int64, rows at or above the score of the range search.
    """

    best: NDArray[np.float64]
    best_left: NDArray[np.float64]
    above: NDArray[np.int64]

    @property
    def kth(self) -> NDArray[np.float64]:
        """The score of the k-th neighbor among all rows, (q,) float64."""
        least: NDArray[np.float64] = self.best.min(axis=1)
        return least

    @property
    def kth_left(self) -> NDArray[np.float64]:
        """The same without the rows that leave."""
        least: NDArray[np.float64] = self.best_left.min(axis=1)
        return least

    def kth_with(self, row: int, fresh: NDArray[np.float64], *, left: bool) -> float:
        """Return the score of the k-th neighbor of one query with further rows, of which the scores are given."""
        known = self.best_left[row] if left else self.best[row]
        return float(_best(known[None, :], fresh[None, :]).min())


def write_truth(path: Path, data: Data) -> None:
    """Judge every row against every query, unless that was done."""
    if path.is_file():
        return
    queries = np.asarray(data.queries)
    leaving = np.zeros(len(data.vectors), dtype=bool)
    leaving[data.leaving] = True
    best = np.full((len(queries), 0), -1.0)
    best_left = best
    above = np.zeros(len(queries), dtype=np.int64)
    for start in range(0, len(data.vectors), _CHUNK):
        scores = cosines(np.asarray(data.vectors[start : start + _CHUNK]), queries).T  # (q, rows)
        above += (scores >= RANGE_SCORE).sum(axis=1)
        best = _best(best, scores)
        best_left = _best(best_left, scores[:, ~leaving[start : start + _CHUNK]])
    np.savez(path, best=best, best_left=best_left, above=above)


def read_truth(path: Path) -> Truth:
    """Open what `write_truth` made."""
    with np.load(path, allow_pickle=False) as file:
        return Truth(file["best"], file["best_left"], file["above"])


def right(query: NDArray[np.float16], rows: NDArray[np.float16], least: float) -> int:
    """Return how many vectors, (r, d), score at least so much against a query, (d,), ties counting as right."""
    if not len(rows):
        return 0
    return int((cosines(rows, query[None, :])[:, 0] >= least - TOLERANCE).sum())


def share(found: Sequence[int], all_of_them: Sequence[int]) -> float | None:
    """Return the share that was found over all queries; None where there was nothing to find."""
    total = sum(all_of_them)
    return sum(found) / total if total else None


def _best(known: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the K best scores, in any order, of both."""
    both = np.concatenate([known, scores], axis=1)
    return both if both.shape[1] <= K else np.partition(both, both.shape[1] - K, axis=1)[:, -K:]
