"""The door to Kafka, on a real broker: topics, and what is read out of them."""

import asyncio

import pytest

from streams.assignment import check_partition_counts
from streams.client import (
    Producer,
    check_roundtrip,
    check_topics,
    create_topics,
    log_range,
    partition_counts,
    partition_for,
    send_all,
    tail,
    topic_mismatches,
)
from streams.errors import ClusterError, TopicMismatch
from streams.settings import KafkaSettings, Settings
from streams.wire.topics import Topic, full_name, topic_specs
from tests.support.kafka import RunningKafka
from tests.support.records import fanout_record, read_fanout


async def test_the_broker_of_the_run_passes_the_health_check(broker: RunningKafka) -> None:
    """Metadata with a record there and back."""
    await check_roundtrip(broker.bootstrap_servers, 20)


async def test_no_broker_is_a_named_error() -> None:
    """`ebr doctor` turns it into advice."""
    with pytest.raises(ClusterError):
        await check_roundtrip("127.0.0.1:1", 5)


async def test_created_topics_pass_the_check_and_are_not_created_twice(settings: Settings) -> None:
    """`ebr topics create` may be run at every deployment."""
    await check_topics(settings)

    assert await create_topics(settings) == []
    counts = await partition_counts(settings, list(Topic))
    assert counts == {topic: spec.partitions(4) for topic, spec in topic_specs(30).items()}


async def test_a_topic_that_differs_is_named_with_what_was_expected_and_found(settings: Settings) -> None:
    """Another number of shards sends keys elsewhere; another retention loses records."""
    other = Settings(
        kafka=settings.kafka.model_copy(update={"partitions": 8}),
        index=settings.index.model_copy(update={"retention_days": 10.0}),
    )

    found = {(error.topic, error.field): (error.expected, error.found) for error in await topic_mismatches(other)}

    name = full_name(settings.kafka.prefix, Topic.VIDEO_EMBEDDINGS)
    assert found[name, "partitions"] == (8, 4)
    assert found[name, "retention.ms"] == (str(12 * 86_400_000), str(32 * 86_400_000))
    with pytest.raises(TopicMismatch):
        await check_partition_counts(other)


async def test_a_missing_topic_is_a_mismatch(broker: RunningKafka, prefix: str) -> None:
    """Nobody ran `ebr topics create`."""
    kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers, prefix=f"{prefix}-none")

    with pytest.raises(TopicMismatch, match="no such topic"):
        await check_topics(Settings(kafka=kafka))


async def test_records_come_back_in_order_with_key_headers_and_time(settings: Settings, producer: Producer) -> None:
    """What a restore folds is what was sent."""
    await send_all(producer, settings, [fanout_record("a"), fanout_record("b")])

    first, second = await read_fanout(settings)

    assert (first.key, second.key) == (b"a", b"b")
    assert (first.topic, first.partition, first.offset) == (Topic.TREND_FANOUT, 1, 0)
    assert first.headers == (("h", b"1"),)
    assert first.timestamp.tzinfo is not None


async def test_a_key_without_partition_goes_where_partition_for_says(settings: Settings, producer: Producer) -> None:
    """Explicit and implicit partitioning must meet in the same shard."""
    keys = [f"video-{i}" for i in range(20)]

    await send_all(producer, settings, [fanout_record(key, partition=None) for key in keys])

    found = {
        r.key.decode(): r.partition
        async for r in tail(settings, Topic.TREND_FANOUT, from_beginning=True, follow=False)
        if r.key
    }
    assert found == {key: partition_for(key, 4) for key in keys}


async def test_a_range_is_read_from_start_to_end(settings: Settings, producer: Producer) -> None:
    """Replay up to the higher of committed and applied, and no further."""
    await send_all(producer, settings, [fanout_record(str(i)) for i in range(6)])

    assert [r.offset for r in await read_fanout(settings, start=2, end=5)] == [2, 3, 4]
    assert await read_fanout(settings, start=4, end=4) == []
    assert await log_range(settings, Topic.TREND_FANOUT, 1) == (0, 6)


async def test_following_yields_what_comes_later(settings: Settings, producer: Producer) -> None:
    """`ebr actions tail --follow`."""
    await send_all(producer, settings, [fanout_record("before")])
    stream = tail(settings, Topic.TREND_FANOUT, from_beginning=False, follow=True)
    first = asyncio.ensure_future(anext(stream))
    while not first.done():
        await send_all(producer, settings, [fanout_record("after")])
        await asyncio.wait({first}, timeout=0.2)

    assert first.result().key == b"after"
    await stream.aclose()


async def test_a_follower_is_told_once_when_it_has_read_what_was_there(settings: Settings, producer: Producer) -> None:
    """TRENDS must not judge by old records alone; an empty topic is read at once."""
    told: list[int] = []
    seen: list[bytes | None] = []
    await send_all(producer, settings, [fanout_record("a", 0), fanout_record("b", 1), fanout_record("c", 1)])
    stream = tail(
        settings, Topic.TREND_FANOUT, from_beginning=True, follow=True, at_ends=lambda: told.append(len(seen))
    )
    seen += [(await anext(stream)).key for _ in range(3)]
    later = asyncio.ensure_future(anext(stream))
    while not later.done():
        await send_all(producer, settings, [fanout_record("later")])
        await asyncio.wait({later}, timeout=0.2)
    await stream.aclose()

    empty = tail(settings, Topic.DEAD_LETTERS, from_beginning=True, follow=False, at_ends=lambda: told.append(-1))
    assert [record async for record in empty] == []
    assert set(seen) == {b"a", b"b", b"c"}
    assert told == [3, -1]
