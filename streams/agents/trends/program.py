"""The one owner of all trends: hears moderators, tells the shards."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from streams.agents.program import Beat, Outcome
from streams.agents.trends.judging import Judged, Judging
from streams.agents.trends.observer import View
from streams.agents.trends.observers import make_observers
from streams.agents.trends.preparation import Preparation, Prepared, SeedIntake, SeedStore, SeedSuite
from streams.agents.trends.records import own_event
from streams.agents.trends.restore import restore_catalogue, restore_decisions, restore_sent
from streams.agents.trends.tending import Tending
from streams.catalogue import Decisions
from streams.client import (
    Producer,
    make_transactional_producer,
    send_transaction,
    start_producer,
    transactional_id,
)
from streams.errors import BadMessage, PoisonError
from streams.logs import get_logger
from streams.settings import Settings
from streams.wire.codec import decode_json
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic
from streams.wire.trend import ReviewDecision, SeedAdded, TrendAdjusted, TrendEvent

# By offset of its `SeedAdded`, the work on the post of a seed.
Preparing = dict[int, asyncio.Task[Prepared | PoisonError]]

# Seeds of one batch are fetched and decoded at once. So many for each decoding process that a batch of nothing but
# hostile files, each at its deadline, still ends within the rebalance timeout (4 x 20 s of 120 s).
_SEEDS_A_DECODER = 4

_log = get_logger(__name__)


class TrendsProgram:
    """What moderators say becomes what every shard must know.

    Args:
        settings: Of this installation.
        suite: The encoders that serve.
        intake: The way from a seed's URI to its samples.
        media_store: Where the samples of seeds are kept.
        beat: Told after each step.
        fail: Ends the process without acknowledging; an end that cannot be written must not go on unseen.
        now: The clock.
    """

    role = "trends"
    inputs = (Topic.TREND_SEEDS, Topic.REVIEW_DECISIONS)
    batch_seconds = 0.02

    def __init__(  # noqa: PLR0913  # all that a role is given by the builder, by name
        self,
        *,
        settings: Settings,
        suite: SeedSuite,
        intake: SeedIntake,
        media_store: SeedStore,
        beat: Beat,
        fail: Callable[[BaseException], None],
        now: Callable[[], datetime],
    ) -> None:
        self._settings, self._beat, self._model_id = settings, beat, suite.card.model_id
        self.batch_records = _SEEDS_A_DECODER * settings.media.workers
        self._preparation = Preparation(settings.kafka.prefix, suite, intake)
        self._judging = Judging(settings.kafka.partitions, suite.card, media_store, now)
        self._catalogue, self._decisions = self._judging.empty(), Decisions()
        # One lock around judge, emit, remember: both inputs share the one transactional producer.
        self._lock = asyncio.Lock()
        self._producer: Producer | None = None
        self.tending = Tending(
            lock=self._lock, view=self._view, send=self._send, weigh=self._weigh_all, fail=fail, now=now
        )
        self._next: dict[Topic, int] = {}
        self._done: dict[tuple[Topic, int], Outcome] = {}

    async def start(self) -> None:
        """Nothing exists before the first assignment."""

    async def assigned(
        self, assigned: Mapping[Topic, Sequence[int]], committed: Mapping[tuple[Topic, int], int]
    ) -> None:
        """Rebuild all trends up to what is committed, without emitting.

        The producer comes first: it fences a former owner, whose transaction is then over.
        """
        await self.stop()
        if not assigned.get(Topic.TREND_SEEDS):
            return
        settings, beat = self._settings, self._beat
        self._producer = make_transactional_producer(settings, transactional_id(settings.kafka, self.role, 0))
        await start_producer(self._producer, settings)
        self._next = {topic: committed[topic, 0] for topic in self.inputs}
        self._done.clear()
        sent = await restore_sent(settings, beat)
        self._judging.sent = sent
        empty = self._judging.empty()
        self._catalogue = await restore_catalogue(settings, empty, self._next[Topic.TREND_SEEDS], sent, beat)
        self._decisions = await restore_decisions(settings, self._next[Topic.REVIEW_DECISIONS], beat)
        self.tending.start(make_observers(settings, self._model_id, beat))
        _log.info("trends restored", trends=len(self._catalogue.by_id), **{t.value: o for t, o in self._next.items()})

    async def revoked(self) -> None:
        """Begin no transaction that a new owner would fence; the next assignment restores."""
        await self.tending.stop()

    async def take(self, topic: Topic, batch: Sequence[Received]) -> Sequence[Outcome]:
        """Judge records of one input in order; what they tell the shards is sent in transactions.

        What an earlier try at the same batch has done already stays done.
        """
        fresh = [record for record in batch if record.offset >= self._next[topic]]
        if topic == Topic.REVIEW_DECISIONS:
            await self._take_decisions(fresh)
        else:
            await self._take_events(fresh)
        skipped = Outcome(fields={"result": "skipped"})
        outcomes = [self._done.get((topic, record.offset), skipped) for record in batch]
        self._done = {key: outcome for key, outcome in self._done.items() if key[0] != topic}
        return outcomes

    async def stop(self) -> None:
        """Stop tending; close the producer."""
        await self.revoked()
        producer, self._producer = self._producer, None
        if producer is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(producer.stop(), self._settings.kafka.delivery_timeout_seconds)

    async def _take_decisions(self, records: Sequence[Received]) -> None:
        async with self._lock:
            judged = [
                self._judging.decision(self._catalogue, self._decisions, record, _parse(record, ReviewDecision))
                for record in records
            ]
            await self._send([out for one in judged for out in one.records])
            self._remember(records, judged)

    async def _take_events(self, records: Sequence[Received]) -> None:
        events = [_parse(record, TrendEvent) for record in records]
        preparing = self._prepare(records, events)
        try:
            while records:
                # The first one is waited for; those after it that need no waiting go with it.
                if records[0].offset in preparing:
                    await asyncio.wait([preparing[records[0].offset]])
                waiting = (i for i, r in enumerate(records) if r.offset in preparing and not preparing[r.offset].done())
                end = next(waiting, len(records))
                await self._judge(records[:end], events[:end], preparing)
                records, events = records[end:], events[end:]
        finally:
            for task in preparing.values():
                task.cancel()

    def _prepare(self, records: Sequence[Received], events: Sequence[TrendEvent | BadMessage]) -> Preparing:
        """Start on the posts of all seeds that may be accepted; too many do no harm."""
        declared = {event.trend_id for event in events if not isinstance(event, BadMessage | SeedAdded)}
        preparing = {
            record.offset: asyncio.create_task(self._preparation.prepare(event, record))
            for record, event in zip(records, events, strict=True)
            if isinstance(event, SeedAdded)
            and self._judging.needs_vectors(self._catalogue, record, event, certain=event.trend_id not in declared)
        }
        for task in preparing.values():
            task.add_done_callback(lambda _: self._beat())
        return preparing

    async def _judge(
        self, records: Sequence[Received], events: Sequence[TrendEvent | BadMessage], preparing: Preparing
    ) -> None:
        """Judge some records; their catalogue counts only once the shards have been told."""
        async with self._lock:
            catalogue, judged = self._catalogue, list[Judged]()
            for record, event in zip(records, events, strict=True):
                task = preparing.get(record.offset)
                one = await self._judging.event(catalogue, record, event, None if task is None else task.result())
                catalogue = one.catalogue
                judged.append(one)
            about = {event.trend_id for event in events if not isinstance(event, BadMessage)}
            weighed = await self._judging.weights(catalogue, about, records[-1].offset)
            told = [out for one in judged for out in one.records]
            await self._send(told + [own_event(event) for event in weighed])
            self._catalogue = catalogue
            for event in events:
                if isinstance(event, TrendAdjusted):
                    self.tending.read_back(event)
            self._remember(records, judged)
        self._beat()

    def _remember(self, records: Sequence[Received], judged: Sequence[Judged]) -> None:
        for record, one in zip(records, judged, strict=True):
            self._next[record.topic] = record.offset + 1
            self._done[record.topic, record.offset] = one.outcome

    async def _send(self, records: Sequence[Outgoing]) -> None:
        if self._producer is None:
            raise RuntimeError("trends was given messages without their partition")
        await send_transaction(self._producer, self._settings, records)

    def _view(self) -> View:
        known = max(0, self._next[Topic.TREND_SEEDS] - 1)
        return View(catalogue=self._catalogue, decisions=self._decisions, known=known)

    async def _weigh_all(self, view: View) -> Sequence[TrendAdjusted]:
        return await self._judging.weights(view.catalogue, view.catalogue.by_id, view.known)


def _parse(record: Received, kind: Any) -> Any:
    """Return the message of a record, or why there is none."""
    try:
        return decode_json(record.value, kind)
    except BadMessage as error:
        return error
