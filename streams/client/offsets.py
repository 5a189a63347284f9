"""How far consumer groups have come."""

import asyncio
from collections.abc import Iterable
from typing import Any

from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    GroupLoadInProgressError,
    NotCoordinatorForGroupError,
)

from streams.client.connection import admin_client
from streams.client.options import group_name
from streams.client.reading import log_ranges
from streams.errors import ClusterError
from streams.settings import Settings
from streams.wire.topics import Topic, full_name, short_name

# How often, how many times a cluster is asked for the coordinator of a group: 10 s in all.
_COORDINATOR_POLL_SECONDS = 0.1
_COORDINATOR_POLLS = 100


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
        found = await _offsets(admin, group)
    return {
        (short_name(prefix, where.topic), where.partition): entry.offset
        for where, entry in found.items()
        if where.topic in names and entry.offset >= 0
    }


async def _offsets(admin: Any, group: str) -> dict[Any, Any]:
    """Return what a group has committed; a new cluster needs some seconds before it has a coordinator for groups."""
    for _ in range(_COORDINATOR_POLLS):
        try:
            found: dict[Any, Any] = await admin.list_consumer_group_offsets(group)
        except (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError):
            await asyncio.sleep(_COORDINATOR_POLL_SECONDS)
        else:
            return found
    raise ClusterError(f"the cluster has no coordinator for group {group} yet")


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
