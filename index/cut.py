"""What an index holds at one moment, to be written down."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.errors import BadSegment
from index.segment import Segment


@dataclass(frozen=True, slots=True)
class CutPart:
    """One part of an index.

    Attributes:
        segment: Never changed; if its `segment_id` is not empty, it is the same whenever that id is met.
        removed: (r,) int64 ascending, the rows that do not count any more.
    """

    segment: Segment
    removed: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class IndexCut:
    """All parts of an index at one moment; it shares memory with the index, yet never changes.

    Attributes:
        dimension: Of the fused vectors.
        newest: The newest time of an insert so far.
        widths: The dimension of each modality that was ever inserted.
        parts: The oldest first; those that are still to be sealed last, the delta at the very end.
    """

    dimension: int
    newest: float
    widths: Mapping[str, int]
    parts: tuple[CutPart, ...]


def check_cut(cut: IndexCut) -> None:
    """Check that the parts of a cut belong together.

    Raises:
        BadSegment: Another dimension, an unknown modality, or a key that counts twice.
    """
    keys: set[str] = set()
    count = 0
    for part in cut.parts:
        columns = part.segment.columns
        widths = {name: vectors.shape[1] for name, (_, vectors) in columns.parts.items()}
        if columns.vectors.shape[1] != cut.dimension or not widths.items() <= cut.widths.items():
            raise BadSegment("dimension of a part")
        removed = set(part.removed.tolist())
        keys.update(key for row, key in enumerate(columns.keys) if row not in removed)
        count += len(columns) - len(removed)
    if len(keys) != count:
        raise BadSegment("key in two parts")
