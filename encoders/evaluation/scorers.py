"""The scores of posts against seeds: the primary one with its variants.

| scorer | score of a post |
|---|---|
| `Cosine` | the cosine with the nearest seed (primary), or the mean over the seeds |
| `Normalised` | the same of cosines counted in deviations of a background bank from its mean, seed by seed |
| `Weighted` | the same of mean cosines over modalities, weighed by how well the seeds hang together in each |

All search is exact. Seeds that a post cannot be compared with take no part in its score, as in a shard; a post that can
be compared with none has -1, or -1000 where scores are deviations: what says nothing is found last.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from encoders.errors import BadWhitening
from encoders.model_card import BankStatistics
from encoders.whitening import bank_statistics

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Pooling = Literal["max", "mean"]

MISSING_SCORE = -1.0
LOWEST = -1e3
"""What a post has that says nothing where scores are deviations, further below the mean than any bank post by far."""

# How many rows are widened to float64 at once.
_BLOCK_ROWS = 4_096
# What cohesion must exceed before a modality counts: half a deviation is what strangers reach by chance.
_COHESION_FLOOR = 0.5


class Scorer(Protocol):
    """A method under test, seen from outside: rows of seeds and of posts to scores."""

    def __call__(self, seeds: Rows, posts: Rows) -> Floats:
        """Score posts under several draws of seeds.

        Args:
            seeds: int64 (draws, k), rows of the corpus.
            posts: int64 (m,), rows of the corpus.

        Returns:
            float64 (draws, m), finite, higher is nearer.
        """
        ...


class Vectors:
    """The vectors of a corpus by one encoder.

    Attributes:
        rows: float32 (n, d) of norm 1; 0 where there is none.
        present: bool (n,).
    """

    def __init__(self, rows: NDArray[np.floating]) -> None:
        """Bring vectors to norm 1.

        Args:
            rows: Shape (n, d); a row of NaN or of 0 has no vector.

        Raises:
            ValueError: Not two dimensions.
        """
        if rows.ndim != 2:
            raise ValueError(f"vectors are (n, d), got {rows.shape}")
        self.present: NDArray[np.bool_] = np.zeros(len(rows), dtype=bool)
        self.rows: NDArray[np.float32] = np.zeros(rows.shape, dtype=np.float32)
        for start in range(0, len(rows), _BLOCK_ROWS):
            wide = np.nan_to_num(np.asarray(rows[start : start + _BLOCK_ROWS], dtype=np.float64), nan=0.0)
            norms = np.linalg.norm(wide, axis=1, keepdims=True)
            self.present[start : start + len(wide)] = norms[:, 0] > 0.0
            self.rows[start : start + len(wide)] = wide / np.where(norms > 0.0, norms, 1.0)

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.rows)

    def cosines(self, posts: Rows, seeds: Rows) -> Floats:
        """Return the cosines float64 (posts, seeds); NaN where either has no vector."""
        return _cosines(self, posts, self, seeds)


def _cosines(left: Vectors, rows: Rows, right: Vectors, columns: Rows) -> Floats:
    scores = np.clip(left.rows[rows].astype(np.float64) @ right.rows[columns].astype(np.float64).T, -1.0, 1.0)
    scores[~left.present[rows]] = np.nan
    scores[:, ~right.present[columns]] = np.nan
    # What BLAS sums in another order differs in the 16th digit; equal vectors must score alike, as in the index.
    rounded: Floats = np.round(scores, 6)
    return rounded


def _pooled(scores: Floats, seeds: Rows, pooling: Pooling, missing: float = MISSING_SCORE) -> Floats:
    """Pool scores (m, u) of the distinct seeds of all draws into (draws, m)."""
    places = np.searchsorted(np.unique(seeds), seeds)  # (draws, k)
    return np.stack([pool(scores[:, place].T, pooling, missing) for place in places])


def pool(scores: Floats, pooling: Pooling, missing: float = MISSING_SCORE) -> Floats:
    """Pool scores (k, m) over the seeds, into (m,): over those that are known (not NaN), `missing` where none is."""
    known = ~np.isnan(scores)
    if pooling == "max":
        best = np.where(known, scores, -np.inf).max(axis=0)
        return np.where(np.isneginf(best), missing, best)
    count = known.sum(axis=0)
    total = np.where(known, scores, 0.0).sum(axis=0)
    mean: Floats = np.where(count > 0, total / np.maximum(count, 1), missing)
    return mean


@dataclass(frozen=True, slots=True)
class Cosine:
    """The cosine with the nearest seed, or the mean over seeds."""

    vectors: Vectors
    pooling: Pooling = "max"

    def __call__(self, seeds: Rows, posts: Rows) -> Floats:
        """Score posts; see `Scorer`."""
        return _pooled(self.vectors.cosines(posts, np.unique(seeds)), seeds, self.pooling)


def strangers(vectors: Vectors) -> BankStatistics | None:
    """Return how far apart the vectors of a bank are; None where that cannot be said: too few, or all alike."""
    try:
        return bank_statistics(vectors.rows[vectors.present], data_digest="")
    except BadWhitening:
        return None


@dataclass(frozen=True, slots=True)
class Bank:
    """What cosine a background has with a seed, by its vectors alone.

    Attributes:
        vectors: Of posts that are in no test.
    """

    vectors: Vectors

    def spread(self, of: Vectors, seeds: Rows) -> tuple[Floats, Floats]:
        """Return mean and standard deviation (seeds,) of the bank's cosines with each seed; NaN for a seed without."""
        rows = np.flatnonzero(self.vectors.present)
        scores = _cosines(self.vectors, rows, of, seeds)  # (bank, seeds)
        return scores.mean(axis=0), np.maximum(scores.std(axis=0), 1e-6)


