"""A growing, contiguous block of float16 vectors."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Rows of a block before it first grows; it then doubles, so that n rows cost fewer than 2n copies.
_FIRST_ROWS = 256


class VectorBlock:
    """Rows 0 .. n-1 of one dimension, addressed by their number.

    Not safe for use by several threads at once.
    """

    def __init__(self, dimension: int) -> None:
        self._rows = np.empty((0, dimension), dtype=np.float16)
        self._used = 0

    def __len__(self) -> int:
        return self._used

    @property
    def used(self) -> NDArray[np.float16]:
        """All rows, (n, d) float16: a read-only view, valid until the next change."""
        view = self._rows[: self._used]
        view.flags.writeable = False
        return view

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float16]:
        """Return a copy, (len(rows), d) float16, of the given rows."""
        return self._rows[np.asarray(rows, dtype=np.int64)]

    def reserve(self, more: int) -> None:
        """Make room for `more` further rows.

        Raises:
            MemoryError: There is no room; the block is as it was.
        """
        needed = self._used + more
        if needed <= len(self._rows):
            return
        capacity = max(_FIRST_ROWS, needed, 2 * len(self._rows))
        grown = np.empty((capacity, self._rows.shape[1]), dtype=np.float16)
        grown[: self._used] = self._rows[: self._used]
        self._rows = grown

    def append(self, vectors: NDArray[np.float16]) -> None:
        """Add rows, (n, d) float16, after the last."""
        self.reserve(len(vectors))
        self._rows[self._used : self._used + len(vectors)] = vectors
        self._used += len(vectors)

    def write(self, rows: Sequence[int], vectors: NDArray[np.float16]) -> None:
        """Set rows; those after the last extend the block.

        Args:
            rows: Distinct row numbers; none may leave a gap after the last row.
            vectors: (len(rows), d) float16.
        """
        if not rows:
            return
        end = max(self._used, max(rows) + 1)
        self.reserve(end - self._used)
        self._rows[np.asarray(rows, dtype=np.int64)] = vectors
        self._used = end

    def swap_remove(self, gap: int, last: int) -> None:
        """Move row `last`, which must be the last one, into row `gap`, then drop it."""
        self._rows[gap] = self._rows[last]
        self._used = last
