"""The course of a demo: publish, declare, seed, look, go live, publish, wait until all is settled."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from streams.audit.answers import ended_receipts
from streams.audit.findings import Progress, progress
from streams.audit.logs import Logs
from streams.audit.waiting import Auditor
from streams.client import make_producer, send_all, start_producer
from streams.demo.messages import declarations, go_live_events, seed_events, video_events
from streams.demo.plan import Plan
from streams.demo.rules import RuleBook
from streams.settings import Settings
from streams.wire.moderation import Receipt
from streams.wire.record import Outgoing
from streams.wire.topics import Topic

# A post costs a few 100 ms of one core, or the deadline of its decode at worst; a machine may be slow beside that.
_SECONDS_A_POST = 2.0
_LEAST_SECONDS = 180.0
_BATCH_RECORDS = 200


class Narrator(Protocol):
    """Whom a demo tells how it goes."""

    def begin(self, what: str) -> None:
        """A step begins."""

    def watch(self, now: Progress) -> None:
        """The workers are so far."""


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What the receipts of all shards say of a draft: its blast radius before it acts.

    Attributes:
        trend_id: The trend.
        shards: Shards that gave complete receipts for its last seed.
        hits: Held videos that would be hits.
        videos_held: Held videos that were judged.
    """

    trend_id: str
    shards: int
    hits: int
    videos_held: int


class Course:
    """One run of a demo.

    Args:
        settings: Where the topics are.
        plan: Of the corpus.
        auditor: Reads along.
        narrator: Is told.

    Attributes:
        previews: What the drafts' receipts said; empty before.
    """

    def __init__(self, settings: Settings, plan: Plan, auditor: Auditor, narrator: Narrator) -> None:
        self._settings, self._plan, self._auditor, self._narrator = settings, plan, auditor, narrator
        self._events = self._commands = 0
        self.previews: list[Preview] = []
        self._seconds = _LEAST_SECONDS + _SECONDS_A_POST * len(plan.posts)

    async def run(self, book: RuleBook) -> None:
        """Play it.

        Args:
            book: By which trends are declared.

        Raises:
            NotSettled: the workers did not do in time what was asked.
            DeliveryError: a message could not be sent.
        """
        plan, tell = self._plan, self._narrator.begin
        tell(f"publishing the first {len(plan.before)} posts")
        await self._say(video_events(plan, plan.before))
        seeds = sum(len(of_trend) for of_trend in plan.seeds.values())
        tell(f"declaring {len(plan.seeds)} trends as drafts, pushing {seeds} seeds")
        self.previews = preview(await self._say(declarations(plan, book) + seed_events(plan)))
        tell("going live")
        await self._say(go_live_events(plan))
        tell(f"publishing the other {len(plan.after)} posts")
        await self._say(video_events(plan, plan.after))

    async def _say(self, records: Sequence[Outgoing]) -> Logs:
        """Send records; return the logs when all that they ask for is done."""
        await _send(self._settings, records)
        events = sum(record.topic is Topic.VIDEO_EVENTS for record in records)
        self._events += events
        self._commands += len(records) - events
        return await self._auditor.wait_for(self._missing, self._seconds)

    def _missing(self, logs: Logs) -> str | None:
        now = progress(logs)
        self._narrator.watch(now)
        unread = self._events + self._commands - len(logs.events) - len(logs.commands)
        if unread > 0:  # what the auditor has not seen yet it cannot miss
            return f"{unread} records that were sent are not in their topics"
        return None if now.settled else now.text()


def preview(logs: Logs) -> list[Preview]:
    """Return what the last complete receipts of all shards say of each trend, in the order of trends."""
    last: dict[str, dict[int, Receipt]] = {}
    for receipt, ended in ended_receipts(logs):
        shards = last.setdefault(receipt.trend_id, {})
        if ended and receipt.shard is not None:
            before = shards.get(receipt.shard)
            if before is None or receipt.source_offset >= before.source_offset:
                shards[receipt.shard] = receipt
    return [
        Preview(
            trend_id=trend_id,
            shards=len(shards),
            hits=sum(receipt.hits for receipt in shards.values()),
            videos_held=sum(receipt.videos_held for receipt in shards.values()),
        )
        for trend_id, shards in sorted(last.items())
    ]


async def _send(settings: Settings, records: Sequence[Outgoing]) -> None:
    producer = make_producer(settings)
    try:
        await start_producer(producer, settings)
        for batch in batched(records, _BATCH_RECORDS):
            await send_all(producer, settings, batch)
    finally:
        await producer.stop()


def batched(records: Sequence[Outgoing], size: int) -> Iterator[Sequence[Outgoing]]:
    """Yield records in runs of at most `size`, so that no wait for deliveries is too long."""
    for start in range(0, len(records), size):
        yield records[start : start + size]
