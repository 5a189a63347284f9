"""The videos that a shard holds: the newest revision of each, within the retention."""

import heapq
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal

from index import Census, IndexCut, RecallMeter, Rows, SegmentedIndex
from streams.errors import PoisonError
from streams.policy import VectorSet
from streams.shards.vectors import HeldVectors, MakeIndex
from streams.wire.embedding import VideoEmbedded, VideoRemoved

Change = Literal["held", "repeated", "superseded", "expired", "removed"]

# How many remembered deletes and departures there may be before the old ones among them are looked for.
_FORGET_EVERY = 4_096
# Both are remembered as long as `video-embeddings` keeps its records (retention + 2 days), so no replay undoes one.
_REMEMBER_LONGER = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class HeldVideo:
    """The newest revision of one video; its vectors are in the index of each model.

    Attributes:
        received_at: Kafka's time of its event.
        models: The models that it has vectors of; the first record of each stays.
    """

    video_id: str
    revision: int
    received_at: datetime
    models: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldingsCut:
    """All that holdings are made of at one moment; immutable.

    Attributes:
        indexes: The vectors of each model, by model id.
        removed: Revision with time of each remembered delete, by video.
        left: The same of each video that left by age.
        clock: Highest time applied.
        forget_at: How many of both there may be before the old ones are looked for.
    """

    held: tuple[HeldVideo, ...]
    indexes: Mapping[str, IndexCut]
    removed: Mapping[str, tuple[int, datetime]]
    left: Mapping[str, tuple[int, datetime]]
    clock: datetime | None
    forget_at: int


class Holdings:
    """Newest revisions with their vectors; changed by one message at a time.

    Args:
        retention: How long a video is held, in stream time (law 7).
        make_index: Makes an empty index of a dimension.
        recall: Measures the searches of all indexes.
    """

    def __init__(self, retention: timedelta, make_index: MakeIndex, recall: RecallMeter) -> None:
        self._retention, self._recall = retention, recall
        self._held: dict[str, HeldVideo] = {}
        self._vectors = HeldVectors(make_index)
        self._removed: dict[str, tuple[int, datetime]] = {}
        self._left: dict[str, tuple[int, datetime]] = {}
        self._forget_at = _FORGET_EVERY
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
        return self._vectors.count(model_id)

    def has(self, video_id: str, model_id: str) -> bool:
        """Return whether a video is held with vectors of a model."""
        held = self._held.get(video_id)
        return held is not None and model_id in held.models

    def rows(self, model_id: str, video_ids: Sequence[str]) -> Rows:
        """Return the vectors of held videos, in the order asked; those that are not comparable are left out."""
        return self._vectors.rows(model_id, [v for v in video_ids if self.has(v, model_id)])

    def sweep(self, model_id: str, rows: int) -> Iterator[Rows]:
        """Return an iterator over the vectors of a model as held now, in blocks; see `HeldVectors.sweep`."""
        return self._vectors.sweep(model_id, rows)

    @property
    def recall(self) -> RecallMeter:
        """What is known of how much the searches of the indexes miss."""
        return self._recall

    def index(self, model_id: str) -> SegmentedIndex | None:
        """Return the index of a model with all that is held in it; None before its first video."""
        return self._vectors.index(model_id)

    def embed(self, message: VideoEmbedded, vectors: VectorSet | PoisonError, floor: int) -> Change:
        """Apply an embedding.

        Args:
            message: The embedding.
            vectors: What `Dimensions.examine` says of it.
            floor: Highest revision known from elsewhere (an active action of a video that left); lower ones are stale.

        Raises:
            PoisonError: vectors that cannot be compared; nothing was changed but the clock.
        """
        self._tick(message.received_at)
        if isinstance(vectors, PoisonError):
            raise vectors
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
            self._put(replace(known, models=(*known.models, message.model_id)), message.model_id, vectors)
            return "held"
        if known:
            self._drop(known)
        models = (sys.intern(message.model_id),)
        self._put(HeldVideo(message.video_id, message.revision, message.received_at, models), message.model_id, vectors)
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
        gone = list[HeldVideo]()
        while self._leaving and self._is_past(self._leaving[0][0]):
            received_at, video_id = heapq.heappop(self._leaving)
            known = self._held.get(video_id)
            if known and known.received_at == received_at:
                gone.append(self._held.pop(video_id))
                self._left[video_id] = (known.revision, received_at)
        if gone and self._clock is not None:
            before = (self._clock - self._retention).timestamp()
            for model_id in {m for video in gone for m in video.models}:
                self._vectors.drop(model_id, [v.video_id for v in gone if model_id in v.models], before)
        if len(self._removed) + len(self._left) > self._forget_at:
            self._forget()
        return [video.video_id for video in gone]

    def maintain(self) -> bool:
        """Do a bounded step of an index's upkeep, else of measuring its recall; return whether there is more.

        Safe beside everything else.
        """
        return self._vectors.maintain() or self._recall.step()

    def census(self) -> dict[str, Census]:
        """Return what the index of each model holds. Safe beside everything else."""
        return self._vectors.census()

    def cut(self) -> HoldingsCut:
        """Return all that is held, as it is now."""
        return HoldingsCut(
            held=tuple(self._held.values()),
            indexes=self._vectors.cut(),
            removed=dict(self._removed),
            left=dict(self._left),
            clock=self._clock,
            forget_at=self._forget_at,
        )

    def adopt(self, cut: HoldingsCut, step: Callable[[], None]) -> None:
        """Become, while still empty, what was cut; `step` is told as the indexes grow."""
        self._removed, self._left = dict(cut.removed), dict(cut.left)
        self._clock, self._forget_at = cut.clock, cut.forget_at
        self._leaving = [(video.received_at, video.video_id) for video in cut.held]
        heapq.heapify(self._leaving)
        self._held = {video.video_id: video for video in cut.held}
        self._vectors.adopt(cut.indexes, Counter(model_id for video in cut.held for model_id in video.models), step)

    def _tick(self, received_at: datetime) -> None:
        self._clock = received_at if self._clock is None else max(self._clock, received_at)

    def _is_past(self, received_at: datetime) -> bool:
        return self._clock is not None and received_at < self._clock - self._retention

    def _put(self, video: HeldVideo, model_id: str, vectors: VectorSet) -> None:
        self._held[video.video_id] = video
        self._vectors.put(model_id, video.video_id, vectors, video.received_at.timestamp())

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
            self._vectors.drop(model_id, [video.video_id])
