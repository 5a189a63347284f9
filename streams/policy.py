"""The rule of a hit: the score of a video under a trend, with what that score proposes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from index import Part, Rows, cosines
from streams.background import normalised
from streams.blocks import Piece
from streams.wire.embedding import Vector, unpack_vector
from streams.wire.envelope import ModalityName
from streams.wire.fanout import Background, SeedLive, TrendPolicy
from streams.wire.trend import Compared, Polarity, ProposedAction

Floats = NDArray[np.float64]

_ABSENT: Part = (np.empty(0, dtype=np.int64), np.empty((0, 1), dtype=np.float16))

MODALITIES: tuple[ModalityName, ...] = ("frames", "audio", "text")


@dataclass(frozen=True, slots=True)
class VectorSet:
    """What one model says of one video: unit float16 vectors.

    Attributes:
        fused: Vector (d,).
        modalities: Vector (d_m,) of each present modality.
    """

    fused: Vector
    modalities: Mapping[ModalityName, Vector]

    @classmethod
    def unpacked(cls, fused: bytes, vectors: Mapping[ModalityName, bytes]) -> "VectorSet":
        """Return the vectors of a message.

        Raises:
            ValueError: one of them is no float16 array.
        """
        return cls(unpack_vector(fused), {name: unpack_vector(packed) for name, packed in vectors.items()})


@dataclass(frozen=True, slots=True)
class StandingSeed:
    """A live seed as a shard holds it."""

    seed_id: str
    polarity: Polarity
    model_id: str
    vectors: VectorSet

    @classmethod
    def of(cls, live: SeedLive) -> "StandingSeed":
        """Return a seed as the fan-out tells it, for those who judge outside a shard."""
        return cls(live.seed_id, live.polarity, live.model_id, VectorSet.unpacked(live.fused, live.vectors))


@dataclass(frozen=True, slots=True)
class SeedSet:
    """Live seeds of one trend and one model, ready to judge; ties go to the first.

    Attributes:
        seeds: m seeds.
        rows: Their vectors.
        positive: (m,) which of them are positive.
    """

    seeds: Sequence[StandingSeed]
    rows: Rows
    positive: NDArray[np.bool_]

    @classmethod
    def of(cls, seeds: Sequence[StandingSeed]) -> "SeedSet":
        """Return seeds of one model as a set, in their order."""
        positive = np.array([seed.polarity == "positive" for seed in seeds], dtype=bool)
        return cls(seeds, rows_of([(seed.seed_id, seed.vectors) for seed in seeds]), positive)


@dataclass(frozen=True, slots=True)
class Scores:
    """How n videos stand to one trend; NaN or -1 where there is nothing to say.

    Attributes:
        score: (n,) law 2, in [-1, 1], normalised if the policy says so; NaN without a score.
        nearest: (n,) position of the nearest positive seed; -1 without a score.
        negative: (n,) score of the nearest negative seed; NaN without one.
        nearest_negative: (n,) its position; -1 without one.
        apart: (n,) whether the margin is met; without a negative none is asked.
        hit: (n,) whether score and margin are met.
        seeds: (n, m) score against each seed alone; NaN where there is none.
    """

    score: Floats
    nearest: NDArray[np.int64]
    negative: Floats
    nearest_negative: NDArray[np.int64]
    apart: NDArray[np.bool_]
    hit: NDArray[np.bool_]
    seeds: Floats

    def margin(self, row: int) -> float | None:
        """Return score minus negative of one video, rounded to 1e-6; None without a negative."""
        value = self.score[row] - self.negative[row]
        return None if np.isnan(value) else round(float(value), 6)


def rows_of(sets: Sequence[tuple[str, VectorSet]]) -> Rows:
    """Return keys with their vectors, all of one model, as contiguous rows."""
    if not sets:
        return Rows([], np.empty((0, 1), dtype=np.float16))
    parts: dict[str, Part] = {}
    for modality in MODALITIES:
        having = [row for row, (_, vectors) in enumerate(sets) if modality in vectors.modalities]
        if having:
            stacked = np.stack([sets[row][1].modalities[modality] for row in having])
            parts[modality] = (np.array(having, dtype=np.int64), stacked)
    return Rows([key for key, _ in sets], np.stack([vectors.fused for _, vectors in sets]), parts)


def vectors_of(rows: Rows, row: int) -> VectorSet:
    """Return the vectors of one row."""
    modalities: dict[ModalityName, Vector] = {}
    for modality in MODALITIES if rows.parts else ():
        having, vectors = rows.parts.get(modality, _ABSENT)
        place = int(having.searchsorted(row))
        if place < len(having) and having[place] == row:
            modalities[modality] = vectors[place]
    return VectorSet(rows.fused[row], MappingProxyType(modalities))


def score_videos(policy: TrendPolicy, videos: Rows, seeds: SeedSet) -> Scores:
    """Judge videos by the rule of a trend.

    Args:
        policy: The rule.
        videos: n videos, vectors of the policy's model.
        seeds: The trend's live seeds of the policy's model.

    Returns:
        One row a video; the same numbers in whatever batch a video comes.
    """
    matrix, positive = seed_scores(policy, videos, seeds.rows), seeds.positive
    best, nearest = _best(matrix, positive)
    negative, nearest_negative = _best(matrix, ~positive)
    score = _mean(matrix[:, positive]) if policy.seed_pooling == "mean" else best
    with np.errstate(invalid="ignore"):
        apart = np.isnan(negative) | (np.round(score - negative, 6) >= policy.margin)
        hit = (score >= policy.threshold) & apart
    return Scores(score, nearest, negative, nearest_negative, apart, hit, matrix)


def seed_scores(policy: TrendPolicy, videos: Rows, seeds: Rows) -> Floats:
    """Return the score (n, m) of each video against each seed alone, by the policy's kind; NaN where there is none."""
    if not len(videos) or not len(seeds):
        return np.full((len(videos), len(seeds)), np.nan)
    if policy.score_kind == "all":
        return _all(policy, videos, seeds)
    return _in_its_scale(policy, policy.score_kind, videos, seeds)


