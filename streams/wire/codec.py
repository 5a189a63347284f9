"""Bytes to messages with a named fault for every break of the contract; messages to bytes."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec

from streams.errors import BadMessage
from streams.wire.allowed import KEY, allowed_values
from streams.wire.envelope import ID_PATTERN

# `Any` in the signatures below: topics carry unions of message types, which Python 3.11 cannot write as a type.

_WHERE = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>.+)`)?$", re.DOTALL)
_IN_KEY = re.compile(r"^key` in `(?P<path>.+)$")
# msgspec names the wrong value, but not the right ones.
_NOT_ONE_OF = re.compile(r"^Invalid (?:enum )?value ")
_MISSING = re.compile(r"missing required field `(?P<field>[^`]+)`")


@cache
def _json_decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


@cache
def _msgpack_decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind)


def encode_json(message: msgspec.Struct) -> bytes:
    """Return a message as UTF-8 JSON."""
    return msgspec.json.encode(message)


def encode_msgpack(message: msgspec.Struct) -> bytes:
    """Return a message as msgpack."""
    return msgspec.msgpack.encode(message)


def decode_json(data: bytes | None, kind: Any) -> Any:
    """Return the message of type (or union of types) `kind` that the JSON bytes hold.

    Raises:
        BadMessage: with the path of the field and the limit it breaks.
    """
    return _decode(_json_decoder(kind), data, kind)


def decode_msgpack(data: bytes | None, kind: Any) -> Any:
    """Return the message of type (or union of types) `kind` that the msgpack bytes hold.

    Raises:
        BadMessage: with the path of the field and the limit it breaks.
    """
    return _decode(_msgpack_decoder(kind), data, kind)


def readable(decode: Callable[[bytes | None, Any], Any], data: bytes | None, kind: Any) -> Any:
    """Return the message that bytes hold; None where they break the contract, for those who only look on.

    Whoever such a record is for has made a dead letter of it.

    Args:
        decode: `decode_json` or `decode_msgpack`.
        data: Of a record.
        kind: Type of the message, or union of types.
    """
    try:
        return decode(data, kind)
    except BadMessage:
        return None


def _decode(decoder: Any, data: bytes | None, kind: Any) -> Any:
    if data is None:
        raise BadMessage("empty_message", "a message must have a value; this one is null")
    try:
        return decoder.decode(data)
    except msgspec.ValidationError as error:
        what, path = _explain(str(error), kind)
        raise BadMessage("invalid_message", what, path) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadMessage("malformed_message", str(error)) from error


def _explain(text: str, kind: Any) -> tuple[str, str]:
    """Split msgspec's message into what is wrong, with what would be right, and the JSON path of the field."""
    found = _WHERE.match(text)
    what, path = (found["what"], found["path"] or "$") if found else (text, "$")
    key = _IN_KEY.match(path)
    if key:
        path = key["path"] + KEY
    what = what.replace(f"matching regex {ID_PATTERN!r}", "of letters, digits and _ . : - alone")
    missing = _MISSING.search(what)
    if missing:
        return what, f"{path}.{missing['field']}"
    allowed = allowed_values(kind, path) if _NOT_ONE_OF.match(what) else ()
    return f"{what}; allowed: {', '.join(allowed)}" if allowed else what, path
