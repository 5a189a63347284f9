"""One trend as the ledger tells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from encoders.model_card import SuiteBank
from streams.background import backgrounds
from streams.blocks import Place, Places
from streams.catalogue.score_rule import score_rule
from streams.wire.envelope import ModalityName
from streams.wire.fanout import Background, SeedLive, TrendPolicy
from streams.wire.trend import Calibration, Compared, Polarity, RuleDigest, State, TrendDeclared, Weights, compared_by

# Where neither a moderator nor the seeds say anything, each modality counts the same.
EQUAL_WEIGHTS: Mapping[str, float] = MappingProxyType({"frames": 1.0, "audio": 1.0, "text": 1.0})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where an event stands in `trend-seeds`.

    Attributes:
        offset: Its offset.
        received_at: Kafka's time of it.
        own: Whether TRENDS wrote it itself.
    """

    offset: int
    received_at: datetime
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """An accepted seed; its id stays taken for ever.

    Attributes:
        seed_id: Its id within the trend.
        polarity: Whether it attracts or repels.
        offset: Of its `SeedAdded`.
        video_id: The post it was made from, if it is one of the platform's.
        media_uri: Where its media lay when it was added.
        revoked_at_offset: Of its `SeedRevoked`; None while it is live.
    """

    seed_id: str
    polarity: Polarity
    offset: int
    video_id: str | None
    media_uri: str
    revoked_at_offset: int | None = None

    @property
    def live(self) -> bool:
        """Whether it still supports hits."""
        return self.revoked_at_offset is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A trend with its rule in force.

    Attributes:
        rule: What was declared, with every change since.
        offset: Of the event that last changed the rule or an adjustment.
        event_at: That event's own time, if given.
        received_at: Kafka's time of that event.
        score_rules: Digest of how scores were made, by version.
        seeds: All that ever joined, by id, revoked ones included.
        weights: What TRENDS set by the seeds; None leaves each modality the same weight.
        weighed_at: Offset in the ledger up to which TRENDS knew when it set them; -1 before.
        calibration: What TRENDS set last, by some model under some rule; None until there are enough decisions.
        bound: How much one message may newly emit on a shard, as TRENDS took it from the preview; None before, or where
            it left draft with another preview.
        bounded_at: Offset in the ledger up to which TRENDS knew when it set it; -1 before.
        paused: Whether TRENDS paused it.
        paused_because: Why, for a person; None while it is not paused.
        release_offset: Of its newest `TrendReleased`; -1 before.
        released_at: Kafka's time of that; None before.
        ruled_at: Kafka's time of what last changed which videos are hits: forward hits from before it cannot be
            compared with those after it.
        previewed: What it had told the shards, as `told_offset`, when it last left draft; -1 before.
    """

    rule: TrendDeclared
    offset: int
    event_at: datetime | None
    received_at: datetime
    ruled_at: datetime
    score_rules: Mapping[int, RuleDigest] = field(default_factory=dict)
    seeds: Mapping[str, Seed] = field(default_factory=dict)
    weights: Weights | None = None
    weighed_at: int = -1
    calibration: Calibration | None = None
    bound: int | None = None
    bounded_at: int = -1
    paused: bool = False
    paused_because: str | None = None
    release_offset: int = -1
    released_at: datetime | None = None
    previewed: int = -1

    @property
    def trend_id(self) -> str:
        """Its id."""
        return self.rule.trend_id

    @property
    def state(self) -> State:
        """The state in force."""
        return self.rule.state

    @property
    def version(self) -> int:
        """The version in force."""
        return self.rule.version

    @property
    def live_seeds(self) -> tuple[Seed, ...]:
        """The seeds that support hits, in the order in which they joined."""
        return tuple(seed for seed in self.seeds.values() if seed.live)

    @property
    def score_rule(self) -> RuleDigest:
        """Digest of how scores are made now."""
        return score_rule(self.rule)

    def calibration_of(self, model_id: str) -> Calibration | None:
        """Return the map of scores that this model gives under the present rule; another model or rule voids it."""
        known = self.calibration
        return known if known and (known.model_id, known.rule) == (model_id, self.score_rule) else None

    @property
    def max_hits(self) -> int | None:
        """A shard's bound in force: the moderator's or the preview's, the tighter; None without any."""
        return min((bound for bound in (self.rule.max_hits, self.bound) if bound is not None), default=None)

    @property
    def told_offset(self) -> int:
        """Offset of the newest event about it that the shards hear of: its rule, an adjustment, a seed in or out."""
        seeds = [max(seed.offset, seed.revoked_at_offset or 0) for seed in self.seeds.values()]
        return max(self.offset, *seeds, 0)

    @property
    def weighed_by_seeds(self) -> bool:
        """Whether what the seeds have in common says how much each modality counts."""
        return self.rule.score_kind == "weighted" and self.rule.weights is None and self.state != "retired"

    @property
    def weights_in_force(self) -> Weights | None:
        """How much each modality counts, in whole millionths; None unless they are weighed at all.

        What a moderator said goes before what the seeds say.
        """
        if self.rule.score_kind != "weighted":
            return None
        said = self.weights if self.rule.weights is None else self.rule.weights
        return {name: round(weight, 6) for name, weight in (EQUAL_WEIGHTS if said is None else said).items()}

    def policy(
        self, model_id: str, places: Places = MappingProxyType({}), bank: SuiteBank | None = None
    ) -> TrendPolicy:
        """Return the rule as the shards must apply it.

        Args:
            model_id: The one model whose vectors judge.
            places: Of its blocks. Weights of others, which TRENDS set by an older model, are left out.
            bank: Of its strangers, for a rule that is normalised by them.

        Raises:
            ValueError: The rule is normalised, and no bank says by what.
        """
        rule = self.rule
        weights, blocks = _located(self.weights_in_force, places)
        return TrendPolicy(
            trend_id=rule.trend_id,
            version=rule.version,
            source_offset=self.offset,
            state=rule.state,
            threshold=rule.threshold,
            bands=rule.bands,
            margin=rule.margin,
            score_kind=rule.score_kind,
            modality_thresholds=rule.modality_thresholds,
            weights=weights,
            blocks=blocks,
            background_normalised=rule.background_normalised,
            background=_background(rule, bank, weights),
            seed_pooling=rule.seed_pooling,
            max_hits=self.max_hits,
            on_retire=rule.on_retire,
            paused=self.paused,
            release_offset=None if self.release_offset < 0 else self.release_offset,
            calibration=self.calibration_of(model_id),
            model_id=model_id,
            event_at=self.event_at,
            received_at=self.received_at,
        )


