"""How far consumer groups have come."""

from collections.abc import Iterable

from streams.client.connection import admin_client
from streams.client.options import group_name
from streams.client.reading import log_ranges
from streams.settings import Settings
from streams.wire.topics import Topic, full_name, short_name


async def committed_offsets(settings: Settings, group: str, topics: Iterable[Topic]) -> dict[tuple[Topic, int], int]:
    """Return the next offset that a group has committed, by topic and partition; without those it never committed.

    Args:
        settings: Of this installation.
        group: Full name of a consumer group, as `group_name` makes it.
        topics: Short names; others of the group are left out.

    Raises:
        ClusterError: the cluster cannot be reached or refuses.
    """
    prefix = settings.kafka.prefix
    names = {full_name(prefix, topic) for topic in topics}
    async with admin_client(settings.kafka) as admin:
        found = await admin.list_consumer_group_offsets(group)
    return {
        (short_name(prefix, where.topic), where.partition): entry.offset
        for where, entry in found.items()
        if where.topic in names and entry.offset >= 0
    }


async def group_lag(settings: Settings, group: str, topic: Topic) -> int:
    """Return how many offsets of a topic a group has still before it, over all partitions.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or has no such topic.
    """
    committed = await committed_offsets(settings, group, [topic])
    ranges = await log_ranges(settings, topic)
    return sum(max(0, end - max(first, committed.get((topic, p), first))) for p, (first, end) in ranges.items())


async def role_lag(settings: Settings, role: str, topic: Topic) -> int:
    """Return how many offsets of a topic a role has still before it.

    Raises:
        ClusterError: the cluster cannot be reached, refuses, or has no such topic.
    """
    return await group_lag(settings, group_name(settings.kafka, role), topic)
