"""Videos in any number around real posts: each is the vectors of one post, moved away from it by chance."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encoders import Fusion, Suite, to_unit_float16
from encoders.corpus import TRUTH_NAME, Role, Truth, generate, read_truth
from encoders.modality import Modality
from index import Rows
from streams.bench.trends.request import SEEDS_A_TREND, TrendsRequest
from streams.demo.encoded import decoded, encoded
from streams.policy import VectorSet, rows_of, vectors_of
from streams.wire.envelope import ModalityName

# So many videos are of some trend, around the posts that are pushed; so many are copies of what went viral.
_SHARE_OF_TRENDS = 0.03
_SHARE_OF_COPIES = 0.10
_COPIES_A_VIRAL = 500
# How far a video lies from its post, as a length beside a unit vector: cosines of 0.98 down to 0.62.
_AWAY = (0.2, 1.25)
# A made corpus has room for all posts of a trend: at most 5 seeds, 16 positives, 3 hard negatives; what is left over,
# beside damaged files, has nothing to do with any.
_POSTS_A_TREND = 24
_OTHERS = 24
_CHUNK = 4_096


@dataclass(frozen=True, kw_only=True)
class World:
    """Posts as files, videos as vectors.

    Attributes:
        folder: Of the corpus.
        seeds: Of each trend, in the order in which they are pushed.
        held: Videos that are there from the beginning, some thousand at a time.
        fresh: Videos that come later, of the same kinds in the same shares.
        sha256: Over ids and vectors of both, in hex.
        model_id: Of all vectors.
    """

    folder: Path
    seeds: Mapping[str, Sequence[Truth]]
    held: Sequence[Rows]
    fresh: Sequence[Rows]
    sha256: str
    model_id: str

    def media_uri(self, seed: Truth) -> str:
        """Return where TRENDS finds a post."""
        return (self.folder / seed.path).resolve().as_uri()


def write_posts(request: TrendsRequest, folder: Path) -> None:
    """Make the posts of a request's trends, with others, unless a whole corpus is there."""
    if not (folder / TRUTH_NAME).is_file():
        posts = request.trends * _POSTS_A_TREND + _OTHERS
        generate(folder, posts=posts, trends=request.trends, seed=request.seed)


def make_world(request: TrendsRequest, suite: Suite, folder: Path) -> World:
    """Encode the posts of a folder; make videos around them.

    Args:
        request: How many.
        suite: By which posts are encoded, and the parts of a moved video fused.
        folder: With a corpus of as many trends as the request has.
    """
    truths = [truth for truth in read_truth(folder) if truth.role is not Role.DAMAGED]
    posts = encoded(suite, decoded(folder, truths))
    names = sorted({truth.trend for truth in truths if truth.trend})
    own = dict(zip(names, request.trend_ids, strict=True))
    seeds = {own[name]: _seeds(truths, name) for name in names}
    pushed = -(-request.pushes // request.trends)
    near = {seed.id for some in seeds.values() for seed in some[:pushed]}
    maker = VideoMaker(posts, near, suite.fusion, np.random.default_rng(request.seed))
    held = list(maker.videos("video", request.videos))
    fresh = list(maker.videos("fresh", request.fresh))
    return World(
        folder=folder,
        seeds=seeds,
        held=held,
        fresh=fresh,
        sha256=_digest([*held, *fresh]),
        model_id=suite.model_id,
    )


def _seeds(truths: Sequence[Truth], name: str) -> list[Truth]:
    """Return what can be pushed of a trend: its seeds, then other posts of it."""
    of = [truth for truth in truths if truth.trend == name]
    ordered = [t for t in of if t.role is Role.SEED] + [t for t in of if t.role is Role.POSITIVE]
    return ordered[:SEEDS_A_TREND]


class VideoMaker:
    """Draws in one fixed order, so that the same posts always give the same bytes.

    Args:
        posts: Encoded.
        near: Ids of those that are of a trend.
        fusion: Of their suite.
        rng: All chance.
    """

    def __init__(self, posts: Rows, near: set[str], fusion: Fusion, rng: np.random.Generator) -> None:
        self._posts, self._fusion, self._rng = posts, fusion, rng
        mine = np.array([key in near for key in posts.keys])
        self._of_trends, self._others = np.flatnonzero(mine), np.flatnonzero(~mine)
        self._viral: list[VectorSet] = []

    def videos(self, name: str, count: int) -> Iterator[Rows]:
        """Yield so many videos, some thousand at a time."""
        if not self._viral:
            viral = max(1, round(count * _SHARE_OF_COPIES) // _COPIES_A_VIRAL)
            self._viral = [self._moved(self._others) for _ in range(viral)]
        for start in range(0, count, _CHUNK):
            rows = range(start, min(start + _CHUNK, count))
            yield rows_of([(f"{name}-{row:07d}", self._one()) for row in rows])

    def _one(self) -> VectorSet:
        chance = self._rng.random()
        if chance < _SHARE_OF_TRENDS:
            return self._moved(self._of_trends)
        if chance < _SHARE_OF_TRENDS + _SHARE_OF_COPIES:
            return self._viral[self._rng.integers(len(self._viral))]
        return self._moved(self._others)

    def _moved(self, choices: NDArray[np.int64]) -> VectorSet:
        """Return the vectors of one of some posts, each modality moved as far as the others, fused anew."""
        post = vectors_of(self._posts, int(self._rng.choice(choices)))
        away = self._rng.uniform(*_AWAY)
        parts: dict[ModalityName, NDArray[np.float16]] = {}
        for name, vector in post.modalities.items():
            chance = self._rng.standard_normal(len(vector), dtype=np.float32)
            parts[name] = to_unit_float16(vector.astype(np.float32) + away * chance / np.linalg.norm(chance))
        fused = self._fusion.fuse({Modality(name): vector for name, vector in parts.items()})
        return VectorSet(to_unit_float16(fused), parts)


def _digest(some: Sequence[Rows]) -> str:
    digest = hashlib.sha256()
    for rows in some:
        digest.update("\n".join(rows.keys).encode())
        digest.update(rows.fused.tobytes())
        for name, (having, vectors) in sorted(rows.parts.items()):
            digest.update(name.encode() + having.tobytes() + vectors.tobytes())
    return digest.hexdigest()
