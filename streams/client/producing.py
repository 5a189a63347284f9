"""Records into Kafka, with every delivery awaited in bounded time."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Protocol, TypeVar

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from streams.client.options import client_options
from streams.errors import DeliveryError, RecordTooLarge
from streams.settings import Settings
from streams.wire.dead_letter import Header
from streams.wire.record import Outgoing
from streams.wire.topics import BULK_MESSAGE_BYTES, Topic, full_name

T = TypeVar("T")

# Records that leave together; one larger than this travels alone. A request with all its batches stays far below the
# broker's limit of 100 MiB.
_BATCH_BYTES = 128 * 1024
# An open transaction of a dead producer holds up every reader, so it ends soon after a delivery would have timed out.
_TRANSACTION_GRACE_SECONDS = 10


class Delivery(Protocol):
    """Where the cluster put a record."""

    @property
    def partition(self) -> int:
        """The partition."""
        ...

    @property
    def offset(self) -> int:
        """Its offset there; -1 if the cluster had it already."""
        ...


class Producer(Protocol):
    """What this project uses of a Kafka producer; `start` and `stop` are the caller's."""

    async def start(self) -> None:
        """Connect; a transactional producer also fences its former owner and ends what that left open."""

    async def stop(self) -> None:
        """Flush, then disconnect."""

    async def send(
        self,
        topic: str,
        value: bytes | None = None,
        key: bytes | None = None,
        partition: int | None = None,
        timestamp_ms: int | None = None,
        headers: Sequence[Header] | None = None,
    ) -> Awaitable[Delivery]:
        """Enqueue one record; the result tells of its delivery."""
        ...

    async def begin_transaction(self) -> None:
        """Open a transaction."""

    async def commit_transaction(self) -> None:
        """Make the records of the open transaction visible."""

    async def abort_transaction(self) -> None:
        """Drop the records of the open transaction."""


def make_producer(settings: Settings) -> Producer:
    """Return an idempotent producer that waits for all replicas; not started. Needs a running loop."""
    producer: Producer = AIOKafkaProducer(
        acks="all",
        enable_idempotence=True,
        max_request_size=BULK_MESSAGE_BYTES,
        max_batch_size=_BATCH_BYTES,
        request_timeout_ms=int(settings.kafka.delivery_timeout_seconds * 1_000),
        **client_options(settings.kafka),
    )
    return producer


def make_transactional_producer(settings: Settings, transactional_id: str) -> Producer:
    """Return a transactional producer; not started. Needs a running loop."""
    timeout_seconds = settings.kafka.delivery_timeout_seconds
    producer: Producer = AIOKafkaProducer(
        transactional_id=transactional_id,
        transaction_timeout_ms=int((timeout_seconds + _TRANSACTION_GRACE_SECONDS) * 1_000),
        max_request_size=BULK_MESSAGE_BYTES,
        max_batch_size=_BATCH_BYTES,
        request_timeout_ms=int(timeout_seconds * 1_000),
        **client_options(settings.kafka),
    )
    return producer


async def start_producer(producer: Producer, settings: Settings) -> None:
    """Start a producer within the delivery timeout.

    Raises:
        DeliveryError: the cluster did not answer in time or refuses.
    """
    await _bounded(producer.start(), settings, "start of a producer")


async def send_all(producer: Producer, settings: Settings, records: Sequence[Outgoing]) -> None:
    """Send records; return when all of them are delivered.

    Raises:
        DeliveryError: one was not acknowledged in time, or refused; any number of the others may have been delivered.
        RecordTooLarge: a record is larger than its topic takes.
        ValueError: a record has an empty key.
    """
    if records:
        _check_keys(records)
        await _bounded(_deliver(producer, settings, records), settings, f"{len(records)} records")


async def send_transaction(
    producer: Producer, settings: Settings, records: Sequence[Outgoing]
) -> dict[tuple[Topic, int], int]:
    """Send records in one transaction of a transactional producer; return when it is committed.

    After an error the outcome is unknown: give the producer up, and let its successor settle it by starting with the
    same transactional id.

    Raises:
        DeliveryError: not committed in time, refused, or fenced by another owner of the transactional id.
        RecordTooLarge: a record is larger than its topic takes.
        ValueError: a record has an empty key.
    """
    if not records:
        return {}
    _check_keys(records)
    what = f"a transaction of {len(records)} records"
    deliveries = await _bounded(_transact(producer, settings, records), settings, what)
    ends: dict[tuple[Topic, int], int] = {}
    for record, delivery in zip(records, deliveries, strict=True):
        where = (record.topic, delivery.partition)
        ends[where] = max(ends.get(where, 0), delivery.offset + 1)
    return ends


async def _transact(producer: Producer, settings: Settings, records: Sequence[Outgoing]) -> list[Delivery]:
    await producer.begin_transaction()
    deliveries = await _deliver(producer, settings, records)
    await producer.commit_transaction()
    return deliveries


async def _deliver(producer: Producer, settings: Settings, records: Sequence[Outgoing]) -> list[Delivery]:
    deliveries = [
        await producer.send(
            full_name(settings.kafka.prefix, record.topic),
            record.value,
            key=record.key,
            partition=record.partition,
            headers=list(record.headers),
        )
        for record in records
    ]
    return await asyncio.gather(*deliveries)


async def _bounded(work: Awaitable[T], settings: Settings, what: str) -> T:
    seconds = settings.kafka.delivery_timeout_seconds
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError as error:
        raise DeliveryError(f"{what}: not acknowledged within {seconds:g} s") from error
    except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
        raise RecordTooLarge(f"{what}: {error}") from error
    except KafkaError as error:
        raise DeliveryError(f"{what}: {type(error).__name__}: {error}") from error


def _check_keys(records: Sequence[Outgoing]) -> None:
    """Refuse what a compacted topic would refuse, which aiokafka would retry for ever."""
    for record in records:
        if not record.key:
            raise ValueError(f"a record for {record.topic} must have a key that is not empty")
