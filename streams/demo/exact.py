"""Posts judged by exact search, with the very rule that shards apply."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from encoders.modality import Modality
from encoders.model_card import BankStatistics
from index import Rows
from streams.catalogue.trend import EQUAL_WEIGHTS
from streams.cohesion import cohesion_weights
from streams.demo.rules import Rule
from streams.policy import Floats, SeedSet, StandingSeed, score_videos, seed_scores, vectors_of
from streams.wire.envelope import ModalityName
from streams.wire.fanout import TrendPolicy
from streams.wire.trend import Band

Banks = Mapping[Modality, BankStatistics]


def scores(rule: Rule, posts: Rows, seeds: Rows, banks: Banks) -> Floats:
    """Return the score (n,) of each post under a trend that is declared with a rule; -1 where there is none.

    Args:
        rule: Of the trend.
        posts: n posts.
        seeds: Its seeds, all positive.
        banks: Of the suite, by which seeds weigh the modalities of a weighted trend.
    """
    standing = [
        StandingSeed(seed_id=key, polarity="positive", model_id="exact", vectors=vectors_of(seeds, row))
        for row, key in enumerate(seeds.keys)
    ]
    policy = _policy(rule, standing, banks)
    return np.nan_to_num(score_videos(policy, posts, SeedSet.of(standing)).score, nan=-1.0)


def modality_matrix(modality: ModalityName, posts: Rows, seeds: Rows) -> Floats:
    """Return the cosine (n, k) of each post with each seed in one modality; NaN where one of them lacks it."""
    rule = Rule(score_kind=modality, seed_pooling="max", threshold=-1.0)
    return seed_scores(_policy(rule, [], {}), posts, seeds)


def _policy(rule: Rule, seeds: Sequence[StandingSeed], banks: Banks) -> TrendPolicy:
    weights = None
    if rule.score_kind == "weighted":
        weights = cohesion_weights([seed.vectors.modalities for seed in seeds], banks) or dict(EQUAL_WEIGHTS)
    return TrendPolicy(
        trend_id="exact",
        version=1,
        source_offset=0,
        state="live",
        threshold=rule.threshold,
        bands=[Band(from_score=rule.threshold, action="review")],
        margin=0.0,
        score_kind=rule.score_kind,
        modality_thresholds=rule.modality_thresholds,
        weights=weights,
        seed_pooling=rule.seed_pooling,
        on_retire="keep",
        model_id="exact",
        received_at=datetime.fromtimestamp(0, UTC),
    )
