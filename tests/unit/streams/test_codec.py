"""Bytes that are no message: each gets a typed reason, none an exception of its own."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import BadMessage
from streams.wire.allowed import allowed_values
from streams.wire.codec import decode_json, decode_msgpack, readable
from streams.wire.embedding import EmbeddingEvent
from streams.wire.trend import ReviewDecision, TrendEvent
from streams.wire.video import VideoEvent


def test_a_null_record_is_an_empty_message() -> None:
    """No topic of ours means anything by a null value."""
    with pytest.raises(BadMessage) as caught:
        decode_json(None, VideoEvent)

    assert caught.value.reason == "empty_message"


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff\xfe", b'{"type":"VideoDeleted","video_id":"\xff"}', b'{"a":' * 100_000]
)
def test_what_is_no_json_is_malformed(data: bytes) -> None:
    """Also where it is no UTF-8, or nested to exhaust the stack."""
    with pytest.raises(BadMessage) as caught:
        decode_json(data, VideoEvent)

    assert caught.value.reason == "malformed_message"
    assert not caught.value.replayable


def test_who_only_looks_on_is_told_of_no_message() -> None:
    """What breaks the contract is None; what keeps it is read as ever."""
    said = b'{"type":"VideoDeleted","schema_version":1,"video_id":"v","revision":2}'

    assert readable(decode_json, said, VideoEvent) == decode_json(said, VideoEvent)
    assert readable(decode_json, said[:-1], VideoEvent) is None
    assert readable(decode_msgpack, said, EmbeddingEvent) is None
    assert readable(decode_json, None, VideoEvent) is None


@pytest.mark.parametrize("data", [b"[]", b"1", b"null", b"{}", b'{"type":null}'])
def test_json_that_is_no_message_is_invalid(data: bytes) -> None:
    """The shape is wrong, not the syntax."""
    with pytest.raises(BadMessage) as caught:
        decode_json(data, VideoEvent)

    assert caught.value.reason == "invalid_message"


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(data: bytes) -> None:
    """A worker must survive whatever lies in its topics."""
    for decode, kind in ((decode_json, VideoEvent), (decode_msgpack, EmbeddingEvent)):
        with pytest.raises(BadMessage):
            decode(data, kind)


def test_a_path_leads_into_lists_with_their_maps() -> None:
    """Nested fields are named from the top."""
    data = b'{"type":"VideoDeleted","schema_version":1,"video_id":"v","revision":1,"deleted_at":7}'

    with pytest.raises(BadMessage) as caught:
        decode_json(data, VideoEvent)

    assert caught.value.path == "$.deleted_at"


@pytest.mark.parametrize(
    ("fields", "path", "allowed"),
    [
        (
            {"type": "Nope"},
            "$.type",
            "TrendDeclared, TrendChanged, SeedAdded, SeedRevoked, TrendReleased, TrendAdjusted",
        ),
        ({"schema_version": 2}, "$.schema_version", "1"),
        ({"bands": [{"from_score": 0.5, "action": "ban"}]}, "$.bands[0].action", "log, remove, restrict, review"),
        ({"modality_thresholds": {"smell": 0.5}}, "$.modality_thresholds[key]", "audio, frames, text"),
    ],
)
def test_a_value_that_is_none_of_a_list_is_told_the_list(fields: dict[str, object], path: str, allowed: str) -> None:
    """Whoever reads the dead letter should not have to look it up."""
    whole = {"type": "TrendChanged", "schema_version": 1, "trend_id": "t", "version": 2}

    with pytest.raises(BadMessage) as caught:
        decode_json(msgspec.json.encode(whole | fields), TrendEvent)

    assert caught.value.path == path
    assert caught.value.detail.endswith(f"; allowed: {allowed}")


def test_where_no_list_says_what_is_allowed_there_is_none() -> None:
    """A field that nobody knows, or one of another type, has no list."""
    assert allowed_values(TrendEvent, "$.trend_id") == ()
    assert allowed_values(TrendEvent, "$.nothing[0].below") == ()
    assert allowed_values(ReviewDecision, "$.verdict") == ("confirm", "reject", "unsure")
