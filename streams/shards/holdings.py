"""The videos that a shard holds: the newest revision of each, within the retention."""

import heapq
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

import numpy as np

from index import SegmentedIndex
from streams.policy import VectorSet
from streams.shards.dimensions import Dimensions
from streams.wire.embedding import VideoEmbedded, VideoRemoved

Change = Literal["held", "repeated", "superseded", "expired", "removed"]
MakeIndex = Callable[[int], SegmentedIndex]

# How many remembered deletes and departures there may be before the old ones among them are looked for.
_FORGET_EVERY = 4_096
# Both are remembered as long as `video-embeddings` keeps its records (retention + 2 days), so no replay undoes one.
_REMEMBER_LONGER = timedelta(days=2)
# Vectors that enter an index between two steps of a restore: less than a second of building a graph.
_ADOPT_CHUNK = 256


@dataclass(frozen=True, slots=True)
class HeldVideo:
    """The newest revision of one video.

    Attributes:
        received_at: Kafka's time of its event.
        models: Its vectors by model id; the first record of each stays.
    """

    video_id: str
    revision: int
    received_at: datetime
    models: Mapping[str, VectorSet]


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldingsCut:
    """All that holdings are made of at one moment; immutable, the vectors shared with the living.

    Attributes:
        removed: Revision with time of each remembered delete, by video.
        left: The same of each video that left by age.
        clock: Highest time applied.
        forget_at: How many of both there may be before the old ones are looked for.
    """

    held: tuple[HeldVideo, ...]
    removed: Mapping[str, tuple[int, datetime]]
    left: Mapping[str, tuple[int, datetime]]
    clock: datetime | None
    forget_at: int


