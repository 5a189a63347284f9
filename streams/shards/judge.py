"""Videos before one trend's rule."""

from dataclasses import dataclass

from index import Rows
from streams.policy import Scores, SeedSet, score_videos
from streams.shards.standing import StandingTrend
from streams.shards.wanted import Standpoint, hit_of
from streams.wire.fanout import TrendPolicy


@dataclass(frozen=True, slots=True)
class Judged:
    """The scores of some held videos under one trend.

    Attributes:
        seeds: The seeds that judged, in the order of `scores.nearest`.
        videos: Their vectors of the trend's model; a row of them is one of `scores`.
    """

    policy: TrendPolicy
    seeds: SeedSet
    videos: Rows
    scores: Scores

    def standpoint(self, row: int | None) -> Standpoint:
        """Return how the video of a row stands to the trend; None for one that is not comparable."""
        if row is None:
            return Standpoint(comparable=False)
        above = bool(self.scores.score[row] >= self.policy.threshold)
        return Standpoint(True, above, hit_of(self.policy, self.scores, row, self.seeds.seeds))


def judge(trend: StandingTrend, policy: TrendPolicy, videos: Rows) -> Judged:
    """Judge videos exactly, by their vectors of the policy's model."""
    seeds = trend.judging_seeds()
    return Judged(policy, seeds, videos, score_videos(policy, videos, seeds))
