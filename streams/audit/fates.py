"""What became of every video event: exactly one end each, or lost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from streams.audit.logs import Logs, Place, Seen
from streams.errors import BadMessage
from streams.wire.codec import decode_msgpack
from streams.wire.dead_letter import DeadLetter
from streams.wire.embedding import EmbeddingEvent, VideoEmbedded, VideoEncoded, VideoRemoved
from streams.wire.topics import Topic
from streams.wire.video import VideoDecoded, VideoDeleted, VideoEvent

# What a dead letter of a later stage holds: the message that stage was given.
_LATER = {
    Topic.DECODED_SAMPLES: VideoDecoded,
    Topic.MODALITY_EMBEDDINGS: VideoEncoded,
    Topic.VIDEO_EMBEDDINGS: EmbeddingEvent,
}


class Fate(StrEnum):
    """The ends of a video event; `lost` is the one that must not be."""

    EMBEDDED = "embedded"
    DEAD_LETTER = "dead_letter"
    DELETED = "deleted"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    LOST = "lost"


def dead_letters(logs: Logs) -> dict[Place, DeadLetter]:
    """Return the newest dead letter of each record that has one."""
    return {
        (seen.message.topic, seen.message.partition, seen.message.offset): seen.message
        for seen in logs.letters
        if seen.message is not None
    }


def fates(logs: Logs) -> dict[Place, Fate]:
    """Return the fate of every record of `video-events`."""
    letters = dead_letters(logs)
    ends = _Ends(
        by_letter=_letters_by_event(logs, letters),
        embedded=_embedded(logs, letters),
        expired=_expired(logs),
        removed=_highest(s.message for s in logs.embeddings if isinstance(s.message, VideoRemoved)),
        newest=_highest(s.message for s in logs.embeddings if s.message is not None),
    )
    return {logs.place(seen.record): ends.of(logs.place(seen.record), seen.message) for seen in logs.events}


def lost_events(logs: Logs) -> list[Seen[VideoEvent]]:
    """Return the video events without any end."""
    found = fates(logs)
    return [seen for seen in logs.events if found[logs.place(seen.record)] is Fate.LOST]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ends:
    """Every end that the topics tell of.

    Attributes:
        by_letter: Events with a dead letter, their own or of what was made of them.
        embedded: Video id with revision of what lies in `video-embeddings` and was not given up there.
        expired: Those of them that were too old on arrival.
        removed: Highest removed revision of a video.
        newest: Highest revision of a video in `video-embeddings`.
    """

    by_letter: set[Place]
    embedded: set[tuple[str, int]]
    expired: set[tuple[str, int]]
    removed: Mapping[str, int]
    newest: Mapping[str, int]

    def of(self, place: Place, event: VideoEvent | None) -> Fate:
        """Return the end of one event."""
        if event is None:
            return Fate.DEAD_LETTER if place in self.by_letter else Fate.LOST
        removed = self.removed.get(event.video_id, 0) >= event.revision
        if isinstance(event, VideoDeleted):
            if removed:
                return Fate.DELETED
        elif (event.video_id, event.revision) in self.embedded:
            return Fate.EXPIRED if (event.video_id, event.revision) in self.expired else Fate.EMBEDDED
        if place in self.by_letter:
            return Fate.DEAD_LETTER
        if removed:
            return Fate.DELETED
        return Fate.SUPERSEDED if self.newest.get(event.video_id, 0) > event.revision else Fate.LOST


def _letters_by_event(logs: Logs, letters: Mapping[Place, DeadLetter]) -> set[Place]:
    """Return the video events that the letters are about, through the messages made of them where need be."""
    events: set[Place] = set()
    for place, letter in letters.items():
        for topic, kind in _LATER.items():
            if place[0] == logs.name(topic):
                events |= _sources(logs, letter, kind)
        if place[0] == logs.name(Topic.VIDEO_EVENTS):
            events.add(place)
    return events


def _sources(logs: Logs, letter: DeadLetter, kind: object) -> set[Place]:
    try:
        message = decode_msgpack(letter.value, kind)
    except BadMessage:
        # Bytes that nobody can read still have the key they came with.
        key = (letter.key or b"").decode(errors="replace")
        return {logs.place(seen.record) for seen in logs.events if seen.message and seen.message.video_id == key}
    if message.source is not None:
        return {(message.source.topic, message.source.partition, message.source.offset)}
    wanted = (message.video_id, message.revision)
    return {
        logs.place(seen.record)
        for seen in logs.events
        if seen.message and (seen.message.video_id, seen.message.revision) == wanted
    }


def _embedded(logs: Logs, letters: Mapping[Place, DeadLetter]) -> set[tuple[str, int]]:
    return {
        (seen.message.video_id, seen.message.revision)
        for seen in logs.embeddings
        if isinstance(seen.message, VideoEmbedded) and logs.place(seen.record) not in letters
    }


def _expired(logs: Logs) -> set[tuple[str, int]]:
    """Return what was older than its partition's stream time minus retention when it arrived (law 7)."""
    expired, accepted = set[tuple[str, int]](), set[tuple[str, int]]()
    newest: dict[int, datetime] = {}
    retention = timedelta(days=logs.retention_days)
    for seen in _in_order(logs.embeddings):
        message, partition = seen.message, seen.record.partition
        if message is None:
            continue
        newest[partition] = max(newest.get(partition, message.received_at), message.received_at)
        late = message.received_at < newest[partition] - retention
        (expired if late else accepted).add((message.video_id, message.revision))
    return expired - accepted


def _in_order(seen: Sequence[Seen[EmbeddingEvent]]) -> list[Seen[EmbeddingEvent]]:
    return sorted(seen, key=lambda s: (s.record.partition, s.record.offset))


def _highest(messages: Iterable[EmbeddingEvent]) -> dict[str, int]:
    highest: dict[str, int] = {}
    for message in messages:
        highest[message.video_id] = max(message.revision, highest.get(message.video_id, 0))
    return highest
