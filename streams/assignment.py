"""What must hold before a worker may work on the partitions it was given."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from streams.client import Producer, log_ranges, partition_counts, send_all
from streams.errors import ClusterError, GapError, NotCopartitioned, TopicMismatch
from streams.logs import get_logger
from streams.settings import Settings
from streams.wire.dead_letter import DeadLetter
from streams.wire.record import Outgoing
from streams.wire.topics import Topic, full_name, topic_specs

Assigned = Mapping[Topic, Sequence[int]]
Offsets = dict[tuple[Topic, int], int]

_log = get_logger("assignment")


async def check_partition_counts(settings: Settings) -> None:
    """Return if every topic has as many partitions as the installation says.

    Raises:
        TopicMismatch: one has not, so that keys would go to other shards.
        ClusterError: a topic is not there, or the cluster cannot be reached or refuses.
    """
    specs = topic_specs(settings.index.retention_days)
    found = await partition_counts(settings, specs)
    for topic, spec in specs.items():
        expected = spec.partitions(settings.kafka.partitions)
        if not found[topic]:
            name = full_name(settings.kafka.prefix, topic)
            raise ClusterError(f"topic {name} does not exist; `ebr topics create` makes it")
        if found[topic] != expected:
            raise TopicMismatch(full_name(settings.kafka.prefix, topic), "partitions", expected, found[topic])


def check_copartitioned(settings: Settings, assigned: Assigned) -> None:
    """Return if inputs with the same number of partitions were given with the same partitions.

    Raises:
        NotCopartitioned: they were not; a shard would see only one of its inputs.
    """
    specs = topic_specs(settings.index.retention_days)
    held: dict[bool, tuple[Topic, list[int]]] = {}
    for topic, partitions in assigned.items():
        first, expected = held.setdefault(specs[topic].single, (topic, sorted(partitions)))
        if sorted(partitions) != expected:
            raise NotCopartitioned(f"{first} was given with {expected}, {topic} with {sorted(partitions)}")


async def check_gaps(
    settings: Settings, role: str, assigned: Assigned, committed: Mapping[tuple[Topic, int], int], producer: Producer
) -> Offsets:
    """Return the next offset of each assigned partition, if none was removed before it was processed.

    Args:
        settings: Of this installation.
        role: Who has not processed them.
        assigned: Partitions of each input.
        committed: Next offsets of the role's group; a partition that is missing was never committed.
        producer: Writes an accepted gap to the dead letters.

    Returns:
        By topic and partition: what is committed, at least the log's start.

    Raises:
        GapError: retention removed records that were never processed, and the settings do not accept it.
        ClusterError: the cluster cannot be reached or refuses.
        DeliveryError: the dead letter of an accepted gap was not delivered.
    """
    offsets: Offsets = {}
    for topic, partitions in assigned.items():
        ranges = await log_ranges(settings, topic) if partitions else {}
        for partition in partitions:
            first, _ = ranges[partition]
            offset = committed.get((topic, partition), first)
            if offset < first:
                gap = GapError(full_name(settings.kafka.prefix, topic), partition, offset, first)
                if not settings.kafka.accept_gaps:
                    raise gap
                await send_all(producer, settings, [_gap_letter(role, gap)])
                _log.warning("gap accepted", role=role, topic=topic, partition=partition, first=offset, end=first)
            offsets[topic, partition] = max(offset, first)
    return offsets


def _gap_letter(role: str, gap: GapError) -> Outgoing:
    now = datetime.now(UTC)
    letter = DeadLetter(
        topic=gap.topic,
        partition=gap.partition,
        offset=gap.committed,
        stage=role,
        reason="retention_gap",
        path="$",
        detail=f"offsets {gap.committed} to {gap.log_start - 1} were removed by retention before they were processed",
        replayable=False,
        attempts=0,
        first_at=now,
        last_at=now,
        key=None,
        value=None,
    )
    key = f"{gap.topic}/{gap.partition}/{gap.committed}".encode()
    return Outgoing(topic=Topic.DEAD_LETTERS, key=key, value=b"", headers=letter.to_headers())