def background_of(policy: TrendPolicy, compared: Compared) -> Background | None:
    """Return what strangers score in something that a policy compares; None where it does not ask."""
    return (policy.background or {})[compared] if policy.background_normalised else None


def modality_scores(video: VectorSet, seed: VectorSet) -> dict[ModalityName, float]:
    """Return the cosine of a video and a seed in each modality that both have."""
    both = [m for m in MODALITIES if m in video.modalities and m in seed.modalities]
    return {m: float(cosines(video.modalities[m][None, :], seed.modalities[m][None, :])[0, 0]) for m in both}


def _in_its_scale(policy: TrendPolicy, compared: Compared, videos: Rows, seeds: Rows) -> Floats:
    """Return scores (n, m) in one way of comparing, normalised where the policy says so; NaN where there is none."""
    if compared == "fused":
        scores = cosines(videos.fused, seeds.fused)
    elif compared == "weighted":
        scores = _weighted(policy, videos, seeds)
    else:
        scores = _scores_of(Piece(compared), videos, seeds)
    background = background_of(policy, compared)
    return scores if background is None else normalised(scores, background)


def _scores_of(piece: Piece, videos: Rows, seeds: Rows) -> Floats:
    """Return the cosine (n, m) in one modality or block; NaN where video or seed lacks it."""
    rows, left = piece.of(videos)
    columns, right = piece.of(seeds)
    if 0 < len(rows) == len(videos) and 0 < len(columns) == len(seeds):
        return cosines(left, right)  # nothing to be scattered, which would take as long
    out = np.full((len(videos), len(seeds)), np.nan)
    if len(rows) and len(columns):
        out[np.ix_(rows, columns)] = cosines(left, right)
    return out


def weighed(policy: TrendPolicy) -> Iterator[tuple[Piece, int]]:
    """Yield what a weighted policy compares, each with its weight in whole millionths, above 0."""
    for name, weight in (policy.weights or {}).items():
        millionths = round(weight * 1e6)
        if millionths > 0:
            yield Piece.named(name, policy.blocks or {}), millionths


