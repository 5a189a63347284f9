"""What a part of an index holds of its keys, column by column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.rows import Part, Rows


@dataclass(frozen=True, slots=True)
class Columns:
    """Rows 0 .. n-1, one a key, over v distinct fused vectors; never changed, so any thread may read it.

    Attributes:
        keys: n keys.
        times: (n,) float64, in seconds.
        vector_of: (n,) int32, the row of `vectors` of each key.
        vectors: (v, d) float16, in one block.
        parts: Of each modality the rows that have it, ascending, with their vectors, in one block each.
    """

    keys: Sequence[str]
    times: NDArray[np.float64]
    vector_of: NDArray[np.int32]
    vectors: NDArray[np.float16]
    parts: Mapping[str, Part]

    def __len__(self) -> int:
        return len(self.keys)

    def rows(self, start: int, stop: int) -> Rows:
        """Return the rows from `start` up to `stop`; vectors are views wherever they lie side by side."""
        parts = {}
        for name, (having, vectors) in self.parts.items():
            first, end = np.searchsorted(having, (start, stop))
            if first < end:
                parts[name] = (having[first:end] - start, vectors[first:end])
        return Rows(self.keys[start:stop], self._fused(start, stop), parts)

    def take(self, rows: NDArray[np.int64]) -> Rows:
        """Return the given rows, (r,), in their order, as copies."""
        parts = {}
        for name, (having, vectors) in self.parts.items():
            places = np.minimum(np.searchsorted(having, rows), max(0, len(having) - 1))
            found = np.flatnonzero(having[places] == rows) if len(having) else rows[:0]
            if len(found):
                parts[name] = (found, vectors[places[found]])
        return Rows([self.keys[row] for row in rows.tolist()], self.vectors[self.vector_of[rows]], parts)

    def fused(self, row: int) -> NDArray[np.float16]:
        """Return the fused vector, (d,) float16, of a row."""
        vector: NDArray[np.float16] = self.vectors[self.vector_of[row]]
        return vector

    def _fused(self, start: int, stop: int) -> NDArray[np.float16]:
        at = self.vector_of[start:stop]
        if len(at) and (np.diff(at) == 1).all():
            return self.vectors[at[0] : at[-1] + 1]
        return self.vectors[at]
