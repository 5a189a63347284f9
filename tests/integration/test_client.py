"""The door to Kafka, on a real broker."""

import asyncio
from collections.abc import AsyncIterator

import aiokafka
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from streams.assignment import check_gaps, check_partition_counts
from streams.client import (
    Producer,
    check_roundtrip,
    check_topics,
    committed_offsets,
    create_topics,
    group_lag,
    log_range,
    make_producer,
    make_transactional_producer,
    partition_counts,
    partition_for,
    read_partition,
    send_all,
    send_transaction,
    start_producer,
    tail,
    topic_mismatches,
)
from streams.errors import ClusterError, DeliveryError, GapError, RecordTooLarge, TopicMismatch
from streams.settings import KafkaSettings, Settings
from streams.wire.dead_letter import DeadLetter
from streams.wire.record import Outgoing, Received
from streams.wire.topics import BULK_MESSAGE_BYTES, Topic, full_name, topic_specs
from tests.support.kafka import RunningKafka

SEEDS = Topic.TREND_FANOUT


@pytest.fixture
async def settings(broker: RunningKafka, prefix: str) -> Settings:
    """Return an installation of its own with all topics."""
    kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers, prefix=prefix, delivery_timeout_seconds=20)
    settings = Settings(kafka=kafka)
    await create_topics(settings)
    return settings


@pytest.fixture
async def producer(settings: Settings) -> AsyncIterator[Producer]:
    """Return a started idempotent producer."""
    producer = make_producer(settings)
    await producer.start()
    yield producer
    await producer.stop()


def _record(key: str, partition: int | None = 1, value: bytes = b"v") -> Outgoing:
    return Outgoing(topic=SEEDS, key=key.encode(), value=value, partition=partition, headers=(("h", b"1"),))


async def _read(settings: Settings, start: int | None = None, end: int | None = None) -> list[Received]:
    return [record async for record in read_partition(settings, SEEDS, 1, start=start, end=end)]


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
    await send_all(producer, settings, [_record("a"), _record("b")])

    first, second = await _read(settings)

    assert (first.key, second.key) == (b"a", b"b")
    assert (first.topic, first.partition, first.offset) == (SEEDS, 1, 0)
    assert first.headers == (("h", b"1"),)
    assert first.timestamp.tzinfo is not None


async def test_a_key_without_partition_goes_where_partition_for_says(settings: Settings, producer: Producer) -> None:
    """Explicit and implicit partitioning must meet in the same shard."""
    keys = [f"video-{i}" for i in range(20)]

    await send_all(producer, settings, [_record(key, partition=None) for key in keys])

    found = {
        r.key.decode(): r.partition async for r in tail(settings, SEEDS, from_beginning=True, follow=False) if r.key
    }
    assert found == {key: partition_for(key, 4) for key in keys}


async def test_a_range_is_read_from_start_to_end(settings: Settings, producer: Producer) -> None:
    """Replay up to the higher of committed and applied, and no further."""
    await send_all(producer, settings, [_record(str(i)) for i in range(6)])

    assert [r.offset for r in await _read(settings, start=2, end=5)] == [2, 3, 4]
    assert await _read(settings, start=4, end=4) == []
    assert await log_range(settings, SEEDS, 1) == (0, 6)


async def test_an_aborted_transaction_is_never_read_and_markers_do_not_hold_up_the_end(settings: Settings) -> None:
    """The log ends with a marker, which is an offset but no record."""
    producer = make_transactional_producer(settings, f"{settings.kafka.prefix}-t")
    await start_producer(producer, settings)
    await send_transaction(producer, settings, [_record("kept")])
    await producer.begin_transaction()
    await producer.send(full_name(settings.kafka.prefix, SEEDS), b"v", key=b"dropped", partition=1)
    await producer.abort_transaction()
    await producer.stop()

    assert [record.key for record in await _read(settings)] == [b"kept"]


async def test_a_successor_fences_the_former_owner_and_settles_what_it_left_open(settings: Settings) -> None:
    """A paused worker that wakes up must not emit."""
    name = f"{settings.kafka.prefix}-index-1"
    former = make_transactional_producer(settings, name)
    await start_producer(former, settings)
    await former.begin_transaction()
    await (await former.send(full_name(settings.kafka.prefix, SEEDS), b"v", key=b"open", partition=1))

    successor = make_transactional_producer(settings, name)
    await start_producer(successor, settings)

    assert await _read(settings) == []
    with pytest.raises(aiokafka.errors.KafkaError):
        await former.commit_transaction()
    await send_transaction(successor, settings, [_record("new")])
    assert [record.key for record in await _read(settings)] == [b"new"]
    await successor.stop()
    await asyncio.wait_for(former.stop(), 20)


async def test_a_fenced_owner_gets_a_delivery_error(settings: Settings) -> None:
    """The stage then ends the process."""
    name = f"{settings.kafka.prefix}-index-2"
    former, successor = (make_transactional_producer(settings, name) for _ in range(2))
    await start_producer(former, settings)
    await start_producer(successor, settings)

    with pytest.raises(DeliveryError):
        await send_transaction(former, settings, [_record("late")])

    await successor.stop()
    await asyncio.wait_for(former.stop(), 20)


