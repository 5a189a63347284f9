"""One Kafka record, on its way in or out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from streams.wire.dead_letter import Header
from streams.wire.topics import Topic


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """A record as a stage sees it.

    Attributes:
        topic: Short name of its topic.
        partition: Its partition.
        offset: Its offset.
        key: Its key, if any.
        value: Its value; None for a null record.
        headers: Its headers in order.
        timestamp: Kafka's time of the record, UTC.
    """

    topic: Topic
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[Header] = field(default=())
    timestamp: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Outgoing:
    """A record to be sent.

    Attributes:
        topic: Short name of its topic.
        key: Its key; never empty, since compacted topics refuse a record without one.
        value: Its value.
        partition: Where it must go; None leaves it to the key (murmur2, as all Kafka clients).
        headers: Its headers in order.
    """

    topic: Topic
    key: bytes
    value: bytes
    partition: int | None = None
    headers: Sequence[Header] = field(default=())
