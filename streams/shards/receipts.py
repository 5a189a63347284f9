"""Receipts of one shard: each answer beside what the shard holds when it is written."""

from datetime import datetime

from streams.shards.answers import Answer, ShardState, receipt
from streams.shards.emission import Emitted
from streams.shards.holdings import Holdings
from streams.shards.identity import ShardIdentity
from streams.shards.standing import Standing
from streams.wire.fanout import SeedLive
from streams.wire.moderation import Applied, IndexRecall
from streams.wire.topics import Topic


class Receipts:
    """Writes the receipts of one shard; reads its state only."""

    def __init__(self, identity: ShardIdentity, holdings: Holdings, standing: Standing) -> None:
        self._identity, self._holdings, self._standing = identity, holdings, standing

    def write(self, answer: Answer, applied: Applied, now: datetime, *, swept: bool, ruled: bool = True) -> Emitted:
        """Return the receipt of an answer as it stands.

        Args:
            answer: To a message of the fan-out.
            applied: The next offset of both inputs.
            now: Emit time, UTC.
            swept: It is the last one.
            ruled: One policy judged all that was swept; where it changed midway, its own sweep completes the rest.
        """
        message = answer.message
        policy = self._standing.trends[message.trend_id].policy
        comparable = self._holdings.comparable(policy.model_id) if policy else 0
        own_model = message.model_id if isinstance(message, SeedLive) else None
        state = ShardState(
            shard=self._identity.shard,
            shards=self._identity.shards,
            version=policy.version if policy else None,
            model_id=policy.model_id if policy else None,
            videos_held=len(self._holdings),
            not_comparable=len(self._holdings) - comparable,
            applied=applied,
            paused=self._standing.is_paused(message.trend_id),
            judges=ruled and policy is not None and own_model in (None, policy.model_id),
            recall=self._recall(),
        )
        answered = receipt(message, answer.tally, state, swept=swept, now=now)
        return Emitted(Topic.SEED_RECEIPTS, answered, ends_sweep=swept)

    def _recall(self) -> IndexRecall | None:
        """Return the recall at the widest k that was measured: first hits are as many as a shard judges at once."""
        widest = next(reversed(self._holdings.recall.estimates()), None)
        if widest is None:
            return None
        bounds = {name: round(getattr(widest, name), 6) for name in ("value", "low", "high")}
        return IndexRecall(k=widest.k, searches=widest.searches, **bounds)
