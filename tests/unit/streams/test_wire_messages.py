"""The public messages: their examples go round, their limits hold at both ends."""

import json
from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from streams.errors import BadMessage
from streams.wire.asyncapi import json_schemas, message_types, public_topics
from streams.wire.codec import decode_json, decode_msgpack, encode_json, encode_msgpack
from streams.wire.envelope import Message
from streams.wire.examples import examples
from streams.wire.trend import Band, TrendChanged, TrendEvent
from streams.wire.video import VideoEvent

PUBLIC = [kind for spec in public_topics() for kind in message_types(spec)]
SAMPLES = {type(sample).__name__: sample for sample in examples()}


def validator(name: str) -> Draft202012Validator:
    """Return what judges JSON by the published schema of a message."""
    schemas = json_schemas()
    whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
    return Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)


def published(**fields: object) -> bytes:
    """Return a `VideoPublished` with some fields replaced."""
    whole = {
        "type": "VideoPublished",
        "schema_version": 1,
        "video_id": "v",
        "revision": 1,
        "media_uri": "file:///v.mp4",
    }
    return json.dumps(whole | fields).encode()


def fault(data: bytes) -> str | None:
    """Return the path of what is wrong with a video event; None if it is right."""
    try:
        decode_json(data, VideoEvent)
    except BadMessage as error:
        return error.path
    return None


def test_every_public_message_has_an_example() -> None:
    """A message without an example would be neither shown nor tested."""
    assert set(SAMPLES) == {kind.__name__ for kind in PUBLIC}


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_an_example_goes_round_in_both_formats(sample: Message) -> None:
    """What is written is what is read, in JSON and msgpack."""
    assert decode_json(encode_json(sample), type(sample)) == sample
    assert decode_msgpack(encode_msgpack(sample), type(sample)) == sample


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_an_example_obeys_its_published_schema(sample: Message) -> None:
    """A consumer that validates by the schema must accept what we write."""
    validator(type(sample).__name__).validate(json.loads(encode_json(sample)))


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_a_field_that_nobody_knows_is_passed_over(sample: Message) -> None:
    """Producers may be newer than we are."""
    data = json.loads(encode_json(sample)) | {"from_the_future": [1, 2]}

    assert decode_json(json.dumps(data).encode(), type(sample)) == sample
    validator(type(sample).__name__).validate(data)


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_a_required_field_that_is_missing_is_named(sample: Message) -> None:
    """The dead letter must say which field; the schema must refuse it too."""
    for field in msgspec.structs.fields(type(sample)):
        if field.required:
            data = json.loads(encode_json(sample))
            del data[field.encode_name]

            with pytest.raises(BadMessage) as caught:
                decode_json(json.dumps(data).encode(), type(sample))

            assert caught.value.path == f"$.{field.encode_name}"
            assert not validator(type(sample).__name__).is_valid(data)


@given(st.from_regex(r"[A-Za-z0-9_.:-]{1,128}", fullmatch=True))
def test_any_id_of_the_contract_is_taken(video_id: str) -> None:
    """Ids of other systems often have colons or dots."""
    assert decode_json(published(video_id=video_id), VideoEvent).video_id == video_id


@given(st.text(max_size=200))
def test_an_id_is_taken_only_by_the_contract(video_id: str) -> None:
    """Ids become keys, file names, metric labels: nothing else may pass; schema and codec agree."""
    allowed = 1 <= len(video_id) <= 128 and all(c.isascii() and (c.isalnum() or c in "_.:-") for c in video_id)
    data = published(video_id=video_id)

    assert fault(data) == (None if allowed else "$.video_id")


@given(st.integers(-(2**70), 2**70))
def test_a_revision_is_taken_only_within_int64(revision: int) -> None:
    """Consumers in other languages hold a revision in a long."""
    assert fault(published(revision=revision)) == (None if 1 <= revision <= 2**63 - 1 else "$.revision")


@pytest.mark.parametrize(
    ("fields", "path", "limit"),
    [
        ({"caption": "x" * 10_001}, "$.caption", "10000"),
        ({"media_uri": ""}, "$.media_uri", "1"),
        ({"revision": 0}, "$.revision", "1"),
        ({"revision": "1"}, "$.revision", "int"),
        ({"schema_version": 2}, "$.schema_version", "2"),
        ({"type": "VideoBurnt"}, "$.type", "VideoBurnt"),
        ({"published_at": "2026-11-24T12:00:00"}, "$.published_at", "timezone"),
        ({"content_sha256": "ABC"}, "$.content_sha256", "regex"),
        ({"attributes": {str(n): n for n in range(65)}}, "$.attributes", "64"),
        ({"attributes": {"a": {"b": "c"}}}, "$.attributes", "float"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_bad_field_is_named_with_its_limit(fields: dict[str, object], path: str, limit: str) -> None:
    """Whoever reads the dead letter must be able to mend the producer."""
    with pytest.raises(BadMessage) as caught:
        decode_json(published(**fields), VideoEvent)

    assert caught.value.path.startswith(path)
    assert limit in caught.value.detail


def test_a_field_left_out_of_a_change_differs_from_one_that_is_null() -> None:
    """Null takes the limit away; absence keeps it."""
    absent = decode_json(b'{"type":"TrendChanged","trend_id":"t","version":2}', TrendEvent)
    null = decode_json(b'{"type":"TrendChanged","trend_id":"t","version":2,"max_hits":null}', TrendEvent)

    assert isinstance(absent, TrendChanged)
    assert isinstance(null, TrendChanged)
    assert absent.max_hits is msgspec.UNSET
    assert null.max_hits is None
    assert b"max_hits" not in encode_json(absent)


@pytest.mark.parametrize("starts", [{}, {"from_score": 0.5, "from_probability": 0.5}])
def test_a_band_has_exactly_one_start(starts: dict[str, float]) -> None:
    """A band that begins nowhere or twice proposes nothing."""
    with pytest.raises(BadMessage, match="exactly one"):
        decode_json(json.dumps({"action": "review", **starts}).encode(), Band)


def test_a_time_keeps_its_instant_whatever_its_zone() -> None:
    """Producers write local offsets."""
    noon = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    local = noon.astimezone(timezone(timedelta(hours=5, minutes=30))).isoformat()

    event = decode_json(published(published_at=local), VideoEvent)

    assert getattr(event, "published_at") == noon  # noqa: B009 - the union has a type without it


def test_a_deletion_needs_no_schema_version() -> None:
    """It is the first one then, as with what moderators say."""
    deleted = decode_json(b'{"type":"VideoDeleted","video_id":"v","revision":2}', VideoEvent)

    assert (deleted.schema_version, deleted.revision) == (1, 2)


@pytest.mark.parametrize("value", [["a", 1, 0.5, True, None], [], {"cats": 0.9}, "nl", None])
def test_an_attribute_is_a_scalar_a_list_of_them_or_a_map_of_numbers(value: object) -> None:
    """Tags are what most platforms have."""
    event = decode_json(published(attributes={"tags": value}), VideoEvent)

    assert event.attributes == {"tags": value}


@pytest.mark.parametrize("value", [[["a"]], [{"a": 1}], {"a": "b"}])
def test_an_attribute_is_no_tree(value: object) -> None:
    """Its size in the log is known from its bytes; what it means should be known from its name."""
    assert fault(published(attributes={"tags": value}))
