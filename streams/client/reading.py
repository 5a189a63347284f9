"""Records out of Kafka, outside any consumer group."""

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from aiokafka import TopicPartition

from streams.client.connection import reading_client
from streams.client.metadata import existing_partitions
from streams.errors import GapError
from streams.settings import Settings
from streams.wire.record import Received
from streams.wire.topics import Topic, full_name, short_name

# Long enough not to spin, short enough that the last records of a partition come at once.
_POLL_MS = 300

# Topic with partition -> first offset of the log, last stable end.
_Ranges = dict[TopicPartition, tuple[int, int]]


def _no_beat() -> None:
    """Tell nobody."""


def received(prefix: str, record: Any) -> Received:
    """Return a record of the Kafka library as ours.

    Args:
        prefix: Of this installation.
        record: An aiokafka `ConsumerRecord` of one of its topics.
    """
    return Received(
        topic=short_name(prefix, record.topic),
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=tuple((name, value or b"") for name, value in record.headers or ()),
        timestamp=datetime.fromtimestamp(max(record.timestamp, 0) / 1_000, UTC),
    )


async def read_partition(  # noqa: PLR0913  # what is read, from where to where, how
    settings: Settings,
    topic: Topic,
    partition: int,
    *,
    start: int | None = None,
    end: int | None = None,
    committed: bool = True,
    beat: Callable[[], None] = _no_beat,
) -> AsyncGenerator[Received, None]:
    """Yield the records of a partition in order.

    Args:
        settings: Of this installation.
        topic: What is read.
        partition: Of the topic.
        start: First offset; None for the log's start.
        end: One past the last offset; None for the last stable offset seen after start-up. Nothing ends an earlier
            end than asked for: an open transaction before `end` is waited for.
        committed: Leave out what was aborted. False sees what Faust saw, which reads uncommitted: a replay needs that.
        beat: Told at each batch that came.

    Raises:
        GapError: retention removed records from `start` on, and the settings do not accept it.
        ClusterError: the cluster cannot be reached, refuses, or has no such partition.
    """
    where = TopicPartition(full_name(settings.kafka.prefix, topic), partition)
    async with reading_client(settings.kafka, committed=committed) as consumer:
        consumer.assign([where])
        first, last = (await _ranges(consumer, [where]))[where]
        if start is not None and start < first and not settings.kafka.accept_gaps:
            raise GapError(where.topic, partition, start, first)
        stop = last if end is None else end
        position = max(first, start or 0)
        consumer.seek(where, position)
        while position < stop:
            for record in (await consumer.getmany(where, timeout_ms=_POLL_MS)).get(where, ()):
                if record.offset < stop:
                    yield received(settings.kafka.prefix, record)
            before, position = position, await consumer.position(where)
            if position > before:
                beat()


async def tail(
    settings: Settings,
    topic: Topic,
    *,
    from_beginning: bool,
    follow: bool,
    at_ends: Callable[[], None] = _no_beat,
) -> AsyncGenerator[Received, None]:
    """Yield the committed records of all partitions of a topic; in order within each.

    Args:
        settings: Of this installation.
        topic: What is read.
        from_beginning: Start at the logs' starts; else at their ends of now.
        follow: Go on for ever; else stop at the ends of now.
        at_ends: Told once all that was there at the beginning has been yielded.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or has no such topic.
    """
    partitions = await _partitions(settings, topic)
    async with reading_client(settings.kafka) as consumer:
        consumer.assign(partitions)
        ranges = await _ranges(consumer, partitions)
        for where, (first, last) in ranges.items():
            consumer.seek(where, first if from_beginning else last)
        unread = [where for where, (first, last) in ranges.items() if from_beginning and first < last]
        if not unread:
            at_ends()
        while unread or follow:
            for where, batch in (await consumer.getmany(timeout_ms=_POLL_MS)).items():
                for record in batch:
                    if follow or record.offset < ranges[where][1]:
                        yield received(settings.kafka.prefix, record)
            if unread:
                unread = [where for where in unread if await consumer.position(where) < ranges[where][1]]
                if not unread:
                    at_ends()


async def log_range(settings: Settings, topic: Topic, partition: int, *, committed: bool = True) -> tuple[int, int]:
    """Return the first offset of a partition's log with its last stable end; with its very end if not `committed`.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or has no such partition.
    """
    where = TopicPartition(full_name(settings.kafka.prefix, topic), partition)
    async with reading_client(settings.kafka, committed=committed) as consumer:
        return (await _ranges(consumer, [where]))[where]


async def log_ranges(settings: Settings, topic: Topic) -> dict[int, tuple[int, int]]:
    """Return the first offset of each partition's log with its last stable end.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or has no such topic.
    """
    partitions = await _partitions(settings, topic)
    async with reading_client(settings.kafka) as consumer:
        return {where.partition: found for where, found in (await _ranges(consumer, partitions)).items()}


async def _partitions(settings: Settings, topic: Topic) -> list[TopicPartition]:
    """Return all partitions of a topic, in order."""
    name = full_name(settings.kafka.prefix, topic)
    return [TopicPartition(name, partition) for partition in range(await existing_partitions(settings, topic))]


async def _ranges(consumer: Any, partitions: Sequence[TopicPartition]) -> _Ranges:
    """Return first offsets with last stable ends, which is what a `read_committed` consumer is told."""
    firsts = await consumer.beginning_offsets(partitions)
    lasts = await consumer.end_offsets(partitions)
    return {where: (firsts[where], lasts[where]) for where in partitions}
