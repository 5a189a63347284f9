"""The AsyncAPI document: whole, true to the messages, the same each time."""

import json
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from streams.wire.asyncapi import asyncapi_document, json_schemas, to_yaml
from streams.wire.topics import topic_specs

DOCUMENT = asyncapi_document(version("ebr"))


def references(part: Any) -> Iterator[str]:
    """Yield every reference inside a part of the document."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def test_the_document_is_json_that_yaml_gives_back() -> None:
    """Tools read either."""
    assert yaml.safe_load(to_yaml(DOCUMENT)) == json.loads(json.dumps(DOCUMENT))


def test_the_document_has_no_anchors() -> None:
    """Many readers of AsyncAPI do not follow them."""
    assert "&id" not in to_yaml(DOCUMENT)


def test_every_reference_leads_somewhere() -> None:
    """A dangling one breaks code generators."""
    for reference in references(DOCUMENT):
        part: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]
        assert part


def test_the_channels_are_the_public_topics() -> None:
    """Nothing internal is promised, nothing public is left out."""
    public = [spec.topic.value for spec in topic_specs(30).values() if spec.public]

    assert list(DOCUMENT["channels"]) == public
    assert all(DOCUMENT["channels"][name]["address"] == f"{{prefix}}.{name}" for name in public)


def test_the_operations_say_who_writes_what() -> None:
    """From the side of EBR: it receives events, seeds, decisions; it sends the rest."""
    found = {name: operation["action"] for name, operation in DOCUMENT["operations"].items()}

    assert found == {
        "receive-video-events": "receive",
        "receive-trend-seeds": "receive",
        "send-trend-seeds": "send",
        "send-moderation-actions": "send",
        "send-shadow-actions": "send",
        "send-seed-receipts": "send",
        "receive-review-decisions": "receive",
    }


@pytest.mark.parametrize("name", DOCUMENT["components"]["messages"])
def test_a_message_comes_with_an_example_that_is_right(name: str) -> None:
    """Examples are what integrators copy."""
    whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": DOCUMENT["components"]["schemas"]}}

    for example in DOCUMENT["components"]["messages"][name]["examples"]:
        Draft202012Validator(whole).validate(example["payload"])


@pytest.mark.parametrize(("name", "schema"), json_schemas().items())
def test_a_schema_is_one(name: str, schema: dict[str, Any]) -> None:
    """Each is valid JSON Schema with a description."""
    Draft202012Validator.check_schema(schema)
    assert schema["description"], name


def test_fields_are_described_by_their_docstrings() -> None:
    """The docstring of a struct is the one place where a field is explained."""
    properties = json_schemas()["SeedReceipt"]["properties"]

    assert "no longer" not in properties["hits"]["description"]
    assert properties["shard"]["description"] == "Null when TRENDS itself answers."
    assert "Attributes" not in json_schemas()["SeedReceipt"]["description"]
