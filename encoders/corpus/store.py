"""A store of posts as their samples: one manifest with flat arrays beside it, drawn once and read by row.

| file | what |
|---|---|
| `posts.parquet` | a row a post: id, section, role, leaf, kind, family, known, group, copy, words, licences, labels |
| `frames.u8` | (n, 8, side, side, 3), uint8: the frames of each post as squares, RGB; its length says the side |
| `sound.i16` | (n, 64000), int16: up to 4 s of mono at 16 kHz, full scale 32767 |
| `state.i32` | (n, 2), int32: how many frames, how many samples of sound; -1 where the post is not drawn yet |
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from encoders.corpus.errors import StoreError
from encoders.modality import Modality
from encoders.samples import Caption, Frames, Sample, Samples, Waveform

FRAMES = 8
LONGEST_SAMPLES, RATE_HZ = 64_000, 16_000
FULL_SCALE = 32_767.0
NOT_DRAWN = -1

_MANIFEST, _FRAMES, _SOUND, _STATE, _DIGEST = "posts.parquet", "frames.u8", "sound.i16", "state.i32", "digest.txt"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One post of a manifest.

    Attributes:
        id: Unique.
        section: `training`, `bank`, `development` or `test`.
        role: `positive`, `hard-negative` or `background`.
        leaf: Of which it is, or which it misses; None for background.
        kind: Of the leaf; None for background.
        family: Of the leaf; None for background.
        known: Whether training has leaves of the family.
        group: Its near-copy cluster.
        copy: Whether it is a near copy of another.
        words: Its caption; None where it has none.
        licences: Of what it is made of.
        labels: What it shows, by aspect; aspects without a label are left out. Only training may look at them.
    """

    id: str
    section: str
    role: str
    leaf: str | None
    kind: str | None
    family: str | None
    known: bool
    group: str
    copy: bool
    words: str | None
    licences: tuple[str, ...]
    labels: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Arrays:
    frames: NDArray[np.uint8]
    sound: NDArray[np.int16]
    state: NDArray[np.int32]


class Store:
    """Posts by row. Processes may share a folder as long as each draws rows of its own."""

    def __init__(self, folder: Path, *, writable: bool = False) -> None:
        """Open a store.

        Args:
            folder: As `create_store` made it.
            writable: Whether rows will be drawn.

        Raises:
            StoreError: It is not there, or not complete.
        """
        try:
            table = pq.read_table(folder / _MANIFEST).to_pylist()
            self.rows: tuple[Row, ...] = tuple(msgspec.convert(_read(row), Row) for row in table)
            self.digest = (folder / _DIGEST).read_text(encoding="utf-8").strip()
            self._arrays = _open(folder, len(self.rows), _side_of(folder, len(self.rows)), "r+" if writable else "r")
        except (OSError, ValueError, pa.ArrowException, msgspec.ValidationError) as error:
            raise StoreError(folder, str(error)) from error
        self.folder = folder

    def __len__(self) -> int:
        """Return how many posts it is to have."""
        return len(self.rows)

    @property
    def side_px(self) -> int:
        """Side of the frames."""
        side: int = self._arrays.frames.shape[2]
        return side

    @property
    def drawn(self) -> NDArray[np.bool_]:
        """Which rows are there, bool (n,)."""
        return np.asarray(self._arrays.state[:, 0] != NOT_DRAWN)

    def present(self, row: int) -> frozenset[Modality]:
        """Return the modalities that a drawn post has."""
        count, length = self._arrays.state[row]
        there = {
            Modality.FRAMES: count > 0,
            Modality.AUDIO: length > 0,
            Modality.TEXT: self.rows[row].words is not None,
        }
        return frozenset(modality for modality, is_there in there.items() if is_there)

    def samples(self, row: int) -> Samples:
        """Return what a post says.

        Raises:
            StoreError: The row is not drawn yet.
        """
        count, length = (int(value) for value in self._arrays.state[row])
        if count == NOT_DRAWN:
            raise StoreError(self.folder, f"post {row} is not drawn yet")
        out: dict[Modality, Sample] = {}
        if count:
            out[Modality.FRAMES] = Frames(tuple(np.array(self._arrays.frames[row, place]) for place in range(count)))
        if length:
            heard = np.asarray(self._arrays.sound[row, :length], dtype=np.float32) / np.float32(FULL_SCALE)
            out[Modality.AUDIO] = Waveform(heard, RATE_HZ)
        words = self.rows[row].words
        if words is not None:
            out[Modality.TEXT] = Caption(words)
        return out

    def content_digest(self, rows: Iterable[int]) -> str:
        """Return SHA-256, in hex, of the frames, the sound and the words of drawn rows: of what `samples` gives.

        The store's own digest is of what was to be drawn; other versions of what draws may give other pixels.

        Raises:
            StoreError: A row is not drawn yet.
        """
        whole = hashlib.sha256(str(self.side_px).encode())
        for row in rows:
            count, length = (int(value) for value in self._arrays.state[row])
            if count == NOT_DRAWN:
                raise StoreError(self.folder, f"post {row} is not drawn yet")
            whole.update(f"\n{row} {count} {length} {self.rows[row].words}\n".encode())
            whole.update(self._arrays.frames[row, :count].tobytes())
            whole.update(self._arrays.sound[row, :length].tobytes())
        return whole.hexdigest()

    def put(self, row: int, samples: Samples) -> None:
        """Keep what a post says; frames become squares, sound of another rate is refused.

        Raises:
            StoreError: More frames than fit, or sound at another rate.
        """
        count = length = 0
        frames, sound = samples.get(Modality.FRAMES), samples.get(Modality.AUDIO)
        if isinstance(frames, Frames):
            count = len(frames.images)
            if count > FRAMES:
                raise StoreError(self.folder, f"post {row} has {count} frames, {FRAMES} fit")
            for place, image in enumerate(frames.images):
                self._arrays.frames[row, place] = squared(image, self.side_px)
        if isinstance(sound, Waveform):
            if sound.rate_hz != RATE_HZ:
                raise StoreError(self.folder, f"post {row} has sound at {sound.rate_hz} Hz, not {RATE_HZ}")
            heard = np.clip(sound.samples[:LONGEST_SAMPLES], -1, 1) * FULL_SCALE
            length = len(heard)
            self._arrays.sound[row, :length] = np.round(heard).astype(np.int16)
        self._arrays.state[row] = (count, length)


