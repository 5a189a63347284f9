"""Dead letters as the command line names, chooses, returns them."""

from datetime import UTC, datetime

import pytest

from streams.cli.letters import Filed, Filters, Reference, find, parse_reference, replayed
from streams.errors import UserError
from streams.wire.dead_letter import DeadLetter
from streams.wire.topics import Topic

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def filed(filed_at: int, **fields: object) -> Filed:
    """Return a letter in its topic, with some fields replaced."""
    whole: dict[str, object] = {
        "topic": "ebr.video-events", "partition": 3, "offset": 17, "stage": "decode", "reason": "unreachable",
        "path": "$", "detail": "", "replayable": True, "attempts": 1, "first_at": NOON, "last_at": NOON,
        "key": b"v1", "value": b"{}", "headers": (("traceparent", b"00-1"),),
    }  # fmt: skip
    return Filed(filed_at, DeadLetter(**(whole | fields)))  # type: ignore[arg-type]  # the values are as above


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("12", Reference(12)),
        ("video-events/3/17", Reference(17, "video-events", 3)),
        ("ebr.video-events/0/0", Reference(0, "ebr.video-events", 0)),
    ],
)
def test_a_reference_is_an_offset_or_a_place(text: str, reference: Reference) -> None:
    """Both are what `list` prints."""
    assert parse_reference(text) == reference


@pytest.mark.parametrize("text", ["", "x", "-1", "video-events/3", "a/b/c", "a/1/x", "1/2/3/4"])
def test_anything_else_is_refused(text: str) -> None:
    """With the two forms in the message."""
    with pytest.raises(UserError, match="TOPIC/PARTITION/OFFSET"):
        parse_reference(text)


@pytest.mark.parametrize("text", ["5", "video-events/3/17", "ebr.video-events/3/17"])
def test_a_letter_is_found_by_any_of_its_names(text: str) -> None:
    """Short and full topic names mean the same."""
    letters = [filed(4, offset=16), filed(5)]

    assert find(letters, parse_reference(text), "ebr") is letters[1]


def test_a_letter_that_is_not_there_is_a_user_error() -> None:
    """It names what was asked for."""
    with pytest.raises(UserError, match="video-events/3/99"):
        find([filed(5)], parse_reference("video-events/3/99"), "ebr")


def test_filters_narrow_in_order() -> None:
    """The limit counts what the others let through."""
    letters = [
        filed(0, reason="truncated", replayable=False),
        filed(1, stage="encode", topic="ebr.decoded-samples"),
        filed(2),
        filed(3),
        filed(4),
    ]

    def offsets(filters: Filters) -> list[int]:
        return [one.offset for one in filters.select(letters, "ebr")]

    assert offsets(Filters()) == [0, 1, 2, 3, 4]
    assert offsets(Filters(reason="unreachable", stage="decode", limit=2)) == [2, 3]
    assert offsets(Filters(topic="decoded-samples")) == [1]
    assert offsets(Filters(topic="ebr.video-events", replayable=False)) == [0]


def test_a_letter_goes_back_as_it_came() -> None:
    """Same topic, partition, key, bytes, headers."""
    record = replayed("ebr", filed(5).letter)

    assert record.topic is Topic.VIDEO_EVENTS
    assert (record.partition, record.key, record.value) == (3, b"v1", b"{}")
    assert list(record.headers) == [("traceparent", b"00-1")]


def test_a_letter_without_a_key_goes_back_under_some_key() -> None:
    """Kafka's compacted topics need one; the id in the body decides."""
    assert replayed("ebr", filed(5, key=None).letter).key


@pytest.mark.parametrize("fields", [{"value": None}, {"topic": "other.video-events"}, {"topic": "ebr.unknown"}])
def test_a_letter_that_cannot_go_back_is_a_user_error(fields: dict[str, object]) -> None:
    """A null record, or one of another installation."""
    with pytest.raises(UserError):
        replayed("ebr", filed(5, **fields).letter)
