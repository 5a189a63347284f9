"""What TRENDS tells every shard."""

from typing import Annotated

import msgspec
from msgspec import Meta

from streams.wire.envelope import (
    Cosine,
    Id,
    Message,
    ModalityName,
    Offset,
    PartName,
    Revision,
    Schema,
    Text,
    Time,
    Version,
)
from streams.wire.trend import (
    Bands,
    Calibration,
    Compared,
    Margin,
    MaxHits,
    OnRetire,
    Polarity,
    ScoreKind,
    SeedPooling,
    State,
    Thresholds,
    Weights,
    compared_by,
)

_Number = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class Background(msgspec.Struct, frozen=True, kw_only=True):
    """What two videos that have nothing to do with each other score, in one way of comparing.

    Attributes:
        mean: Of these scores, in whole millionths.
        deviation: Their standard deviation, in whole millionths.
    """

    mean: Cosine
    deviation: Annotated[float, Meta(ge=1e-6, le=1.0)]


class SeedLive(Message, frozen=True, kw_only=True):
    """A seed as a standing query: its vectors of one model.

    Attributes:
        source_offset: Offset of its `SeedAdded` in `trend-seeds`.
        fused: Packed float16 vector.
        vectors: Packed float16 vectors by present modality.
    """

    schema_version: Schema = 1
    trend_id: Id
    seed_id: Id
    polarity: Polarity
    source_offset: Offset
    model_id: Id
    fused: bytes
    vectors: dict[ModalityName, bytes] = msgspec.field(default_factory=dict)
    video_id: Id | None = None
    max_hits: MaxHits | None = None
    event_at: Time | None = None
    received_at: Time


class SeedRetired(Message, frozen=True, kw_only=True):
    """A seed that no longer supports anything, nor ever will again."""

    schema_version: Schema = 1
    trend_id: Id
    seed_id: Id
    source_offset: Offset
    reason: Text | None = None
    event_at: Time | None = None
    received_at: Time


class TrendPolicy(Message, frozen=True, kw_only=True):
    """The whole rule of a trend, as the shards must apply it.

    Attributes:
        source_offset: Offset in `trend-seeds` of what last changed it.
        weights: How much each part counts: a modality, or a block of its vector.
        blocks: Of each block among them, at which number of its modality's vector it begins, and before which it ends.
        background_normalised: Whether threshold, margin, bands and scores are in twentieths of strangers' deviation
            above their mean instead of cosines.
        background: Then what strangers score in all that the policy compares: under the name of the score kind, or of
            each modality that `all` names.
        model_id: The one model whose vectors judge.
        max_hits: A shard's bound of what one message may newly emit: the moderator's or the preview's, the tighter.
        paused: While true nothing new is emitted; revocations pass.
        release_offset: Offset in `trend-seeds` of the newest `TrendReleased`. Where it is above that of the policy
            before, this policy ends the shard's own brake: neither it nor what waited before it is bounded.
    """

    schema_version: Schema = 1
    trend_id: Id
    version: Version
    source_offset: Offset
    state: State
    threshold: Cosine
    bands: Bands
    margin: Margin
    score_kind: ScoreKind
    modality_thresholds: Thresholds | None = None
    weights: Weights | None = None
    blocks: dict[PartName, tuple[_Number, _Number]] | None = None
    background_normalised: bool = False
    background: dict[Compared, Background] | None = None
    seed_pooling: SeedPooling
    max_hits: MaxHits | None = None
    on_retire: OnRetire
    paused: bool = False
    release_offset: Offset | None = None
    calibration: Calibration | None = None
    model_id: Id
    event_at: Time | None = None
    received_at: Time

    def __post_init__(self) -> None:
        """Refuse a block that nobody could find in a vector, and a score that nobody could normalise."""
        places = self.blocks or {}
        nowhere = [name for name in self.weights or {} if "/" in name and name not in places]
        empty = [name for name, (start, stop) in places.items() if start >= stop]
        if nowhere:
            raise ValueError(f"blocks must say where {', '.join(nowhere)} of weights lies")
        if empty:
            raise ValueError(f"blocks must end after they begin, {', '.join(empty)} does not")
        compared = compared_by(self.score_kind, self.modality_thresholds)
        unknown = [name for name in compared if self.background_normalised and name not in (self.background or {})]
        if unknown:
            raise ValueError(f"background must say what strangers score in {', '.join(unknown)}")


class VideoCleared(Message, frozen=True, kw_only=True):
    """A decision took a pair back: not wanted while the held revision is at most this one.

    Attributes:
        source_offset: Offset of the decision in `review-decisions`.
    """

    schema_version: Schema = 1
    trend_id: Id
    video_id: Id
    revision: Revision
    source_offset: Offset
    event_at: Time | None = None
    received_at: Time


FanoutMessage = SeedLive | SeedRetired | TrendPolicy | VideoCleared


def fanout_key(message: FanoutMessage) -> str:
    """Return the key under which a message is compacted: later ones of a key replace earlier ones."""
    if isinstance(message, TrendPolicy):
        return f"trend/{message.trend_id}"
    if isinstance(message, VideoCleared):
        return f"clear/{message.trend_id}/{message.video_id}"
    return f"seed/{message.trend_id}/{message.seed_id}"
