"""The one place that iterates a stream: nothing is acknowledged before all it led to is delivered."""

import asyncio
import os
import time
from collections.abc import AsyncIterable, Awaitable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, Protocol

from streams.agents.program import Outcome, Program
from streams.client import Producer, send_all
from streams.errors import ClusterError, DeliveryError, PoisonError, StreamsError, TransientError
from streams.journal import MAX_ENDINGS, Coordinates, Journal
from streams.kill_points import KillPoint
from streams.logs import get_logger
from streams.metrics import Metrics
from streams.settings import Settings
from streams.watchdog import Watchdog
from streams.wire.dead_letter import DeadLetter
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic, full_name, short_name

# The only way to leave a stream without acknowledging: an exception inside an agent acknowledges the whole batch.
EXIT_UNACKNOWLEDGED = 70

# Waits before a retry, in seconds: 6 s in all, after which a restart with its own back-off is the better cure.
_RETRY_SECONDS = (0.2, 0.4, 0.8, 1.6, 3.0)

_log = get_logger("stage")


class Stream(Protocol):
    """What this file uses of a Faust stream."""

    def take_events(self, max_: int, within: float) -> AsyncIterable[Sequence[Any]]:
        """Yield batches of at most `max_` events; acknowledge each batch when the next one is asked for."""
        ...


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What a stage works with.

    Attributes:
        settings: Of this installation.
        producer: Idempotent, started, shared by all inputs of the worker.
        journal: Of the messages in hand.
        metrics: Of this worker.
        watchdog: Told of every step.
        kill_point: For drills.
    """

    settings: Settings
    producer: Producer
    journal: Journal
    metrics: Metrics
    watchdog: Watchdog
    kill_point: KillPoint


def end_process(error: BaseException, journal: Journal, **facts: object) -> NoReturn:
    """Log, then leave at once without acknowledging anything.

    A fault of the cluster, or a wish to stop, is not held against the messages in hand.
    """
    if isinstance(error, DeliveryError | ClusterError | TransientError | asyncio.CancelledError):
        journal.forgive()
    # Our own errors say what is wrong in a line; only what nobody foresaw needs the way that it came.
    trace = None if isinstance(error, StreamsError) else error
    _log.error("worker ended", exit_status=EXIT_UNACKNOWLEDGED, error=repr(error), exc_info=trace, **facts)
    os._exit(EXIT_UNACKNOWLEDGED)


async def or_end(work: Awaitable[None], journal: Journal, **facts: object) -> None:
    """Await work whose failure must end the process."""
    try:
        await work
    except BaseException as error:
        end_process(error, journal, **facts)


class Stage:
    """Runs a program over one of its inputs."""

    def __init__(self, program: Program, tools: Tools) -> None:
        self._program, self._tools = program, tools
        self._prefix = tools.settings.kafka.prefix
        self._done: dict[tuple[Topic, int], int] = {}

    def next_offset(self, topic: Topic, partition: int) -> int:
        """Return one past the last offset done by this process; 0 if there is none."""
        return self._done.get((topic, partition), 0)

    async def run(self, stream: Stream) -> None:
        """Process a stream for ever; any exception ends the process."""
        async for events in stream.take_events(self._program.batch_records, within=self._program.batch_seconds):
            # From here to the next turn of the loop nothing may escape: Faust would acknowledge these events.
            await or_end(self._process_events(events), self._tools.journal, role=self._program.role)

    async def _process_events(self, events: Sequence[Any]) -> None:
        self._tools.kill_point.reached("after-ack")
        await self.process([self._received(event.message) for event in events])

    async def process(self, batch: Sequence[Received]) -> None:
        """Take a batch of one input, deliver what comes of it, say what became of each record.

        Raises:
            Exception: anything; the batch must then not be acknowledged.
        """
        for group in self._groups(batch):
            await self._process_group(group[0].topic, group)

    async def _process_group(self, topic: Topic, group: Sequence[Received]) -> None:
        tools, began, first_at = self._tools, time.perf_counter(), datetime.now(UTC)
        tools.journal.enter(topic, [self._coordinates(record) for record in group])
        tools.kill_point.reached("before-take")
        outcomes = await self._outcomes(topic, group)
        tools.kill_point.reached("after-take")
        letters = [
            self._dead_letter(record, outcome.poison, first_at)
            for record, outcome in zip(group, outcomes, strict=True)
            if outcome.poison is not None
        ]
        records = [record for outcome in outcomes for record in outcome.records]
        await send_all(tools.producer, tools.settings, records + letters)
        tools.kill_point.reached("after-send")
        tools.journal.leave(topic)
        tools.watchdog.beat()
        self._tell(group, outcomes, time.perf_counter() - began)

    async def _outcomes(self, topic: Topic, group: Sequence[Received]) -> Sequence[Outcome]:
        """Return one outcome a record; a message that ended too many processes is not tried again."""
        endings = self._tools.journal.endings(self._coordinates(group[0])) if len(group) == 1 else 0
        if endings >= MAX_ENDINGS:
            detail = f"it was in hand when {endings} worker processes ended; the limit is {MAX_ENDINGS}"
            return [Outcome(poison=PoisonError("crashes_worker", detail, replayable=True))]
        outcomes = await self._take(topic, group)
        if len(outcomes) != len(group):
            raise ValueError(f"{self._program.role} must give {len(group)} outcomes, gave {len(outcomes)}")
        return outcomes

    async def _take(self, topic: Topic, group: Sequence[Received]) -> Sequence[Outcome]:
        for wait_seconds in _RETRY_SECONDS:
            try:
                return await self._program.take(topic, group)
            except TransientError as error:
                _log.warning("retry", role=self._program.role, topic=topic, wait_seconds=wait_seconds, error=str(error))
                self._tools.watchdog.beat()
                await asyncio.sleep(wait_seconds)
        return await self._program.take(topic, group)

    def _groups(self, batch: Sequence[Received]) -> Iterable[list[Received]]:
        """Cut a batch so that a message which ended a process before is taken alone; the order stays."""
        group: list[Received] = []
        for record in batch:
            if self._tools.journal.endings(self._coordinates(record)):
                if group:
                    yield group
                yield [record]
                group = []
            else:
                group.append(record)
        if group:
            yield group

    def _received(self, message: Any) -> Received:
        """Return a Faust message as ours."""
        headers = message.headers.items() if isinstance(message.headers, dict) else message.headers or ()
        return Received(
            topic=short_name(self._prefix, message.topic),
            partition=message.partition,
            offset=message.offset,
            key=message.key,
            value=message.value,
            headers=tuple((name, value or b"") for name, value in headers),
            timestamp=datetime.fromtimestamp(max(message.timestamp or 0.0, 0.0), UTC),
        )

    def _coordinates(self, record: Received) -> Coordinates:
        return (full_name(self._prefix, record.topic), record.partition, record.offset)

    def _dead_letter(self, record: Received, poison: PoisonError, first_at: datetime) -> Outgoing:
        topic, partition, offset = self._coordinates(record)
        letter = DeadLetter(
            topic=topic,
            partition=partition,
            offset=offset,
            stage=self._program.role,
            reason=poison.reason,
            path=poison.path,
            detail=poison.detail,
            replayable=poison.replayable,
            attempts=self._tools.journal.endings((topic, partition, offset)) + 1,
            first_at=first_at,
            last_at=datetime.now(UTC),
            key=record.key or None,
            value=record.value,
            headers=tuple(record.headers),
        )
        key = record.key or f"{topic}/{partition}/{offset}".encode()
        return Outgoing(topic=Topic.DEAD_LETTERS, key=key, value=record.value or b"", headers=letter.to_headers())

    def _tell(self, group: Sequence[Received], outcomes: Sequence[Outcome], seconds: float) -> None:
        """Write one line a message; count all."""
        metrics, now = self._tools.metrics, datetime.now(UTC)
        for record, outcome in zip(group, outcomes, strict=True):
            result = str(outcome.fields.get("result", "processed")) if outcome.poison is None else "dead_letter"
            line: dict[str, object] = {
                **{name: value for name, value in outcome.fields.items() if name != "event"},
                "topic": record.topic.value,
                "partition": record.partition,
                "offset": record.offset,
                "role": self._program.role,
                "result": result,
                "duration_ms": round(seconds * 1_000, 1),
            }
            if outcome.poison is not None:
                line |= {"reason": outcome.poison.reason, "path": outcome.poison.path, "detail": outcome.poison.detail}
                metrics.dead_letter(outcome.poison.reason)
            _log.bind(**line).info("message")  # bound, so that no field of a program can clash with an argument
            if outcome.fields.get("rekeyed"):
                metrics.rekeyed(record.topic)
            metrics.event(record.topic, result)
            metrics.latency(record.topic, (now - record.timestamp).total_seconds())
            self._done[record.topic, record.partition] = record.offset + 1
        metrics.batch(group[0].topic, seconds)
