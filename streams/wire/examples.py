"""One example of every public message: printed in the published schema, sent round in tests."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from streams.wire.envelope import Cause, Message
from streams.wire.moderation import (
    ActionRevoked,
    Applied,
    DayCount,
    HistogramBin,
    IndexRecall,
    ModerationAction,
    NearCopy,
    NearestNegative,
    NearVideo,
    Overlap,
    SeedReceipt,
    TrendReceipt,
)
from streams.wire.trend import (
    Band,
    Calibration,
    ReviewDecision,
    SeedAdded,
    SeedRevoked,
    SeedVideo,
    TrendAdjusted,
    TrendChanged,
    TrendDeclared,
    TrendReleased,
)
from streams.wire.video import VideoDeleted, VideoEdited, VideoPublished

_NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_TREND = "choking-game"
_SEED = "seed-1"
_VIDEO = "video-42"
_ACTION_ID = "0f3c9a5e7b1d2486a0c4e8f213579bdf"
_RECEIPT: Mapping[str, Any] = MappingProxyType(
    {
        "trend_id": _TREND,
        "version": 2,
        "state": "draft",
        "release_offset": 12,
        "source_offset": 17,
        "model_id": "signal-1",
        "shard": 3,
        "shards": 4,
        "status": "applied",
        "hits": 2,
        "histogram": [HistogramBin(from_score=0.31, count=940), HistogramBin(from_score=0.92, count=2)],
        "nearest": [NearVideo(video_id=_VIDEO, score=0.927, margin=0.517)],
        "videos_held": 942,
        "applied": Applied(videos=1_310, fanout=24),
        "complete": True,
        "recall": IndexRecall(k=1_000, searches=240, value=0.9971, low=0.9693, high=1.0),
        "latency_seconds": 1.4,
    }
)


def examples() -> tuple[Message, ...]:
    """Return one full example of each public message, in the order of the data."""
    return (*_video_events(), *_trend_events(), *_actions(), *_receipts(), _decision())


def _video_events() -> tuple[Message, ...]:
    published = VideoPublished(
        schema_version=1,
        video_id=_VIDEO,
        revision=1,
        media_uri="https://media.example.com/video-42.mp4",
        caption="You will not believe what happens",
        ocr_text="DAY 3",
        language="en",
        uploader_id="user-7",
        published_at=_NOON,
        content_sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        attributes={"country": "AT", "followers": 120, "classifier_scores": {"violence": 0.12, "self-harm": 0.71}},
    )
    edited = VideoEdited(
        schema_version=1,
        video_id=_VIDEO,
        revision=2,
        media_uri="https://media.example.com/video-42-cut.mp4",
        caption="Do not try this",
        edited_at=_NOON + timedelta(hours=1),
    )
    deleted = VideoDeleted(schema_version=1, video_id=_VIDEO, revision=3, deleted_at=_NOON + timedelta(hours=2))
    return published, edited, deleted


def _trend_events() -> tuple[Message, ...]:
    declared = TrendDeclared(
        trend_id=_TREND,
        name="Choking game",
        description="Teenagers choke each other until they faint",
        state="draft",
        threshold=0.82,
        bands=[Band(from_score=0.82, action="review"), Band(from_score=0.95, action="restrict")],
        margin=0.05,
        score_kind="fused",
        seed_pooling="max",
        max_hits=5_000,
        on_retire="keep",
        declared_by="moderator-3",
        declared_at=_NOON,
    )
    changed = TrendChanged(
        trend_id=_TREND, version=2, state="live", threshold=0.8, changed_by="moderator-3", reason="preview is clean"
    )
    seed = SeedAdded(
        trend_id=_TREND,
        seed_id=_SEED,
        polarity="positive",
        video=SeedVideo(
            video_id="video-9", media_uri="https://media.example.com/video-9.mp4", caption="pass out challenge"
        ),
        added_by="moderator-3",
        added_at=_NOON,
    )
    revoked = SeedRevoked(
        trend_id=_TREND, seed_id=_SEED, reason="shows a judo class", revoked_by="moderator-5", revoked_at=_NOON
    )
    released = TrendReleased(
        trend_id=_TREND, reason="a challenge went viral, all of it is the trend", released_by="moderator-3"
    )
    adjusted = TrendAdjusted(
        trend_id=_TREND,
        calibration=Calibration(
            scores=[0.8, 0.9],
            probabilities=[0.6, 0.97],
            decisions=220,
            model_id="signal-1",
            rule="9c2f41d07be3a658",
            decision_offset=431,
        ),
        weights={"frames": 1.0, "audio": 0.5, "text": 0.8},
        paused=False,
        max_hits=1_240,
        source_offset=47,
        reason="calibrated on 220 decisions",
    )
    return declared, changed, seed, revoked, released, adjusted


def _actions() -> tuple[Message, ...]:
    cause = Cause(topic="ebr.video-embeddings", partition=3, offset=1_309)
    action = ModerationAction(
        action_id=_ACTION_ID,
        trend_id=_TREND,
        video_id=_VIDEO,
        revision=2,
        seed_id=_SEED,
        score=0.927,
        probability=0.97,
        modality_scores={"frames": 0.94, "audio": 0.88, "text": 0.71},
        modalities=["frames", "audio", "text"],
        nearest_negative=NearestNegative(seed_id="seed-2", score=0.41),
        margin=0.517,
        threshold=0.8,
        policy_version=2,
        proposed_action="review",
        direction="forward",
        model_id="signal-1",
        shard=3,
        cause=cause,
        event_at=_NOON,
        received_at=_NOON + timedelta(seconds=1),
        emitted_at=_NOON + timedelta(seconds=3),
        completeness=1.0,
    )
    revoked = ActionRevoked(
        action_id=_ACTION_ID,
        trend_id=_TREND,
        video_id=_VIDEO,
        revision=2,
        seed_id=_SEED,
        policy_version=2,
        reason="seed_revoked",
        shard=3,
        cause=Cause(topic="ebr.trend-fanout", partition=3, offset=25),
        emitted_at=_NOON + timedelta(hours=3),
    )
    return action, revoked


def _receipts() -> tuple[Message, ...]:
    preview = TrendReceipt(
        **_RECEIPT,
        below_margin=[HistogramBin(from_score=0.92, count=1)],
        days=[
            DayCount(day=date(2026, 11, 23), hits=1, videos=480),
            DayCount(day=date(2026, 11, 24), hits=1, videos=462),
        ],
        near_copies=1,
        nearest_copies=[NearCopy(video_id=_VIDEO, seed_id=_SEED, score=0.991)],
        overlap=[Overlap(trend_id="blackout", videos=1)],
        weakest_hits=[NearVideo(video_id="video-43", score=0.921, margin=0.2)],
        nearest_misses=[NearVideo(video_id="video-44", score=0.924, margin=0.01)],
    )
    return SeedReceipt(seed_id=_SEED, **_RECEIPT), preview


def _decision() -> Message:
    return ReviewDecision(
        decision_id="decision-1",
        action_id=_ACTION_ID,
        trend_id=_TREND,
        video_id=_VIDEO,
        revision=2,
        verdict="reject",
        reviewer_id="moderator-5",
        decided_at=_NOON + timedelta(hours=2),
        note="a judo class",
    )
