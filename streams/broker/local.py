"""One Kafka node on this machine, in a folder of its own."""

import base64
import fcntl
import shutil
import signal
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from streams.broker.errors import BrokerError, BrokerFailed, BrokerStuck
from streams.broker.health import RoundTrip, round_trip, wait_until_listening
from streams.broker.jars import fetch_jars
from streams.broker.java import find_java, format_storage, server_command
from streams.broker.ports import Ports, choose_ports, is_free
from streams.broker.process import ProcessMark, mark_of, read_mark, spawn_detached
from streams.broker.properties import logging_properties, read_ports, server_properties

DEFAULT_PORT = 9092
# Measured: 3.5 s from nothing on two idle cores, 4 s after kill -9; a machine that also decodes video is slower.
START_TIMEOUT_SECONDS = 90.0
# A clean end takes about 1 s; after this the broker is killed, which Kafka's log survives.
STOP_TIMEOUT_SECONDS = 30.0
KILL_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class BrokerInfo:
    """A broker that runs.

    Attributes:
        bootstrap_servers: What clients are given to connect, `127.0.0.1:PORT`.
        pid: Its process.
        folder: Its data folder, absolute.
    """

    bootstrap_servers: str
    pid: int
    folder: Path


class LocalBroker:
    """A single-node KRaft Kafka for laptops and tests, on loopback, detached from who starts it.

    Its folder holds all there is: `data/`, `logs/`, `server.properties`, `pid.json`. It is no cluster for production:
    one node, no replica, no password.

    Attributes:
        folder: The data folder, absolute.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        jars: Path | None = None,
        heap_mb: int = 512,
        check: RoundTrip = round_trip,
    ) -> None:
        """Describe the broker; nothing is started or written.

        Args:
            folder: The data folder; made at start.
            port: Port for clients. None keeps the port that the folder had and takes 9092 at first; 0 keeps it too and
                takes a free one at first. A broker that runs stays where it is.
            jars: Folder of the Kafka jars; by default one in the user's cache, filled by Maven when needed.
            heap_mb: Largest Java heap in MB.
            check: The proof of health.
        """
        self.folder = folder.absolute()
        self._port, self._jars, self._heap_mb, self._check = port, jars, heap_mb, check
        self._pid_file = self.folder / "pid.json"
        self._properties = self.folder / "server.properties"
        self._console = self.folder / "logs" / "console.log"

    def start(self, timeout_seconds: float = START_TIMEOUT_SECONDS) -> BrokerInfo:
        """Start the broker, unless it runs, then wait until it is healthy.

        Not for a running event loop: give it to a thread there.

        Raises:
            JavaMissing, JarsMissing: something must be installed first.
            BrokerFailed: it ended at once; the message holds the end of its log.
            BrokerUnhealthy: it runs, but is not healthy in time. It is left running for a look at it.
        """
        with self._locked():
            mark = self._running()
            if mark is None:
                mark = self._launch()
        self._wait_healthy(mark, timeout_seconds)
        return self._info(mark)

    def stop(self, timeout_seconds: float = STOP_TIMEOUT_SECONDS) -> bool:
        """End the broker cleanly, or by force when that takes too long; return whether there was one.

        Raises:
            BrokerStuck: it does not even end by force.
        """
        return self._end(signal.SIGTERM, timeout_seconds)

    def kill(self) -> bool:
        """End the broker as a power cut would, by SIGKILL (chaos tests); return whether there was one.

        Raises:
            BrokerStuck: it does not end.
        """
        return self._end(signal.SIGKILL, KILL_TIMEOUT_SECONDS)

    def status(self) -> BrokerInfo | None:
        """Return the running broker of the folder, healthy or not; None when none runs."""
        mark = self._running()
        return self._info(mark) if mark else None

    def check_health(self, timeout_seconds: float = 10.0) -> None:
        """Prove that the running broker is healthy: metadata with a produced and consumed record.

        Raises:
            BrokerFailed: none runs.
            BrokerUnhealthy: the record does not come back.
        """
        mark = self._running()
        if mark is None:
            raise BrokerFailed(f"no broker runs in {self.folder}", self._console)
        self._wait_healthy(mark, timeout_seconds)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one process at a time start or end the broker of the folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _running(self) -> ProcessMark | None:
        mark = read_mark(self._pid_file)
        return mark if mark and mark.is_running() else None

    def _info(self, mark: ProcessMark) -> BrokerInfo:
        return BrokerInfo(self._ports_in_force().bootstrap_servers, mark.pid, self.folder)

    def _ports_in_force(self) -> Ports:
        """Return the ports of the running broker, whatever this object asks for."""
        ports = self._kept_ports()
        if ports is None:
            raise BrokerError(
                f"{self._properties} is missing or damaged while the broker runs; stop it, then start it anew"
            )
        return ports

    def _kept_ports(self) -> Ports | None:
        return read_ports(self._properties.read_text()) if self._properties.exists() else None

    def _ports_to_take(self) -> Ports:
        """Return the ports for a start: those of the folder where they fit, else new ones; all of them free."""
        ports = self._kept_ports()
        if ports is None or self._port not in (None, 0, ports.clients):
            ports = choose_ports(self.folder, DEFAULT_PORT if self._port is None else self._port)
        for port in (ports.clients, ports.controller):
            if not is_free(port):
                raise BrokerError(f"port {port} is taken by another program: choose another port (0 takes a free one)")
        return ports

    def _launch(self) -> ProcessMark:
        java, jars, ports = find_java(), fetch_jars(self._jars), self._ports_to_take()
        logs, data = self.folder / "logs", self.folder / "data"
        logs.mkdir(parents=True, exist_ok=True)
        logging = self.folder / "log4j2.properties"
        logging.write_text(logging_properties(logs))
        self._properties.write_text(server_properties(ports, data))
        if not data.exists():
            self._format(java, jars, ports, data)
        pid = spawn_detached(server_command(java, jars, self._properties, logging, self._heap_mb), self._console)
        mark = mark_of(pid)
        if mark is None:
            raise self._failure()
        mark.write(self._pid_file)
        return mark

    def _format(self, java: str, jars: Path, ports: Ports, data: Path) -> None:
        """Make the data folder; it appears formatted or not at all, so that a start cut short can be repeated."""
        partial, properties = self.folder / "data.partial", self.folder / "format.properties"
        shutil.rmtree(partial, ignore_errors=True)
        properties.write_text(server_properties(ports, partial))
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        format_storage(java, jars, properties, cluster_id, self._console)
        partial.rename(data)
        properties.unlink()

    def _wait_healthy(self, mark: ProcessMark, timeout_seconds: float) -> None:
        deadline, ports = time.monotonic() + timeout_seconds, self._ports_in_force()
        if not wait_until_listening(ports, mark.is_running, timeout_seconds):
            raise self._failure()
        self._check(ports.bootstrap_servers, max(1.0, deadline - time.monotonic()))

    def _failure(self) -> BrokerFailed:
        server = self._console.with_name("server.log")
        lines = [line for log in (self._console, server) if log.exists() for line in log.read_text().splitlines()[-10:]]
        return BrokerFailed("the broker ended by itself", server, "\n".join(lines))

    def _end(self, number: signal.Signals, timeout_seconds: float) -> bool:
        with self._locked():
            mark = self._running()
            if mark is None:
                return False
            mark.send(number)
            if not mark.wait(timeout_seconds):
                mark.send(signal.SIGKILL)
                if not mark.wait(KILL_TIMEOUT_SECONDS):
                    raise BrokerStuck(mark.pid)
            self._pid_file.unlink(missing_ok=True)
            return True
