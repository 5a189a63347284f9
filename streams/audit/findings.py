"""The verdict over one installation: what was lost, seen twice, missing, unexpected, or is still owed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from streams.audit.actions import active_actions, all_actions, duplicate_actions
from streams.audit.answers import OwedReceipt, owed_receipts, unanswered_commands
from streams.audit.fates import Fate, dead_letters, fates
from streams.audit.logs import Logs, Place
from streams.audit.oracle import Expected, expected_actions
from streams.audit.pauses import compare, paused_trends
from streams.wire.dead_letter import DeadLetter
from streams.wire.fanout import TrendPolicy
from streams.wire.moderation import ModerationAction


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far the workers are with what the topics ask for.

    Attributes:
        events: Video events in all.
        fates: How many events have each fate.
        lost: Events without an end, yet or for ever.
        unanswered: Commands of moderators that have led to nothing.
        owed: Receipts that are missing.
    """

    events: int
    fates: Mapping[Fate, int]
    lost: Sequence[Place]
    unanswered: Sequence[Place]
    owed: Sequence[OwedReceipt]

    @property
    def settled(self) -> bool:
        """Whether nothing is left to be done."""
        return not (self.lost or self.unanswered or self.owed)

    def text(self) -> str:
        """Return what is missing, in a line."""
        parts = [
            f"{len(self.lost)} of {self.events} video events without an end{_first(self.lost)}",
            f"{len(self.unanswered)} commands unanswered{_first(self.unanswered)}",
            f"{len(self.owed)} receipts owed{_first(self.owed)}",
        ]
        counts = (len(self.lost), len(self.unanswered), len(self.owed))
        return "; ".join(part for part, count in zip(parts, counts, strict=True) if count) or "all settled"


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Progress with the actions held against the oracle.

    Attributes:
        progress: Of the workers.
        actions: Every action ever emitted for enforcement.
        active: The actions that stand.
        duplicates: Actions seen once too often.
        expected: What the oracle calls for.
        missing: Expected actions that do not stand.
        unexpected: Actions that stand, not expected.
        held_back: Expected actions that wait for the release of their trend.
        letters: Dead letters, one a source record.
    """

    progress: Progress
    actions: Sequence[ModerationAction]
    active: Mapping[Expected, ModerationAction]
    duplicates: Sequence[ModerationAction]
    expected: frozenset[Expected]
    missing: Sequence[Expected]
    unexpected: Sequence[Expected]
    held_back: Sequence[Expected]
    letters: Mapping[Place, DeadLetter]

    @property
    def clean(self) -> bool:
        """Whether every promise was kept."""
        return self.progress.settled and not (self.duplicates or self.missing or self.unexpected)

    def text(self) -> str:
        """Return the verdict in a line."""
        waiting = f" ({len(self.held_back)} held back by pauses)" if self.held_back else ""
        return (
            f"{len(self.progress.lost)} lost, {len(self.duplicates)} duplicate, {len(self.missing)} missing,"
            f" {len(self.unexpected)} unexpected of {len(self.expected)} expected actions{waiting};"
            f" {self.progress.text()}"
        )


def progress(logs: Logs) -> Progress:
    """Return how far the workers are."""
    ends = fates(logs)
    return Progress(
        events=len(ends),
        fates=dict(Counter(ends.values())),
        lost=[place for place, fate in ends.items() if fate is Fate.LOST],
        unanswered=unanswered_commands(logs),
        owed=owed_receipts(logs),
    )


def findings(logs: Logs) -> Findings:
    """Return the verdict; slow, since the oracle judges every pair by itself."""
    letters, active = dead_letters(logs), active_actions(logs)
    # What a shard gave up (a vector of another dimension) it neither holds nor judges, nor must the oracle.
    expected = expected_actions(
        (s.message for s in logs.embeddings if s.message is not None and logs.place(s.record) not in letters),
        (s.message for s in logs.fanout if s.message is not None and logs.place(s.record) not in letters),
    )
    shards = {s.message.video_id: s.record.partition for s in logs.embeddings if s.message is not None}
    paused = _paused(logs)
    differences = compare(active.keys(), expected, lambda one: (shards.get(one.video_id), one.trend_id) in paused)
    return Findings(
        progress=progress(logs),
        actions=all_actions(logs),
        active=active,
        duplicates=duplicate_actions(logs),
        expected=frozenset(expected),
        missing=differences.missing,
        unexpected=differences.unexpected,
        held_back=differences.held_back,
        letters=letters,
    )


def _paused(logs: Logs) -> set[tuple[int, str]]:
    """Return shards with the trends for which they may emit nothing new."""
    return {
        (shard, trend_id)
        for shard in range(logs.partitions)
        for trend_id in paused_trends(
            (s.message for s in logs.fanout if s.record.partition == shard and isinstance(s.message, TrendPolicy)),
            (s.message for s in logs.receipts if s.record.partition == shard and s.message is not None),
        )
    }


def _first(things: Sequence[object]) -> str:
    return f" (first: {things[0]})" if things else ""
