"""The local broker, for real: it starts, proves its health, survives SIGKILL, ends."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import aiokafka
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from streams.broker import BrokerError, BrokerFailed, BrokerUnhealthy, LocalBroker
from tests.support.kafka import RunningKafka


@pytest.fixture
def own(tmp_path: Path) -> Iterator[LocalBroker]:
    """Return a broker that the test may end and kill; its folder bears a name as people give them."""
    broker = LocalBroker(tmp_path / "my broker (1)", port=0)
    yield broker
    broker.stop()


async def _make_topic(bootstrap_servers: str, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, 1, 1)])
    finally:
        await admin.close()


async def _produce(bootstrap_servers: str, topic: str, value: bytes) -> None:
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all", max_request_size=12 * 1024**2)
    await producer.start()
    try:
        await asyncio.wait_for(producer.send_and_wait(topic, value), 30)
    finally:
        await producer.stop()


async def _consume_one(bootstrap_servers: str, topic: str) -> bytes:
    consumer = aiokafka.AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    try:
        record = await asyncio.wait_for(consumer.getone(), 30)
    finally:
        await consumer.stop()
    value: bytes = record.value
    return value


def test_a_broker_killed_comes_back_at_its_address_with_what_it_had_acknowledged(own: LocalBroker) -> None:
    """Chaos tests kill the broker: clients must find it again, no acknowledged record may be gone."""
    before = own.start()
    asyncio.run(_make_topic(before.bootstrap_servers, "kept"))
    asyncio.run(_produce(before.bootstrap_servers, "kept", b"acknowledged"))

    killed, while_dead = own.kill(), own.status()
    after = own.start()

    assert (killed, while_dead) == (True, None)
    assert (after.bootstrap_servers, after.pid != before.pid) == (before.bootstrap_servers, True)
    assert asyncio.run(_consume_one(after.bootstrap_servers, "kept")) == b"acknowledged"


def test_start_stop_and_status_may_be_repeated_by_any_process(own: LocalBroker) -> None:
    """The broker outlives the command that started it; the next command knows it by its folder."""
    info = own.start()
    another = LocalBroker(own.folder, port=0)

    assert another.status() == info
    assert another.start() == info
    another.check_health()
    assert (another.stop(), another.stop(), own.status()) == (True, False, None)
    with pytest.raises(BrokerFailed, match="no broker runs"):
        another.check_health()


def test_a_port_of_another_program_is_named_not_fought_over(tmp_path: Path) -> None:
    """A machine with its own Kafka at 9092 must get an answer that helps."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(BrokerError, match=f"port {port} is taken"):
            LocalBroker(tmp_path, port=port).start()


def test_a_server_that_cannot_run_says_why(own: LocalBroker) -> None:
    """What Kafka wrote before it ended is in the error: nobody should have to search for the log."""
    own.start()
    own.stop()
    (own.folder / "data" / "meta.properties").write_text("version=1\ncluster.id=another\nnode.id=7\n")

    with pytest.raises(BrokerFailed, match=r"node\.id|directory\.id|meta\.properties"):
        own.start()


def test_a_broker_that_does_not_carry_records_is_not_called_healthy(own: LocalBroker) -> None:
    """An open port proves nothing: the check decides, and its answer is passed on."""

    def refuse(bootstrap_servers: str, timeout_seconds: float) -> None:
        raise BrokerUnhealthy(bootstrap_servers, "no record came back")

    with pytest.raises(BrokerUnhealthy, match="no record came back"):
        LocalBroker(own.folder, port=0, check=refuse).start()
    assert own.status() is not None


async def test_the_broker_of_the_run_takes_a_message_of_ten_megabytes(broker: RunningKafka, prefix: str) -> None:
    """The contract of the topics allows 10 MB; Kafka's own default is 1 MB."""
    topic = f"{prefix}-large"
    await _make_topic(broker.bootstrap_servers, topic)

    await _produce(broker.bootstrap_servers, topic, bytes(10 * 1024**2))

    assert len(await _consume_one(broker.bootstrap_servers, topic)) == 10 * 1024**2


async def test_a_topic_is_never_made_by_a_clients_mistake(broker: RunningKafka, prefix: str) -> None:
    """A misspelt topic must fail, not swallow messages."""
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=broker.bootstrap_servers, request_timeout_ms=2_000)
    await producer.start()
    try:
        with pytest.raises(aiokafka.errors.KafkaError):
            await asyncio.wait_for(producer.send_and_wait(f"{prefix}-misspelt", b"x"), 30)
    finally:
        await producer.stop()
