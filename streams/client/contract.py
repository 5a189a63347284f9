"""The topics of the cluster, held to the contract of `wire/topics.py`."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka.admin import NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, for_code

from streams.client.connection import REQUEST_TIMEOUT_MS, admin_client
from streams.client.metadata import counts
from streams.errors import ClusterError, TopicMismatch
from streams.settings import Settings
from streams.wire.topics import TopicSpec, full_name, topic_specs

# How often, how many times the cluster is asked whether new topics have leaders: 10 s in all.
_LEADER_POLL_SECONDS = 0.1
_LEADER_POLLS = 100


async def create_topics(settings: Settings) -> list[str]:
    """Create the topics of the contract that are missing; those that exist are left as they are.

    Returns:
        Full names of what was created, in the order of the data.

    Raises:
        ClusterError: the cluster cannot be reached or refuses.
    """
    kafka = settings.kafka
    specs = topic_specs(settings.index.retention_days)
    async with admin_client(kafka) as admin:
        found = await counts(admin, kafka.prefix, specs)
        missing = [spec for topic, spec in specs.items() if not found[topic]]
        if not missing:
            return []
        wanted = [
            NewTopic(
                full_name(kafka.prefix, spec.topic),
                spec.partitions(kafka.partitions),
                kafka.replication_factor,
                topic_configs=dict(spec.config),
            )
            for spec in missing
        ]
        answer = await admin.create_topics(wanted, timeout_ms=REQUEST_TIMEOUT_MS)
        for name, code, *reason in answer.topic_errors:
            if code not in (0, TopicAlreadyExistsError.errno):
                raise ClusterError(f"topic {name} cannot be created: {for_code(code).__name__} {reason[0] or ''}")
        await _wait_for_leaders(admin, [topic.name for topic in wanted])
    return [topic.name for topic in wanted]


async def topic_mismatches(settings: Settings) -> list[TopicMismatch]:
    """Return every way in which the cluster's topics differ from the contract, in the order of the data.

    Raises:
        ClusterError: the cluster cannot be reached or refuses.
    """
    specs = topic_specs(settings.index.retention_days)
    async with admin_client(settings.kafka) as admin:
        partitions = await counts(admin, settings.kafka.prefix, specs)
        present = [full_name(settings.kafka.prefix, topic) for topic, count in partitions.items() if count]
        configs = await _configs(admin, present)
    found: list[TopicMismatch] = []
    for topic, spec in specs.items():
        name = full_name(settings.kafka.prefix, topic)
        found += _compare(
            name, spec, spec.partitions(settings.kafka.partitions), partitions[topic], configs.get(name, {})
        )
    return found


async def check_topics(settings: Settings) -> None:
    """Return if the cluster's topics are as the contract says.

    Raises:
        TopicMismatch: the first that is not.
        ClusterError: the cluster cannot be reached or refuses.
    """
    for mismatch in await topic_mismatches(settings):
        raise mismatch


def _compare(name: str, spec: TopicSpec, partitions: int, count: int, config: Mapping[str, str]) -> list[TopicMismatch]:
    if not count:
        return [TopicMismatch(name, "partitions", partitions, "no such topic")]
    found = [] if count == partitions else [TopicMismatch(name, "partitions", partitions, count)]
    return found + [
        TopicMismatch(name, field, value, config.get(field, "nothing"))
        for field, value in spec.config.items()
        if config.get(field) != value
    ]


async def _configs(admin: Any, names: Iterable[str]) -> dict[str, dict[str, str]]:
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, dict[str, str]] = {}
    for answer in await admin.describe_configs(resources) if resources else ():
        for code, _, _, name, entries in answer.resources:
            if code:
                raise ClusterError(f"topic {name} cannot be described: {for_code(code).__name__}")
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found


async def _wait_for_leaders(admin: Any, names: list[str]) -> None:
    """Return when every partition has a leader: a client that comes earlier would have to wait and retry."""
    for _ in range(_LEADER_POLLS):
        topics = await admin.describe_topics(names)
        partitions = [part for topic in topics for part in topic["partitions"]]
        if all(topic["partitions"] for topic in topics) and all(part["leader"] >= 0 for part in partitions):
            return
        await asyncio.sleep(_LEADER_POLL_SECONDS)
    raise ClusterError(f"the new topics have no leaders yet: {', '.join(names)}")
