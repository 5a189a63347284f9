"""What a person writes: checked like any message from outside, then sent with its delivery awaited."""

import json
from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import TypeVar

import msgspec

from streams.cli.output import Advance
from streams.client import make_producer, partition_counts, send_all, start_producer
from streams.errors import BadMessage, ClusterError, UserError
from streams.settings import Settings
from streams.wire.codec import decode_json, encode_json
from streams.wire.record import Outgoing
from streams.wire.topics import Topic, full_name

M = TypeVar("M", bound=msgspec.Struct)

# Awaited together: of texts some 100 kB, of decoded samples 300 MB at most.
BATCH_RECORDS = 100


def checked(kind: type[M], fields: Mapping[str, object]) -> M:
    """Return a message of this kind.

    Args:
        kind: A tagged message struct.
        fields: What JSON can hold, or structs; None means null.

    Raises:
        UserError: a field breaks the contract; the message names it with its limit.
    """
    data = msgspec.json.encode({"type": kind.__name__, **fields})
    try:
        message: M = decode_json(data, kind)
    except BadMessage as error:
        raise UserError(f"{error.path.removeprefix('$.')}: {error.detail}") from error
    return message


def outgoing(topic: Topic, key: str, message: msgspec.Struct) -> Outgoing:
    """Return a message as a record of a JSON topic."""
    return Outgoing(topic=topic, key=key.encode(), value=encode_json(message))


def one_line(value: bytes) -> str:
    """Return a JSON message in one line for a person: letters of all languages as they are."""
    return json.dumps(json.loads(value), ensure_ascii=False)


async def send(settings: Settings, records: Iterable[Outgoing], advance: Advance = lambda _: None) -> int:
    """Send records in batches; return how many, once all are delivered.

    Args:
        settings: Of this installation.
        records: Taken as they are sent.
        advance: Told how many were delivered, batch by batch.

    Raises:
        ClusterError: the topic does not exist.
        DeliveryError: a batch was not acknowledged.
    """
    producer = make_producer(settings)
    sent, source, known = 0, iter(records), set[Topic]()
    try:
        await start_producer(producer, settings)
        while batch := list(islice(source, BATCH_RECORDS)):
            await _require(settings, {record.topic for record in batch} - known)
            known |= {record.topic for record in batch}
            await send_all(producer, settings, batch)
            sent += len(batch)
            advance(len(batch))
    finally:
        await producer.stop()
    return sent


async def _require(settings: Settings, topics: Collection[Topic]) -> None:
    """Refuse a topic that is not there at once; a producer would wait for it until its timeout."""
    counts = await partition_counts(settings, list(topics)) if topics else {}
    for topic, count in counts.items():
        if not count:
            name = full_name(settings.kafka.prefix, topic)
            raise ClusterError(f"topic {name} does not exist; `ebr topics create` makes it")
