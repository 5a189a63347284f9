"""The door to Kafka, on a real broker: transactions, their owners, the size of a message."""

import asyncio

import aiokafka
import pytest

from streams.client import (
    Producer,
    make_transactional_producer,
    send_all,
    send_transaction,
    start_producer,
)
from streams.errors import DeliveryError, RecordTooLarge
from streams.settings import Settings
from streams.wire.record import Outgoing
from streams.wire.topics import BULK_MESSAGE_BYTES, Topic, full_name
from tests.support.records import fanout_record, read_fanout


async def test_an_aborted_transaction_is_never_read_and_markers_do_not_hold_up_the_end(settings: Settings) -> None:
    """The log ends with a marker, which is an offset but no record."""
    producer = make_transactional_producer(settings, f"{settings.kafka.prefix}-t")
    await start_producer(producer, settings)
    await send_transaction(producer, settings, [fanout_record("kept")])
    await producer.begin_transaction()
    await producer.send(full_name(settings.kafka.prefix, Topic.TREND_FANOUT), b"v", key=b"dropped", partition=1)
    await producer.abort_transaction()
    await producer.stop()

    assert [record.key for record in await read_fanout(settings)] == [b"kept"]


async def test_a_successor_fences_the_former_owner_and_settles_what_it_left_open(settings: Settings) -> None:
    """A paused worker that wakes up must not emit."""
    name = f"{settings.kafka.prefix}-index-1"
    former = make_transactional_producer(settings, name)
    await start_producer(former, settings)
    await former.begin_transaction()
    await (await former.send(full_name(settings.kafka.prefix, Topic.TREND_FANOUT), b"v", key=b"open", partition=1))

    successor = make_transactional_producer(settings, name)
    await start_producer(successor, settings)

    assert await read_fanout(settings) == []
    with pytest.raises(aiokafka.errors.KafkaError):
        await former.commit_transaction()
    await send_transaction(successor, settings, [fanout_record("new")])
    assert [record.key for record in await read_fanout(settings)] == [b"new"]
    await successor.stop()
    await asyncio.wait_for(former.stop(), 20)


async def test_a_fenced_owner_gets_a_delivery_error(settings: Settings) -> None:
    """The stage then ends the process."""
    name = f"{settings.kafka.prefix}-index-2"
    former, successor = (make_transactional_producer(settings, name) for _ in range(2))
    await start_producer(former, settings)
    await start_producer(successor, settings)

    with pytest.raises(DeliveryError):
        await send_transaction(former, settings, [fanout_record("late")])

    await successor.stop()
    await asyncio.wait_for(former.stop(), 20)


async def test_the_largest_bulk_message_passes_and_a_larger_one_has_its_own_error(
    settings: Settings, producer: Producer
) -> None:
    """Eight frames with sound fit; an error of size is the message's fault, not the cluster's."""
    big = Outgoing(topic=Topic.DECODED_SAMPLES, key=b"v1", value=bytes(BULK_MESSAGE_BYTES - 1_024))

    await send_all(producer, settings, [big])

    with pytest.raises(RecordTooLarge):
        await send_all(producer, settings, [fanout_record("v1", value=bytes(BULK_MESSAGE_BYTES + 1))])
    with pytest.raises(RecordTooLarge):
        await send_all(producer, settings, [fanout_record("v1", value=bytes(2 * 1024**2))])
