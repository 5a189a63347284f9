"""Which revision of a video a shard holds at the end of what it was told, by laws 6 and 7 alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from streams.lineage.history import Arrived
from streams.wire.embedding import VideoEmbedded, VideoRemoved


@dataclass(frozen=True, slots=True)
class HeldRevision:
    """The newest revision of a video, as it is held.

    Attributes:
        revision: Its number.
        received_at: Of its first record.
        events: The first record of each model.
    """

    revision: int
    received_at: datetime
    events: tuple[VideoEmbedded, ...]

    @property
    def models(self) -> set[str]:
        """The models that it has vectors of."""
        return {event.model_id for event in self.events}


@dataclass(frozen=True, slots=True)
class Fate:
    """How one video stands at a shard.

    Attributes:
        held: What is held of it; None if it was removed or left by age.
        removed: Highest revision of a delete; 0 without one.
        left: Highest revision that left by age; 0 if none did.
    """

    held: HeldRevision | None = None
    removed: int = 0
    left: int = 0

    def aged(self, clock: datetime | None, retention: timedelta) -> "Fate":
        """Return it at a stream time: what is older than the retention has left."""
        if self.held is None or clock is None or self.held.received_at >= clock - retention:
            return self
        return replace(self, held=None, left=max(self.left, self.held.revision))

    def told(self, arrived: Arrived, retention: timedelta) -> "Fate":
        """Return it after one more message about the video."""
        message = arrived.message
        before = self.aged(arrived.clock_before, retention)
        if isinstance(message, VideoRemoved):
            return _removed(before, message)
        return _embedded(before, message, arrived.clock, retention)


def fates(videos: Iterable[Arrived], clock: datetime | None, retention: timedelta) -> Mapping[str, Fate]:
    """Return how each video stands.

    Args:
        videos: What a shard was told of them, in order.
        clock: Its stream time at the end.
        retention: How long it holds a video.
    """
    fates: dict[str, Fate] = {}
    for arrived in videos:
        video_id = arrived.message.video_id
        fates[video_id] = fates.get(video_id, Fate()).told(arrived, retention)
    return {video_id: fate.aged(clock, retention) for video_id, fate in fates.items()}


def _removed(fate: Fate, message: VideoRemoved) -> Fate:
    if fate.held is not None and fate.held.revision > message.revision:
        return fate
    return replace(fate, held=None, removed=max(fate.removed, message.revision))


def _embedded(fate: Fate, message: VideoEmbedded, clock: datetime, retention: timedelta) -> Fate:
    held = fate.held
    known = held.revision if held else 0
    if message.revision < max(known, fate.left) or message.revision <= fate.removed:
        return fate
    if message.received_at < clock - retention:
        newer = message.revision > known
        return replace(fate, held=None, left=max(fate.left, message.revision)) if newer else fate
    if held is None or message.revision > known:
        return replace(fate, held=HeldRevision(message.revision, message.received_at, (message,)))
    if message.model_id in held.models:
        return fate
    return replace(fate, held=replace(held, events=(*held.events, message)))
