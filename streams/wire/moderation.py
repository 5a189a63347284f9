"""What shards answer: actions for enforcement, receipts for moderators."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from streams.wire.envelope import (
    Cause,
    Cosine,
    Count,
    Id,
    Message,
    ModalityName,
    Offset,
    Revision,
    Schema,
    Share,
    Text,
    Time,
    Version,
)
from streams.wire.trend import ProposedAction, State

ActionId = Annotated[str, Meta(pattern=r"^[0-9a-f]{32}(?!\n)$")]
Shard = Annotated[int, Meta(ge=0)]
RevokeReason = Literal["seed_revoked", "trend_retired", "policy", "negative_seed", "edited", "deleted", "decision"]
ReceiptStatus = Literal["applied", "refused", "failed", "paused"]


class NearestNegative(msgspec.Struct, frozen=True, kw_only=True):
    """The negative seed that a video is most like."""

    seed_id: Id
    score: Cosine


class ModerationAction(Message, frozen=True, kw_only=True):
    """A video is like a trend: what is proposed, with all that explains it.

    Attributes:
        supersedes: The `action_id` of the pair that this one replaces.
        seed_id: The positive seed that the video is most like.
        score: Law 2 of the shard, in [-1, 1].
        background_normalised: Whether score, threshold, margin and the negative's score are in twentieths of strangers'
            deviation above their mean instead of cosines.
        modality_scores: Cosine of each modality both have, against the seed.
        modalities: Those that voted under the trend's score kind.
        margin: Score minus that of the nearest negative seed; null without negatives.
        event_at: The producer's own time of the causing event.
        received_at: Kafka's time of the causing event.
        completeness: Share of held videos that the trend's model can judge.
    """

    schema_version: Schema = 1
    action_id: ActionId
    supersedes: ActionId | None = None
    trend_id: Id
    video_id: Id
    revision: Revision
    seed_id: Id
    score: Cosine
    background_normalised: bool = False
    probability: Share | None = None
    modality_scores: dict[ModalityName, Cosine]
    modalities: list[ModalityName]
    nearest_negative: NearestNegative | None = None
    margin: float | None = None
    threshold: Cosine
    policy_version: Version
    proposed_action: ProposedAction
    direction: Literal["backward", "forward"]
    model_id: Id
    shard: Shard
    cause: Cause
    event_at: Time | None = None
    received_at: Time
    emitted_at: Time
    completeness: Share


class ActionRevoked(Message, frozen=True, kw_only=True):
    """An action no longer stands; `action_id` is the one it takes back."""

    schema_version: Schema = 1
    action_id: ActionId
    trend_id: Id
    video_id: Id
    revision: Revision
    seed_id: Id | None = None
    policy_version: Version
    reason: RevokeReason
    shard: Shard
    cause: Cause
    emitted_at: Time


ActionEvent = ModerationAction | ActionRevoked


class HistogramBin(msgspec.Struct, frozen=True, kw_only=True):
    """How many held videos score in [from_score, from_score + 0.01)."""

    from_score: Cosine
    count: Count


class NearVideo(msgspec.Struct, frozen=True, kw_only=True):
    """A held video with its score.

    Attributes:
        margin: Score minus that of the nearest negative seed; null without negatives.
    """

    video_id: Id
    score: Cosine
    margin: float | None = None


class NearCopy(msgspec.Struct, frozen=True, kw_only=True):
    """A held video that is nearly a copy of a seed, by the cosine of their fused vectors."""

    video_id: Id
    seed_id: Id
    score: Cosine


class DayCount(msgspec.Struct, frozen=True, kw_only=True):
    """Held videos that were received on one day, UTC.

    Attributes:
        hits: Of them, hits of the trend.
        videos: Of them, those that were judged.
    """

    day: date
    hits: Count
    videos: Count


class Overlap(msgspec.Struct, frozen=True, kw_only=True):
    """How many hits of a draft bear an active action of another live trend."""

    trend_id: Id
    videos: Count


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """The next offset of both inputs of a shard."""

    videos: Offset
    fanout: Offset


class IndexRecall(msgspec.Struct, frozen=True, kw_only=True):
    """Which share of the exactly nearest videos the searches of a shard's index find, by a sample repeated exactly.

    Attributes:
        k: How many of the nearest videos are compared; where a threshold was searched above, at most those above it.
        searches: How many repeated searches it is over, the last ones.
        value: The mean of their recall@k.
        low: Lower bound of the 95 % interval over searches.
        high: Upper bound of it.
    """

    k: Annotated[int, Meta(ge=1)]
    searches: Annotated[int, Meta(ge=1)]
    value: Share
    low: Share
    high: Share


class _Receipt(Message, frozen=True, kw_only=True):
    schema_version: Schema = 1
    trend_id: Id
    version: Version | None = None
    state: State | None = None
    release_offset: Offset | None = None
    source_offset: Offset
    model_id: Id | None = None
    shard: Shard | None = None
    shards: Annotated[int, Meta(ge=1)]
    status: ReceiptStatus
    reason: Text | None = None
    hits: Count = 0
    histogram: list[HistogramBin] = msgspec.field(default_factory=list)
    nearest: list[NearVideo] = msgspec.field(default_factory=list)
    videos_held: Count = 0
    not_comparable: Count = 0
    applied: Applied | None = None
    complete: bool = False
    estimated_recall: Share | None = None
    recall: IndexRecall | None = None
    latency_seconds: float = 0.0


class SeedReceipt(_Receipt, frozen=True, kw_only=True):
    """One shard's answer to a seed or its retirement.

    Attributes:
        version: The trend's policy in force; null when there is none.
        state: The trend's, by the policy in force.
        release_offset: Of the policy in force; a pause that does not know the newest release is over.
        source_offset: Offset of the answered message in `trend-seeds`.
        shard: Null when TRENDS itself answers.
        shards: How many shards answer in all.
        hits: Held videos that are hits of the trend; of a first receipt, those found so far.
        histogram: Scores of this seed over the judged videos, empty bins left out.
        nearest: The held videos nearest to the seed, best first.
        not_comparable: Held videos without a vector of the trend's model.
        complete: The sweep is over, under one policy from its beginning to its end; every held video was comparable.
        estimated_recall: Of a first receipt, the value of `recall`; null once the sweep is over, which misses nothing.
        recall: What was last measured of this shard's index, for information: it tells how far first hits can be
            trusted. What a complete receipt counts does not depend on it, for the sweep looks at every held video.
            Null before a first search was repeated.
        latency_seconds: From Kafka's time of the answered message to this answer.
    """

    seed_id: Id


class TrendReceipt(_Receipt, frozen=True, kw_only=True):
    """One shard's answer to a trend's policy; fields as in `SeedReceipt`, scores are the trend's.

    Every sweep of a draft ends with one, also where seeds called for it: what follows `seed_id` is told of a draft
    only, and is its preview. Hits at another threshold are what `histogram` has from there on, less `below_margin`.

    Attributes:
        source_offset: Of the answered policy; of a draft, the highest of what its sweep answered.
        below_margin: Scores of the judged videos whose margin is too small, whatever their score.
        days: Judged videos with hits by day of `received_at`, earliest first.
        near_copies: How many held videos are nearly copies of a live positive seed.
        nearest_copies: The first 20 of them, best first.
        overlap: By other trends whose actions are active in `moderation-actions`, most first, at most 50.
        weakest_hits: The 20 hits of lowest score, lowest first.
        nearest_misses: The 20 of highest score that are no hits, best first.
    """

    seed_id: Id | None = None
    below_margin: list[HistogramBin] = msgspec.field(default_factory=list)
    days: list[DayCount] = msgspec.field(default_factory=list)
    near_copies: Count = 0
    nearest_copies: list[NearCopy] = msgspec.field(default_factory=list)
    overlap: list[Overlap] = msgspec.field(default_factory=list)
    weakest_hits: list[NearVideo] = msgspec.field(default_factory=list)
    nearest_misses: list[NearVideo] = msgspec.field(default_factory=list)


Receipt = SeedReceipt | TrendReceipt
