"""The reference pages of settings with commands, written from the code that they describe."""

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import click

from streams.cli.main import ebr
from streams.settings import Settings

_HEAD = "<!-- Written by `ebr schema export --out docs`; a test fails when it is not. -->\n"
_WIDTH = 110
_BOUNDS: Mapping[str, str] = MappingProxyType(
    {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<", "pattern": "matches"}
)


def settings_reference() -> str:
    """Return the page of all settings, in Markdown."""
    whole = Settings.model_json_schema()
    parts = [
        _HEAD,
        "# Settings\n",
        "All are variables of the environment. Lists are JSON, for example `'[\"/srv/videos\"]'`.\n",
    ]
    for group, reference in whole["properties"].items():
        schema = whole["$defs"][_target(reference)]
        parts.append(
            f"## {group}\n\n{schema['description']}\n\n| variable | values | default | meaning |\n|---|---|---|---|"
        )
        parts.append(
            "\n".join(
                _setting(group, name, field, reference["default"][name]) for name, field in schema["properties"].items()
            )
            + "\n"
        )
    return "\n".join(parts)


def command_reference() -> str:
    """Return the page of all commands with their help, in Markdown."""
    parts = [_HEAD, "# Commands\n"]
    for path, command in _commands("ebr", ebr):
        context = click.Context(command, info_name=path, terminal_width=_WIDTH, help_option_names=["-h", "--help"])
        help_text = "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
        parts.append(f"## {path}\n\n```text\n{help_text}\n```\n")
    return "\n".join(parts)


def _target(reference: Mapping[str, Any]) -> str:
    """Return the name of the group that a property refers to."""
    found = reference.get("$ref") or reference["allOf"][0]["$ref"]
    return str(found).rpartition("/")[2]


def _setting(group: str, name: str, field: Mapping[str, Any], default: object) -> str:
    row = (f"`EBR_{group.upper()}__{name.upper()}`", _values(field), f"`{json.dumps(default)}`", field["description"])
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def _values(field: Mapping[str, Any]) -> str:
    kinds = [part for part in field.get("anyOf", [field]) if part.get("type") != "null"]
    if "enum" in kinds[0]:
        return ", ".join(kinds[0]["enum"])
    bounds = [f"{sign} `{kinds[0][key]}`" for key, sign in _BOUNDS.items() if key in kinds[0]]
    kind = str(kinds[0].get("format") or kinds[0]["type"])
    if kind == "array":
        kind = "list of " + str(kinds[0]["items"].get("format") or kinds[0]["items"]["type"]) + "s"
    return ", ".join([kind, *bounds])


def _commands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """Yield a command with all below it, by their full names."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from _commands(f"{path} {name}", below)
