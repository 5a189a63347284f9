"""The vectors of a store by one tower, kept on disk so that a killed run goes on where it was."""

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encoders.corpus.store import Store
from encoders.protocol import Encoder

Advance = Callable[[int], None]
"""Told how many more rows are done."""

CHUNK = 128
"""Posts held in memory at once: some 20 MB of frames and sound."""

_OPEN, _MISSING, _THERE = 0, 1, 2


class VectorFile:
    """One array with a row a post, beside the state of each: open, missing, or there.

    The place is that of the tower's id and the store's digest, so that nothing is ever taken for something else.
    """

    def __init__(self, folder: Path, store: Store, encoder: Encoder) -> None:
        """Open the file, or make it.

        Args:
            folder: Of all such files.
            store: Whose posts.
            encoder: By which.
        """
        name = re.sub(r"[^a-zA-Z0-9._-]", "-", encoder.model_id)[:80]
        whole = hashlib.sha256(f"{encoder.model_id} {encoder.dimension} {store.digest}".encode()).hexdigest()
        self._store, self._encoder = store, encoder
        folder.mkdir(parents=True, exist_ok=True)
        size = max(1, len(store))
        self._state = _mapped(folder / f"{name}-{whole[:16]}.u8", np.uint8, (size,))
        self._vectors = _mapped(folder / f"{name}-{whole[:16]}.f32", np.float32, (size, encoder.dimension))

    def open_rows(self, rows: Sequence[int] | NDArray[np.int64]) -> list[int]:
        """Return those of some rows that are not encoded yet."""
        return [int(row) for row in rows if self._state[row] == _OPEN]

    def encode(self, rows: Sequence[int] | NDArray[np.int64], advance: Advance | None = None) -> None:
        """Encode what is open of some rows, chunk by chunk.

        Args:
            rows: All drawn.
            advance: Told of each chunk.

        Raises:
            StoreError: A row is not drawn.
        """
        todo = self.open_rows(rows)
        for start in range(0, len(todo), CHUNK):
            chunk = todo[start : start + CHUNK]
            said = {row: self._store.samples(row).get(self._encoder.modality) for row in chunk}
            present = {row: sample for row, sample in said.items() if sample is not None}
            vectors = dict(zip(present, self._encoder.encode(list(present.values())), strict=True))
            for row in chunk:
                vector = vectors.get(row)
                if vector is not None:
                    self._vectors[row] = vector
            self._vectors.flush()  # before the state: a row that counts as there is there
            self._state[chunk] = [_MISSING if vectors.get(row) is None else _THERE for row in chunk]
            if advance is not None:
                advance(len(chunk))

    def read(self, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return vectors for all rows of the store, float32 (n, d): 0 for what is missing, open or not asked for."""
        out = np.zeros(self._vectors.shape, dtype=np.float32)
        there = rows[self._state[rows] == _THERE]
        out[there] = self._vectors[there]
        return out


def encoded(
    folder: Path, store: Store, encoder: Encoder, rows: NDArray[np.int64], advance: Advance | None = None
) -> NDArray[np.float32]:
    """Encode rows, or read what was encoded before: float32 (n, d), 0 for what is missing or not asked for."""
    file = VectorFile(folder, store, encoder)
    file.encode(rows, advance)
    return file.read(rows)


def _mapped(
    path: Path, kind: type[np.generic], shape: tuple[int, ...]
) -> "np.memmap[tuple[int, ...], np.dtype[np.generic]]":
    """Map an array of zeros that is made at its first use."""
    bytes_needed = int(np.prod(shape)) * np.dtype(kind).itemsize
    if not path.is_file() or path.stat().st_size != bytes_needed:
        with path.open("wb") as file:
            file.truncate(bytes_needed)
    return np.memmap(path, kind, "r+", shape=shape)
