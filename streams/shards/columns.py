"""Standing vectors side by side, each with the score from which on it matters."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from streams.wire.embedding import Vector

# Trend and seed.
Column = tuple[str, str]
# A column with its vector, (d,) float16, and the score from which on it matters.
Entry = tuple[Column, Vector, float]

# Columns for which room is made at first; it then doubles.
_FIRST = 64
# Products held at a time: 2**22 float32 values are 16 MiB.
_PRODUCTS_AT_A_TIME = 2**22


class Columns:
    """Unit vectors of one dimension by trend and seed; adding or dropping one costs a copy of a vector."""

    def __init__(self, dimension: int) -> None:
        self._units = np.empty((_FIRST, dimension), dtype=np.float32)
        self._limits = np.empty(_FIRST, dtype=np.float32)
        self._keys: list[Column] = []
        self._places: dict[Column, int] = {}
        # A sum of d products in float32, in any order, is off by less than d x 2**-24 at unit norm (Higham, Accuracy
        # and Stability of Numerical Algorithms, 3.1); two rounded vectors and the rounded limit add a unit each; a
        # score is rounded to 1e-6 once or twice.
        self._margin = 1.01 * (dimension + 3) * 2.0**-24 + 2e-6

    def __len__(self) -> int:
        """Return how many vectors stand."""
        return len(self._keys)

    def put(self, entries: Sequence[Entry]) -> None:
        """Add or replace vectors, each of which matters from a score on."""
        units = _unit(np.stack([vector for _, vector, _ in entries]))
        self._reserve(len(entries))
        for unit, (column, _, limit) in zip(units, entries, strict=True):
            place = self._places.setdefault(column, len(self._keys))
            if place == len(self._keys):
                self._keys.append(column)
            self._units[place], self._limits[place] = unit, limit - self._margin

    def drop(self, column: Column) -> None:
        """Forget a vector, if it stands; the last one takes its place."""
        place = self._places.pop(column, None)
        if place is None:
            return
        last = self._keys.pop()
        if last != column:
            end = len(self._keys)
            self._keys[place], self._places[last] = last, place
            self._units[place], self._limits[place] = self._units[end], self._limits[end]

    def reached(self, vectors: NDArray[np.float16]) -> Iterator[tuple[int, Column]]:
        """Yield row and column wherever the score may reach the limit of the column: all that do, few that do not.

        Args:
            vectors: (n, d) float16, none of zero norm.
        """
        units, count = _unit(vectors), len(self._keys)
        step = max(1, _PRODUCTS_AT_A_TIME // max(1, len(units)))
        for start in range(0, count, step):
            end = min(count, start + step)
            found = units @ self._units[start:end].T >= self._limits[start:end]  # (n, step)
            rows, columns = np.nonzero(found)
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
                yield row, self._keys[start + column]

    def _reserve(self, more: int) -> None:
        rows = len(self._keys) + more
        if rows > len(self._units):
            grown = max(rows, 2 * len(self._units)) - len(self._units)
            self._units = np.concatenate([self._units, np.empty((grown, self._units.shape[1]), dtype=np.float32)])
            self._limits = np.concatenate([self._limits, np.empty(grown, dtype=np.float32)])


def _unit(vectors: Vector) -> NDArray[np.float32]:
    """Return vectors (n, d), none of zero norm, at unit norm."""
    wide = vectors.astype(np.float64)
    units: NDArray[np.float32] = (wide / np.sqrt(np.einsum("nd,nd->n", wide, wide))[:, None]).astype(np.float32)
    return units
