"""What can go wrong with the local broker, as one tree.

BrokerError (a StreamsError)
├── JavaMissing      no Java of the needed version answers
├── JarsMissing      the Kafka jars are neither in the cache nor can they be fetched
├── BrokerFailed     the server did not start, or ended by itself
├── BrokerUnhealthy  it runs, but a record cannot make the round trip
└── BrokerStuck      it does not end
"""

from pathlib import Path

from streams.errors import StreamsError


class BrokerError(StreamsError):
    """The local broker cannot do what was asked."""


class JavaMissing(BrokerError):
    """Java 17 or later is missing: run `make setup`, or have openjdk-17-jre-headless installed."""


class JarsMissing(BrokerError):
    """The Kafka jars are not there.

    Attributes:
        folder: Where they were looked for.
    """

    def __init__(self, folder: Path, detail: str) -> None:
        super().__init__(f"no Kafka jars in {folder}: {detail}")
        self.folder = folder


class BrokerFailed(BrokerError):
    """The broker did not start, or ended by itself.

    Attributes:
        log: The file that says more.
    """

    def __init__(self, detail: str, log: Path, tail: str = "") -> None:
        super().__init__(f"{detail}; the log is {log}" + (f" and ends with:\n{tail}" if tail else ""))
        self.log = log


class BrokerUnhealthy(BrokerError):
    """The broker runs, but no record makes the round trip through it.

    Attributes:
        bootstrap_servers: The address that was tried.
    """

    def __init__(self, bootstrap_servers: str, detail: str) -> None:
        super().__init__(f"the broker at {bootstrap_servers} is not healthy: {detail}")
        self.bootstrap_servers = bootstrap_servers


class BrokerStuck(BrokerError):
    """The broker's process does not end.

    Attributes:
        pid: The process.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(f"the broker's process {pid} does not end, not even on SIGKILL")
        self.pid = pid
