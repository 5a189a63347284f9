"""The way of a command to the cluster: a quick answer when there is none, one event loop when there is."""

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from streams.client.connection import NO_CLUSTER
from streams.errors import ClusterError, SettingsError
from streams.settings import KafkaSettings, Settings, load_settings

T = TypeVar("T")

# A cluster that does not even take a connection in this time is not there for a person who waits.
CONNECT_SECONDS = 3.0


def run(work: Callable[[Settings], Coroutine[Any, Any, T]]) -> T:
    """Return what the coroutine function makes of the settings, once the cluster is known to be there.

    Raises:
        ClusterError: none of the bootstrap servers takes a connection.
        SettingsError: a setting is wrong.
    """
    settings = load_settings()
    try:
        probe(settings.kafka)
    except ClusterError as error:
        raise ClusterError(f"{error}: {NO_CLUSTER}") from error
    return asyncio.run(work(settings))


def probe(kafka: KafkaSettings) -> None:
    """Return if one of the bootstrap servers takes a connection.

    Raises:
        ClusterError: none does.
        SettingsError: an entry is not host:port.
    """
    faults: list[str] = []
    for host, port in addresses(kafka.bootstrap_servers):
        try:
            socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
        except OSError as error:
            faults.append(f"{host}:{port} ({error.strerror or error})")
        else:
            return
    raise ClusterError(f"no Kafka at {', '.join(faults)}")


def addresses(bootstrap_servers: str) -> list[tuple[str, int]]:
    """Return the hosts with their ports.

    Raises:
        SettingsError: an entry is not host:port.
    """
    found: list[tuple[str, int]] = []
    for entry in bootstrap_servers.split(","):
        host, _, port = entry.strip().rpartition(":")
        if not host or not port.isdecimal() or int(port) > 65_535:
            raise SettingsError(f"EBR_KAFKA__BOOTSTRAP_SERVERS: {entry!r} is not host:port")
        found.append((host.strip("[]"), int(port)))
    return found
