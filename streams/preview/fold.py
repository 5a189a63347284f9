"""The receipts of a draft, folded over all shards."""

import heapq
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.preview.rate import Daily, daily
from streams.wire.moderation import DayCount, HistogramBin, NearCopy, NearVideo, Receipt, TrendReceipt

Counts = NDArray[np.int64]

# Scores are -1 to 1, both included, as receipts count them.
BINS_PER_ONE = 100
BINS = 2 * BINS_PER_ONE + 1
# As many as one receipt names.
SHOWN = 20
# Below this a threshold lies on the edge of a bin: scores have six decimals.
_EDGE = 1e-7


class Hits(NamedTuple):
    """How many videos are hits from a threshold on: at least `low`, at most `high`; the same where it is known."""

    low: int
    high: int


class Point(NamedTuple):
    """How many would be hits from a threshold on."""

    threshold: float
    hits: int


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What the shards said of a draft, together.

    Attributes:
        trend_id: The trend.
        threshold: Under which they judged.
        shards: How many there are; 0 while none has answered.
        answered: Those whose newest receipt is about the draft as it is now; all counts are theirs.
        behind: Those that have answered only about the draft as it was before.
        receipts: The counted ones, by shard.
    """

    trend_id: str
    threshold: float
    shards: int
    answered: Sequence[int]
    behind: Sequence[int]
    receipts: Mapping[int, TrendReceipt]

    @property
    def whole(self) -> bool:
        """Whether every shard has answered."""
        return 0 < self.shards <= len(self.answered)

    @property
    def complete(self) -> bool:
        """Whether every shard has judged all that it holds."""
        return self.whole and all(receipt.complete for receipt in self.receipts.values())

    @property
    def hits(self) -> int:
        """Held videos that would be hits."""
        return sum(receipt.hits for receipt in self.receipts.values())

    @property
    def videos_held(self) -> int:
        """Held videos of the shards that answered."""
        return sum(receipt.videos_held for receipt in self.receipts.values())

    @property
    def not_comparable(self) -> int:
        """Those that have no vector of the trend's model."""
        return sum(receipt.not_comparable for receipt in self.receipts.values())

    @property
    def completeness(self) -> float | None:
        """Share of held videos that could be judged; None where nothing is held."""
        return 1 - self.not_comparable / self.videos_held if self.videos_held else None

    @property
    def near_copies(self) -> int:
        """Held videos that are nearly copies of a seed."""
        return sum(receipt.near_copies for receipt in self.receipts.values())

    @cached_property
    def scores(self) -> Counts:
        """Shape (201,): how many judged videos score in [b / 100 - 1, (b + 1) / 100 - 1)."""
        return _bins(receipt.histogram for receipt in self.receipts.values())

    @cached_property
    def below_margin(self) -> Counts:
        """Shape (201,): those of them that the margin alone refuses."""
        return _bins(receipt.below_margin for receipt in self.receipts.values())

    @cached_property
    def hits_from(self) -> Counts:
        """Shape (201,): how many would be hits at the threshold b / 100 - 1."""
        return np.cumsum((self.scores - self.below_margin)[::-1])[::-1]

    def hits_at(self, threshold: float) -> Hits:
        """Return how many would be hits at a threshold in [-1, 1], others as they are.

        Between the edges of two bins it is known only between which counts; at the trend's own threshold, always.
        """
        if threshold == self.threshold:
            return Hits(self.hits, self.hits)
        place = (threshold + 1) * BINS_PER_ONE
        above, below = math.ceil(place - _EDGE), math.floor(place + _EDGE)
        return Hits(int(self.hits_from[above]), int(self.hits_from[below]))

    def curve(self) -> list[Point]:
        """Return the hits at each threshold of two decimals between the lowest and the highest score."""
        seen = np.flatnonzero(self.scores)
        places = range(int(seen[0]), int(seen[-1]) + 2) if len(seen) else range(0)
        return [Point((b - BINS_PER_ONE) / BINS_PER_ONE, int(self.hits_from[b])) for b in places if b < BINS]

    @cached_property
    def days(self) -> list[DayCount]:
        """Judged videos with hits, by day, earliest first."""
        hits, videos = Counter[object](), Counter[object]()
        every = [day for receipt in self.receipts.values() for day in receipt.days]
        for one in every:
            hits[one.day] += one.hits
            videos[one.day] += one.videos
        return [DayCount(day=d, hits=hits[d], videos=videos[d]) for d in sorted({one.day for one in every})]

    @cached_property
    def daily(self) -> Daily:
        """How much a day brings, over all shards: those that have not answered are taken to be like the others."""
        return daily(self.days, scale=self.shards / len(self.answered) if self.answered else 1.0)

    @cached_property
    def overlap(self) -> dict[str, int]:
        """Hits on which other live trends act already, by trend, most first."""
        found = Counter[str]()
        for receipt in self.receipts.values():
            for one in receipt.overlap:
                found[one.trend_id] += one.videos
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))

    @property
    def nearest(self) -> list[NearVideo]:
        """The videos of highest score, best first."""
        return self._best("nearest")

    @property
    def strongest_hits(self) -> list[NearVideo]:
        """The hits among them: whoever is near, but no hit, is among the misses."""
        misses = {video.video_id for receipt in self.receipts.values() for video in receipt.nearest_misses}
        return [video for video in self.nearest if video.video_id not in misses]

    @property
    def nearest_misses(self) -> list[NearVideo]:
        """The videos of highest score that are no hits, best first."""
        return self._best("nearest_misses")

    @property
    def weakest_hits(self) -> list[NearVideo]:
        """The hits of lowest score, lowest first."""
        every = [video for receipt in self.receipts.values() for video in receipt.weakest_hits]
        return heapq.nsmallest(SHOWN, every, key=lambda video: (video.score, video.video_id))

    @property
    def nearest_copies(self) -> list[NearCopy]:
        """The nearest copies, best first."""
        every = [copy for receipt in self.receipts.values() for copy in receipt.nearest_copies]
        return heapq.nsmallest(SHOWN, every, key=lambda copy: (-copy.score, copy.video_id))

    def _best(self, name: str) -> list[NearVideo]:
        every = [video for receipt in self.receipts.values() for video in getattr(receipt, name)]
        return heapq.nsmallest(SHOWN, every, key=lambda video: (-video.score, video.video_id))


