"""Records of one partition of one topic, for the tests of the door to Kafka."""

from streams.client import read_partition
from streams.settings import Settings
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic


def fanout_record(key: str, partition: int | None = 1, value: bytes = b"v") -> Outgoing:
    """Return a record of `trend-fanout`."""
    return Outgoing(
        topic=Topic.TREND_FANOUT, key=key.encode(), value=value, partition=partition, headers=(("h", b"1"),)
    )


async def read_fanout(settings: Settings, start: int | None = None, end: int | None = None) -> list[Received]:
    """Return the records of partition 1 of `trend-fanout`, all or those of a range."""
    return [record async for record in read_partition(settings, Topic.TREND_FANOUT, 1, start=start, end=end)]
