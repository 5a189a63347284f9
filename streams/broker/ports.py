"""The two loopback ports of the broker, chosen so that a restart can take them again."""

import socket
import zlib
from dataclasses import dataclass
from pathlib import Path

from streams.broker.errors import BrokerError

# Below Linux' ephemeral ports (32768 and up). A client that retries a port of that range while the broker is down can
# be given the same port as its own source, connects to itself, and keeps the broker from ever binding it again.
FIRST_FREE_PORT, LAST_FREE_PORT = 20_000, 32_000


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the two listeners are, on 127.0.0.1.

    Attributes:
        clients: For producers, consumers and admins.
        controller: For the broker's own quorum of one.
    """

    clients: int
    controller: int

    @property
    def bootstrap_servers(self) -> str:
        """Return what a client is given to connect."""
        return f"127.0.0.1:{self.clients}"


def is_free(port: int) -> bool:
    """Return whether a server could bind the port on loopback now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # as Kafka does: connections of the dead do not count
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_ports(folder: Path, clients: int) -> Ports:
    """Return ports for a new broker; where the search starts follows the folder, so that two brokers seldom meet.

    Args:
        folder: The broker's data folder.
        clients: The port for clients; 0 takes a free one.

    Raises:
        BrokerError: the range holds no free port.
    """
    span = LAST_FREE_PORT - FIRST_FREE_PORT
    start = zlib.crc32(str(folder).encode()) % span
    found: list[int] = []
    for step in range(span):
        port = FIRST_FREE_PORT + (start + step) % span
        if port != clients and is_free(port):
            found.append(port)
        if len(found) == 2:
            return Ports(clients or found[1], found[0])
    raise BrokerError(f"no two free ports between {FIRST_FREE_PORT} and {LAST_FREE_PORT}")
