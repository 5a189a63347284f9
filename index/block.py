"""Contiguous arrays that grow at their end."""

from collections.abc import Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

# Rows of a block before it first grows; it then doubles, so that n rows cost fewer than 2n copies.
_FIRST_ROWS = 256

S = TypeVar("S", bound=np.generic)


class Block(Generic[S]):
    """Rows 0 .. n-1 of one shape, addressed by their number.

    What `used` returned stays as it was when rows are appended. Not safe for use by several threads
    at once.

    Args:
        dtype: Of the values.
        shape: Of one row; a single value if left out.
    """

    def __init__(self, dtype: DTypeLike, *shape: int) -> None:
        self._rows: NDArray[S] = np.empty((0, *shape), dtype=dtype)
        self._used = 0

    def __len__(self) -> int:
        return self._used

    @property
    def used(self) -> NDArray[S]:
        """All rows, (n, *shape): a read-only view."""
        view = self._rows[: self._used]
        view.flags.writeable = False
        return view

    @property
    def values(self) -> NDArray[S]:
        """All rows, (n, *shape), to be written to; valid until the next `append`."""
        return self._rows[: self._used]

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> NDArray[S]:
        """Return a copy, (len(rows), *shape), of the given rows."""
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
        grown = np.empty((capacity, *self._rows.shape[1:]), dtype=self._rows.dtype)
        grown[: self._used] = self._rows[: self._used]
        self._rows = grown

    def append(self, rows: NDArray[S]) -> None:
        """Add rows, (n, *shape), after the last."""
        self.reserve(len(rows))
        self._rows[self._used : self._used + len(rows)] = rows
        self._used += len(rows)


class VectorBlock(Block[np.float16]):
    """Float16 vectors of one dimension, which may also be overwritten or moved."""

    def __init__(self, dimension: int) -> None:
        super().__init__(np.float16, dimension)

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
