"""The configuration of the broker says what the system rests on."""

from pathlib import Path

import pytest

from streams.broker.errors import BrokerError
from streams.broker.ports import Ports
from streams.broker.properties import logging_properties, read_ports, server_properties

PORTS = Ports(clients=21_000, controller=21_001)


def _parsed(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_the_ports_written_are_the_ports_read() -> None:
    """A restart takes the ports of the file."""
    assert read_ports(server_properties(PORTS, Path("/data"))) == PORTS


@pytest.mark.parametrize("text", ["", "listeners=PLAINTEXT://0.0.0.0:1", "listeners=PLAINTEXT://127.0.0.1:x"])
def test_a_file_without_our_listeners_has_no_ports(text: str) -> None:
    """A file of another hand is not misread."""
    assert read_ports(text) is None


def test_nothing_listens_beyond_loopback() -> None:
    """No open port by default: there is no password on it."""
    listeners = _parsed(server_properties(PORTS, Path("/data")))["listeners"]

    assert all("://127.0.0.1:" in listener for listener in listeners.split(","))


def test_one_node_can_hold_the_inner_topics_and_messages_of_ten_megabytes() -> None:
    """Three replicas, the default, can never be had on one node."""
    values = _parsed(server_properties(PORTS, Path("/data")))

    assert values["offsets.topic.replication.factor"] == values["transaction.state.log.replication.factor"] == "1"
    assert int(values["message.max.bytes"]) > 10 * 1024**2
    assert values["auto.create.topics.enable"] == "false"


@pytest.mark.parametrize("folder", ["/with\nbreak", "/with,comma", "/with\\backslash"])
def test_a_folder_that_the_file_cannot_carry_is_refused(folder: str) -> None:
    """Kafka would read a comma as two folders."""
    with pytest.raises(BrokerError, match="may hold no"):
        server_properties(PORTS, Path(folder))


def test_logs_are_kept_in_the_folder_and_bounded() -> None:
    """A broker left running for weeks must not fill the disk with its log."""
    values = _parsed(logging_properties(Path("/logs")))

    assert values["appender.file.fileName"] == "/logs/server.log"
    assert values["appender.file.strategy.max"] == "5"
