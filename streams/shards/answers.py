"""What a shard answers to the messages of the fan-out: counts that grow into a receipt."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from streams.policy import seed_scores
from streams.shards.judge import Judged
from streams.wire.fanout import SeedLive, SeedRetired, TrendPolicy
from streams.wire.moderation import Applied, HistogramBin, NearVideo, Receipt, SeedReceipt, TrendReceipt

Answerable = SeedLive | SeedRetired | TrendPolicy

# Enough for a moderator to look at; receipts of large shards stay small.
NEAREST = 20
_BINS_PER_ONE = 100


@dataclass(slots=True)
class Tally:
    """What was seen of the judged videos so far."""

    hits: int = 0
    bins: Counter[int] = field(default_factory=Counter)
    nearest: list[NearVideo] = field(default_factory=list)

    def count(self, message: Answerable, judged: Judged, video_ids: Iterable[str]) -> None:
        """Take in videos, by the seed's own score for a seed, else by the trend's."""
        ids = [v for v in video_ids if v in judged.rows]
        rows = [judged.rows[v] for v in ids]
        if not rows:
            return
        self.hits += int(judged.scores.hit[rows].sum())
        scores = judged.scores.score[rows]
        if isinstance(message, SeedLive | SeedRetired):
            seed = next((s.vectors for s in judged.seeds if s.seed_id == message.seed_id), None)
            scores = seed_scores(judged.policy, [judged.videos[r] for r in rows], [seed] if seed else []).sum(axis=1)
            if seed is None:
                return
        known = ~np.isnan(scores)
        self.bins.update(np.floor(scores[known] * _BINS_PER_ONE + 1e-9).astype(int).tolist())
        near = [NearVideo(video_id=v, score=float(s)) for v, s, k in zip(ids, scores, known, strict=True) if k]
        self.nearest = sorted([*self.nearest, *near], key=lambda n: (-n.score, n.video_id))[:NEAREST]

    def histogram(self) -> list[HistogramBin]:
        """Return the bins that are not empty, lowest first."""
        return [HistogramBin(from_score=b / _BINS_PER_ONE, count=n) for b, n in sorted(self.bins.items())]


@dataclass(slots=True)
class Answer:
    """One fan-out message that still waits for its complete receipt.

    Attributes:
        offset: Of the message in `trend-fanout`.
        bound: The message's own `max_hits`; none once a later policy of its trend was applied, which releases it.
        new_hits: What it newly emitted at its first hits.
    """

    message: Answerable
    offset: int = 0
    bound: int | None = None
    new_hits: int = 0
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True, slots=True)
class ShardState:
    """What a receipt says of the shard that wrote it.

    Attributes:
        judges: There is a policy, and a seed is of its model: without that a receipt is never complete.
    """

    shard: int
    shards: int
    version: int | None
    model_id: str | None
    videos_held: int
    not_comparable: int
    applied: Applied
    paused: bool
    judges: bool


def receipt(message: Answerable, tally: Tally, state: ShardState, *, swept: bool, now: datetime) -> Receipt:
    """Return the answer to one message of the fan-out."""
    common = {
        "trend_id": message.trend_id,
        "version": state.version,
        "source_offset": message.source_offset,
        "model_id": state.model_id,
        "shard": state.shard,
        "shards": state.shards,
        "status": "paused" if state.paused else "applied",
        "reason": "more new hits than max_hits, or paused by TRENDS" if state.paused else None,
        "hits": tally.hits,
        "histogram": tally.histogram(),
        "nearest": tally.nearest,
        "videos_held": state.videos_held,
        "not_comparable": state.not_comparable,
        "applied": state.applied,
        "complete": swept and state.judges and state.not_comparable == 0,
        "latency_seconds": max(0.0, round((now - message.received_at).total_seconds(), 6)),
    }
    if isinstance(message, TrendPolicy):
        return TrendReceipt(**common)  # type: ignore[arg-type]  # one set of fields for both kinds
    return SeedReceipt(seed_id=message.seed_id, **common)  # type: ignore[arg-type]  # as above
