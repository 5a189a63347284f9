"""The public topics as one AsyncAPI 3 document, generated from the messages themselves."""

import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

import msgspec
import yaml

from streams.wire.examples import examples
from streams.wire.topics import TopicSpec, topic_specs

Document = dict[str, Any]

# What EBR itself writes; TRENDS also appends its own adjustments to `trend-seeds`.
_WRITTEN = frozenset({"trend-seeds", "moderation-actions", "shadow-actions", "seed-receipts"})
_READ = frozenset({"video-events", "trend-seeds", "review-decisions"})
_ATTRIBUTES = re.compile(r"\n\s*Attributes:\n(?P<lines>.*)$", re.DOTALL)
_FIELD = re.compile(r"^\s*(?P<name>\w+): (?P<text>.+)$")
_DESCRIPTION = (
    "Messages that platforms, moderators and enforcement exchange with EBR over Kafka. All are JSON with a `type`;"
    " fields are only ever added, with defaults, so readers ignore what they do not know. Enforcement reads with"
    " isolation level `read_committed`. Times are RFC 3339 with an offset. Ids have at most 128 characters of"
    " `A-Z a-z 0-9 _ . : -`."
)


def message_types(spec: TopicSpec) -> tuple[type[msgspec.Struct], ...]:
    """Return the message types of a topic, in the order of its union."""
    return get_args(spec.messages) or (spec.messages,)


def public_topics(retention_days: float = 30.0) -> list[TopicSpec]:
    """Return the contracts of the topics that users write or read, in the order of the data."""
    return [spec for spec in topic_specs(retention_days).values() if spec.public]


def json_schemas(
    specs: Sequence[TopicSpec] | None = None, ref_template: str = "#/components/schemas/{name}"
) -> Document:
    """Return the JSON Schema of every struct in these topics (the public ones by default) by its name.

    Args:
        specs: Contracts of topics with messages.
        ref_template: Where a reference points, with `{name}`.
    """
    kinds = [kind for spec in (public_topics() if specs is None else specs) for kind in message_types(spec)]
    _, schemas = msgspec.json.schema_components(kinds, ref_template=ref_template)
    documented = {kind.__name__: kind for kind in _with_parts(kinds)}
    return {name: _described(schemas[name], documented.get(name)) for name in sorted(schemas)}


def asyncapi_document(version: str) -> Document:
    """Return the AsyncAPI 3 document of the public topics.

    Args:
        version: Version of EBR.
    """
    specs = public_topics()
    samples = {type(sample).__name__: sample for sample in examples()}
    kinds = {kind.__name__: spec for spec in specs for kind in message_types(spec)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "EBR: embedding-based retrieval for the moderation of short videos",
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {spec.topic.value: _channel(spec) for spec in specs},
        "operations": dict(_operations(specs)),
        "components": {
            "messages": {name: _message(name, spec, samples[name]) for name, spec in kinds.items()},
            "schemas": json_schemas(specs),
        },
    }


def to_yaml(document: Mapping[str, Any]) -> str:
    """Return a document as YAML, the same bytes for the same document."""
    return yaml.dump(dict(document), Dumper=_PlainDumper, sort_keys=False, allow_unicode=True, width=120)


class _PlainDumper(yaml.SafeDumper):
    """Repeats what comes twice, since few readers of AsyncAPI follow YAML's anchors."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - yaml asks so
        """Never write an anchor."""
        return True


def _channel(spec: TopicSpec) -> Document:
    kafka: Document = {"topicConfiguration": {"cleanup.policy": [spec.config["cleanup.policy"]]}}
    kafka["topicConfiguration"] |= {n: int(spec.config[n]) for n in ("retention.ms", "max.message.bytes")}
    if spec.single:
        kafka["partitions"] = 1
    names = [kind.__name__ for kind in message_types(spec)]
    return {
        "address": f"{{prefix}}.{spec.topic.value}",
        "description": f"Key: {spec.key}, UTF-8.",
        "parameters": {"prefix": {"description": "EBR_KAFKA__PREFIX of the installation.", "default": "ebr"}},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
        "bindings": {"kafka": kafka | {"bindingVersion": "0.5.0"}},
    }


def _operations(specs: Sequence[TopicSpec]) -> Iterator[tuple[str, Document]]:
    for spec in specs:
        name = spec.topic.value
        target = {"channel": {"$ref": f"#/channels/{name}"}}
        if name in _READ:
            yield f"receive-{name}", {"action": "receive", "summary": f"EBR reads {name}."} | target
        if name in _WRITTEN:
            yield f"send-{name}", {"action": "send", "summary": f"EBR writes {name}."} | target


def _message(name: str, spec: TopicSpec, sample: msgspec.Struct) -> Document:
    return {
        "name": name,
        "summary": (inspect.getdoc(type(sample)) or "").splitlines()[0],
        "payload": {"$ref": f"#/components/schemas/{name}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": spec.key}, "bindingVersion": "0.5.0"}},
        "examples": [
            {"name": name, "payload": {k: v for k, v in msgspec.to_builtins(sample).items() if v is not None}}
        ],
    }


def _with_parts(kinds: Sequence[type[msgspec.Struct]]) -> Iterator[type[msgspec.Struct]]:
    """Yield the message types with the structs inside them; a part may come more than once."""
    for kind in kinds:
        yield kind
        for info in msgspec.structs.fields(kind):
            yield from _with_parts([part for part in _leaves(info.type) if _is_struct(part)])


def _leaves(kind: Any) -> Iterator[Any]:
    inner = get_args(kind)
    if not inner:
        yield kind
    for part in inner:
        yield from _leaves(part)


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _described(schema: Document, kind: type[msgspec.Struct] | None) -> Document:
    """Move what a docstring says about each field to that field."""
    text = inspect.getdoc(kind) if kind else None
    if not text:
        return schema
    summary, fields = text.split("\n\n")[0], _field_texts(text)
    properties = {
        name: value | ({"description": fields[name]} if name in fields else {})
        for name, value in schema["properties"].items()
    }
    return schema | {"description": summary, "properties": properties}


def _field_texts(text: str) -> dict[str, str]:
    section = _ATTRIBUTES.search(text)
    found = (_FIELD.match(line) for line in section["lines"].splitlines()) if section else ()
    return {match["name"]: match["text"] for match in found if match}
