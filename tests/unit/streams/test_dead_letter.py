"""Dead letters: the record as received, its reason, the way back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.wire.dead_letter import DeadLetter

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def letter(**fields: object) -> DeadLetter:
    """Return a dead letter with some fields replaced."""
    whole: dict[str, object] = {
        "topic": "ebr.video-events", "partition": 3, "offset": 17, "stage": "decode", "reason": "invalid_message",
        "path": "$.revision", "detail": "Expected `int` >= 1", "replayable": False, "attempts": 1,
        "first_at": NOON, "last_at": NOON + timedelta(seconds=2), "key": b"v1", "value": b"{}", "headers": (),
    }  # fmt: skip
    return DeadLetter(**(whole | fields))  # type: ignore[arg-type]  # the values are as above


def through_kafka(sent: DeadLetter) -> DeadLetter:
    """Return what a reader makes of a letter."""
    return DeadLetter.from_record(sent.key or b"", sent.value, sent.to_headers())


@given(
    key=st.none() | st.binary(),
    value=st.none() | st.binary(),
    headers=st.lists(st.tuples(st.text(min_size=1, max_size=20), st.binary(max_size=20)), max_size=4),
    detail=st.text(max_size=100),
    replayable=st.booleans(),
)
def test_a_letter_goes_round(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]], detail: str, *, replayable: bool
) -> None:
    """Key, bytes, headers come back as received, also a null key or headers that look like ours."""
    headers.append(("ebr-dead-topic", b"spoof"))
    sent = letter(key=key, value=value, headers=tuple(headers), detail=detail, replayable=replayable)

    assert through_kafka(sent) == sent


def test_a_long_detail_is_cut() -> None:
    """A decoder may complain at length; headers have no room for that."""
    assert len(through_kafka(letter(detail="x" * 10_000)).detail) == 2_000


def test_times_keep_their_instant() -> None:
    """They are written in UTC."""
    local = NOON.astimezone(timezone(timedelta(hours=-8)))

    assert through_kafka(letter(first_at=local)).first_at == NOON


@pytest.mark.parametrize("name", ["topic", "offset", "reason", "null-key"])
def test_a_record_without_our_headers_is_no_letter(name: str) -> None:
    """Somebody else wrote to the topic: say what is missing."""
    headers = [(key, value) for key, value in letter().to_headers() if key != f"ebr-dead-{name}"]

    with pytest.raises(ValueError, match=f"ebr-dead-{name}"):
        DeadLetter.from_record(b"k", b"v", headers)


def test_a_malformed_header_is_a_value_error() -> None:
    """An offset that is no number must not crash the reader."""
    headers = [(key, b"x" if key == "ebr-dead-offset" else value) for key, value in letter().to_headers()]

    with pytest.raises(ValueError, match="invalid literal"):
        DeadLetter.from_record(b"k", b"v", headers)
