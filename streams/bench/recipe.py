"""The vectors that indexes are compared on: clusters, with copies of what went viral."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

# Rows made at a time: 64 MiB of float32 at 256 values.
_CHUNK = 65_536

_TOPICS = 64
_VIDEOS_A_CLUSTER = 1_000
# How far centres lie from their topic, videos from their centre, as lengths beside a unit vector: cosines of some
# 0.6 between clusters of a topic, of 0.5 (loose clusters) to 0.86 (tight ones) within a cluster.
_CENTRE_AWAY = 0.8
_VIDEO_AWAY = (0.4, 1.0)
# Edits of a viral video, in families: cosine 0.97 to it, 0.98 within a family.
_EDIT_AWAY = 0.25
_FAMILY_AWAY = 0.1
_FAMILIES_A_VIRAL = 5
_COPIES = 0.10
_EDITS = 0.01
_COPIES_A_VIRAL = 1_000
_LEAVING = 0.10

Halves = NDArray[np.float16]
Singles = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """What determines every vector.

    Attributes:
        size: Rows; 100 or more.
        dimension: Values of each.
        queries: Vectors to search for, every fourth near a viral one.
        fresh: Rows beside the others, to insert while it is searched.
        seed: Root of all chance.
    """

    size: int
    dimension: int = 256
    queries: int = 400
    fresh: int = 4_000
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Data:
    """Vectors of unit norm, read from files by every process that measures.

    Attributes:
        vectors: (n, d) float16; a tenth of the rows are byte-identical copies of viral vectors, a hundredth edits of
            them, in families of some 20, which come late.
        queries: (q, d) float16, none of them stored.
        viral: (q,) bool, which queries lie near a viral vector, half of them in a family of its edits.
        fresh: (f, d) float16, of the same clusters, not among the vectors.
        leaving: Rows of `vectors`, ascending int64, a tenth, to be removed.
    """

    vectors: Halves
    queries: Halves
    viral: NDArray[np.bool_]
    fresh: Halves
    leaving: NDArray[np.int64]


def write_data(folder: Path, recipe: Recipe) -> str:
    """Make the vectors in a folder, unless they are there; return their SHA-256 in hex."""
    card = folder / "recipe.json"
    if card.is_file():
        known = msgspec.json.decode(card.read_bytes())
        if known["recipe"] == asdict(recipe):
            return str(known["sha256"])
    folder.mkdir(parents=True, exist_ok=True)
    _Maker(recipe).write(folder)
    digest = hashlib.sha256()
    for name in ("vectors", "queries", "fresh"):
        with (folder / f"{name}.npy").open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    card.write_bytes(msgspec.json.encode({"recipe": asdict(recipe), "sha256": digest.hexdigest()}))
    return digest.hexdigest()


def read_data(folder: Path) -> Data:
    """Open what `write_data` made; vectors stay in the file until they are read."""

    def read(name: str) -> NDArray[Any]:
        array: NDArray[Any] = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        return array

    return Data(read("vectors"), read("queries"), read("viral"), read("fresh"), read("leaving"))


class _Maker:
    """Draws in one fixed order, so that a recipe always gives the same bytes."""

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._rng = np.random.default_rng(recipe.seed)
        clusters = max(4, recipe.size // _VIDEOS_A_CLUSTER)
        topics = self._directions(_TOPICS)
        self._centres = _unit(
            topics[self._rng.integers(0, _TOPICS, clusters)] + _CENTRE_AWAY * self._directions(clusters)
        )
        self._away = self._rng.uniform(*_VIDEO_AWAY, clusters).astype(np.float32)
        self._viral = self._points(max(2, round(_COPIES * recipe.size / _COPIES_A_VIRAL)))
        edits = _FAMILIES_A_VIRAL * len(self._viral)
        self._edits = self._near(np.repeat(self._viral, _FAMILIES_A_VIRAL, axis=0), _EDIT_AWAY, edits)

    def write(self, folder: Path) -> None:
        """Write all files."""
        recipe = self._recipe
        n, near = recipe.size, np.arange(recipe.queries) % 4 == 3
        role = self._roles(n)
        shape = (n, recipe.dimension)
        vectors = np.lib.format.open_memmap(folder / "vectors.npy", mode="w+", dtype=np.float16, shape=shape)
        viral = self._viral.astype(np.float16)
        for start in range(0, n, _CHUNK):
            roles = role[start : start + _CHUNK]
            rows = self._points(len(roles)).astype(np.float16)
            which = self._rng.integers(0, len(viral), len(roles))
            rows[roles == 1] = viral[which[roles == 1]]
            rows[roles == 2] = self._near(self._edits, _FAMILY_AWAY, int((roles == 2).sum()))
            vectors[start : start + len(rows)] = rows
        vectors.flush()
        queries = self._points(recipe.queries).astype(np.float16)
        around = np.concatenate([self._viral, self._edits[::_FAMILIES_A_VIRAL]])
        queries[near] = self._near(around, _FAMILY_AWAY, int(near.sum()))
        np.save(folder / "queries.npy", queries)
        np.save(folder / "viral.npy", near)
        np.save(folder / "fresh.npy", self._points(recipe.fresh).astype(np.float16))
        leaving = self._rng.choice(n, round(_LEAVING * n), replace=False)
        np.save(folder / "leaving.npy", np.sort(leaving).astype(np.int64))

    def _roles(self, n: int) -> NDArray[np.int8]:
        """Return what each row is: 0 a video of its own, 1 a copy, 2 an edit, which comes in the later half."""
        role = np.zeros(n, dtype=np.int8)
        order = self._rng.permutation(n - 1)  # the last row is a video of its own
        copies, late = order[: round(_COPIES * n)], order[round(_COPIES * n) :]
        role[copies] = 1
        role[late[late >= n // 2][: max(1, round(_EDITS * n))]] = 2
        return role

    def _points(self, count: int) -> Singles:
        """Return videos of their own, (count, d)."""
        cluster = self._rng.integers(0, len(self._centres), count)
        return _unit(self._centres[cluster] + self._away[cluster][:, None] * self._directions(count))

    def _near(self, centres: Singles, away: float, count: int) -> Singles:
        """Return so many vectors near centres, (c, d), each centre in its turn."""
        return _unit(np.resize(centres, (count, centres.shape[1])) + np.float32(away) * self._directions(count))

    def _directions(self, count: int) -> Singles:
        """Return directions, (count, d), all equally likely."""
        return _unit(self._rng.standard_normal((count, self._recipe.dimension), dtype=np.float32))


def _unit(vectors: Singles) -> Singles:
    rows: Singles = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return rows
