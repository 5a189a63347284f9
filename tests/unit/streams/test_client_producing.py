"""Every awaited delivery has a bound, a name for its failure, a key."""

import pytest
from aiokafka.errors import KafkaTimeoutError, MessageSizeTooLargeError

from streams.client import send_all, send_transaction
from streams.errors import DeliveryError, RecordTooLarge
from streams.settings import KafkaSettings, Settings
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from tests.support.producers import RecordingProducer

SETTINGS = Settings(kafka=KafkaSettings(delivery_timeout_seconds=1))
RECORD = Outgoing(topic=Topic.VIDEO_EMBEDDINGS, key=b"v1", value=b"x", partition=2)


async def test_records_are_delivered_with_their_topic_key_and_partition() -> None:
    """The prefix is put before the topic here, nowhere else."""
    producer = RecordingProducer()

    await send_all(producer, SETTINGS, [RECORD])

    assert producer.delivered == [RECORD]


async def test_a_transaction_is_begun_filled_and_committed_in_this_order() -> None:
    """A delivery is awaited inside the transaction: a failure must keep it from being committed."""
    producer = RecordingProducer()

    ends = await send_transaction(producer, SETTINGS, [RECORD, RECORD])

    assert producer.acts == ["begin", "send", "send", "commit"]
    assert ends == {(Topic.VIDEO_EMBEDDINGS, 2): 2}


async def test_a_failed_delivery_is_not_committed() -> None:
    """Half a batch must never become visible."""
    producer = RecordingProducer(error=KafkaTimeoutError())

    with pytest.raises(DeliveryError):
        await send_transaction(producer, SETTINGS, [RECORD])

    assert "commit" not in producer.acts


async def test_a_delivery_that_never_comes_is_an_error_in_time() -> None:
    """Nothing in a handler may be unbounded."""
    with pytest.raises(DeliveryError, match="within 1 s"):
        await send_all(RecordingProducer(hangs=True), SETTINGS, [RECORD])


async def test_a_record_that_is_too_large_has_its_own_name() -> None:
    """It is the message's fault, not the cluster's: trying again cannot help."""
    with pytest.raises(RecordTooLarge):
        await send_all(RecordingProducer(error=MessageSizeTooLargeError()), SETTINGS, [RECORD])


async def test_an_empty_key_is_refused_before_anything_is_sent() -> None:
    """A compacted topic refuses it in a way that the library retries for ever."""
    producer = RecordingProducer()

    with pytest.raises(ValueError, match="key"):
        await send_all(producer, SETTINGS, [RECORD, Outgoing(topic=Topic.TREND_FANOUT, key=b"", value=b"x")])

    assert producer.acts == []


async def test_nothing_to_send_opens_no_transaction() -> None:
    """Most batches of a shard emit nothing; a transaction costs some 20 ms."""
    producer = RecordingProducer()

    await send_transaction(producer, SETTINGS, [])

    assert producer.acts == []
