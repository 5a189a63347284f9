"""Standing vectors side by side, each with the score from which on it matters."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from streams.wire.embedding import Vector

# Trend and seed.
Column = tuple[str, str]
# A column with its vector, (d,), and the score from which on it matters.
Entry = tuple[Column, NDArray[np.float32], float]

# Columns for which room is made at first; it then doubles.
_FIRST = 64
# Products held at a time: 2**22 float32 values are 16 MiB.
_PRODUCTS_AT_A_TIME = 2**22


class Columns:
    """Vectors of one dimension by trend and seed; adding or dropping one costs a copy of a vector.

    A score is the product of a column with a row. Both are at unit norm, or are unit vectors side by side in which the
    column's have shares of 1 as their norms.
    """

    def __init__(self, dimension: int) -> None:
        self._vectors = np.zeros((_FIRST, dimension), dtype=np.float32)
        self._limits = np.empty(_FIRST, dtype=np.float32)
        self._keys: list[Column] = []
        self._places: dict[Column, int] = {}

    def __len__(self) -> int:
        """Return how many vectors stand."""
        return len(self._keys)

    @property
    def dimension(self) -> int:
        """Of the vectors."""
        return int(self._vectors.shape[1])

    def widen(self, dimension: int) -> None:
        """Make vectors longer; those that stand are 0 there."""
        more = np.zeros((len(self._vectors), dimension - self.dimension), dtype=np.float32)
        self._vectors = np.concatenate([self._vectors, more], axis=1)

    def put(self, entries: Sequence[Entry]) -> None:
        """Add or replace vectors, each of which matters from a score on."""
        self._reserve(len(entries))
        for column, vector, limit in entries:
            place = self._places.setdefault(column, len(self._keys))
            if place == len(self._keys):
                self._keys.append(column)
            self._vectors[place], self._limits[place] = vector, limit

    def drop(self, column: Column) -> None:
        """Forget a vector, if it stands; the last one takes its place."""
        place = self._places.pop(column, None)
        if place is None:
            return
        last = self._keys.pop()
        if last != column:
            end = len(self._keys)
            self._keys[place], self._places[last] = last, place
            self._vectors[place], self._limits[place] = self._vectors[end], self._limits[end]

    def reached(self, rows: NDArray[np.float32]) -> Iterator[tuple[int, Column]]:
        """Yield row and column wherever the score may reach the limit of the column: all that do, few that do not.

        Args:
            rows: (n, d).
        """
        # A sum of d products in float32, in any order, is off by less than d x 2**-24 at unit norm (Higham, Accuracy
        # and Stability of Numerical Algorithms, 3.1); two rounded vectors and the rounded limit add a unit each, so
        # does the weight of a part with its product; a score is rounded to 1e-6 once or twice.
        margin = np.float32(1.01 * (self.dimension + 5) * 2.0**-24 + 2e-6)
        count = len(self._keys)
        limits = self._limits[:count] - margin
        step = max(1, _PRODUCTS_AT_A_TIME // max(1, len(rows)))
        for start in range(0, count, step):
            end = min(count, start + step)
            found = rows @ self._vectors[start:end].T >= limits[start:end]  # (n, step)
            at, columns = np.nonzero(found)
            for row, column in zip(at.tolist(), columns.tolist(), strict=True):
                yield row, self._keys[start + column]

    def _reserve(self, more: int) -> None:
        rows = len(self._keys) + more
        if rows > len(self._vectors):
            grown = max(rows, 2 * len(self._vectors)) - len(self._vectors)
            self._vectors = np.concatenate([self._vectors, np.zeros((grown, self.dimension), dtype=np.float32)])
            self._limits = np.concatenate([self._limits, np.empty(grown, dtype=np.float32)])


def unit(vectors: Vector) -> NDArray[np.float32]:
    """Return vectors (n, d), none of zero norm, at unit norm."""
    wide = vectors.astype(np.float64)
    units: NDArray[np.float32] = (wide / np.sqrt(np.einsum("nd,nd->n", wide, wide))[:, None]).astype(np.float32)
    return units
