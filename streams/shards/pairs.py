"""From judged videos to messages: each pair's difference, emitted and remembered at once."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from streams.policy import vectors_of
from streams.shards.emission import Emitted, Proposal, Trigger, action, revocation
from streams.shards.holdings import Holdings
from streams.shards.judge import Judged
from streams.shards.ledger import Ledger
from streams.shards.standing import Standing
from streams.shards.wanted import NOTHING, Difference, Situation, Standpoint, difference


@dataclass(frozen=True, slots=True)
class Planned:
    """What one pair needs; `row` is the video's among the judged, None if it was not comparable."""

    pair: Situation
    standpoint: Standpoint
    difference: Difference
    video_id: str
    row: int | None

    @property
    def is_new(self) -> bool:
        """Whether it emits what supersedes nothing: what a trend's bound counts."""
        return self.difference.emit is not None and not self.difference.supersedes


def new_hits(plan: Iterable[Planned]) -> Counter[str]:
    """Return how many new hits a plan emits, by the seed that explains each."""
    return Counter(p.standpoint.hit.seed.seed_id for p in plan if p.is_new and p.standpoint.hit is not None)


class Pairs:
    """Differences of pairs over one shard's state; `resolve` is the only writer of the ledger."""

    def __init__(self, prefix: str, holdings: Holdings, standing: Standing, ledger: Ledger) -> None:
        self._prefix, self._holdings, self._standing, self._ledger = prefix, holdings, standing, ledger

    def plan(self, judged: Judged, others: Sequence[str] = ()) -> list[Planned]:
        """Return what the pairs of the trend with the judged videos need, in their order, then with others.

        Args:
            judged: Some videos under the trend.
            others: Videos that are not held, or not comparable.
        """
        trend_id, keys = judged.policy.trend_id, judged.videos.keys
        active = self._ledger.active_among(trend_id, [*keys, *others])
        rows = set(np.flatnonzero(judged.scores.hit).tolist())
        if active:
            rows.update(row for row, key in enumerate(keys) if key in active)
        concerned: list[tuple[str, int | None]] = [(keys[row], row) for row in sorted(rows)]
        concerned += [(video_id, None) for video_id in others if video_id in active]
        plan = [self._plan_one(judged, video_id, row) for video_id, row in concerned]
        return [planned for planned in plan if planned.difference != NOTHING]

    def resolve(self, judged: Judged, plan: Iterable[Planned], trigger: Trigger, out: list[Emitted]) -> None:
        """Append the messages of a plan to `out`, folding each into the ledger."""
        for planned in plan:
            for emitted in self._messages(judged, planned, trigger):
                self._ledger.fold(emitted.topic, emitted.message)  # type: ignore[arg-type]  # actions only
                out.append(emitted)

    def _plan_one(self, judged: Judged, video_id: str, row: int | None) -> Planned:
        trend_id = judged.policy.trend_id
        pair = Situation(
            trend=self._standing.trends[trend_id],
            policy=judged.policy,
            held=self._holdings.held.get(video_id),
            removed_revision=self._holdings.removed_revision(video_id),
            cleared_revision=self._standing.cleared_revision(trend_id, video_id),
            paused=self._standing.is_paused(trend_id),
            active=self._ledger.get(trend_id, video_id),
        )
        standpoint = judged.standpoint(row)
        return Planned(pair, standpoint, difference(pair, standpoint), video_id, row)

    def _messages(self, judged: Judged, planned: Planned, trigger: Trigger) -> Iterable[Emitted]:
        pair, what, hit = planned.pair, planned.difference, planned.standpoint.hit
        if what.revoke is not None and pair.active is not None:
            yield Emitted(
                pair.active.topic, revocation(pair.active, judged.policy, what.revoke, trigger), trigger.trace
            )
        if what.emit is not None and hit is not None and pair.held is not None and planned.row is not None:
            comparable = self._holdings.comparable(judged.policy.model_id)
            proposal = Proposal(
                policy=judged.policy,
                video_id=planned.video_id,
                revision=pair.held.revision,
                vectors=vectors_of(judged.videos, planned.row),
                hit=hit,
                supersedes=pair.active.action_id if what.supersedes and pair.active else None,
                completeness=round(comparable / max(1, len(self._holdings)), 6),
            )
            message = action(self._prefix, proposal, trigger)
            yield Emitted(what.emit, message, trigger.trace)
