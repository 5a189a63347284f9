"""Whether a cluster works: its metadata, then a record there and back."""

import asyncio
import uuid

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import NewTopic

from streams.client.connection import admin_client, named_failures, reading_client
from streams.client.options import client_options
from streams.errors import ClusterError
from streams.settings import KafkaSettings

HEALTH_TOPIC = "ebr-health"

# An hour is more than any check needs; the records are 16 bytes.
_RETENTION_MS = "3600000"


async def check_roundtrip(bootstrap_servers: str, timeout_seconds: float) -> None:
    """Return when a record was produced to the cluster, then consumed again.

    Args:
        bootstrap_servers: Comma-separated host:port list of a cluster without authentication.
        timeout_seconds: Bound of the whole check.

    Raises:
        ClusterError: it did not work in time; the message says why.
    """
    await check_cluster(KafkaSettings(bootstrap_servers=bootstrap_servers), timeout_seconds)


async def check_cluster(kafka: KafkaSettings, timeout_seconds: float) -> None:
    """Return when a record was produced to the cluster of these settings, then consumed again.

    Raises:
        ClusterError: it did not work in time; the message says why.
    """
    try:
        async with asyncio.timeout(timeout_seconds):
            await _ensure_topic(kafka)
            await _roundtrip(kafka, uuid.uuid4().bytes)
    except TimeoutError as error:
        raise ClusterError(f"no record came back within {timeout_seconds:g} s") from error


async def _ensure_topic(kafka: KafkaSettings) -> None:
    async with admin_client(kafka) as admin:
        if HEALTH_TOPIC not in await admin.list_topics():
            await admin.create_topics([NewTopic(HEALTH_TOPIC, 1, 1, topic_configs={"retention.ms": _RETENTION_MS})])


async def _roundtrip(kafka: KafkaSettings, token: bytes) -> None:
    with named_failures():
        async with AIOKafkaProducer(acks="all", **client_options(kafka)) as producer:
            sent = await producer.send_and_wait(HEALTH_TOPIC, token, key=token)
    async with reading_client(kafka) as consumer:
        await _consume(consumer, TopicPartition(HEALTH_TOPIC, sent.partition), sent.offset, token)


async def _consume(consumer: AIOKafkaConsumer, where: TopicPartition, offset: int, token: bytes) -> None:
    consumer.assign([where])
    consumer.seek(where, offset)
    record = await consumer.getone(where)
    if record.value != token:
        raise ClusterError(f"offset {offset} of {HEALTH_TOPIC} holds another record than was sent")
