"""A local Kafka for laptops and tests: one KRaft node from Maven's jars, started and ended as a detached process."""

from streams.broker.errors import BrokerError, BrokerFailed, BrokerStuck, BrokerUnhealthy, JarsMissing, JavaMissing
from streams.broker.local import DEFAULT_PORT, BrokerInfo, LocalBroker

__all__ = [
    "DEFAULT_PORT",
    "BrokerError",
    "BrokerFailed",
    "BrokerInfo",
    "BrokerStuck",
    "BrokerUnhealthy",
    "JarsMissing",
    "JavaMissing",
    "LocalBroker",
]
