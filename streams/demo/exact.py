"""Posts judged by exact search, with the very rule that shards apply."""

from datetime import UTC, datetime

import msgspec
import numpy as np

from encoders.model_card import SuiteCard
from index import Rows
from streams.cohesion import cohesion_weights, equal_weights, places_of, stretches_of
from streams.demo.rules import Rule
from streams.policy import Floats, SeedSet, StandingSeed, score_videos, seed_scores, vectors_of
from streams.wire.envelope import ModalityName
from streams.wire.fanout import TrendPolicy
from streams.wire.trend import Band


def scores(rule: Rule, posts: Rows, seeds: Rows, card: SuiteCard) -> Floats:
    """Return the score (n,) of each post under a trend that is declared with a rule; -1 where there is none.

    Args:
        rule: Of the trend.
        posts: n posts.
        seeds: Its seeds, all positive.
        card: Of the suite, by which seeds weigh the parts of a weighted trend.
    """
    standing = [
        StandingSeed(seed_id=key, polarity="positive", model_id="exact", vectors=vectors_of(seeds, row))
        for row, key in enumerate(seeds.keys)
    ]
    weights = None
    if rule.score_kind == "weighted":
        said = cohesion_weights([seed.vectors.modalities for seed in standing], stretches_of(card))
        weights = said or equal_weights(card)
    places = places_of(card)
    blocks = {name: places[name] for name in weights or {} if name in places}
    policy = msgspec.structs.replace(_policy(rule), weights=weights, blocks=blocks or None)
    return np.nan_to_num(score_videos(policy, posts, SeedSet.of(standing)).score, nan=-1.0)


def modality_matrix(modality: ModalityName, posts: Rows, seeds: Rows) -> Floats:
    """Return the cosine (n, k) of each post with each seed in one modality; NaN where one of them lacks it."""
    rule = Rule(score_kind=modality, seed_pooling="max", threshold=-1.0)
    return seed_scores(_policy(rule), posts, seeds)


def _policy(rule: Rule) -> TrendPolicy:
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
        seed_pooling=rule.seed_pooling,
        on_retire="keep",
        model_id="exact",
        received_at=datetime.fromtimestamp(0, UTC),
    )
