"""What is compared of a modality: its whole vector, or one block of it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from index import Part, Rows
from streams.wire.embedding import Vector
from streams.wire.envelope import ModalityName

Place = tuple[int, int]
"""Where a block begins in its modality's vector, with where it ends."""

Places = Mapping[str, Place]
"""The place of each block by its name, such as `frames/shape`."""

_NAMES: Mapping[str, ModalityName] = {"frames": "frames", "audio": "audio", "text": "text"}
_ABSENT: Part = (np.empty(0, dtype=np.int64), np.empty((0, 1), dtype=np.float16))


@dataclass(frozen=True, slots=True)
class Piece:
    """A modality's vector, or a block of it.

    Blocks are stored as they stand in the vector, of whatever norm: a cosine divides by both norms in float64, of sums
    that are exact, so a block scores the same in whatever batch it comes, as whole vectors do.

    Attributes:
        modality: Whose vector.
        place: Of the block; None for the whole.
    """

    modality: ModalityName
    place: Place | None = None

    @classmethod
    def named(cls, name: str, places: Places) -> "Piece":
        """Return what a weight names: `frames`, or `frames/shape` with its place among those given.

        Raises:
            KeyError: A block without a place, or no modality.
        """
        modality, _, block = name.partition("/")
        return cls(_NAMES[modality], places[name] if block else None)

    def of(self, rows: Rows) -> Part:
        """Return the rows that have it, with these vectors (r, width) float16, none of zero norm.

        A block that is all 0, or that reaches beyond the vector, is missing.
        """
        having, vectors = rows.parts.get(self.modality, _ABSENT)
        if self.place is None:
            return having, vectors
        start, stop = self.place
        if stop > vectors.shape[1]:
            return _ABSENT
        block = vectors[:, start:stop]
        # Of the bits, all but that of the sign: the same as any() of float16, which numpy takes twice as long for.
        known = (block.view(np.uint16) << 1).any(axis=1)
        return (having, block) if known.all() else (having[known], block[known])

    def cut(self, vectors: Mapping[ModalityName, Vector]) -> Vector | None:
        """Return it (width,) out of the vectors of one video or seed; None where it is missing, as in `of`."""
        vector = vectors.get(self.modality)
        if vector is None or self.place is None:
            return vector
        start, stop = self.place
        return vector[start:stop] if stop <= len(vector) and vector[start:stop].any() else None
