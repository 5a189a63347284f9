"""Bytes that are no message: each gets a typed reason, none an exception of its own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.errors import BadMessage
from streams.wire.codec import decode_json, decode_msgpack
from streams.wire.embedding import EmbeddingEvent
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
