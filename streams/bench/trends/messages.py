"""The messages of a measurement of trends, as their senders would write them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from encoders.corpus import Truth
from index import Rows
from streams.bench.trends.request import TrendsRequest
from streams.bench.trends.world import World
from streams.client import partition_for
from streams.policy import MODALITIES
from streams.wire.codec import encode_json, encode_msgpack
from streams.wire.embedding import VideoEmbedded
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from streams.wire.trend import Band, ReviewDecision, ScoreKind, SeedAdded, SeedRevoked, SeedVideo, State, TrendDeclared

THRESHOLDS: dict[ScoreKind, float] = {"fused": 0.8, "weighted": 0.75, "frames": 0.8, "all": 0.7}
_PARTS = {"frames": 0.75, "text": 0.75}
# From here on a band above `review`: half way from the threshold to 1.
_COPY_SHARE = 0.5


def embedded(rows: Rows, model_id: str, first: datetime, step: timedelta = timedelta()) -> Iterator[VideoEmbedded]:
    """Yield videos as messages, one each `step` of stream time from `first` on."""
    places = {
        name: dict(zip(having.tolist(), range(len(having)), strict=True)) for name, (having, _) in rows.parts.items()
    }
    for row, key in enumerate(rows.keys):
        yield VideoEmbedded(
            video_id=key,
            revision=1,
            model_id=model_id,
            received_at=first + row * step,
            fused=rows.fused[row].tobytes(),
            vectors={
                name: rows.parts[name][1][places[name][row]].tobytes()
                for name in MODALITIES
                if row in places.get(name, {})
            },
        )


def embedding_record(video: VideoEmbedded, shards: int) -> Outgoing:
    """Return a video as FUSE would write it."""
    return Outgoing(
        topic=Topic.VIDEO_EMBEDDINGS,
        key=video.video_id.encode(),
        value=encode_msgpack(video),
        partition=partition_for(video.video_id, shards),
    )


def declaration(request: TrendsRequest, trend_id: str, state: State) -> Outgoing:
    """Return the event that declares a trend by the rule of its kind."""
    kind = request.kind(trend_id)
    threshold = THRESHOLDS[kind]
    copy = round(threshold + _COPY_SHARE * (1.0 - threshold), 4)
    return _said(
        trend_id,
        TrendDeclared(
            trend_id=trend_id,
            name=trend_id,
            state=state,
            threshold=threshold,
            bands=[Band(from_score=threshold, action="review"), Band(from_score=copy, action="restrict")],
            margin=0.0,
            score_kind=kind,
            modality_thresholds=_PARTS if kind == "all" else None,  # type: ignore[arg-type]  # names of modalities
            seed_pooling="max",
            on_retire="revoke",
        ),
    )


def seed_event(world: World, trend_id: str, seed: Truth) -> Outgoing:
    """Return the event that pushes a post as a seed, under its id."""
    video = SeedVideo(video_id=seed.id, media_uri=world.media_uri(seed), caption=seed.caption)
    return _said(trend_id, SeedAdded(trend_id=trend_id, seed_id=seed.id, polarity="positive", video=video))


def revocation(trend_id: str, seed: Truth) -> Outgoing:
    """Return the event that takes a seed back."""
    return _said(trend_id, SeedRevoked(trend_id=trend_id, seed_id=seed.id, reason="measured"))


def decision_record(decision: ReviewDecision) -> Outgoing:
    """Return a decision as the console would write it."""
    return Outgoing(topic=Topic.REVIEW_DECISIONS, key=decision.trend_id.encode(), value=encode_json(decision))


def _said(trend_id: str, event: msgspec.Struct) -> Outgoing:
    return Outgoing(topic=Topic.TREND_SEEDS, key=trend_id.encode(), value=encode_json(event))