def fold_preview(trend_id: str, threshold: float, told: int, receipts: Iterable[tuple[Receipt, bool]]) -> Preview:
    """Return what the newest receipts of a draft say together.

    A version does not order receipts alone: seeds and what TRENDS adjusts leave it as it is. The newest is that of the
    highest version, then of the highest offset in the ledger, then of the highest one in the fan-out.

    Args:
        trend_id: The trend.
        threshold: Of its rule.
        told: Offset in `trend-seeds` of the newest event that the shards had to be told about the trend. A receipt
            that answers an older one is about another draft.
        receipts: In any order, each with whether it ended a sweep; what is not of the draft is passed over.
    """
    newest = dict[int, tuple[tuple[int, int, int], TrendReceipt]]()
    shards = 0
    for receipt, swept in receipts:
        if receipt.trend_id != trend_id or receipt.shard is None:
            continue
        shards = max(shards, receipt.shards)
        if not isinstance(receipt, TrendReceipt) or receipt.state != "draft" or not swept:
            continue
        order = (receipt.version or 0, receipt.source_offset, -1 if receipt.applied is None else receipt.applied.fanout)
        known = newest.get(receipt.shard)
        if known is None or order >= known[0]:
            newest[receipt.shard] = (order, receipt)
    now = max([told, *(receipt.source_offset for _, receipt in newest.values())])
    current = {shard: receipt for shard, (_, receipt) in newest.items() if receipt.source_offset >= now}
    return Preview(
        trend_id=trend_id,
        threshold=threshold,
        shards=shards,
        answered=sorted(current),
        behind=sorted(set(newest) - set(current)),
        receipts=current,
    )


def _bins(histograms: Iterable[Sequence[HistogramBin]]) -> Counts:
    counts = np.zeros(BINS, dtype=np.int64)
    for histogram in histograms:
        for one in histogram:
            counts[round((one.from_score + 1) * BINS_PER_ONE)] += one.count
    return counts
