"""Which trends a video may hit: an upper bound of its score under each, from all standing seeds at once."""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from index import Rows
from streams.background import least_cosine
from streams.policy import MODALITIES, StandingSeed, background_of
from streams.shards.columns import Columns, Entry, unit
from streams.shards.weighed import WeighedColumns
from streams.wire.embedding import Vector
from streams.wire.fanout import TrendPolicy

EMITTING = ("live", "shadow")

# Columns, with some of the videos by their numbers (n,), with what of them is multiplied with the columns (n, d).
_Product = tuple[Columns, NDArray[np.int64], NDArray[np.float32]]


class Screen:
    """The positive seeds of trends that may emit, by model and by the vectors that their policies compare.

    A trend's score is at most the best among its positive seeds, whether they are pooled by the best or by the mean: of
    the cosines in the vectors that its policy names, of the weighted sums under `weighted`, where a video that shares
    no part counts as 0, which lets more through and nothing escape. Under `all` each named modality must reach its own
    threshold. What is left out here cannot be a hit.
    """

    def __init__(self) -> None:
        self._columns: dict[tuple[str, str], Columns] = {}
        self._weighed: dict[str, WeighedColumns] = {}
        self._placed: dict[str, dict[str, list[Columns]]] = {}
        self._all: dict[str, int] = {}

    def place(self, trend_id: str, policy: TrendPolicy | None, seeds: Iterable[StandingSeed]) -> None:
        """Take a trend with all its seeds as it is now; after a change of one seed see `place_seed`."""
        for seed_id in list(self._placed.get(trend_id, ())):
            self.drop_seed(trend_id, seed_id)
        self._all.pop(trend_id, None)
        if policy is not None and policy.score_kind == "all":
            self._all[trend_id] = len(policy.modality_thresholds or {})
        self._put(trend_id, policy, seeds)

    def place_seed(self, trend_id: str, policy: TrendPolicy | None, seed: StandingSeed) -> None:
        """Take one seed of a trend, which may be known already, as it is now."""
        self.drop_seed(trend_id, seed.seed_id)
        self._put(trend_id, policy, [seed])

    def drop_seed(self, trend_id: str, seed_id: str) -> None:
        """Forget one seed of a trend, if it is known."""
        placed = self._placed.get(trend_id, {})
        for columns in placed.pop(seed_id, []):
            columns.drop((trend_id, seed_id))
        if not placed:
            self._placed.pop(trend_id, None)

    def candidates(self, model_id: str, videos: Rows) -> list[set[str]]:
        """Return for each video, by its vectors of a model, the trends of which it may be a hit."""
        found: list[set[str]] = [set() for _ in range(len(videos))]
        votes: list[dict[str, int]] = [{} for _ in range(len(videos))]
        for product in self._products(model_id, videos):
            for row, trends in _reached(product):
                for trend_id in trends:
                    if trend_id in self._all:
                        votes[row][trend_id] = votes[row].get(trend_id, 0) + 1
                    else:
                        found[row].add(trend_id)
        for row, counts in enumerate(votes):
            found[row].update(t for t, count in counts.items() if count == self._all[t])
        return found

    def _products(self, model_id: str, videos: Rows) -> Iterator[_Product]:
        """Yield what must be multiplied, where there is something on both sides."""
        for name in ("fused", *MODALITIES):
            columns = self._columns.get((model_id, name))
            part = (np.arange(len(videos)), videos.fused) if name == "fused" else videos.parts.get(name)
            if columns and part is not None:
                yield columns, part[0], unit(part[1])
        weighed = self._weighed.get(model_id)
        if weighed is not None and weighed.columns:
            yield weighed.columns, np.arange(len(videos)), weighed.rows(videos)

    def _put(self, trend_id: str, policy: TrendPolicy | None, seeds: Iterable[StandingSeed]) -> None:
        if policy is None or policy.state not in EMITTING:
            return
        judging = [seed for seed in seeds if seed.polarity == "positive" and seed.model_id == policy.model_id]
        if policy.score_kind == "weighted":
            weighed = self._weighed.setdefault(policy.model_id, WeighedColumns())
            for seed_id in weighed.put(trend_id, policy, judging):
                self._placed.setdefault(trend_id, {}).setdefault(seed_id, []).append(weighed.columns)
            return
        entries: dict[str, list[Entry]] = {}
        for seed in judging:
            for name, vector, limit in _compared(policy, seed):
                entries.setdefault(name, []).append(((trend_id, seed.seed_id), unit(vector[None, :])[0], limit))
        for name, some in entries.items():
            columns = self._columns.get((policy.model_id, name))
            if columns is None:
                columns = self._columns[policy.model_id, name] = Columns(len(some[0][1]))
            columns.put(some)
            for (_, seed_id), _, _ in some:
                self._placed.setdefault(trend_id, {}).setdefault(seed_id, []).append(columns)


def _reached(product: _Product) -> Iterator[tuple[int, set[str]]]:
    """Yield videos with the trends whose limit they may reach."""
    columns, videos, rows = product
    reached: dict[int, set[str]] = {}
    for at, (trend_id, _) in columns.reached(rows):
        reached.setdefault(at, set()).add(trend_id)
    for at, trends in reached.items():
        yield int(videos[at]), trends


def _compared(policy: TrendPolicy, seed: StandingSeed) -> Iterator[tuple[str, Vector, float]]:
    """Yield the vectors of a seed that a policy compares, each with the cosine below which it makes no hit."""
    if policy.score_kind == "fused":
        yield "fused", seed.vectors.fused, least_cosine(policy.threshold, background_of(policy, "fused"))
        return
    thresholds = policy.modality_thresholds or {}
    for modality, vector in seed.vectors.modalities.items():
        if policy.score_kind == "all" and modality in thresholds:
            # Scores are clipped: at a threshold of -1 all that have the modalities are hits.
            least = thresholds[modality] if policy.threshold > -1 else -1.0
        elif policy.score_kind == modality:
            least = policy.threshold
        else:
            continue
        yield modality, vector, least_cosine(least, background_of(policy, modality))
