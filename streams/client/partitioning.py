"""The function from keys to partitions that all Kafka clients share."""

from aiokafka.partitioner import murmur2


def partition_for(key: str | bytes, partitions: int) -> int:
    """Return the partition of a key: murmur2, made positive, modulo the count, as in Kafka's Java client.

    Args:
        key: Text is taken as UTF-8.
        partitions: How many the topic has; 1 <= partitions.

    Returns:
        In [0, partitions).

    Raises:
        ValueError: partitions is below 1.
    """
    if partitions < 1:
        raise ValueError(f"partitions must be at least 1, got {partitions}")
    data = key.encode() if isinstance(key, str) else key
    return int(murmur2(data) & 0x7FFFFFFF) % partitions
