"""What the cluster says about the topics of an installation."""

from collections.abc import Iterable
from typing import Any

from streams.client.connection import admin_client
from streams.errors import ClusterError
from streams.settings import Settings
from streams.wire.topics import Topic, full_name


async def partition_counts(settings: Settings, topics: Iterable[Topic]) -> dict[Topic, int]:
    """Return how many partitions each topic has; 0 where it does not exist.

    Raises:
        ClusterError: the cluster cannot be reached or refuses.
    """
    async with admin_client(settings.kafka) as admin:
        return await counts(admin, settings.kafka.prefix, topics)


async def existing_partitions(settings: Settings, topic: Topic) -> int:
    """Return how many partitions a topic has.

    Raises:
        ClusterError: the topic does not exist, or the cluster cannot be reached or refuses.
    """
    count = (await partition_counts(settings, [topic]))[topic]
    if not count:
        name = full_name(settings.kafka.prefix, topic)
        raise ClusterError(f"topic {name} does not exist; `ebr topics create` makes it")
    return count


async def counts(admin: Any, prefix: str, topics: Iterable[Topic]) -> dict[Topic, int]:
    """Return the same as `partition_counts`, asked through a client that is open already."""
    names = {full_name(prefix, topic): topic for topic in topics}
    found = dict.fromkeys(names.values(), 0)
    for entry in await admin.describe_topics(list(names)):
        found[names[entry["topic"]]] = len(entry["partitions"])
    return found
