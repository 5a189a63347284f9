"""The seeds that reached the shards, as the fan-out tells it."""

from streams.catalogue.trend import SeedJoins
from streams.wire.fanout import FanoutMessage, SeedLive, SeedRetired, fanout_key


class SentSeeds:
    """The last vectors of each seed, folded from one partition of `trend-fanout`; changed by one message at a time.

    A seed is encoded once: what is sent again is what was sent before.
    """

    def __init__(self) -> None:
        self._last: dict[str, SeedLive] = {}
        self._offsets: dict[str, set[int]] = {}
        self._retired: dict[str, int] = {}

    def add(self, message: FanoutMessage) -> None:
        """Take in what every shard was told."""
        key = fanout_key(message)
        if isinstance(message, SeedLive):
            self._offsets.setdefault(key, set()).add(message.source_offset)
            if key not in self._last or message.source_offset >= self._last[key].source_offset:
                self._last[key] = message
        elif isinstance(message, SeedRetired):
            self._retired[key] = max(message.source_offset, self._retired.get(key, -1))

    def find(self, trend_id: str, seed_id: str, offset: int, model_id: str) -> SeedLive | None:
        """Return what was sent for the `SeedAdded` at an offset, if its vectors are of this model."""
        sent = self._last.get(f"seed/{trend_id}/{seed_id}")
        if sent is None or sent.source_offset != offset or sent.model_id != model_id:
            return None
        return sent

    def failed(self, joins: SeedJoins) -> bool:
        """Return whether an accepted seed never became live: it could not be fetched, decoded or encoded.

        Compaction may have left only the retirement of a seed; that alone proves that it had been live.
        """
        key = f"seed/{joins.trend_id}/{joins.seed.seed_id}"
        if key in self._offsets:
            return joins.seed.offset not in self._offsets[key]
        return self._retired.get(key, -1) < joins.seed.offset
