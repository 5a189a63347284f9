"""Receipts of one shard: each answer beside what the shard holds when it is written."""

from collections.abc import Mapping
from datetime import datetime

from streams.shards.answers import Answer, ShardState, receipt
from streams.shards.emission import Emitted
from streams.shards.holdings import Holdings
from streams.shards.identity import ShardIdentity
from streams.shards.standing import Standing
from streams.shards.sweep import Sweep
from streams.wire.fanout import SeedLive, TrendPolicy
from streams.wire.moderation import Applied, IndexRecall
from streams.wire.topics import Topic


class Receipts:
    """Writes the receipts of one shard; reads its state only."""

    def __init__(self, identity: ShardIdentity, holdings: Holdings, standing: Standing) -> None:
        self._identity, self._holdings, self._standing = identity, holdings, standing

    def end(self, sweep: Sweep, applied: Applied, now: datetime) -> list[Emitted]:
        """Return the last receipts of a sweep: one a message, one more of each draft unless its policy's is the newest.

        Args:
            sweep: One that is done.
            applied: The next offset of both inputs.
            now: Emit time, UTC.
        """
        previews = {
            trend_id: preview.facts() for trend_id, preview in sweep.previews.items() if self._is_draft(trend_id)
        }
        ended, newest = list[Emitted](), dict[str, Answer]()
        for answer in sweep.answers:
            message, ruled = answer.message, sweep.slices.ruled(answer.message.trend_id)
            preview = previews.get(message.trend_id) if isinstance(message, TrendPolicy) else None
            ended.append(self.write(answer, applied, now, swept=True, ruled=ruled, preview=preview))
            if (known := newest.get(message.trend_id)) is None or message.source_offset >= known.message.source_offset:
                newest[message.trend_id] = answer
        for trend_id, preview in previews.items():
            message, ruled = newest[trend_id].message, sweep.slices.ruled(trend_id)
            if not isinstance(message, TrendPolicy):
                whole = Answer(message, tally=sweep.previews[trend_id].tally)
                ended.append(self.write(whole, applied, now, swept=True, ruled=ruled, preview=preview))
        return ended

    def _is_draft(self, trend_id: str) -> bool:
        policy = self._standing.trends[trend_id].policy
        return policy is not None and policy.state == "draft"

    def write(
        self,
        answer: Answer,
        applied: Applied,
        now: datetime,
        *,
        swept: bool,
        ruled: bool = True,
        preview: Mapping[str, object] | None = None,
    ) -> Emitted:
        """Return the receipt of an answer as it stands.

        Args:
            answer: To a message of the fan-out.
            applied: The next offset of both inputs.
            now: Emit time, UTC.
            swept: It is the last one.
            ruled: One policy judged all that was swept; where it changed midway, its own sweep completes the rest.
            preview: What the sweep of a draft saw: the receipt is the trend's, whatever its message is.
        """
        message = answer.message
        policy = self._standing.trends[message.trend_id].policy
        comparable = self._holdings.comparable(policy.model_id) if policy else 0
        own_model = message.model_id if isinstance(message, SeedLive) and preview is None else None
        state = ShardState(
            shard=self._identity.shard,
            shards=self._identity.shards,
            policy=policy,
            videos_held=len(self._holdings),
            not_comparable=len(self._holdings) - comparable,
            applied=applied,
            paused=self._standing.is_paused(message.trend_id),
            judges=ruled and policy is not None and own_model in (None, policy.model_id),
            recall=self._recall(),
        )
        answered = receipt(message, answer.tally, state, swept=swept, now=now, preview=preview)
        return Emitted(Topic.SEED_RECEIPTS, answered, ends_sweep=swept)

    def _recall(self) -> IndexRecall | None:
        """Return the recall at the widest k that was measured: first hits are as many as a shard judges at once."""
        widest = next(reversed(self._holdings.recall.estimates()), None)
        if widest is None:
            return None
        bounds = {name: round(getattr(widest, name), 6) for name in ("value", "low", "high")}
        return IndexRecall(k=widest.k, searches=widest.searches, **bounds)
