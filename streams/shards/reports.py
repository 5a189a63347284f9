"""The rate of a shard: judged videos with forward hits by trend, by stretches of stream time."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from streams.shards.emission import Emitted
from streams.shards.identity import ShardIdentity
from streams.wire.moderation import Applied, ModerationAction
from streams.wire.report import ShardReport
from streams.wire.topics import Topic


class Reports:
    """Counts what goes forward, says when it must be told; knows no clock but the times of videos.

    What a crash loses is not counted again: a report is a measure, and a lower one brakes nothing.

    Args:
        identity: Of the shard.
        seconds: How long a stretch is.
    """

    def __init__(self, identity: ShardIdentity, seconds: float) -> None:
        self._identity, self._seconds = identity, seconds
        self._stretch: int | None = None
        self._videos, self._told = 0, 0
        self._hits: Counter[str] = Counter()
        self._grown = False

    def count(self, received_at: datetime, emitted: Iterable[Emitted], applied: Applied) -> list[Emitted]:
        """Take in a video that became held, with what it emitted.

        A video older than the newest stretch counts into that one.

        Args:
            received_at: Kafka's time of its event.
            emitted: What it brought.
            applied: The next offset of both inputs.

        Returns:
            The last report of a stretch that this video ends, if there is something that was not told.
        """
        stretch = int(received_at.timestamp() // self._seconds)
        ended = list[Emitted]()
        if self._stretch is None or stretch > self._stretch:
            if self._videos > self._told:
                ended.append(self._report(applied))
            self._stretch, self._videos, self._told, self._hits = stretch, 0, 0, Counter()
            self._grown = False
        self._videos += 1
        for message in (one.message for one in emitted):
            if isinstance(message, ModerationAction) and message.supersedes is None:
                self._hits[message.trend_id] += 1
                self._grown = True
        return ended

    def due(self, applied: Applied) -> list[Emitted]:
        """Return the report of the newest stretch if some hits grew since the last, at the end of a batch."""
        if not self._grown:
            return []
        self._grown, self._told = False, self._videos
        return [self._report(applied)]

    def _report(self, applied: Applied) -> Emitted:
        report = ShardReport(
            shard=self._identity.shard,
            shards=self._identity.shards,
            begins_at=datetime.fromtimestamp((self._stretch or 0) * self._seconds, UTC),
            seconds=self._seconds,
            videos=self._videos,
            hits=dict(self._hits),
            applied=applied,
        )
        return Emitted(Topic.SHARD_REPORTS, report)
