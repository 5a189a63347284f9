"""The verdict holds what a real shard emitted against the oracle."""

from datetime import UTC, datetime

import pytest

from streams.audit.fates import Fate
from streams.audit.findings import findings
from streams.audit.logs import AUDITED
from streams.shards import Input, Shard
from streams.wire.embedding import VideoEmbedded
from streams.wire.fanout import FanoutMessage
from streams.wire.moderation import ModerationAction
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from streams.wire.video import VideoPublished
from tests.support.audit_book import Book
from tests.support.shard_messages import NOW, embedded, new_shard, policy, seed_live

_HISTORY: list[VideoEmbedded | FanoutMessage] = [
    embedded("v0", 1, 0),
    policy("t1", 1, 0),
    seed_live("t1", "s1", 0, 1),
    embedded("v6", 1, 6),
    embedded("v3", 1, 3),
]


def _run(book: Book, shard: Shard) -> list[Outgoing]:
    """Let a shard play the history; return what it emitted."""
    out: list[Outgoing] = []
    for message in _HISTORY:
        is_video = isinstance(message, VideoEmbedded)
        if isinstance(message, VideoEmbedded):
            event = VideoPublished(
                schema_version=1, video_id=message.video_id, revision=message.revision, media_uri="file:///a.mp4"
            )
            book.put(Topic.VIDEO_EVENTS, event)
        record = book.put(Topic.VIDEO_EMBEDDINGS if is_video else Topic.TREND_FANOUT, message)
        out += shard.take([Input(record, message)], NOW).records
    while shard.sweep_due:
        out += shard.sweep_slice(datetime(2026, 1, 2, tzinfo=UTC))
    return out


def _copy(book: Book, records: list[Outgoing]) -> None:
    for record in records:
        if record.topic in AUDITED:  # reports are a measure of a shard, no account is asked of them
            book.put(record.topic, record.value, headers=record.headers)


def test_what_a_shard_does_by_the_law_is_clean() -> None:
    """The audit shares no code with the shard but the messages."""
    book = Book(partitions=1)
    _copy(book, _run(book, new_shard()))
    verdict = findings(book.logs())
    assert verdict.clean, verdict.text()
    assert verdict.progress.fates == {Fate.EMBEDDED: 3}
    assert {e.video_id for e in verdict.expected} == {"v0", "v6"}


@pytest.mark.parametrize(
    ("number", "found"),
    [(0, (0, 1, 0)), (2, (1, 0, 0))],
    ids=["an action left out is missing", "an action repeated is a duplicate"],
)
def test_a_fault_is_found(number: int, found: tuple[int, int, int]) -> None:
    """An audit that cannot fail proves nothing."""
    book = Book(partitions=1)
    records = _run(book, new_shard())
    actions = [record for record in records if record.topic == Topic.MODERATION_ACTIONS]
    others = [record for record in records if record.topic != Topic.MODERATION_ACTIONS]
    _copy(book, others + (actions[1:] if number == 0 else [*actions, actions[0]]))
    verdict = findings(book.logs())
    assert (len(verdict.duplicates), len(verdict.missing), len(verdict.unexpected)) == found
    assert not verdict.clean


def test_an_action_that_nothing_calls_for_is_unexpected() -> None:
    """For example one on a video that is far from every seed."""
    book = Book(partitions=1)
    records = _run(book, new_shard())
    wrong = next(r for r in records if r.topic == Topic.MODERATION_ACTIONS)
    _copy(book, records)
    book.put(Topic.MODERATION_ACTIONS, wrong.value.replace(b'"v0"', b'"v3"'))
    verdict = findings(book.logs())
    assert [e.video_id for e in verdict.unexpected] == ["v3"]
    assert all(isinstance(action, ModerationAction) for action in verdict.actions)
