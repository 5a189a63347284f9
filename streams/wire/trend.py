"""What moderators say about trends."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from streams.wire.envelope import (
    Cosine,
    Id,
    Label,
    Message,
    ModalityName,
    Offset,
    PartName,
    Revision,
    Schema,
    Share,
    Text,
    Time,
    Version,
)
from streams.wire.video import MediaUri

State = Literal["draft", "shadow", "live", "retired"]
ProposedAction = Literal["log", "review", "restrict", "remove"]
ScoreKind = Literal["fused", "weighted", "frames", "audio", "text", "all"]
Compared = Literal["fused", "weighted", "frames", "audio", "text"]
SeedPooling = Literal["max", "mean"]
OnRetire = Literal["keep", "revoke"]
Polarity = Literal["positive", "negative"]
Margin = Annotated[float, Meta(ge=0.0, le=2.0)]
MaxHits = Annotated[int, Meta(ge=1, le=2**53)]
Weights = Annotated[dict[PartName, Annotated[float, Meta(ge=0.0, le=1_000.0)]], Meta(max_length=64)]
Thresholds = dict[ModalityName, Cosine]
RuleDigest = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}(?!\n)$")]


def compared_by(score_kind: ScoreKind, thresholds: Thresholds | None) -> tuple[Compared, ...]:
    """Return the ways of comparing that a rule asks for a score: one, or under `all` each modality that it names."""
    return tuple(thresholds or {}) if score_kind == "all" else (score_kind,)


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """From this score (or probability) on, propose this action."""

    from_score: Cosine | None = None
    from_probability: Share | None = None
    action: ProposedAction

    def __post_init__(self) -> None:
        """Refuse a band with neither or both starts."""
        if (self.from_score is None) == (self.from_probability is None):
            raise ValueError("a band needs exactly one of from_score and from_probability")

    @property
    def start(self) -> float:
        """Where the band begins, in its own kind."""
        return self.from_score if self.from_score is not None else (self.from_probability or 0.0)


Bands = Annotated[list[Band], Meta(min_length=1, max_length=16)]


class Calibration(msgspec.Struct, frozen=True, kw_only=True):
    """A monotone map from score to probability, as points to interpolate between.

    Attributes:
        scores: Ascending scores in [-1, 1].
        probabilities: Non-decreasing probabilities in [0, 1], one a score.
        decisions: How many decisions it rests on.
        model_id: The model whose scores it maps; scores of another are not calibrated by it.
        rule: Digest of how the scores were made, as `catalogue/score_rule.py` writes it; another rule voids the map.
        decision_offset: Of the newest record of `review-decisions` that it knows.
    """

    scores: Annotated[list[Cosine], Meta(min_length=1, max_length=256)]
    probabilities: Annotated[list[Share], Meta(min_length=1, max_length=256)]
    decisions: int
    model_id: Id | None = None
    rule: RuleDigest | None = None
    decision_offset: Offset | None = None

    def __post_init__(self) -> None:
        """Refuse points that do not form a monotone map."""
        if len(self.scores) != len(self.probabilities):
            raise ValueError("calibration needs as many probabilities as scores")
        if sorted(self.scores) != self.scores or sorted(self.probabilities) != self.probabilities:
            raise ValueError("calibration must not fall")


class TrendDeclared(Message, frozen=True, kw_only=True):
    """A trend begins.

    Attributes:
        weights: How much each modality or block (`frames/shape`) counts under `weighted`; null lets the seeds say it.
        background_normalised: Whether thresholds, margin and bands are in twentieths of strangers' deviation above
            their mean instead of cosines: 0.2 is four deviations. Refused where the suite has no bank of what is
            compared.
    """

    schema_version: Schema = 1
    trend_id: Id
    version: Version = 1
    name: Label
    description: Text | None = None
    state: State
    threshold: Cosine
    bands: Bands
    margin: Margin
    score_kind: ScoreKind
    modality_thresholds: Thresholds | None = None
    weights: Weights | None = None
    background_normalised: bool = False
    seed_pooling: SeedPooling
    max_hits: MaxHits | None = None
    on_retire: OnRetire
    expires_at: Time | None = None
    declared_by: Label | None = None
    declared_at: Time | None = None


class TrendChanged(Message, frozen=True, kw_only=True):
    """Fields of a trend change under the next version; what is absent stays as it is."""

    schema_version: Schema = 1
    trend_id: Id
    version: Version
    name: Label | UnsetType = UNSET
    description: Text | UnsetType | None = UNSET
    state: State | UnsetType = UNSET
    threshold: Cosine | UnsetType = UNSET
    bands: Bands | UnsetType = UNSET
    margin: Margin | UnsetType = UNSET
    score_kind: ScoreKind | UnsetType = UNSET
    modality_thresholds: Thresholds | UnsetType | None = UNSET
    weights: Weights | UnsetType | None = UNSET
    background_normalised: bool | UnsetType = UNSET
    seed_pooling: SeedPooling | UnsetType = UNSET
    max_hits: MaxHits | UnsetType | None = UNSET
    on_retire: OnRetire | UnsetType = UNSET
    expires_at: Time | UnsetType | None = UNSET
    changed_by: Label | None = None
    changed_at: Time | None = None
    reason: Text | None = None


class SeedVideo(msgspec.Struct, frozen=True, kw_only=True):
    """The post that serves as a seed."""

    video_id: Id | None = None
    media_uri: MediaUri
    caption: Text | None = None
    ocr_text: Text | None = None
    speech_text: Text | None = None


class SeedAdded(Message, frozen=True, kw_only=True):
    """An example joins a trend; positive ones attract, negative ones repel."""

    schema_version: Schema = 1
    trend_id: Id
    seed_id: Id
    polarity: Polarity
    video: SeedVideo
    added_by: Label | None = None
    added_at: Time | None = None


class SeedRevoked(Message, frozen=True, kw_only=True):
    """A seed leaves its trend for good."""

    schema_version: Schema = 1
    trend_id: Id
    seed_id: Id
    reason: Text | None = None
    revoked_by: Label | None = None
    revoked_at: Time | None = None


class TrendReleased(Message, frozen=True, kw_only=True):
    """A moderator looked at a paused trend and lets it go on; what was held back is emitted."""

    schema_version: Schema = 1
    trend_id: Id
    reason: Text | None = None
    released_by: Label | None = None
    released_at: Time | None = None


class TrendAdjusted(Message, frozen=True, kw_only=True):
    """TRENDS itself decided something about a trend; nobody else writes this.

    Attributes:
        max_hits: A shard's bound that follows from the preview; beside one of the moderator's the tighter counts.
        weights: How much each modality or block counts under `weighted`, from what the seeds have in common.
        source_offset: Of the newest event in `trend-seeds` that TRENDS knew when it decided; weights that know less
            than those in force are void, as is a pause that does not know the newest release.
    """

    schema_version: Schema = 1
    trend_id: Id
    calibration: Calibration | None = None
    weights: Weights | None = None
    paused: bool | None = None
    expired: bool | None = None
    max_hits: MaxHits | None = None
    source_offset: Offset | None = None
    reason: Text


TrendEvent = TrendDeclared | TrendChanged | SeedAdded | SeedRevoked | TrendReleased | TrendAdjusted


class ReviewDecision(Message, frozen=True, kw_only=True):
    """A moderator ruled on an action; a reject takes the pair back."""

    schema_version: Schema = 1
    decision_id: Id
    action_id: Id
    trend_id: Id
    video_id: Id
    revision: Revision
    verdict: Literal["confirm", "reject", "unsure"]
    reviewer_id: Id | None = None
    decided_at: Time | None = None
    note: Text | None = None
