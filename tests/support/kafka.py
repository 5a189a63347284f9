"""The one real Kafka of a test run: ours from the jars, a container's, or one that is given."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from streams.broker import LocalBroker

# Confluent's 8.1 is Apache Kafka 4.1.
CONTAINER_IMAGE = "confluentinc/cp-kafka:8.1.0"


@dataclass(frozen=True, slots=True)
class RunningKafka:
    """A Kafka that answers.

    Attributes:
        bootstrap_servers: What clients are given to connect.
    """

    bootstrap_servers: str


@contextmanager
def running_kafka(choice: str, folder: Path) -> Iterator[RunningKafka]:
    """Start a Kafka for as long as the context lasts.

    Args:
        choice: Empty for our local broker, `testcontainers` for a container (a Docker daemon must answer), else the
            bootstrap servers of a Kafka that runs already.
        folder: Data folder of our local broker.
    """
    if choice == "testcontainers":
        with _container() as bootstrap_servers:
            yield RunningKafka(bootstrap_servers)
    elif choice:
        yield RunningKafka(choice)
    else:
        broker = LocalBroker(folder, port=0)
        try:
            yield RunningKafka(broker.start().bootstrap_servers)
        finally:
            broker.stop()


@contextmanager
def _container() -> Iterator[str]:
    from testcontainers.community.kafka import KafkaContainer  # noqa: PLC0415 - needs Docker's client, which few runs use

    container = KafkaContainer(CONTAINER_IMAGE).with_kraft()
    container = container.with_env("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
    container = container.with_env("KAFKA_MESSAGE_MAX_BYTES", str(16 * 1024**2))
    with container:
        yield container.get_bootstrap_server()