class Holdings:
    """Newest revisions with one index over the fused vectors of each model; changed by one message at a time.

    Args:
        retention: How long a video is held, in stream time (law 7).
        make_index: Makes an empty index of a dimension.
        dimensions: What the vectors of each model look like.
    """

    def __init__(self, retention: timedelta, make_index: MakeIndex, dimensions: Dimensions) -> None:
        self._retention, self._make_index, self._dimensions = retention, make_index, dimensions
        self._held: dict[str, HeldVideo] = {}
        self._removed: dict[str, tuple[int, datetime]] = {}
        self._left: dict[str, tuple[int, datetime]] = {}
        self._forget_at = _FORGET_EVERY
        self._indexes: dict[str, SegmentedIndex] = {}
        self._counts: Counter[str] = Counter()
        self._leaving: list[tuple[datetime, str]] = []
        self._clock: datetime | None = None

    def __len__(self) -> int:
        """Return how many videos are held."""
        return len(self._held)

    @property
    def held(self) -> Mapping[str, HeldVideo]:
        """The held videos by id, read-only."""
        return MappingProxyType(self._held)

    def removed_revision(self, video_id: str) -> int:
        """Return the revision of a remembered delete; 0 without one."""
        return self._removed.get(video_id, (0, None))[0]

    def comparable(self, model_id: str) -> int:
        """Return how many held videos have vectors of a model."""
        return self._counts[model_id]

    def index(self, model_id: str) -> SegmentedIndex | None:
        """Return the index over the fused vectors of a model; None before its first video."""
        return self._indexes.get(model_id)

    def embed(self, message: VideoEmbedded, floor: int) -> Change:
        """Apply an embedding.

        Args:
            message: The embedding.
            floor: Highest revision known from elsewhere (an active action of a video that left); lower ones are stale.

        Raises:
            PoisonError: vectors that cannot be compared; nothing was changed but the clock.
        """
        self._tick(message.received_at)
        vectors = self._dimensions.read(message.model_id, message.fused, message.vectors)
        known = self._held.get(message.video_id)
        newest = max(floor, known.revision if known else 0, self._left.get(message.video_id, (0, None))[0])
        if message.revision < newest or message.revision <= self.removed_revision(message.video_id):
            return "superseded"
        if self._is_past(message.received_at):
            if known is None or message.revision > known.revision:
                self._leave(message.video_id, message.revision, message.received_at)
            return "expired"
        if known and message.revision == known.revision:
            if message.model_id in known.models:
                return "repeated"
            models = {**known.models, message.model_id: vectors}
            self._put(replace(known, models=MappingProxyType(models)), message.model_id)
            return "held"
        if known:
            self._drop(known)
        self._put(
            HeldVideo(
                message.video_id, message.revision, message.received_at, MappingProxyType({message.model_id: vectors})
            ),
            message.model_id,
        )
        heapq.heappush(self._leaving, (message.received_at, message.video_id))
        return "held"

    def remove(self, message: VideoRemoved) -> Change:
        """Apply a delete; it stays remembered. At an equal revision the delete wins."""
        self._tick(message.received_at)
        known = self._held.get(message.video_id)
        if known and known.revision > message.revision:
            return "superseded"
        if message.revision > self.removed_revision(message.video_id):
            self._removed[message.video_id] = (message.revision, message.received_at)
        if known:
            self._drop(known)
        return "removed"

    def expire(self) -> list[str]:
        """Let go of every video older than the retention; return their ids."""
        gone = []
        while self._leaving and self._is_past(self._leaving[0][0]):
            received_at, video_id = heapq.heappop(self._leaving)
            known = self._held.get(video_id)
            if known and known.received_at == received_at:
                self._leave(video_id, known.revision, received_at)
                gone.append(video_id)
        if len(self._removed) + len(self._left) > self._forget_at:
            self._forget()
        return gone

    def maintain(self) -> bool:
        """Do one bounded step of an index's upkeep; return whether there is more. Safe beside everything else."""
        return any(index.maintain() for index in self._indexes.values())

    def cut(self) -> HoldingsCut:
        """Return all that is held, as it is now: references are copied, no vectors."""
        return HoldingsCut(
            held=tuple(self._held.values()),
            removed=dict(self._removed),
            left=dict(self._left),
            clock=self._clock,
            forget_at=self._forget_at,
        )

    def adopt(self, cut: HoldingsCut, step: Callable[[], None]) -> None:
        """Become, while still empty, what was cut; `step` is told as the indexes grow."""
        self._held = {video.video_id: video for video in cut.held}
        self._removed, self._left = dict(cut.removed), dict(cut.left)
        self._clock, self._forget_at = cut.clock, cut.forget_at
        self._leaving = [(video.received_at, video.video_id) for video in cut.held]
        heapq.heapify(self._leaving)
        of_model: dict[str, list[HeldVideo]] = {}
        for video in cut.held:
            for model_id in video.models:
                of_model.setdefault(model_id, []).append(video)
        for model_id, videos in of_model.items():
            self._counts[model_id] = len(videos)
            index = self._index_of(model_id, len(videos[0].models[model_id].fused))
            for start in range(0, len(videos), _ADOPT_CHUNK):
                chunk = videos[start : start + _ADOPT_CHUNK]
                fused = np.stack([v.models[model_id].fused for v in chunk])
                index.insert([v.video_id for v in chunk], fused, [v.received_at.timestamp() for v in chunk])
                step()

    def _tick(self, received_at: datetime) -> None:
        self._clock = received_at if self._clock is None else max(self._clock, received_at)

    def _is_past(self, received_at: datetime) -> bool:
        return self._clock is not None and received_at < self._clock - self._retention

    def _put(self, video: HeldVideo, model_id: str) -> None:
        fused = video.models[model_id].fused
        index = self._index_of(model_id, len(fused))
        index.insert([video.video_id], fused[None, :], [video.received_at.timestamp()])
        self._held[video.video_id] = video
        self._counts[model_id] += 1

    def _index_of(self, model_id: str, dimension: int) -> SegmentedIndex:
        if model_id not in self._indexes:  # replaced, never changed: `maintain` reads it beside this
            self._indexes = {**self._indexes, model_id: self._make_index(dimension)}
        return self._indexes[model_id]

    def _leave(self, video_id: str, revision: int, received_at: datetime) -> None:
        """Let go of a video by age, remembering the revision so that no lower one takes its place."""
        known = self._held.get(video_id)
        if known:
            self._drop(known)
        self._left[video_id] = (revision, received_at)

    def _forget(self) -> None:
        """Forget what no record still in `video-embeddings` could undo."""
        if self._clock is not None:
            limit = self._clock - self._retention - _REMEMBER_LONGER
            self._removed = {v: (r, at) for v, (r, at) in self._removed.items() if at >= limit}
            self._left = {v: (r, at) for v, (r, at) in self._left.items() if at >= limit}
        self._forget_at = 2 * (len(self._removed) + len(self._left)) + _FORGET_EVERY

    def _drop(self, video: HeldVideo) -> None:
        del self._held[video.video_id]
        for model_id in video.models:
            self._indexes[model_id].remove([video.video_id])
            self._counts[model_id] -= 1
