"""The Kafka of a demo: one that is given, else a local broker of its own for as long as it lasts."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.broker import LocalBroker
from streams.settings import KafkaSettings, Settings


@contextmanager
def demo_cluster(settings: Settings, folder: Path, *, keep: bool) -> Iterator[Settings]:
    """Yield settings that name a Kafka that answers, with a prefix that nobody uses.

    Args:
        settings: Those of the environment; the cluster that they name is used, if they name one.
        folder: Data of the local broker; what an earlier demo left there is removed, first its broker if it still runs.
        keep: Leave the folder when the broker has ended.

    Raises:
        BrokerError: the local broker cannot be started.
    """
    prefix = f"demo-{uuid.uuid4().hex[:8]}"
    if names_cluster(settings):
        yield at(settings, settings.kafka.bootstrap_servers, prefix)
        return
    broker = LocalBroker(folder, port=0, jars=settings.broker.jars, heap_mb=settings.broker.heap_mb)
    broker.stop()
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield at(settings, broker.start().bootstrap_servers, prefix)
    finally:
        broker.stop()
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def names_cluster(settings: Settings) -> bool:
    """Return whether somebody chose a cluster, rather than leaving it to the default."""
    return "bootstrap_servers" in settings.kafka.model_fields_set


def at(settings: Settings, bootstrap_servers: str, prefix: str) -> Settings:
    """Return settings that differ in where the topics are."""
    given = settings.kafka.model_dump(exclude_unset=True)
    kafka = KafkaSettings(**given | {"bootstrap_servers": bootstrap_servers, "prefix": prefix})
    return settings.model_copy(update={"kafka": kafka})
