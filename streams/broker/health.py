"""The proof that a broker is healthy: a record that made the round trip."""

import asyncio
import socket
import time
from collections.abc import Callable

from streams.broker.errors import BrokerUnhealthy
from streams.broker.ports import Ports
from streams.client import check_roundtrip
from streams.errors import StreamsError

POLL_SECONDS = 0.1

# (bootstrap servers, seconds it may take): returns when a record was produced and consumed, raises else.
RoundTrip = Callable[[str, float], None]


def wait_until_listening(ports: Ports, is_running: Callable[[], bool], timeout_seconds: float) -> bool:
    """Wait until the broker takes connections.

    Args:
        ports: Where it shall listen.
        is_running: Whether its process still runs; asked again and again.
        timeout_seconds: How long to wait.

    Returns:
        False when its process ended meanwhile.

    Raises:
        BrokerUnhealthy: the time is over.
    """
    deadline = time.monotonic() + timeout_seconds
    while is_running():
        try:
            socket.create_connection(("127.0.0.1", ports.clients), timeout=1.0).close()
        except OSError:
            if time.monotonic() > deadline:
                detail = f"it takes no connection after {timeout_seconds:.0f} s"
                raise BrokerUnhealthy(ports.bootstrap_servers, detail) from None
            time.sleep(POLL_SECONDS)
        else:
            return True
    return False


def round_trip(bootstrap_servers: str, timeout_seconds: float) -> None:
    """Produce a record, then consume it; a broker that has just started may refuse for a moment, so try again.

    Args:
        bootstrap_servers: The broker.
        timeout_seconds: How long it may take.

    Raises:
        BrokerUnhealthy: it did not come back in time.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            return asyncio.run(check_roundtrip(bootstrap_servers, max(0.1, deadline - time.monotonic())))
        except StreamsError as error:
            if time.monotonic() + POLL_SECONDS > deadline:
                raise BrokerUnhealthy(bootstrap_servers, str(error)) from error
            time.sleep(POLL_SECONDS)