async def test_the_largest_bulk_message_passes_and_a_larger_one_has_its_own_error(
    settings: Settings, producer: Producer
) -> None:
    """Eight frames with sound fit; an error of size is the message's fault, not the cluster's."""
    big = Outgoing(topic=Topic.DECODED_SAMPLES, key=b"v1", value=bytes(BULK_MESSAGE_BYTES - 1_024))

    await send_all(producer, settings, [big])

    with pytest.raises(RecordTooLarge):
        await send_all(producer, settings, [_record("v1", value=bytes(BULK_MESSAGE_BYTES + 1))])
    with pytest.raises(RecordTooLarge):
        await send_all(producer, settings, [_record("v1", value=bytes(2 * 1024**2))])


async def test_lag_counts_from_the_logs_start_until_something_is_committed(
    settings: Settings, producer: Producer
) -> None:
    """The role decode waits for encode by it."""
    await send_all(producer, settings, [_record(str(i)) for i in range(5)])
    group, where = (
        f"{settings.kafka.prefix}-reader",
        aiokafka.TopicPartition(full_name(settings.kafka.prefix, SEEDS), 1),
    )
    assert await group_lag(settings, group, SEEDS) == 5

    consumer = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=settings.kafka.bootstrap_servers,
        group_id=group,
        enable_auto_commit=False,  # else it may commit its own position, the log's end, as it stops
    )
    await consumer.start()
    consumer.assign([where])
    await consumer.commit({where: 3})
    await consumer.stop()

    assert await committed_offsets(settings, group, [SEEDS]) == {(SEEDS, 1): 3}
    assert await group_lag(settings, group, SEEDS) == 2


async def test_a_topic_that_is_not_there_is_a_named_error(broker: RunningKafka, prefix: str) -> None:
    """Not a wait for ever."""
    kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers, prefix=f"{prefix}-none")

    with pytest.raises(ClusterError, match="ebr topics create"):
        await group_lag(Settings(kafka=kafka), "nobody", SEEDS)


async def _remove_up_to(settings: Settings, offset: int) -> None:
    """Do what retention does."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap_servers)
    await admin.start()
    where = aiokafka.TopicPartition(full_name(settings.kafka.prefix, Topic.VIDEO_EVENTS), 1)
    try:
        await admin.delete_records({where: RecordsToDelete(offset)})
    finally:
        await admin.close()


async def test_a_gap_ends_the_worker_unless_an_operator_accepts_it(settings: Settings, producer: Producer) -> None:
    """Faust jumps over what retention removed without a word."""
    events = [Outgoing(topic=Topic.VIDEO_EVENTS, key=b"v", value=b"x", partition=1) for _ in range(6)]
    await send_all(producer, settings, events)
    await _remove_up_to(settings, 4)
    assigned, committed = {Topic.VIDEO_EVENTS: [0, 1]}, {(Topic.VIDEO_EVENTS, 1): 2}

    with pytest.raises(GapError, match="offsets 2 to 3"):
        await check_gaps(settings, "decode", assigned, committed, producer)

    accepting = Settings(kafka=settings.kafka.model_copy(update={"accept_gaps": True}))
    offsets = await check_gaps(accepting, "decode", assigned, committed, producer)
    assert offsets == {(Topic.VIDEO_EVENTS, 0): 0, (Topic.VIDEO_EVENTS, 1): 4}
    letters = [r async for r in tail(settings, Topic.DEAD_LETTERS, from_beginning=True, follow=False)]
    (letter,) = [DeadLetter.from_record(r.key, r.value, r.headers) for r in letters]
    assert (letter.reason, letter.offset, letter.partition) == ("retention_gap", 2, 1)
    assert "offsets 2 to 3" in letter.detail


async def test_what_was_never_committed_is_no_gap(settings: Settings, producer: Producer) -> None:
    """A new group starts at the log's start, wherever that is."""
    await send_all(
        producer, settings, [Outgoing(topic=Topic.VIDEO_EVENTS, key=b"v", value=b"x", partition=1) for _ in range(3)]
    )
    await _remove_up_to(settings, 2)

    offsets = await check_gaps(settings, "decode", {Topic.VIDEO_EVENTS: [1]}, {}, producer)

    assert offsets == {(Topic.VIDEO_EVENTS, 1): 2}


async def test_following_yields_what_comes_later(settings: Settings, producer: Producer) -> None:
    """`ebr actions tail --follow`."""
    await send_all(producer, settings, [_record("before")])
    stream = tail(settings, SEEDS, from_beginning=False, follow=True)
    first = asyncio.ensure_future(anext(stream))
    while not first.done():
        await send_all(producer, settings, [_record("after")])
        await asyncio.wait({first}, timeout=0.2)

    assert first.result().key == b"after"
    await stream.aclose()


async def test_a_follower_is_told_once_when_it_has_read_what_was_there(settings: Settings, producer: Producer) -> None:
    """TRENDS must not judge by old records alone; an empty topic is read at once."""
    told: list[int] = []
    seen: list[bytes | None] = []
    await send_all(producer, settings, [_record("a", 0), _record("b", 1), _record("c", 1)])
    stream = tail(settings, SEEDS, from_beginning=True, follow=True, at_ends=lambda: told.append(len(seen)))
    seen += [(await anext(stream)).key for _ in range(3)]
    later = asyncio.ensure_future(anext(stream))
    while not later.done():
        await send_all(producer, settings, [_record("later")])
        await asyncio.wait({later}, timeout=0.2)
    await stream.aclose()

    empty = tail(settings, Topic.DEAD_LETTERS, from_beginning=True, follow=False, at_ends=lambda: told.append(-1))
    assert [record async for record in empty] == []
    assert set(seen) == {b"a", b"b", b"c"}
    assert told == [3, -1]
