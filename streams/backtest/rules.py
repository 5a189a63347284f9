"""The rule in force beside a proposed one, each with the seeds that would judge."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from streams.errors import UserError
from streams.policy import SeedSet, StandingSeed, VectorSet
from streams.wire.embedding import VideoEmbedded
from streams.wire.fanout import SeedLive, TrendPolicy
from streams.wire.trend import Polarity


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy with its seeds.

    Attributes:
        policy: The rule of a hit.
        seeds: Live seeds of the policy's model.
    """

    policy: TrendPolicy
    seeds: SeedSet


@dataclass(frozen=True, kw_only=True, slots=True)
class SeedChange:
    """What a proposal does to the seeds of a trend.

    Attributes:
        added: Held videos that become seeds, each with the way that it pulls.
        without: Ids of seeds that are left out.
    """

    added: Sequence[tuple[VideoEmbedded, Polarity]] = ()
    without: Sequence[str] = ()


def rule(policy: TrendPolicy, live: Iterable[SeedLive], change: SeedChange | None = None) -> Rule:
    """Return a policy with its seeds, by their ids as a shard has them.

    Args:
        policy: The rule.
        live: The trend's seeds as the fan-out tells them; those of other models do not judge.
        change: What is done to them; None leaves them as they are.

    Raises:
        UserError: a seed to be left out is not there.
    """
    change = SeedChange() if change is None else change
    seeds = {seed.seed_id: seed for seed in map(StandingSeed.of, live) if seed.model_id == policy.model_id}
    unknown = [seed_id for seed_id in change.without if seed_id not in seeds]
    if unknown:
        raise UserError(f"trend {policy.trend_id} has no live seed {', '.join(unknown)}")
    for seed_id in change.without:
        del seeds[seed_id]
    for video, polarity in change.added:
        # No id of a seed holds a blank, so that of a proposed one is never taken.
        name = f"proposed {video.video_id}"
        seeds[name] = StandingSeed(name, polarity, video.model_id, VectorSet.unpacked(video.fused, video.vectors))
    return Rule(policy, SeedSet.of([seed for _, seed in sorted(seeds.items())]))
