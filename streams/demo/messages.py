"""The messages of a demo, as their senders would write them."""

from collections.abc import Sequence

import msgspec

from encoders.corpus import Truth
from streams.demo.plan import Plan
from streams.wire.codec import encode_json
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from streams.wire.trend import Band, SeedAdded, SeedVideo, TrendChanged, TrendDeclared
from streams.wire.video import VideoPublished

# Score from which a video is a hit, the same for all trends. Chosen with the signal suite on generated corpora of other
# seeds (1008, 1009) than the demo's: 99 of 100 pairs of unrelated posts score below 0.40; nine in ten posts of a trend
# reach 0.45 with one of its seeds. Hard negatives, which differ from a trend in one factor alone, reach it too.
DEFAULT_THRESHOLD = 0.45
# From here on a video is nearly the seed itself: a copy with a new caption or a crop.
_COPY_SCORE = 0.8
_BY = "demo"


def video_events(plan: Plan, posts: Sequence[Truth]) -> list[Outgoing]:
    """Return the events by which a platform publishes posts."""
    return [
        _outgoing(
            Topic.VIDEO_EVENTS,
            post.id,
            VideoPublished(
                schema_version=1, video_id=post.id, revision=1, media_uri=plan.media_uri(post), caption=post.caption
            ),
        )
        for post in posts
    ]


def declarations(plan: Plan, threshold: float) -> list[Outgoing]:
    """Return the events that declare every trend as a draft, with bands but without a bound on hits."""
    bands = [Band(from_score=threshold, action="review")]
    if threshold < _COPY_SCORE:
        bands.append(Band(from_score=_COPY_SCORE, action="restrict"))
    return [
        _outgoing(
            Topic.TREND_SEEDS,
            trend,
            TrendDeclared(
                trend_id=trend,
                name=trend,
                state="draft",
                threshold=threshold,
                bands=bands,
                margin=0.0,
                score_kind="fused",
                seed_pooling="max",
                on_retire="keep",
                declared_by=_BY,
            ),
        )
        for trend in plan.seeds
    ]


def seed_events(plan: Plan) -> list[Outgoing]:
    """Return the events that push every seed of every trend."""
    return [
        _outgoing(
            Topic.TREND_SEEDS,
            trend,
            SeedAdded(
                trend_id=trend,
                seed_id=seed.id,
                polarity="positive",
                video=SeedVideo(video_id=seed.id, media_uri=plan.media_uri(seed), caption=seed.caption),
                added_by=_BY,
            ),
        )
        for trend, seeds in plan.seeds.items()
        for seed in seeds
    ]


def go_live_events(plan: Plan) -> list[Outgoing]:
    """Return the events that turn every draft into a live trend."""
    reason = "its preview was looked at"
    return [
        _outgoing(
            Topic.TREND_SEEDS,
            trend,
            TrendChanged(trend_id=trend, version=2, state="live", changed_by=_BY, reason=reason),
        )
        for trend in plan.seeds
    ]


def _outgoing(topic: Topic, key: str, message: msgspec.Struct) -> Outgoing:
    return Outgoing(topic=topic, key=key.encode(), value=encode_json(message))
