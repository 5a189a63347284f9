"""The messages of a demo, as their senders would write them."""

from collections.abc import Sequence

import msgspec

from encoders.corpus import Truth
from streams.demo.plan import Plan
from streams.demo.rules import Rule, RuleBook
from streams.wire.codec import encode_json
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from streams.wire.trend import Band, SeedAdded, SeedVideo, TrendChanged, TrendDeclared
from streams.wire.video import VideoPublished

# From here on a video is nearly the seed itself, the more surely the higher the threshold: half way from it to 1.
_COPY_SHARE = 0.5
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


def declarations(plan: Plan, book: RuleBook) -> list[Outgoing]:
    """Return the events that declare every trend as a draft by the rule of its kind, without a bound on hits."""
    return [
        _outgoing(Topic.TREND_SEEDS, trend, _declared(trend, book.rule(plan.family(trend)))) for trend in plan.seeds
    ]


def _declared(trend: str, rule: Rule) -> TrendDeclared:
    bands = [Band(from_score=rule.threshold, action="review")]
    copy_score = round(rule.threshold + _COPY_SHARE * (1.0 - rule.threshold), 4)
    if rule.threshold < copy_score:
        bands.append(Band(from_score=copy_score, action="restrict"))
    return TrendDeclared(
        trend_id=trend,
        name=trend,
        state="draft",
        threshold=rule.threshold,
        bands=bands,
        margin=0.0,
        score_kind=rule.score_kind,
        modality_thresholds=rule.modality_thresholds,
        seed_pooling=rule.seed_pooling,
        on_retire="keep",
        declared_by=_BY,
    )


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
