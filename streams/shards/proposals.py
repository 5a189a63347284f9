"""Which videos to judge at once when a message of the fan-out arrives: the graph proposes."""

import numpy as np

from streams.background import least_cosine
from streams.policy import background_of
from streams.shards.answers import Answerable
from streams.shards.holdings import Holdings
from streams.shards.standing import StandingTrend
from streams.wire.fanout import SeedLive, SeedRetired


def propose_videos(message: Answerable, trend: StandingTrend, holdings: Holdings, limit: int) -> list[str]:
    """Return at most `limit` held videos, nearest to the seeds concerned first.

    The graph is over fused vectors whatever the score kind: what it misses, the sweep finds.
    """
    if trend.policy is None or isinstance(message, SeedRetired):
        return []
    index = holdings.index(trend.policy.model_id)
    seeds = [s for s in trend.judging_seeds().seeds if s.polarity == "positive"]
    if isinstance(message, SeedLive):
        seeds = [s for s in seeds if s.seed_id == message.seed_id]
    seeds = [s for s in seeds if index is not None and len(s.vectors.fused) == index.dimension]
    if index is None or not seeds:
        return []
    seeds = seeds[:limit]  # a search a seed: more of them than hits would only hold the shard's lock for longer
    vectors, each = np.stack([s.vectors.fused for s in seeds]), max(1, limit // len(seeds))
    if trend.policy.score_kind == "fused":  # by the best or by the mean, a hit has a seed above the threshold
        above = least_cosine(trend.policy.threshold, background_of(trend.policy, "fused"))
        found = [answer.neighbors for answer in index.search_above(vectors, above, each)]
    else:
        above, found = -1.0, index.search(vectors, each)
    holdings.recall.searched(index, vectors, each, found, above)
    best: dict[str, float] = {}
    for neighbor in (n for neighbors in found for n in neighbors):
        best[neighbor.key] = max(neighbor.score, best.get(neighbor.key, -2.0))
    return sorted(best, key=lambda key: (-best[key], key))[:limit]
