"""Judged videos with forward hits over stream time, folded from `shard-reports`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from streams.wire.report import ShardReport


@dataclass(frozen=True, slots=True)
class Rate:
    """Forward hits among judged videos."""

    hits: int = 0
    videos: int = 0

    def __add__(self, other: "Rate") -> "Rate":
        """Return both together."""
        return Rate(self.hits + other.hits, self.videos + other.videos)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What all shards judged in one stretch of stream time, of one trend."""

    begins_at: datetime
    rate: Rate


@dataclass(slots=True)
class _Counts:
    videos: int = 0
    hits: Counter[str] = field(default_factory=Counter)

    def add(self, report: ShardReport) -> None:
        self.videos += report.videos
        self.hits.update(report.hits)


class ForwardRates:
    """What shards reported, by stretch; changed by one report at a time, those of a shard in its order.

    Args:
        kept: How much of stream time is remembered.
    """

    def __init__(self, kept: timedelta) -> None:
        self._kept = kept
        self._open: dict[int, ShardReport] = {}
        self._closed: dict[datetime, _Counts] = {}

    @property
    def newest(self) -> datetime | None:
        """Where the newest stretch of any shard begins; None before any report."""
        return max((report.begins_at for report in self._open.values()), default=None)

    def add(self, report: ShardReport) -> None:
        """Take in a report: a later one of the same stretch replaces it, a stretch that ended takes no more."""
        before = self._open.get(report.shard)
        if before is not None and report.begins_at < before.begins_at:
            return
        self._open[report.shard] = report
        if before is not None and report.begins_at > before.begins_at:
            self._closed.setdefault(before.begins_at, _Counts()).add(before)
            self._forget()

    def hits(self, since: datetime) -> Mapping[str, int]:
        """Return the forward hits of all trends in stretches that begin after a time."""
        found: Counter[str] = Counter()
        for begins_at, counts in self._all().items():
            if begins_at > since:
                found.update(counts.hits)
        return found

    def of(self, trend_id: str, since: datetime) -> Sequence[Stretch]:
        """Return what was judged of one trend in stretches that begin at a time or later, earliest first."""
        return [
            Stretch(begins_at, Rate(counts.hits[trend_id], counts.videos))
            for begins_at, counts in sorted(self._all().items())
            if begins_at >= since
        ]

    def _all(self) -> dict[datetime, _Counts]:
        """Return the counts of all stretches, those under way included."""
        found = dict(self._closed)
        for report in self._open.values():
            before = found.get(report.begins_at, _Counts())
            found[report.begins_at] = _Counts(before.videos, before.hits.copy())
            found[report.begins_at].add(report)
        return found

    def _forget(self) -> None:
        newest = self.newest
        if newest is not None and self._closed and min(self._closed) < newest - self._kept:
            self._closed = {at: counts for at, counts in self._closed.items() if at >= newest - self._kept}
