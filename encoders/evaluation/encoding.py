"""The posts of a store as one method sees them: fused, by modality, by block."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encoders.corpus.store import Store
from encoders.evaluation.methods import Method
from encoders.evaluation.scorers import Rows, Vectors
from encoders.evaluation.vector_file import Advance, VectorFile, encoded
from encoders.modality import Modality
from encoders.protocol import Fusion


@dataclass(frozen=True, slots=True)
class Seen:
    """The vectors of a store by one method; rows are those of the store.

    Attributes:
        fused: Of all that a post has.
        parts: By modality.
        blocks: By block, `frames.motion` say; a modality without blocks is one by itself.
    """

    fused: Vectors
    parts: Mapping[str, Vectors]
    blocks: Mapping[str, Vectors]


def open_posts(method: Method, store: Store, rows: Rows, folder: Path) -> int:
    """Return how many samples of some rows a method has not encoded yet."""
    files = [VectorFile(folder, store, encoder) for encoder in method.encoders.values()]
    return sum(len(file.open_rows(rows)) for file in files)


def see(method: Method, store: Store, rows: Rows, folder: Path, advance: Advance | None = None) -> Seen:
    """Encode rows of a store, or read what was encoded before.

    Args:
        method: By which.
        store: Whose posts.
        rows: int64 (r,), drawn; other rows of the store count as missing.
        folder: Of the files with vectors.
        advance: Told of each chunk of each modality.
    """
    arrays = {modality: encoded(folder, store, encoder, rows, advance) for modality, encoder in method.encoders.items()}
    parts = {modality.value: Vectors(array) for modality, array in arrays.items()}
    blocks: dict[str, Vectors] = {}
    for modality, array in arrays.items():
        names = method.aspects.get(modality, {})
        blocks |= in_blocks(modality.value, array, names) if names else {modality.value: parts[modality.value]}
    fused = parts[next(iter(arrays)).value] if len(arrays) == 1 else Vectors(_fused(method.fusion, arrays, rows))
    return Seen(fused, parts, blocks)


def in_blocks(name: str, array: NDArray[np.float32], aspects: Mapping[str, int]) -> dict[str, Vectors]:
    """Split vectors (n, d) into blocks, each brought to norm 1 by itself.

    Raises:
        ValueError: The blocks have not d numbers together.
    """
    if sum(aspects.values()) != array.shape[1]:
        raise ValueError(f"blocks of {sum(aspects.values())} numbers are not the {array.shape[1]} of {name}")
    ends = np.cumsum(list(aspects.values()))
    blocks = np.split(array, ends[:-1], axis=1)
    return {f"{name}/{aspect}": Vectors(block) for aspect, block in zip(aspects, blocks, strict=True)}


def _fused(fusion: Fusion, arrays: Mapping[Modality, NDArray[np.float32]], rows: Rows) -> NDArray[np.float32]:
    out = np.zeros((len(next(iter(arrays.values()))), fusion.dimension), dtype=np.float32)
    for row in rows:
        present = {modality: array[row] for modality, array in arrays.items() if array[row].any()}
        if present:
            out[row] = fusion.fuse(present)
    return out
