"""Messages for one shard, short to write."""

from datetime import UTC, datetime, timedelta

import numpy as np

from index import HnswParams, SegmentedIndex, SegmentParams
from streams.shards import Shard, ShardIdentity, ShardLimits
from streams.wire.embedding import VideoEmbedded, VideoRemoved, pack_vector
from streams.wire.envelope import ModalityName
from streams.wire.fanout import Background, SeedLive, TrendPolicy
from streams.wire.record import Outgoing, Received
from streams.wire.trend import Band, Compared, Polarity

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MODEL = "model-1"
_DIRECTIONS = np.random.default_rng(5).standard_normal((6, 8))
VECTORS = [pack_vector((v / np.linalg.norm(v)).astype(np.float16)) for v in _DIRECTIONS]
# A near copy of each, so that scores just below 1 occur beside those far away.
VECTORS += [pack_vector(((v + 0.3) / np.linalg.norm(v + 0.3)).astype(np.float16)) for v in _DIRECTIONS]

# Blocks of these vectors of 8; nobody has text.
BLOCKS = {"frames/shape": (0, 3), "frames/mark": (3, 8), "audio/sound": (0, 4), "text/intent": (2, 8)}

# What strangers score by each way of comparing: wide and narrow, one that is cut off, numbers that halve oddly.
STRANGERS: dict[Compared, Background] = {
    "fused": Background(mean=0.1, deviation=0.07),
    "frames": Background(mean=-0.031234, deviation=0.4),
    "audio": Background(mean=0.25, deviation=0.013),
    "text": Background(mean=0.0, deviation=0.05),
    "weighted": Background(mean=0.057619, deviation=0.123457),
}


def embedded(video: str, revision: int, vector: int, *, at: datetime = NOW, model: str = MODEL) -> VideoEmbedded:
    """Return an embedding whose frames vector is its fused one and whose audio vector is the next in the catalogue."""
    vectors: dict[ModalityName, bytes] = {"frames": VECTORS[vector], "audio": VECTORS[(vector + 1) % len(VECTORS)]}
    if vector % 3 == 0:
        del vectors["audio"]
    return VideoEmbedded(
        video_id=video,
        revision=revision,
        model_id=model,
        received_at=at,
        fused=VECTORS[vector],
        vectors=vectors,
    )


def removed(video: str, revision: int, *, at: datetime = NOW) -> VideoRemoved:
    """Return a delete."""
    return VideoRemoved(video_id=video, revision=revision, received_at=at)


def seed_live(trend: str, seed: str, vector: int, source: int, polarity: Polarity = "positive") -> SeedLive:
    """Return a live seed with the vectors of `embedded`."""
    like = embedded("x", 1, vector)
    return SeedLive(
        trend_id=trend,
        seed_id=seed,
        polarity=polarity,
        source_offset=source,
        model_id=MODEL,
        fused=like.fused,
        vectors=like.vectors,
        received_at=NOW,
    )


def policy(trend: str, version: int, source: int, **more: object) -> TrendPolicy:
    """Return a live policy with two bands, changed by `more`."""
    fields: dict[str, object] = {
        "state": "live", "threshold": 0.5, "margin": 0.0, "score_kind": "fused",
        "seed_pooling": "max", "on_retire": "revoke",
        "bands": [Band(from_score=-1.0, action="review"), Band(from_score=0.97, action="remove")],
    } | more  # fmt: skip
    named = {"trend_id": trend, "version": version, "source_offset": source, "model_id": MODEL, "received_at": NOW}
    return TrendPolicy(**named, **fields)  # type: ignore[arg-type]  # fields that the caller knows


def tiny_index(dimension: int) -> SegmentedIndex:
    """Return an index that freezes, seals and merges with a handful of vectors."""
    graph = HnswParams(m=4, ef_construction=16, ef_search=16, scan_below=2)
    return SegmentedIndex(dimension, SegmentParams(delta_limit=2, segment_limit=8, merge_width=2, graph=graph))


def new_shard(**limits: object) -> Shard:
    """Return an empty shard that judges and emits little at once, so that sweeps have work."""
    small = {"retention": timedelta(days=3), "first_hits": 2, "slice_videos": 2, "slice_records": 2} | limits
    return Shard(ShardIdentity(prefix="t", shard=0, shards=1), ShardLimits(**small), tiny_index)  # type: ignore[arg-type]


def as_received(record: Outgoing, offset: int) -> Received:
    """Return an output record as a reader gets it."""
    return Received(
        topic=record.topic,
        partition=0,
        offset=offset,
        key=record.key,
        value=record.value,
        headers=record.headers,
        timestamp=NOW,
    )
