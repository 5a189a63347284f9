"""The preview of a draft: what its sweep saw, from which a person judges what the trend would do."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from index import cosines
from streams.shards.answers import NEAREST, Tally, bins_of, first_by, histogram
from streams.shards.holdings import HeldVideo
from streams.shards.judge import Judged
from streams.shards.ledger import Ledger
from streams.wire.moderation import DayCount, NearCopy, NearVideo, Overlap

# Cosine of fused vectors from which on a video is told to be nearly a copy of a seed. Chosen, not measured; nothing is
# judged by it.
NEAR_COPY = 0.98
_OVERLAPS = 50
_EPOCH = date(1970, 1, 1)
_SECONDS_A_DAY = 86_400


@dataclass(slots=True)
class Preview:
    """What was seen of the held videos under one draft so far, all by the trend's own score."""

    tally: Tally = field(default_factory=Tally)
    below_margin: NDArray[np.int64] = field(default_factory=lambda: bins_of(np.empty(0)))
    near_copies: int = 0
    nearest_copies: list[NearCopy] = field(default_factory=list)
    weakest_hits: list[NearVideo] = field(default_factory=list)
    nearest_misses: list[NearVideo] = field(default_factory=list)
    _videos: Counter[int] = field(default_factory=Counter)
    _hits: Counter[int] = field(default_factory=Counter)
    _overlap: Counter[str] = field(default_factory=Counter)

    def count(self, judged: Judged, done: int, held: Mapping[str, HeldVideo], ledger: Ledger) -> None:
        """Take in the first judged videos.

        Args:
            judged: Held videos under the draft.
            done: How many of them.
            held: The held videos by id.
            ledger: The active actions.
        """
        if not done or not len(judged.videos):
            return
        keys, scores, hit = judged.videos.keys[:done], judged.scores.score[:done], judged.scores.hit[:done]
        known = ~np.isnan(scores)
        self.tally.count(judged.policy, judged, done)
        self.below_margin += bins_of(scores[known & ~judged.scores.apart[:done]])
        self.weakest_hits = first_by(self.weakest_hits, judged, np.flatnonzero(hit), lowest=True)
        self.nearest_misses = first_by(self.nearest_misses, judged, np.flatnonzero(known & ~hit))
        days = [int(held[key].received_at.timestamp() // _SECONDS_A_DAY) for key in keys]
        self._videos.update(days)
        self._hits.update(compress(days, hit.tolist()))
        for video_id in compress(keys, hit.tolist()):
            self._overlap.update(ledger.live_trends_of(video_id) - {judged.policy.trend_id})
        self._count_copies(judged, done)

    def facts(self) -> dict[str, object]:
        """Return the fields of a `TrendReceipt` that only drafts have."""
        overlap = sorted(self._overlap.items(), key=lambda one: (-one[1], one[0]))[:_OVERLAPS]
        return {
            "below_margin": histogram(self.below_margin),
            "days": [
                DayCount(day=_EPOCH + timedelta(days=day), hits=self._hits[day], videos=videos)
                for day, videos in sorted(self._videos.items())
            ],
            "near_copies": self.near_copies,
            "nearest_copies": self.nearest_copies,
            "overlap": [Overlap(trend_id=trend_id, videos=videos) for trend_id, videos in overlap],
            "weakest_hits": self.weakest_hits,
            "nearest_misses": self.nearest_misses,
        }

    def _count_copies(self, judged: Judged, done: int) -> None:
        positive = np.flatnonzero(judged.seeds.positive)
        if not len(positive):
            return
        scores = cosines(judged.videos.fused[:done], judged.seeds.rows.fused[positive])  # (done, positive seeds)
        best = scores.argmax(axis=1)
        score = scores[np.arange(len(best)), best]
        rows = np.flatnonzero(score >= NEAR_COPY).tolist()
        self.near_copies += len(rows)
        copies = [
            NearCopy(
                video_id=judged.videos.keys[row],
                seed_id=judged.seeds.seeds[int(positive[best[row]])].seed_id,
                score=float(score[row]),
            )
            for row in rows
        ]
        self.nearest_copies = sorted([*self.nearest_copies, *copies], key=lambda c: (-c.score, c.video_id))[:NEAREST]
