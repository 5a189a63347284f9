"""What an action stands on, asked of the logs alone: the law of a shard, told a second time."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from streams.audit.oracle import Expected, expected_actions
from streams.catalogue import Trend
from streams.client import partition_for
from streams.lineage.chains import Emitted
from streams.lineage.held import Fate, HeldRevision, fates
from streams.lineage.history import History, Marks, ShardHistory, Told
from streams.wire.fanout import FanoutMessage, SeedLive, SeedRetired, TrendPolicy, VideoCleared
from streams.wire.moderation import RevokeReason
from streams.wire.topics import Topic
from streams.wire.trend import ReviewDecision, TrendDeclared, compared_by

_TOPIC_OF = {"live": Topic.MODERATION_ACTIONS, "shadow": Topic.SHADOW_ACTIONS}
_FIRST, _NEVER = -1, 2**63
# Videos that the oracle judges between two signs of life: some tenths of a second, it is slow and obvious.
_AT_ONCE = 256
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What a policy repeats of the rule as it was declared and changed; weights may come from the seeds instead.
_RULE = tuple(sorted(set(TrendPolicy.__struct_fields__) & set(TrendDeclared.__struct_fields__) - {"weights"}))
# What of it says nothing of scores.
_STATES = ("version", "state", "on_retire")


@dataclass(frozen=True, slots=True)
class Lack:
    """Why an action is not what it should be.

    Attributes:
        reason: As a revocation would give it; None for an action that was taken back although the rule wants it.
        pending: Who may not be through yet with what brought this about, in words; None for a fault.
    """

    reason: RevokeReason | None
    pending: str | None


class Grounds:
    """What the logs say that one shard should have of a trend.

    What TRENDS has not told yet is taken as told: an action that only an unread revocation ends lacks support already.

    Args:
        history: Of the trend.
        shard: One of its shards.
        advance: Told how many videos were judged, from time to time.
    """

    def __init__(self, history: History, shard: ShardHistory, advance: Callable[[int], None] = lambda _: None) -> None:
        told = [*shard.fanout, *_owed(history, shard)]
        self._shard, self._told = shard, told
        self._policy = _newest(t.message for t in told if isinstance(t.message, TrendPolicy))
        self._seeds = _seeds(t.message for t in told)
        self._cleared = _cleared(t.message for t in told)
        self._fates = fates(shard.videos, shard.clock, history.retention)
        self._wanted = {(Topic(one.topic), one.video_id): one for one in self._expected(advance)}
        self.paused = shard.braked or (self._policy is not None and self._policy.paused)
        self._last_told = max((t.offset for t in told if not isinstance(t.message, VideoCleared)), default=_FIRST)
        self._last_cleared = {t.message.video_id: t.offset for t in told if isinstance(t.message, VideoCleared)}
        self._last_video = {t.message.video_id: t.offset for t in shard.videos}

    def _expected(self, advance: Callable[[int], None]) -> Iterator[Expected]:
        """Yield what the oracle calls for of the videos that ever had an action; it judges each by itself."""
        messages, videos = [told.message for told in self._told], list(self._fates.values())
        for start in range(0, len(videos), _AT_ONCE):
            some = videos[start : start + _AT_ONCE]
            yield from expected_actions([e for fate in some if fate.held for e in fate.held.events], messages)
            advance(len(some))

    @property
    def owed(self) -> int:
        """How many messages TRENDS still owes the shard about the trend."""
        return sum(told.offset == _NEVER for told in self._told)

    def lack(self, emitted: Emitted) -> Lack | None:
        """Return why nothing supports an action that stands; None if something does."""
        reason = self._reason(emitted)
        return None if reason is None else Lack(reason, self._pending(emitted.topic, emitted.action.video_id))

    def missed(self, emitted: Emitted) -> Lack | None:
        """Return that an action, the last of its pair and taken back, is wanted all the same; None if it is not."""
        key = (emitted.topic, emitted.action.video_id)
        if self.paused or key not in self._wanted:
            return None
        return Lack(None, self._pending(*key))

    def _reason(self, emitted: Emitted) -> RevokeReason | None:  # noqa: PLR0911  # one return a rule of law 4
        action, policy = emitted.action, self._policy
        fate = self._fates.get(action.video_id, Fate())
        held = fate.held
        if held is None and fate.removed >= action.revision:
            return "deleted"
        if self._cleared.get(action.video_id, 0) >= (held.revision if held else action.revision):
            return "decision"
        if policy is None or (policy.state == "retired" and policy.on_retire == "revoke"):
            return "trend_retired"
        if held is None:  # it left by age: policy changes no longer touch its action
            return self._reason_by_seed(emitted)
        if policy.state == "retired":  # kept, frozen
            return "edited" if held.revision != action.revision else self._reason_by_seed(emitted)
        if emitted.topic != _TOPIC_OF.get(policy.state):
            return "policy"
        return self._reason_by_rule(emitted, policy, held)

    def _reason_by_rule(self, emitted: Emitted, policy: TrendPolicy, held: HeldRevision) -> RevokeReason | None:
        action, by_seed = emitted.action, self._reason_by_seed(emitted)
        if policy.model_id not in held.models:  # not comparable: its action stays
            return by_seed
        wanted = self._wanted.get((emitted.topic, action.video_id))
        if wanted is None:
            return by_seed or ("edited" if held.revision != action.revision else "policy")
        if self.paused:  # another seed or revision supports it: the release will supersede it
            return None
        return by_seed or _difference(wanted, emitted)

    def _reason_by_seed(self, emitted: Emitted) -> RevokeReason | None:
        seed = self._seeds.get(emitted.action.seed_id)
        return None if isinstance(seed, SeedLive) and seed.polarity == "positive" else "seed_revoked"

    def _pending(self, topic: Topic, video_id: str) -> str | None:
        """Return who has not shown yet to be through with all that is said of a pair."""
        marks = self._shard.marks.get(topic, Marks())
        cleared = self._last_cleared.get(video_id, _FIRST)
        if _NEVER in (self._last_told, cleared):
            return "TRENDS has not told the shards yet"
        for done, last, what in (
            (marks.swept, self._last_told, "swept trend-fanout"),
            (marks.fanout, cleared, "read trend-fanout"),
            (marks.videos, self._last_video.get(video_id, _FIRST), "read video-embeddings"),
        ):
            if done <= last:
                return f"shard {self._shard.shard} has not shown to have {what} up to offset {last}"
        return None


def _difference(wanted: Expected, emitted: Emitted) -> RevokeReason | None:
    if wanted.revision != emitted.action.revision:
        return "edited"
    return "policy" if wanted.proposed_action != emitted.action.proposed_action else None


def _owed(history: History, shard: ShardHistory) -> list[Told[FanoutMessage]]:
    """Return what the ledgers call for that the shard was not told yet, as it will be told."""
    messages = [told.message for told in shard.fanout]
    owed: list[FanoutMessage] = []
    policy = _newest(m for m in messages if isinstance(m, TrendPolicy))
    if history.trend is not None:
        seeds = _seeds(messages)
        owed += [*_owed_policy(history.trend, policy), *_owed_ends(history.trend, seeds)]
    cleared = _cleared(messages)
    owed += [
        _clearing(offset, one)
        for offset, one in history.decisions.items()
        if one.verdict == "reject"
        and partition_for(one.video_id, len(history.shards)) == shard.shard  # nobody else is told of it
        and one.revision > cleared.get(one.video_id, 0)
    ]
    return [Told(_NEVER, message) for message in owed]


def _owed_policy(trend: Trend, policy: TrendPolicy | None) -> list[TrendPolicy]:
    if policy is None or policy.source_offset >= trend.offset:
        return []
    rule = trend.rule
    compared = compared_by(rule.score_kind, rule.modality_thresholds)
    # What strangers score is said by the policy to come only: until then the rule that was told is the ground.
    unknown = rule.background_normalised and not set(compared) <= set(policy.background or {})
    said = {name: getattr(rule, name) for name in (_STATES if unknown else _RULE)}
    return [msgspec.structs.replace(policy, **said, source_offset=trend.offset, paused=trend.paused)]


def _owed_ends(trend: Trend, seeds: Mapping[str, SeedLive | SeedRetired]) -> list[SeedRetired]:
    ended = [seed for seed in trend.seeds.values() if seed.revoked_at_offset is not None]
    return [
        SeedRetired(
            trend_id=trend.trend_id,
            seed_id=seed.seed_id,
            source_offset=seed.revoked_at_offset or 0,
            received_at=trend.received_at,
        )
        for seed in ended
        if isinstance(seeds.get(seed.seed_id), SeedLive)
    ]


def _clearing(offset: int, decision: ReviewDecision) -> VideoCleared:
    return VideoCleared(
        trend_id=decision.trend_id,
        video_id=decision.video_id,
        revision=decision.revision,
        source_offset=offset,
        received_at=decision.decided_at or _EPOCH,
    )


def _newest(policies: Iterable[TrendPolicy]) -> TrendPolicy | None:
    newest: TrendPolicy | None = None
    for policy in policies:
        if newest is None or policy.source_offset >= newest.source_offset:
            newest = policy
    return newest


def _seeds(messages: Iterable[FanoutMessage]) -> dict[str, SeedLive | SeedRetired]:
    last: dict[str, SeedLive | SeedRetired] = {}
    for message in messages:
        if isinstance(message, SeedLive | SeedRetired):
            known = last.get(message.seed_id)
            if known is None or message.source_offset >= known.source_offset:
                last[message.seed_id] = message
    return last


def _cleared(messages: Iterable[FanoutMessage]) -> dict[str, int]:
    cleared: dict[str, int] = {}
    for message in messages:
        if isinstance(message, VideoCleared):
            cleared[message.video_id] = max(message.revision, cleared.get(message.video_id, 0))
    return cleared
