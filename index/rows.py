"""Some keys with all vectors that are held of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

# A part: the rows that have it, (r,) int64 ascending, with their vectors, (r, d_m) float16.
Part = tuple[NDArray[np.int64], NDArray[np.float16]]


@dataclass(frozen=True, slots=True)
class Rows:
    """n keys, each with its fused vector, beside the vectors of the modalities that it has.

    Attributes:
        keys: n keys.
        fused: (n, d) float16, one row a key.
        parts: Of each modality that some key has: the rows that have it, (r,) int64 ascending, with
            their vectors, (r, d_m) float16.
    """

    keys: Sequence[str]
    fused: NDArray[np.float16]
    parts: Mapping[str, Part] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def one(cls, key: str, fused: NDArray[np.float16], parts: Mapping[str, NDArray[np.float16]]) -> "Rows":
        """Return one key with its fused vector, (d,), beside the vector, (d_m,), of each modality it has."""
        only = np.zeros(1, dtype=np.int64)
        return cls([key], fused[None, :], {name: (only, vector[None, :]) for name, vector in parts.items()})

    def take(self, rows: Sequence[int] | NDArray[np.int64]) -> "Rows":
        """Return the given rows, in that order, as copies."""
        wanted = np.asarray(rows, dtype=np.int64)
        parts = {}
        for name, (having, vectors) in self.parts.items():
            place = np.full(len(self), -1, dtype=np.int64)
            place[having] = np.arange(len(having))
            found = np.flatnonzero(place[wanted] >= 0)
            if len(found):
                parts[name] = (found, vectors[place[wanted[found]]])
        return Rows([self.keys[row] for row in wanted], self.fused[wanted], parts)

    def slice(self, start: int, stop: int) -> "Rows":
        """Return the rows from `start` up to `stop`, 0 <= start <= stop; vectors are views, not copies."""
        parts = {}
        for name, (having, vectors) in self.parts.items():
            first, end = np.searchsorted(having, (start, stop))
            if first < end:
                parts[name] = (having[first:end] - start, vectors[first:end])
        return Rows(self.keys[start:stop], self.fused[start:stop], parts)


def joined(dimension: int, some: Sequence[Rows]) -> Rows:
    """Return all rows of several, one after the other, the fused vectors of which are (n, dimension)."""
    starts = np.cumsum([0, *map(len, some)])
    fused = np.concatenate([np.empty((0, dimension), dtype=np.float16), *(rows.fused for rows in some)])
    found: dict[str, list[Part]] = {}
    for start, rows in zip(starts[:-1], some, strict=True):
        for name, (having, vectors) in rows.parts.items():
            found.setdefault(name, []).append((having + start, vectors))
    parts = {
        name: (np.concatenate([having for having, _ in each]), np.concatenate([vectors for _, vectors in each]))
        for name, each in found.items()
    }
    return Rows([key for rows in some for key in rows.keys], fused, parts)