def _background(
    rule: TrendDeclared, bank: SuiteBank | None, weights: Weights | None
) -> dict[Compared, Background] | None:
    """Return what strangers score in all that a rule compares; None for one that is not normalised."""
    if not rule.background_normalised or bank is None:
        return None
    return backgrounds(bank, compared_by(rule.score_kind, rule.modality_thresholds), weights)


def _located(weights: Weights | None, places: Places) -> tuple[Weights | None, dict[str, Place] | None]:
    """Return weights of what there is, with the place of each block among them."""
    if weights is None:
        return None, None
    found = {name: weight for name, weight in weights.items() if "/" not in name or name in places}
    blocks = {name: places[name] for name in found if name in places}
    return (found if any(found.values()) else dict(EQUAL_WEIGHTS)), blocks or None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedJoins:
    """A seed was accepted; the shards need its vectors.

    Attributes:
        trend_id: The trend it joins.
        seed: The seed.
        max_hits: A shard's bound, of the trend.
        event_at: The moderator's own time, if given.
        received_at: Kafka's time of its `SeedAdded`.
    """

    trend_id: str
    seed: Seed
    max_hits: int | None
    event_at: datetime | None
    received_at: datetime

    def live(self, model_id: str, fused: bytes, vectors: Mapping[ModalityName, bytes]) -> SeedLive:
        """Return the standing query that it becomes.

        Args:
            model_id: The model of the vectors.
            fused: Packed float16 unit vector.
            vectors: Packed float16 unit vectors by present modality.
        """
        return SeedLive(
            trend_id=self.trend_id,
            seed_id=self.seed.seed_id,
            polarity=self.seed.polarity,
            source_offset=self.seed.offset,
            model_id=model_id,
            fused=fused,
            vectors=dict(vectors),
            video_id=self.seed.video_id,
            max_hits=self.max_hits,
            event_at=self.event_at,
            received_at=self.received_at,
        )
