"""The logs of a shard, as a restore reads them."""

from collections.abc import AsyncIterator
from typing import Protocol

from streams.agents.program import Beat
from streams.client import log_range, read_partition
from streams.settings import Settings
from streams.wire.record import Received
from streams.wire.topics import Topic

INPUTS = (Topic.VIDEO_EMBEDDINGS, Topic.TREND_FANOUT)
# What a restore folds; reports of the shard's rate are none of it.
OUTPUTS = (Topic.MODERATION_ACTIONS, Topic.SHADOW_ACTIONS, Topic.SEED_RECEIPTS)


class Logs(Protocol):
    """What a restore needs of Kafka."""

    async def range(self, topic: Topic, partition: int) -> tuple[int, int]:
        """Return the first offset of a log with its very end, whatever transactions are open."""
        ...

    def read(self, topic: Topic, partition: int, *, start: int, end: int, committed: bool) -> AsyncIterator[Received]:
        """Yield the records of [start, end); `committed` leaves out what was aborted, False what Faust saw."""
        ...


class KafkaLogs:
    """The logs of an installation.

    Args:
        settings: Of the installation.
        beat: Told at each batch that came.
    """

    def __init__(self, settings: Settings, beat: Beat) -> None:
        self._settings, self._beat = settings, beat

    async def range(self, topic: Topic, partition: int) -> tuple[int, int]:
        """Return the first offset of a log with its very end, whatever transactions are open."""
        return await log_range(self._settings, topic, partition, committed=False)

    def read(self, topic: Topic, partition: int, *, start: int, end: int, committed: bool) -> AsyncIterator[Received]:
        """Yield the records of [start, end); see `read_partition`."""
        return read_partition(
            self._settings, topic, partition, start=start, end=end, committed=committed, beat=self._beat
        )
