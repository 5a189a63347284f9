"""Held videos before one trend's rule."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from index import Rows
from streams.policy import Scores, SeedSet, rows_of, score_videos
from streams.shards.holdings import HeldVideo
from streams.shards.standing import StandingTrend
from streams.shards.wanted import Standpoint, hit_of
from streams.wire.fanout import TrendPolicy


@dataclass(frozen=True, slots=True)
class Judged:
    """The scores of some held videos under one trend.

    Attributes:
        seeds: The seeds that judged, in the order of `scores.nearest`.
        rows: Row of each comparable video in `videos` and `scores`, by id.
        videos: Their vectors of the trend's model.
    """

    policy: TrendPolicy
    seeds: SeedSet
    rows: Mapping[str, int]
    videos: Rows
    scores: Scores

    def standpoint(self, video_id: str) -> Standpoint:
        """Return how a video stands to the trend."""
        row = self.rows.get(video_id)
        if row is None:
            return Standpoint(comparable=False)
        above = bool(self.scores.score[row] >= self.policy.threshold)
        return Standpoint(True, above, hit_of(self.policy, self.scores, row, self.seeds.seeds))


def judge(trend: StandingTrend, policy: TrendPolicy, held: Mapping[str, HeldVideo], video_ids: Iterable[str]) -> Judged:
    """Judge videos exactly; those not held, or without the policy's model, get no row."""
    ids = [v for v in video_ids if v in held and policy.model_id in held[v].models]
    videos = rows_of([(v, held[v].models[policy.model_id]) for v in ids])
    seeds = trend.judging_seeds()
    return Judged(policy, seeds, {v: i for i, v in enumerate(ids)}, videos, score_videos(policy, videos, seeds))
