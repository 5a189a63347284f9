"""Which rows of a part of an index still count."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from index.block import Block


class Live:
    """The rows of some columns that were neither removed nor replaced, found by key.

    One thread at a time may change it; any number may read `mask` and `left` meanwhile, each of
    which sees a removal or does not see it yet.
    """

    def __init__(self) -> None:
        self._row_of: dict[str, int] = {}
        self._vector_of: Block[np.int32] = Block(np.int32)
        self._mask: Block[np.bool_] = Block(np.bool_)
        self._left: Block[np.int32] = Block(np.int32)
        self._live = 0
        self.vectors = 0  # how many have live rows

    @classmethod
    def whole(cls, keys: Sequence[str], vector_of: NDArray[np.int32], vectors: int) -> "Live":
        """Return all rows of columns that hold each key once, over a number of vectors."""
        live = cls()
        live.append(keys, vector_of, vectors)
        return live

    def __len__(self) -> int:
        """Return the number of live rows."""
        return self._live

    def __contains__(self, key: object) -> bool:
        return self.row(key) is not None

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Whether each row is live, (n,)."""
        return self._mask.used

    @property
    def left(self) -> NDArray[np.int32]:
        """How many live rows each vector has, (v,)."""
        return self._left.used

    @property
    def total(self) -> int:
        """How many rows there are, the others included."""
        return len(self._mask)

    @property
    def gone(self) -> int:
        """How many rows do not count any more."""
        return self.total - self._live

    def row(self, key: object) -> int | None:
        """Return the live row of a key, None if it has none."""
        row = self._row_of.get(key)  # type: ignore[call-overload]  # any object may be asked for
        return row if row is not None and self._mask.values[row] else None

    def held(self) -> list[str]:
        """Return the keys of the live rows."""
        mask = self.mask
        return [key for key, row in self._row_of.items() if mask[row]]

    def append(self, keys: Sequence[str], vector_of: NDArray[np.int32], vectors: int) -> None:
        """Add live rows, (n,); an older row of the same key goes.

        Args:
            keys: n distinct keys.
            vector_of: (n,) int32, the vector of each.
            vectors: How many vectors there are from now on.
        """
        self.remove(keys)
        first = self.total
        self._row_of.update(zip(keys, range(first, first + len(keys)), strict=True))
        self._mask.append(np.ones(len(keys), dtype=np.bool_))
        self._vector_of.append(vector_of)
        self._left.append(np.zeros(vectors - len(self._left), dtype=np.int32))
        self._count(vector_of, 1)

    def remove(self, keys: Iterable[str]) -> int:
        """Let go of the rows of keys; return how many there were."""
        rows = {row for key in keys if (row := self.row(key)) is not None}
        return self.drop(np.fromiter(rows, dtype=np.int64, count=len(rows))) if rows else 0

    def drop(self, rows: NDArray[np.int64]) -> int:
        """Let go of distinct rows; return how many were live."""
        mask = self._mask.values
        live = rows[mask[rows]]
        mask[live] = False
        self._count(self._vector_of.values[live], -1)
        return len(live)

    def _count(self, vector_of: NDArray[np.int32], more: int) -> None:
        """Note that each of these vectors has gained or lost a live row."""
        touched, times = np.unique(vector_of, return_counts=True)
        left = self._left.values
        before = int(np.count_nonzero(left[touched]))
        left[touched] += (more * times).astype(np.int32)
        self.vectors += int(np.count_nonzero(left[touched])) - before
        self._live += more * len(vector_of)
