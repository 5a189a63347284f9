"""The values that a field may have, where its type lists them."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec.inspect

# A step of msgspec's paths: a field's name, an item of a list, or a value of a map.
_STEP = re.compile(r"\.(?P<field>\w+)|\[(?P<key>key)\]|\[(?:\d+|\.\.\.)\]")
KEY = "[key]"
"""Step of a path to the keys of a map, where msgspec says `key` in the map's own path."""


def allowed_values(kind: Any, path: str) -> tuple[str, ...]:
    """Return what stands in a message at a path, over all types of its topic; empty where no list says it.

    Args:
        kind: The message type, or the union of message types.
        path: JSON path from `$`; `KEY` at its end asks for the keys of a map.
    """
    steps = tuple(match["field"] or match["key"] for match in _STEP.finditer(path))
    found = (str(value) for value in _values(msgspec.inspect.type_info(kind), steps))
    return tuple(dict.fromkeys(found))


def _values(info: msgspec.inspect.Type, steps: tuple[str | None, ...]) -> Iterator[object]:
    """Yield the values of a type at the end of some steps."""
    if isinstance(info, msgspec.inspect.Metadata):
        yield from _values(info.type, steps)
    elif isinstance(info, msgspec.inspect.UnionType):
        for member in info.types:
            yield from _values(member, steps)
    elif not steps:
        if isinstance(info, msgspec.inspect.LiteralType):
            yield from info.values
    else:
        yield from _below(info, steps[0], steps[1:])


def _below(info: msgspec.inspect.Type, step: str | None, steps: tuple[str | None, ...]) -> Iterator[object]:
    """Yield the values of a type one step down."""
    if isinstance(info, msgspec.inspect.StructType):
        if step == info.tag_field:
            yield info.tag
        for field in info.fields:
            if field.encode_name == step:
                yield from _values(field.type, steps)
    elif isinstance(info, msgspec.inspect.DictType):
        yield from _values(info.value_type if step is None else info.key_type, steps)
    elif isinstance(info, msgspec.inspect.ListType):
        yield from _values(info.item_type, steps)
