"""What a shard answers to the messages of the fan-out: counts that grow into a receipt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nsmallest

import numpy as np
from numpy.typing import NDArray

from streams.policy import Floats
from streams.shards.judge import Judged
from streams.wire.fanout import SeedLive, SeedRetired, TrendPolicy
from streams.wire.moderation import Applied, HistogramBin, IndexRecall, NearVideo, Receipt, SeedReceipt, TrendReceipt

Answerable = SeedLive | SeedRetired | TrendPolicy

# Enough for a moderator to look at; receipts of large shards stay small.
NEAREST = 20
# Scores are -1 to 1, both included.
_BINS_PER_ONE = 100
_BINS = 2 * _BINS_PER_ONE + 1


@dataclass(slots=True)
class Tally:
    """What was seen of the judged videos so far."""

    hits: int = 0
    bins: NDArray[np.int64] = field(default_factory=lambda: np.zeros(_BINS, dtype=np.int64))
    nearest: list[NearVideo] = field(default_factory=list)

    def count(self, message: Answerable, judged: Judged, done: int | None = None) -> None:
        """Take in the first judged videos, all if not said, by the seed's own score for a seed, else by the trend's."""
        self.hits += int(judged.scores.hit[:done].sum())
        scores = judged.scores.score
        if isinstance(message, SeedLive | SeedRetired):
            if message.seed_id not in judged.seeds.rows.keys:
                return
            scores = judged.scores.seeds[:, judged.seeds.rows.keys.index(message.seed_id)]
        scores = scores[:done]
        known = np.flatnonzero(~np.isnan(scores))
        self.bins += bins_of(scores[known])
        self.nearest = first_by(self.nearest, judged, known, scores)


def bins_of(scores: Floats) -> NDArray[np.int64]:
    """Return how many scores are in each bin of 0.01, from -1 to 1."""
    at = np.floor(scores * _BINS_PER_ONE + 1e-9).astype(np.int64) + _BINS_PER_ONE
    return np.bincount(at, minlength=_BINS)


def histogram(bins: NDArray[np.int64]) -> list[HistogramBin]:
    """Return the bins that are not empty, lowest first."""
    return [
        HistogramBin(from_score=(b - _BINS_PER_ONE) / _BINS_PER_ONE, count=int(bins[b]))
        for b in np.flatnonzero(bins).tolist()
    ]


def first_by(
    first: list[NearVideo],
    judged: Judged,
    rows: NDArray[np.int64],
    scores: Floats | None = None,
    *,
    lowest: bool = False,
) -> list[NearVideo]:
    """Return the first `NEAREST` of those so far with some judged videos, by score, then by id.

    Args:
        first: Those so far, in order.
        judged: The videos; of each its margin is told beside its score.
        rows: Which of them, (n,); each has a score.
        scores: Of all of them; the trend's if not said.
        lowest: The lowest score comes first, not the highest.
    """
    scores, sign = judged.scores.score if scores is None else scores, 1.0 if lowest else -1.0
    signed = sign * scores[rows]
    if len(rows) > NEAREST:  # all that tie with the last place stay: the id decides among them
        rows = rows[signed <= np.partition(signed, NEAREST - 1)[NEAREST - 1]]
    if len(first) == NEAREST:
        rows = rows[sign * scores[rows] <= sign * first[-1].score]
    keys, negative = judged.videos.keys, judged.scores.negative
    # Copies of one video tie by thousands: few of them are looked at twice.
    ranked = nsmallest(NEAREST, rows.tolist(), key=lambda row: (sign * scores[row], keys[row]))
    near = [
        NearVideo(video_id=keys[row], score=float(scores[row]), margin=_margin(float(scores[row] - negative[row])))
        for row in ranked
    ]
    return sorted([*first, *near], key=lambda n: (sign * n.score, n.video_id))[:NEAREST]


def _margin(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 6)


@dataclass(slots=True)
class Answer:
    """One fan-out message that still waits for its complete receipt.

    Attributes:
        offset: Of the message in `trend-fanout`.
        free: It may newly emit any number, since a person released its trend.
    """

    message: Answerable
    offset: int = 0
    free: bool = False
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True, slots=True)
class ShardState:
    """What a receipt says of the shard that wrote it.

    Attributes:
        judges: There is a policy, the one that the sweep began with, and a seed is of its model: without that a
            receipt is never complete.
        recall: What was last measured of its index; no part of the law, so a replay may say something else.
        policy: In force when it is written.
    """

    shard: int
    shards: int
    policy: TrendPolicy | None
    videos_held: int
    not_comparable: int
    applied: Applied
    paused: bool
    judges: bool
    recall: IndexRecall | None


def receipt(
    message: Answerable,
    tally: Tally,
    state: ShardState,
    *,
    swept: bool,
    now: datetime,
    preview: Mapping[str, object] | None = None,
) -> Receipt:
    """Return the answer to one message of the fan-out; with a preview that of the trend, whatever the message is."""
    policy = state.policy
    common = {
        "trend_id": message.trend_id,
        "version": policy.version if policy else None,
        "state": policy.state if policy else None,
        "release_offset": policy.release_offset if policy else None,
        "source_offset": message.source_offset,
        "model_id": policy.model_id if policy else None,
        "shard": state.shard,
        "shards": state.shards,
        "status": "paused" if state.paused else "applied",
        "reason": "more new hits than max_hits, or paused by TRENDS" if state.paused else None,
        "hits": tally.hits,
        "histogram": histogram(tally.bins),
        "nearest": tally.nearest,
        "videos_held": state.videos_held,
        "not_comparable": state.not_comparable,
        "applied": state.applied,
        "estimated_recall": state.recall.value if state.recall and not swept else None,
        "recall": state.recall,
        "complete": swept and state.judges and state.not_comparable == 0,
        "latency_seconds": max(0.0, round((now - message.received_at).total_seconds(), 6)),
    }
    if preview is not None or isinstance(message, TrendPolicy):
        return TrendReceipt(**common, **(preview or {}))  # type: ignore[arg-type]  # one set of fields for both kinds
    return SeedReceipt(seed_id=message.seed_id, **common)  # type: ignore[arg-type]  # as above
