"""Short-lived connections to the cluster whose failures have our names."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError, KafkaError

from streams.client.options import client_options
from streams.errors import ClusterError
from streams.settings import KafkaSettings
from streams.wire.topics import BULK_MESSAGE_BYTES

# Longest wait for one answer of the cluster: an operator at a terminal should not wait longer for "not reachable".
REQUEST_TIMEOUT_MS = 15_000


# What to do when there is no cluster.
NO_CLUSTER = "start one with `ebr broker start`, or set EBR_KAFKA__BOOTSTRAP_SERVERS"


@contextmanager
def named_failures() -> Iterator[None]:
    """Turn an error of the Kafka library into ours.

    Raises:
        ClusterError: the cluster cannot be reached or refuses; the message says which.
    """
    try:
        yield
    except KafkaConnectionError as error:
        raise ClusterError(f"no Kafka answers ({error}); {NO_CLUSTER}") from error
    except KafkaError as error:
        name, text = type(error).__name__, str(error)
        raise ClusterError(text if text.startswith(name) else f"{name}: {text}") from error


@asynccontextmanager
async def admin_client(kafka: KafkaSettings) -> AsyncIterator[Any]:
    """Yield a started admin client; close it afterwards.

    Raises:
        ClusterError: the cluster cannot be reached or refuses.
    """
    with named_failures():
        admin = AIOKafkaAdminClient(request_timeout_ms=REQUEST_TIMEOUT_MS, **client_options(kafka))
        try:
            await admin.start()
            yield admin
        finally:
            await admin.close()


@asynccontextmanager
async def reading_client(kafka: KafkaSettings, *, committed: bool = True) -> AsyncIterator[Any]:
    """Yield a started consumer without a group, `read_committed` unless told otherwise; stop it afterwards.

    It never jumps over removed records by itself: an offset out of range is an error.

    Raises:
        ClusterError: the cluster cannot be reached or refuses.
    """
    with named_failures():
        consumer = AIOKafkaConsumer(
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed" if committed else "read_uncommitted",
            auto_offset_reset="none",
            max_partition_fetch_bytes=BULK_MESSAGE_BYTES + 64 * 1024,
            **client_options(kafka),
        )
        try:
            await consumer.start()
            yield consumer
        finally:
            await consumer.stop()
