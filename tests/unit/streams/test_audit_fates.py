"""Every video event has exactly one end, which the audit finds by itself."""

from datetime import timedelta

import pytest

from streams.audit.fates import Fate, dead_letters, fates, lost_events
from streams.wire.codec import encode_msgpack
from streams.wire.embedding import VideoEmbedded, VideoEncoded, VideoRemoved
from streams.wire.envelope import Cause, Message
from streams.wire.record import Received
from streams.wire.topics import Topic
from streams.wire.video import VideoDecoded, VideoDeleted, VideoPublished
from tests.support.audit_book import START, Book
from tests.support.shard_messages import VECTORS


def _published(video_id: str, revision: int = 1) -> VideoPublished:
    return VideoPublished(schema_version=1, video_id=video_id, revision=revision, media_uri="file:///a.mp4")


def _embedded(video_id: str, revision: int = 1, days: float = 0.0) -> VideoEmbedded:
    at = START + timedelta(days=days)
    return VideoEmbedded(video_id=video_id, revision=revision, model_id="m", received_at=at, fused=VECTORS[0])


def _removed(video_id: str, revision: int) -> VideoRemoved:
    return VideoRemoved(video_id=video_id, revision=revision, received_at=START)


def _only(book: Book) -> Fate:
    [fate] = fates(book.logs()).values()
    return fate


def test_an_event_with_a_vector_is_embedded() -> None:
    """The usual end."""
    book = Book()
    book.put(Topic.VIDEO_EVENTS, _published("v"))
    book.put(Topic.VIDEO_EMBEDDINGS, _embedded("v"))
    assert _only(book) is Fate.EMBEDDED


def test_an_event_without_any_end_is_lost_though_its_video_has_an_older_vector() -> None:
    """A vector of revision 1 says nothing of revision 2."""
    book = Book()
    book.put(Topic.VIDEO_EVENTS, _published("v", revision=2))
    book.put(Topic.VIDEO_EMBEDDINGS, _embedded("v", revision=1))
    assert _only(book) is Fate.LOST
    assert len(lost_events(book.logs())) == 1


@pytest.mark.parametrize(
    ("later", "fate"),
    [(_embedded("v", revision=2), Fate.SUPERSEDED), (_removed("v", 1), Fate.DELETED), (_removed("v", 3), Fate.DELETED)],
)
def test_an_event_may_be_overtaken(later: VideoEmbedded | VideoRemoved, fate: Fate) -> None:
    """A stage may leave out what a newer revision or a delete made useless."""
    book = Book()
    book.put(Topic.VIDEO_EVENTS, _published("v"))
    book.put(Topic.VIDEO_EMBEDDINGS, later)
    assert _only(book) is fate


def test_a_delete_ends_as_a_removal_and_is_lost_without() -> None:
    """DECODE writes it straight to the index's topic."""
    book = Book()
    book.put(Topic.VIDEO_EVENTS, VideoDeleted(schema_version=1, video_id="v", revision=2))
    assert _only(book) is Fate.LOST
    book.put(Topic.VIDEO_EMBEDDINGS, _removed("v", 2))
    assert _only(book) is Fate.DELETED


def test_bytes_that_nobody_can_read_end_as_a_dead_letter_of_their_place() -> None:
    """There is no id to go by."""
    book = Book()
    record = book.put(Topic.VIDEO_EVENTS, b"{")
    assert _only(book) is Fate.LOST
    book.give_up(record)
    assert _only(book) is Fate.DEAD_LETTER


@pytest.mark.parametrize("topic", [Topic.DECODED_SAMPLES, Topic.MODALITY_EMBEDDINGS])
def test_a_dead_letter_of_a_later_stage_is_followed_to_the_event(topic: Topic) -> None:
    """Encode and fuse give up messages of their own; the video event behind them is what must not be lost."""
    book = Book()
    book.put(Topic.VIDEO_EVENTS, _published("other"))
    event = book.put(Topic.VIDEO_EVENTS, _published("v"))
    source = Cause(topic="t.video-events", partition=event.partition, offset=event.offset)
    later: Message = {
        Topic.DECODED_SAMPLES: VideoDecoded(video_id="v", revision=1, source=source, received_at=START),
        Topic.MODALITY_EMBEDDINGS: VideoEncoded(
            video_id="v", revision=1, model_id="m", source=source, received_at=START, vectors={}
        ),
    }[topic]
    book.give_up(book.put(Topic.TREND_FANOUT, b"a record of another topic must not be taken for it"))
    assert list(fates(book.logs()).values()) == [Fate.LOST, Fate.LOST]

    book.give_up(_elsewhere(topic, later))

    assert list(fates(book.logs()).values()) == [Fate.LOST, Fate.DEAD_LETTER]


def _elsewhere(topic: Topic, message: Message) -> Received:
    """Return a record of a topic that audits do not read."""
    return Received(topic=topic, partition=1, offset=5, key=b"v", value=encode_msgpack(message), timestamp=START)


def test_a_vector_that_the_index_gave_up_is_a_dead_letter() -> None:
    """It lies in the topic, but no shard holds it."""
    book = Book()
    book.put(Topic.VIDEO_EVENTS, _published("v"))
    book.give_up(book.put(Topic.VIDEO_EMBEDDINGS, _embedded("v")), reason="wrong_dimension")
    assert _only(book) is Fate.DEAD_LETTER


def test_a_replayed_dead_letter_that_succeeds_is_embedded() -> None:
    """The end is the last one."""
    book = Book()
    book.give_up(book.put(Topic.VIDEO_EVENTS, _published("v")))
    book.put(Topic.VIDEO_EMBEDDINGS, _embedded("v"))
    assert _only(book) is Fate.EMBEDDED


def test_a_vector_too_old_on_arrival_is_expired() -> None:
    """Stream time of its partition minus retention (30 days) is past it."""
    book = Book()
    book.put(Topic.VIDEO_EVENTS, _published("v"))
    book.put(Topic.VIDEO_EMBEDDINGS, _embedded("w", days=31))
    book.put(Topic.VIDEO_EMBEDDINGS, _embedded("v"))
    assert _only(book) is Fate.EXPIRED


def test_a_record_given_up_twice_is_one_dead_letter() -> None:
    """A redelivered message may leave a second letter; they are told apart by source topic, partition, offset."""
    book = Book()
    record = book.put(Topic.VIDEO_EVENTS, _published("v"))
    book.give_up(record, reason="first")
    book.give_up(record, reason="second")
    [letter] = dead_letters(book.logs()).values()
    assert letter.reason == "second"
