"""Differences as messages that explain themselves, with the headers that carry progress."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

import msgspec

from streams.policy import VectorSet, modality_scores, voting_modalities
from streams.shards.ledger import ActiveAction
from streams.shards.wanted import Hit
from streams.wire.codec import encode_json, encode_msgpack
from streams.wire.dead_letter import Header
from streams.wire.embedding import EmbeddingEvent
from streams.wire.envelope import Cause
from streams.wire.fanout import FanoutMessage, TrendPolicy
from streams.wire.moderation import (
    ActionEvent,
    ActionRevoked,
    Applied,
    ModerationAction,
    NearestNegative,
    Receipt,
    RevokeReason,
)
from streams.wire.record import Outgoing, Received
from streams.wire.report import ShardReport
from streams.wire.topics import Topic, full_name

APPLIED_HEADER = "ebr-applied"
# On the receipt that ends a sweep alone, for whoever waits for it.
SWEPT_HEADER = "ebr-swept"
# On every record, for the restore: receipts are kept for 90 days, actions for ever.
SWEPT_BELOW_HEADER = "ebr-swept-below"
TRACE_HEADER = "traceparent"


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
    """The message because of which something is emitted.

    Attributes:
        cause: Its coordinates.
        direction: `forward` from a video, `backward` from the fan-out.
        event_at: The producer's own time of the event behind it.
        received_at: Kafka's time of the event behind it.
        now: When it is emitted.
        trace: Its traceparent header, if any.
    """

    cause: Cause
    direction: str
    event_at: datetime | None
    received_at: datetime
    now: datetime
    trace: bytes | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A hit that becomes an action.

    Attributes:
        vectors: The video's vectors of the policy's model.
        supersedes: Id of the action that it replaces, if any.
        completeness: Share of held videos that the policy's model can judge.
    """

    policy: TrendPolicy
    video_id: str
    revision: int
    vectors: VectorSet
    hit: Hit
    supersedes: str | None
    completeness: float


@dataclass(frozen=True, slots=True)
class Emitted:
    """A message on its way out of a shard; `ends_sweep` marks the receipt that completes an answer."""

    topic: Topic
    message: ActionEvent | Receipt | ShardReport
    trace: bytes | None = None
    ends_sweep: bool = False


@dataclass(frozen=True, slots=True)
class Marks:
    """The progress that every output record bears (law 5).

    Attributes:
        applied: The next offset of both inputs.
        swept: The next offset of the fan-out up to which sweeps are complete.
    """

    applied: Applied
    swept: int


def trigger_of(
    prefix: str, record: Received, message: EmbeddingEvent | FanoutMessage, direction: str, now: datetime
) -> Trigger:
    """Return a message as the cause of what it brings about."""
    return Trigger(
        cause=Cause(topic=full_name(prefix, record.topic), partition=record.partition, offset=record.offset),
        direction=direction,
        event_at=message.event_at,
        received_at=message.received_at,
        now=now,
        trace=dict(record.headers).get(TRACE_HEADER),
    )


def action_id(prefix: str, trend_id: str, video_id: str, cause: Cause) -> str:
    """Return the id of the action that a cause brings to a pair (law 4): no counter, so a replay gives the same."""
    terms = (prefix, trend_id, video_id, cause.topic, str(cause.partition), str(cause.offset))
    return hashlib.sha256("\n".join(terms).encode()).hexdigest()[:32]


def action(prefix: str, proposal: Proposal, trigger: Trigger) -> ModerationAction:
    """Return the action for a hit, with all that explains it."""
    policy, hit, vectors = proposal.policy, proposal.hit, proposal.vectors
    seed = hit.seed.vectors
    negative = (
        NearestNegative(seed_id=hit.negative.seed_id, score=hit.negative_score)
        if hit.negative and hit.negative_score is not None
        else None
    )
    return ModerationAction(
        action_id=action_id(prefix, policy.trend_id, proposal.video_id, trigger.cause),
        supersedes=proposal.supersedes,
        trend_id=policy.trend_id,
        video_id=proposal.video_id,
        revision=proposal.revision,
        seed_id=hit.seed.seed_id,
        score=hit.score,
        background_normalised=policy.background_normalised,
        probability=hit.probability,
        modality_scores=modality_scores(vectors, seed),
        modalities=voting_modalities(policy, vectors, seed),
        nearest_negative=negative,
        margin=hit.margin,
        threshold=policy.threshold,
        policy_version=policy.version,
        proposed_action=hit.proposed_action,
        direction="forward" if trigger.direction == "forward" else "backward",
        model_id=policy.model_id,
        shard=trigger.cause.partition,
        cause=trigger.cause,
        event_at=trigger.event_at,
        received_at=trigger.received_at,
        emitted_at=trigger.now,
        completeness=proposal.completeness,
    )


def revocation(active: ActiveAction, policy: TrendPolicy, reason: RevokeReason, trigger: Trigger) -> ActionRevoked:
    """Return the message that takes an active action back."""
    return ActionRevoked(
        action_id=active.action_id,
        trend_id=active.trend_id,
        video_id=active.video_id,
        revision=active.revision,
        seed_id=active.seed_id,
        policy_version=policy.version,
        reason=reason,
        shard=trigger.cause.partition,
        cause=trigger.cause,
        emitted_at=trigger.now,
    )


def to_record(emitted: Emitted, shard: int, marks: Marks) -> Outgoing:
    """Return a message as the record of its shard's partition, with progress in its headers (law 5)."""
    message = emitted.message
    headers: list[Header] = [
        (APPLIED_HEADER, msgspec.json.encode(marks.applied)),
        (SWEPT_BELOW_HEADER, str(marks.swept).encode()),
    ]
    if emitted.ends_sweep:
        headers.append((SWEPT_HEADER, str(marks.swept).encode()))
    if emitted.trace is not None:
        headers.append((TRACE_HEADER, emitted.trace))
    if isinstance(message, ShardReport):
        key, value = str(message.shard), encode_msgpack(message)
    else:
        key = message.video_id if isinstance(message, ModerationAction | ActionRevoked) else message.trend_id
        value = encode_json(message)
    return Outgoing(topic=emitted.topic, key=key.encode(), value=value, partition=shard, headers=headers)
