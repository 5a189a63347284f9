"""What moderators want of a shard: trends with their seeds, cleared pairs, pauses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from streams.policy import SeedSet, StandingSeed
from streams.shards.dimensions import Dimensions
from streams.shards.screen import Screen
from streams.wire.fanout import FanoutMessage, SeedLive, SeedRetired, TrendPolicy, VideoCleared, fanout_key


@dataclass(slots=True)
class StandingTrend:
    """One trend as a shard knows it; its seeds may come before its policy. Who changes it calls `changed`."""

    trend_id: str
    policy: TrendPolicy | None = None
    seeds: dict[str, StandingSeed] = field(default_factory=dict)
    _judging: SeedSet | None = None

    def changed(self) -> None:
        """Forget what was made of the policy and the seeds as they were."""
        self._judging = None

    def judging_seeds(self) -> SeedSet:
        """Return the live seeds of the policy's model, by id, so that the order of arrival never shows."""
        if self._judging is None:
            model_id = self.policy.model_id if self.policy else None
            seeds = [seed for _, seed in sorted(self.seeds.items()) if seed.model_id == model_id]
            self._judging = SeedSet.of(seeds)
        return self._judging


@dataclass(frozen=True, kw_only=True, slots=True)
class StandingCut:
    """All that moderators want of a shard at one moment; immutable.

    Attributes:
        seeds: Live seeds by trend; a trend whose seeds are all retired is there without any.
        cleared: Up to which revision decisions took pairs of trend and video back.
        offsets: Highest `source_offset` of each key of the fan-out.
        paused_at: Next offset of the fan-out when this shard braked a trend, or said of one that it is paused.
    """

    policies: tuple[TrendPolicy, ...]
    seeds: Mapping[str, tuple[StandingSeed, ...]]
    cleared: Mapping[tuple[str, str], int]
    offsets: Mapping[str, int]
    paused_at: Mapping[str, int]


class Standing:
    """All trends of a shard, folded from `trend-fanout`; changed by one message at a time."""

    def __init__(self, dimensions: Dimensions) -> None:
        self._dimensions = dimensions
        self._trends: dict[str, StandingTrend] = {}
        self._cleared: dict[tuple[str, str], int] = {}
        self._offsets: dict[str, int] = {}
        self._paused_at: dict[str, int] = {}
        self._screen = Screen()

    @property
    def screen(self) -> Screen:
        """Which of the trends a video may hit; for asking."""
        return self._screen

    @property
    def trends(self) -> Mapping[str, StandingTrend]:
        """The trends by id, read-only."""
        return MappingProxyType(self._trends)

    def cleared_revision(self, trend_id: str, video_id: str) -> int:
        """Return up to which revision a decision took the pair back; 0 if none did."""
        return self._cleared.get((trend_id, video_id), 0)

    def is_paused(self, trend_id: str) -> bool:
        """Return whether nothing new may be emitted for a trend, by its policy or by this shard's own brake."""
        policy = self._trends[trend_id].policy
        return trend_id in self._paused_at or bool(policy and policy.paused)

    def pause(self, trend_id: str, fanout_offset: int) -> None:
        """Brake a trend until TRENDS pauses or releases it, from this next offset of the fan-out on."""
        self._paused_at[trend_id] = fanout_offset

    def apply(self, message: FanoutMessage, offset: int) -> bool:
        """Apply a message at its offset in `trend-fanout`; return False if an older one than is known.

        Raises:
            PoisonError: a seed whose vectors cannot be read; nothing was changed.
        """
        key = fanout_key(message)
        if message.source_offset < self._offsets.get(key, -1):
            return False
        if isinstance(message, VideoCleared):
            pair = (message.trend_id, message.video_id)
            self._cleared[pair] = max(message.revision, self._cleared.get(pair, 0))
        else:
            seed = self._read_seed(message) if isinstance(message, SeedLive) else None
            trend = self._trends.setdefault(message.trend_id, StandingTrend(message.trend_id))
            trend.changed()
            if seed is not None:
                trend.seeds[seed.seed_id] = seed
                self._screen.place_seed(trend.trend_id, trend.policy, seed)
            elif isinstance(message, SeedRetired):
                trend.seeds.pop(message.seed_id, None)
                self._screen.drop_seed(trend.trend_id, message.seed_id)
            elif isinstance(message, TrendPolicy):
                if offset >= self._paused_at.get(message.trend_id, offset) and _ends_brake(message, trend.policy):
                    self._paused_at.pop(message.trend_id, None)
                trend.policy = message
                self._screen.place(trend.trend_id, message, trend.seeds.values())
        self._offsets[key] = message.source_offset
        return True

    def cut(self) -> StandingCut:
        """Return all of it as it is now."""
        return StandingCut(
            policies=tuple(trend.policy for trend in self._trends.values() if trend.policy is not None),
            seeds={trend_id: tuple(trend.seeds.values()) for trend_id, trend in self._trends.items()},
            cleared=dict(self._cleared),
            offsets=dict(self._offsets),
            paused_at=dict(self._paused_at),
        )

    def adopt(self, cut: StandingCut) -> None:
        """Become, while still empty, what was cut."""
        self._trends = {t: StandingTrend(t, None, {seed.seed_id: seed for seed in s}) for t, s in cut.seeds.items()}
        for policy in cut.policies:
            self._trends[policy.trend_id].policy = policy
            self._screen.place(policy.trend_id, policy, self._trends[policy.trend_id].seeds.values())
        self._cleared, self._offsets, self._paused_at = dict(cut.cleared), dict(cut.offsets), dict(cut.paused_at)

    def _read_seed(self, message: SeedLive) -> StandingSeed:
        vectors = self._dimensions.read(message.model_id, message.fused, message.vectors)
        return StandingSeed(message.seed_id, message.polarity, message.model_id, vectors)


def releases(policy: TrendPolicy, before: TrendPolicy | None) -> bool:
    """Return whether a policy tells of a release that the one before did not know; a repeat releases nothing."""
    known = before.release_offset if before is not None else None
    return policy.release_offset is not None and (known is None or policy.release_offset > known)


def _ends_brake(policy: TrendPolicy, before: TrendPolicy | None) -> bool:
    """Return whether a policy ends this shard's own brake: a person released the trend, or TRENDS had paused it.

    Weights or a calibration that TRENDS sends before it heard of the brake must not let out what the brake holds. A
    pause by TRENDS is in receipts as well, so that after a restore it looks like a brake; its end is in the policies.
    """
    return releases(policy, before) or (before is not None and before.paused)