@dataclass(frozen=True, slots=True)
class Normalised:
    """Cosines counted in the bank's deviations from its mean, so that seeds in crowded places do not win by it."""

    vectors: Vectors
    bank: Bank
    pooling: Pooling = "max"

    def __call__(self, seeds: Rows, posts: Rows) -> Floats:
        """Score posts; see `Scorer`."""
        distinct = np.unique(seeds)
        mean, deviation = self.bank.spread(self.vectors, distinct)
        scores = np.maximum((self.vectors.cosines(posts, distinct) - mean) / deviation, LOWEST)  # NaN stays NaN
        return _pooled(scores, seeds, self.pooling, LOWEST)


@dataclass(frozen=True, slots=True)
class Weighted:
    """The sum of cosines over modalities or blocks, weighed by the cohesion of the seeds, for weights that sum up to 1.

    What a shard computes for a trend of score kind `weighted`: of a bank it knows no more than a model card says. What
    post or seed lacks adds 0: a post without words is not all that a trend about pictures and words is.

    Attributes:
        vectors: By modality, or by block.
        banks: How far apart strangers are in each; where that is not known it gets no weight.
        pooling: Over seeds.
    """

    vectors: Mapping[str, Vectors]
    banks: Mapping[str, BankStatistics]
    pooling: Pooling = "max"

    def __call__(self, seeds: Rows, posts: Rows) -> Floats:
        """Score posts; see `Scorer`."""
        return np.stack([pool(sums, self.pooling) for sums in self.sums(seeds, seeds, posts)])

    def sums(self, weighed_by: Rows, seeds: Rows, posts: Rows) -> Iterator[Floats]:
        """Yield of each draw the weighted sums float64 (k, m); NaN where post and seed share nothing that has a weight.

        Args:
            weighed_by: int64 (draws, j), the seeds whose cohesion gives the weights.
            seeds: int64 (draws, k), what posts are compared with.
            posts: int64 (m,).
        """
        distinct = np.unique(seeds)
        # Seeds first: a draw then takes whole rows.
        scores = {
            name: np.nan_to_num(of.cosines(posts, distinct), nan=0.0).T.copy() for name, of in self.vectors.items()
        }
        for draw, weights in zip(seeds, self.all_weights(weighed_by), strict=True):
            places = np.searchsorted(distinct, draw)
            total, known = np.zeros((len(draw), len(posts))), np.zeros((len(draw), len(posts)), dtype=bool)
            for name, vectors in self.vectors.items():
                if weights[name] > 0.0:
                    total += weights[name] * scores[name][places]
                    known |= np.outer(vectors.present[draw], vectors.present[posts])
            yield np.where(known, total / sum(weights.values()), np.nan)

    def weights(self, draw: Rows) -> dict[str, float]:
        """Return the weights of one draw int64 (k,); see `all_weights`."""
        return self.all_weights(draw[None])[0]

    def all_weights(self, seeds: Rows) -> list[dict[str, float]]:
        """Return the weight of each modality from the seeds alone: max(0, mean z - 0.5), equal where all are 0.

        z of a pair of seeds is its cosine less the mean of two strangers, in deviations.

        Args:
            seeds: int64 (draws, k).
        """
        distinct = np.unique(seeds)
        places = np.searchsorted(distinct, seeds)
        raw = {name: self._cohesion(name, distinct, places) for name in self.vectors}
        weights = [{name: values[draw] for name, values in raw.items()} for draw in range(len(seeds))]
        return [one if any(one.values()) else dict.fromkeys(one, 1.0) for one in weights]

    def _cohesion(self, name: str, distinct: Rows, places: Rows) -> list[float]:
        """Return the cohesion of each draw, places (draws, k) among the distinct seeds."""
        bank = self.banks.get(name)
        if bank is None:
            return [0.0] * len(places)
        cosines = self.vectors[name].cosines(distinct, distinct)
        apart = ~np.eye(places.shape[1], dtype=bool)
        out = []
        for place in places:
            pairs = cosines[np.ix_(place, place)][apart]
            known = pairs[~np.isnan(pairs)]
            out.append(max(0.0, bank.normalised(float(known.mean())) - _COHESION_FLOOR) if len(known) else 0.0)
        return out
