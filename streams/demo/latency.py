"""How long moderators and enforcement wait, by Kafka's own times of the records."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from streams.audit.logs import Logs
from streams.wire.moderation import ModerationAction, SeedReceipt
from streams.wire.trend import SeedAdded


@dataclass(frozen=True, slots=True)
class Latencies:
    """A set of waits.

    Attributes:
        count: How many.
        p50: Median in seconds; None without any.
        p95: 95th percentile in seconds; None without any.
    """

    count: int
    p50: float | None
    p95: float | None


def summarise(seconds: Sequence[float]) -> Latencies:
    """Return the percentiles of waits in seconds, in whole milliseconds."""
    if not seconds:
        return Latencies(0, None, None)
    p50, p95 = np.percentile(np.asarray(seconds, dtype=np.float64), [50, 95])
    return Latencies(len(seconds), round(float(p50), 3), round(float(p95), 3))


def seed_live_seconds(logs: Logs) -> list[float]:
    """Return, for each seed that every shard answered, the time until its last shard's first receipt.

    It begins with Kafka's append time of the `SeedAdded`.
    """
    first: dict[int, dict[int, float]] = {}
    for seen in logs.receipts:
        receipt = seen.message
        if isinstance(receipt, SeedReceipt) and receipt.shard is not None:
            shards = first.setdefault(receipt.source_offset, {})
            at = seen.record.timestamp.timestamp()
            shards[receipt.shard] = min(at, shards.get(receipt.shard, at))
    return [
        max(first[seen.record.offset].values()) - seen.record.timestamp.timestamp()
        for seen in logs.commands
        if isinstance(seen.message, SeedAdded) and len(first.get(seen.record.offset, {})) == logs.partitions
    ]


def publish_to_action_seconds(actions: Iterable[ModerationAction]) -> list[float]:
    """Return the time from Kafka's append time of a video event to each action that it led to."""
    return [
        (action.emitted_at - action.received_at).total_seconds() for action in actions if action.direction == "forward"
    ]
