"""Short ways to say things about trends in tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from streams.catalogue import ORIGIN_HEADER, Catalogue, Entry, Step
from streams.wire.codec import encode_json
from streams.wire.record import Received
from streams.wire.topics import Topic
from streams.wire.trend import (
    Band,
    ReviewDecision,
    SeedAdded,
    SeedRevoked,
    SeedVideo,
    TrendAdjusted,
    TrendChanged,
    TrendDeclared,
    TrendEvent,
    TrendReleased,
)

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def at(offset: int) -> datetime:
    """Return the time of the record at an offset: one a second from noon on."""
    return NOON + timedelta(seconds=offset)


def declared(trend_id: str = "t", **fields: Any) -> TrendDeclared:
    """Return a sound declaration, with some fields otherwise."""
    sound: dict[str, Any] = {
        "name": "Choking game",
        "state": "draft",
        "threshold": 0.8,
        "bands": [Band(from_score=0.8, action="review"), Band(from_score=0.95, action="restrict")],
        "margin": 0.05,
        "score_kind": "fused",
        "seed_pooling": "max",
        "on_retire": "keep",
    }
    return TrendDeclared(trend_id=trend_id, **(sound | fields))


def changed(version: int, trend_id: str = "t", **fields: Any) -> TrendChanged:
    """Return a change of some fields."""
    return TrendChanged(trend_id=trend_id, version=version, **fields)


def added(seed_id: str = "s", trend_id: str = "t", **fields: Any) -> SeedAdded:
    """Return a positive seed that joins."""
    video = SeedVideo(media_uri=f"file:///media/{seed_id}.mp4", caption="Do not try this")
    sound: dict[str, Any] = {"polarity": "positive", "video": video}
    return SeedAdded(trend_id=trend_id, seed_id=seed_id, **(sound | fields))


def revoked(seed_id: str = "s", trend_id: str = "t", **fields: Any) -> SeedRevoked:
    """Return a seed that leaves."""
    return SeedRevoked(trend_id=trend_id, seed_id=seed_id, **fields)


def released(trend_id: str = "t", **fields: Any) -> TrendReleased:
    """Return a moderator's word that a trend may go on."""
    return TrendReleased(trend_id=trend_id, **fields)


def adjusted(trend_id: str = "t", **fields: Any) -> TrendAdjusted:
    """Return what TRENDS decided."""
    return TrendAdjusted(trend_id=trend_id, reason="so decided", **fields)


def decided(verdict: str, trend_id: str = "t", video_id: str = "v", revision: int = 1, **fields: Any) -> ReviewDecision:
    """Return a moderator's decision, with some fields otherwise."""
    facts: dict[str, Any] = {"decision_id": "d", "action_id": "a", "verdict": verdict}
    return ReviewDecision(trend_id=trend_id, video_id=video_id, revision=revision, **(facts | fields))


def entry(offset: int = 0, *, own: bool = False) -> Entry:
    """Return where an event stands in the ledger."""
    return Entry(offset=offset, received_at=at(offset), own=own)


def said(*events: TrendEvent) -> Catalogue:
    """Return the catalogue after sound events at the offsets from 0 on; adjustments are TRENDS' own."""
    catalogue = Catalogue()
    for offset, event in enumerate(events):
        catalogue = step(catalogue, event, offset).catalogue
    return catalogue


def step(catalogue: Catalogue, event: TrendEvent, offset: int = 100) -> Step:
    """Return what one more event leads to; an adjustment is TRENDS' own."""
    return catalogue.apply(event, entry(offset, own=isinstance(event, TrendAdjusted)))


def record(
    event: TrendEvent | ReviewDecision | bytes, offset: int = 0, *, own: bool = False, **fields: Any
) -> Received:
    """Return an event in its record, or bytes that are none in one of `trend-seeds`."""
    facts: dict[str, Any] = {
        "topic": Topic.REVIEW_DECISIONS if isinstance(event, ReviewDecision) else Topic.TREND_SEEDS,
        "partition": 0,
        "offset": offset,
        "key": b"t" if isinstance(event, bytes) else event.trend_id.encode(),
        "value": event if isinstance(event, bytes) else encode_json(event),
        "headers": (ORIGIN_HEADER,) if own else (),
        "timestamp": at(offset),
    }
    return Received(**(facts | fields))
