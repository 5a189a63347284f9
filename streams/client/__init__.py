"""The only door to the Kafka client library: options, producers, readers, offsets, topics."""

from streams.client.connection import named_failures
from streams.client.contract import check_topics, create_topics, topic_mismatches
from streams.client.health import HEALTH_TOPIC, check_cluster, check_roundtrip
from streams.client.metadata import existing_partitions, partition_counts
from streams.client.offsets import committed_offsets, group_lag, role_lag
from streams.client.options import client_options, group_name, sasl_password, ssl_context, transactional_id
from streams.client.partitioning import partition_for
from streams.client.producing import (
    Producer,
    make_producer,
    make_transactional_producer,
    send_all,
    send_transaction,
    start_producer,
)
from streams.client.reading import log_range, log_ranges, read_partition, tail

__all__ = [
    "HEALTH_TOPIC",
    "Producer",
    "check_cluster",
    "check_roundtrip",
    "check_topics",
    "client_options",
    "committed_offsets",
    "create_topics",
    "existing_partitions",
    "group_lag",
    "group_name",
    "log_range",
    "log_ranges",
    "make_producer",
    "make_transactional_producer",
    "named_failures",
    "partition_counts",
    "partition_for",
    "read_partition",
    "role_lag",
    "sasl_password",
    "send_all",
    "send_transaction",
    "ssl_context",
    "start_producer",
    "tail",
    "topic_mismatches",
    "transactional_id",
]
