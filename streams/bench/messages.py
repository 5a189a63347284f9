"""Messages for a shard out of the vectors of a recipe."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from streams.bench.recipe import Data, Halves
from streams.shards import Input
from streams.wire.embedding import EmbeddingEvent, VideoEmbedded
from streams.wire.envelope import ModalityName
from streams.wire.fanout import FanoutMessage, SeedLive, TrendPolicy
from streams.wire.record import Received
from streams.wire.topics import Topic
from streams.wire.trend import Band

MODALITIES: tuple[ModalityName, ...] = ("frames", "audio", "text")
THRESHOLD = 0.9

_MODEL = "bench-1"
_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class Author:
    """Writes both inputs of one shard, their offsets in order.

    Args:
        data: Of a recipe: `vectors` are the fused ones; those of the modalities are rotations of them, so that equal
            videos stay equal.
    """

    def __init__(self, data: Data) -> None:
        self._data = data
        self._next = {Topic.VIDEO_EMBEDDINGS: 0, Topic.TREND_FANOUT: 0}

    def videos(self, rows: range, batch: int) -> Iterator[list[Input]]:
        """Yield rows as new videos, a batch at a time."""
        for start in range(rows.start, rows.stop, batch):
            some = range(start, min(start + batch, rows.stop))
            fused = np.asarray(self._data.vectors[some.start : some.stop])
            parts = _parts(fused)
            yield [
                self._video(row, fused[i], {name: parts[name][i] for name in MODALITIES}) for i, row in enumerate(some)
            ]

    def policy(self, trend: int) -> Input:
        """Return the policy of a trend: live, by fused score."""
        offset = self._next[Topic.TREND_FANOUT]
        message = TrendPolicy(
            trend_id=f"trend-{trend}",
            version=1,
            source_offset=offset,
            state="live",
            threshold=THRESHOLD,
            bands=[Band(from_score=-1.0, action="review")],
            margin=0.0,
            score_kind="fused",
            seed_pooling="max",
            on_retire="revoke",
            model_id=_MODEL,
            received_at=_EPOCH,
        )
        return self._input(Topic.TREND_FANOUT, message)

    def seed(self, trend: int, number: int, fused: Halves) -> Input:
        """Return a seed of a trend with its vector, (d,)."""
        parts = _parts(fused[None, :])
        message = SeedLive(
            trend_id=f"trend-{trend}",
            seed_id=f"seed-{number}",
            polarity="positive",
            source_offset=self._next[Topic.TREND_FANOUT],
            model_id=_MODEL,
            fused=fused.tobytes(),
            vectors={name: parts[name][0].tobytes() for name in MODALITIES},
            received_at=_EPOCH,
        )
        return self._input(Topic.TREND_FANOUT, message)

    def _video(self, row: int, fused: Halves, parts: dict[ModalityName, Halves]) -> Input:
        message = VideoEmbedded(
            video_id=f"video-{row:010d}",
            revision=1,
            model_id=_MODEL,
            received_at=_EPOCH + timedelta(milliseconds=row),
            fused=fused.tobytes(),
            vectors={name: vector.tobytes() for name, vector in parts.items()},
        )
        return self._input(Topic.VIDEO_EMBEDDINGS, message)

    def _input(self, topic: Topic, message: EmbeddingEvent | FanoutMessage) -> Input:
        offset = self._next[topic]
        self._next[topic] += 1
        record = Received(topic=topic, partition=0, offset=offset, key=b"k", value=b"", timestamp=_EPOCH)
        return Input(record, message)


def _parts(fused: Halves) -> dict[ModalityName, NDArray[np.float16]]:
    """Return the vectors of each modality, (n, d), for fused ones."""
    return {name: np.roll(fused, turn, axis=1) for turn, name in enumerate(MODALITIES, start=1)}
