"""Standing seeds of weighted trends, all their parts side by side, so that one product is the score."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from index import Rows
from streams.background import least_cosine
from streams.blocks import Piece
from streams.policy import StandingSeed, background_of, weighed
from streams.shards.columns import Columns, Entry, unit
from streams.wire.embedding import Vector
from streams.wire.fanout import TrendPolicy


class WeighedColumns:
    """What weighted policies of one model compare, each part of it with a span of its own in long vectors.

    A video's long vector has its parts at norm 1, a seed's has them times their share of all weights, and what either
    lacks is 0. So their product is the weighted score itself, but for rounding: for each trend another sum over the
    same spans.
    """

    def __init__(self) -> None:
        self._spans: dict[Piece, slice] = {}
        self.columns = Columns(0)

    def put(self, trend_id: str, policy: TrendPolicy, seeds: Iterable[StandingSeed]) -> list[str]:
        """Add or replace seeds of a trend; return those that have something to compare."""
        weights = dict(weighed(policy))
        whole = sum(weights.values())
        shares = {part: np.float32(weight / whole) for part, weight in weights.items()}
        found: dict[str, dict[Piece, Vector]] = {}
        for seed in seeds:
            cuts = {part: part.cut(seed.vectors.modalities) for part in weights}
            there = {part: cut for part, cut in cuts.items() if cut is not None}
            if there:
                found[seed.seed_id] = there
                self._reserve(there)
        entries: list[Entry] = []
        least = least_cosine(policy.threshold, background_of(policy, "weighted"))
        for seed_id, there in found.items():
            vector = np.zeros(self.columns.dimension, dtype=np.float32)
            for part, cut in there.items():
                vector[self._spans[part]] = shares[part] * unit(cut[None, :])[0]
            entries.append(((trend_id, seed_id), vector, least))
        self.columns.put(entries)
        return list(found)

    def rows(self, videos: Rows) -> NDArray[np.float32]:
        """Return the long vectors (n, dimension) of videos."""
        out = np.zeros((len(videos), self.columns.dimension), dtype=np.float32)
        for part, span in self._spans.items():
            having, vectors = part.of(videos)
            if len(having):
                out[having, span] = unit(vectors)
        return out

    def _reserve(self, parts: Mapping[Piece, Vector]) -> None:
        """Give parts that are new a span of their width."""
        for part, cut in parts.items():
            if part not in self._spans:
                start = self.columns.dimension
                self._spans[part] = slice(start, start + len(cut))
                self.columns.widen(start + len(cut))
