"""An installation on the real broker of the run and its command line, for the tests of this folder."""

import logging
from collections.abc import AsyncIterator, Iterator

import pytest

from streams.cli.main import main
from streams.client import Producer, create_topics, make_producer
from streams.settings import KafkaSettings, Settings
from tests.support.commands import Ebr
from tests.support.kafka import RunningKafka


@pytest.fixture
def ebr(
    broker: RunningKafka, prefix: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Ebr]:
    """Return a function that runs a command: exit code, lines of the answer, remarks."""
    handlers = logging.getLogger().handlers[:]
    monkeypatch.setenv("EBR_KAFKA__BOOTSTRAP_SERVERS", broker.bootstrap_servers)
    monkeypatch.setenv("EBR_KAFKA__PREFIX", prefix)
    monkeypatch.setenv("EBR_KAFKA__PARTITIONS", "3")
    monkeypatch.setenv("EBR_KAFKA__DELIVERY_TIMEOUT_SECONDS", "15")

    def run(*arguments: str) -> tuple[int, list[str], str]:
        capfd.readouterr()
        code = main(arguments)
        captured = capfd.readouterr()
        return code, captured.out.splitlines(), captured.err

    yield run
    # The command line sets up the logs of its process, which is that of the tests here.
    logging.getLogger().handlers[:] = handlers


@pytest.fixture
def installed(ebr: Ebr) -> Ebr:
    """Return the same once the topics exist."""
    assert ebr("topics", "create")[0] == 0
    return ebr


@pytest.fixture
async def settings(broker: RunningKafka, prefix: str) -> Settings:
    """Return an installation of its own with all topics."""
    kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers, prefix=prefix, delivery_timeout_seconds=20)
    settings = Settings(kafka=kafka)
    await create_topics(settings)
    return settings


@pytest.fixture
async def producer(settings: Settings) -> AsyncIterator[Producer]:
    """Return a started idempotent producer."""
    producer = make_producer(settings)
    await producer.start()
    yield producer
    await producer.stop()
