"""The configuration files of the broker, as text."""

import re
from pathlib import Path

from streams.broker.errors import BrokerError
from streams.broker.ports import Ports

# A decoded video (8 JPEG frames, 10 s of 16 kHz sound) is under 1 MB; the contract of the topics allows 10 MB.
MESSAGE_MAX_BYTES = 16 * 1024**2

_SERVER = """\
# Written by EBR at each start of the local broker; changes here do not stay.
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{clients},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{clients},CONTROLLER://127.0.0.1:{controller}
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}

# Topics are made and checked by `ebr topics`, never by a client's mistake.
auto.create.topics.enable=false
message.max.bytes={message_max_bytes}
replica.fetch.max.bytes={message_max_bytes}

# One node: its inner topics have one replica, and few partitions, since each costs files at start and recovery.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0

# After kill -9 the controller refuses the same node until its former session is over.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500

# The default buffer of the log cleaner is a quarter of our heap.
log.cleaner.dedupe.buffer.size=16777216
"""

_LOGGING = """\
# Written by EBR at each start of the local broker; changes here do not stay.
status=error
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName={logs}/server.log
appender.file.filePattern={logs}/server.log.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=[%d{{yyyy-MM-dd'T'HH:mm:ss.SSSX}}{{UTC}}] %p %m (%c{{1}})%n
appender.file.policies.type=Policies
appender.file.policies.size.type=SizeBasedTriggeringPolicy
appender.file.policies.size.size=20MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=5
rootLogger.level=info
rootLogger.appenderRef.file.ref=file
"""


def server_properties(ports: Ports, data: Path) -> str:
    """Return Kafka's `server.properties` for one KRaft node on loopback.

    Args:
        ports: The listeners.
        data: Absolute folder of the logs.

    Raises:
        BrokerError: the folder's path holds a sign that this file cannot carry.
    """
    if re.search(r"[,\\\n\r]", str(data)):
        raise BrokerError(f"the broker's folder may hold no comma, backslash or line break in its path: {data}")
    return _SERVER.format(
        clients=ports.clients, controller=ports.controller, data=data, message_max_bytes=MESSAGE_MAX_BYTES
    )


def logging_properties(logs: Path) -> str:
    """Return the log4j configuration that keeps 6 files of at most 20 MB in the folder."""
    return _LOGGING.format(logs=logs)


def read_ports(text: str) -> Ports | None:
    """Return the ports of a `server.properties` written before; None where it names none."""
    found = re.search(r"^listeners=PLAINTEXT://127\.0\.0\.1:(\d+),CONTROLLER://127\.0\.0\.1:(\d+)$", text, re.MULTILINE)
    return Ports(int(found[1]), int(found[2])) if found else None
