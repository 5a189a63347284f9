"""The door to Kafka, on a real broker: what a group has not read yet, and what retention took from it."""

import aiokafka
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from streams.assignment import check_gaps
from streams.client import (
    Producer,
    committed_offsets,
    group_lag,
    send_all,
    tail,
)
from streams.errors import ClusterError, GapError
from streams.settings import KafkaSettings, Settings
from streams.wire.dead_letter import DeadLetter
from streams.wire.record import Outgoing
from streams.wire.topics import Topic, full_name
from tests.support.kafka import RunningKafka
from tests.support.records import fanout_record


async def test_lag_counts_from_the_logs_start_until_something_is_committed(
    settings: Settings, producer: Producer
) -> None:
    """The role decode waits for encode by it."""
    await send_all(producer, settings, [fanout_record(str(i)) for i in range(5)])
    group, where = (
        f"{settings.kafka.prefix}-reader",
        aiokafka.TopicPartition(full_name(settings.kafka.prefix, Topic.TREND_FANOUT), 1),
    )
    assert await group_lag(settings, group, Topic.TREND_FANOUT) == 5

    consumer = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=settings.kafka.bootstrap_servers,
        group_id=group,
        enable_auto_commit=False,  # else it may commit its own position, the log's end, as it stops
    )
    await consumer.start()
    consumer.assign([where])
    await consumer.commit({where: 3})
    await consumer.stop()

    assert await committed_offsets(settings, group, [Topic.TREND_FANOUT]) == {(Topic.TREND_FANOUT, 1): 3}
    assert await group_lag(settings, group, Topic.TREND_FANOUT) == 2


async def test_a_topic_that_is_not_there_is_a_named_error(broker: RunningKafka, prefix: str) -> None:
    """Not a wait for ever."""
    kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers, prefix=f"{prefix}-none")

    with pytest.raises(ClusterError, match="ebr topics create"):
        await group_lag(Settings(kafka=kafka), "nobody", Topic.TREND_FANOUT)


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