def _weighted(policy: TrendPolicy, videos: Rows, seeds: Rows) -> Floats:
    """Return the sum (n, m) of weight x cosine over the sum of all weights; NaN where video and seed share no part.

    A part that either lacks adds 0. Weights and cosines are taken in whole millionths: at most 64 products of 1e9 by
    1e6, which int64 holds, so that no sum rounds; halves go to the even millionth.
    """
    shape = (len(videos), len(seeds))
    total, shared, whole = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool), 0
    for piece, weight in weighed(policy):
        whole += weight
        scores = _scores_of(piece, videos, seeds)
        known = ~np.isnan(scores)
        total += weight * np.rint(np.where(known, scores, 0.0) * 1e6).astype(np.int64)
        shared |= known
    share, rest = np.divmod(total, max(1, whole))
    share += (2 * rest > whole) | ((2 * rest == whole) & (share % 2 == 1))
    return np.where(shared, share / 1e6, np.nan)


def _all(policy: TrendPolicy, videos: Rows, seeds: Rows) -> Floats:
    thresholds = policy.modality_thresholds or {}
    if not thresholds:
        return np.full((len(videos), len(seeds)), np.nan)
    above = [_in_its_scale(policy, m, videos, seeds) - thresholds[m] for m in MODALITIES if m in thresholds]
    # np.min carries NaN on: one needed modality that is missing leaves no score.
    return _rounded(policy.threshold + np.min(above, axis=0))


def _rounded(scores: Floats) -> Floats:
    """Return scores clipped to [-1, 1], in whole millionths (law 2)."""
    return np.asarray(np.round(np.clip(scores, -1.0, 1.0), 6), dtype=np.float64)


def _best(matrix: Floats, columns: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.int64]]:
    """Return the best score a row over the chosen columns, with its position in the whole row."""
    chosen = np.flatnonzero(columns)
    if not len(chosen):
        return np.full(len(matrix), np.nan), np.full(len(matrix), -1)
    scores = matrix if len(chosen) == matrix.shape[1] else matrix[:, chosen]
    known = np.where(np.isnan(scores), -np.inf, scores)
    place = np.argmax(known, axis=1)
    best = known[np.arange(len(known)), place]
    found = np.isfinite(best)
    return np.where(found, best, np.nan), np.where(found, chosen[place], -1)


def _mean(matrix: Floats) -> Floats:
    """Return the mean a row over what is known; exact in millionths, so that no order of summing shows."""
    known = ~np.isnan(matrix)
    millionths = np.rint(np.where(known, matrix, 0.0) * 1e6).astype(np.int64).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return _rounded(millionths / known.sum(axis=1) / 1e6)


def voting_modalities(policy: TrendPolicy, video: VectorSet, seed: VectorSet) -> list[ModalityName]:
    """Return the modalities that made the score of a video against a seed."""
    both = [m for m in MODALITIES if m in video.modalities and m in seed.modalities]
    if policy.score_kind == "fused":
        return both
    if policy.score_kind == "weighted":
        parts = [part for part, _ in weighed(policy)]
        shared = {p.modality for p in parts if all(p.cut(one.modalities) is not None for one in (video, seed))}
        return [m for m in both if m in shared]
    if policy.score_kind == "all":
        return [m for m in both if m in (policy.modality_thresholds or {})]
    return [m for m in both if m == policy.score_kind]


def propose(policy: TrendPolicy, score: float, probability: float | None) -> ProposedAction:
    """Return what the trend's bands propose for a hit.

    With bands by probability it is `review` until the trend is calibrated, `log` below its first band.
    """
    by_probability = policy.bands[0].from_probability is not None
    if by_probability and probability is None:
        return "review"
    value = probability if by_probability and probability is not None else score
    reached = [band for band in policy.bands if band.start <= value]
    return max(reached, key=lambda band: band.start).action if reached else "log"