def squared(image: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """Return a whole picture as a square."""
    resized = Image.fromarray(image).resize((side_px, side_px), Image.Resampling.BILINEAR)
    return np.asarray(resized, dtype=np.uint8)


def create_store(folder: Path, rows: Iterable[Row], digest: str, side_px: int = 64) -> Store:
    """Make an empty store, or open the one that is there.

    Args:
        folder: Made if it is not there.
        rows: Of the manifest, in order.
        digest: Of all that decides what is drawn.
        side_px: Side of the frames.

    Returns:
        Writable; rows that were drawn before still are.

    Raises:
        StoreError: The folder is of another digest.
    """
    if (folder / _DIGEST).is_file():
        store = Store(folder, writable=True)
        if store.digest != digest:
            raise StoreError(folder, f"it is of {store.digest[:12]}, not of {digest[:12]}; choose another folder")
        return store
    folder.mkdir(parents=True, exist_ok=True)
    kept: Sequence[Row] = tuple(rows)
    columns = [_written(row) for row in kept]
    pq.write_table(pa.Table.from_pylist(columns, schema=_SCHEMA), folder / _MANIFEST)
    arrays = _open(folder, len(kept), side_px, "w+")
    arrays.state[:] = NOT_DRAWN
    (folder / _DIGEST).write_text(digest + "\n", encoding="utf-8")  # last: what has it is whole
    return Store(folder, writable=True)


def even_order(rows: Sequence[Row]) -> list[int]:
    """Return rows in an order of which every beginning holds the same share of each leaf and role."""
    runs: dict[tuple[str, str | None, str, bool], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        runs[row.section, row.leaf, row.role, row.copy].append(place)
    ranked = [((number + 0.5) / len(run), place) for run in runs.values() for number, place in enumerate(run)]
    return [place for _, place in sorted(ranked)]


def _side_of(folder: Path, count: int) -> int:
    return math.isqrt((folder / _FRAMES).stat().st_size // (max(1, count) * FRAMES * 3))


def _open(folder: Path, count: int, side_px: int, mode: Any) -> _Arrays:
    size = max(1, count)
    return _Arrays(
        np.memmap(folder / _FRAMES, np.uint8, mode, shape=(size, FRAMES, side_px, side_px, 3)),
        np.memmap(folder / _SOUND, np.int16, mode, shape=(size, LONGEST_SAMPLES)),
        np.memmap(folder / _STATE, np.int32, mode, shape=(size, 2)),
    )


_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("section", pa.string()),
        ("role", pa.string()),
        ("leaf", pa.string()),
        ("kind", pa.string()),
        ("family", pa.string()),
        ("known", pa.bool_()),
        ("group", pa.string()),
        ("copy", pa.bool_()),
        ("words", pa.string()),
        ("licences", pa.list_(pa.string())),
        ("labels", pa.list_(pa.struct([("aspect", pa.string()), ("label", pa.string())]))),
    ]
)


def _written(row: Row) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(row)
    fields["labels"] = [{"aspect": name, "label": label} for name, label in sorted(row.labels.items())]
    return fields


def _read(fields: dict[str, Any]) -> dict[str, Any]:
    fields["labels"] = {one["aspect"]: one["label"] for one in fields["labels"]}
    return fields
