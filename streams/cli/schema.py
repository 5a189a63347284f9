"""`ebr schema`: the published contract as documents."""

from importlib.metadata import version
from pathlib import Path

import click

from streams.cli.output import say, say_json
from streams.cli.reference import command_reference, settings_reference
from streams.wire.asyncapi import asyncapi_document, to_yaml


@click.group()
def schema() -> None:
    """Publish the contract of the public topics."""


@schema.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for asyncapi.yaml, settings.md, commands.md; default: print the AsyncAPI document.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the AsyncAPI document as JSON instead of YAML; default off."
)
def export(out: Path | None, as_json: bool) -> None:
    """Export the AsyncAPI document of the public topics, with a JSON Schema of every message.

    \b
    Examples:
      ebr schema export > asyncapi.yaml
      ebr schema export --json | jq .components.schemas.ModerationAction
      ebr schema export --out docs
    """
    if out is None:
        document = asyncapi_document(version("ebr"))
        say_json(document) if as_json else say(to_yaml(document).rstrip("\n"))
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (out / name).write_text(text, encoding="utf-8")
        say(str(out / name))


def documents() -> dict[str, str]:
    """Return the generated documents of `docs/`, by file name."""
    return {
        "asyncapi.yaml": to_yaml(asyncapi_document(version("ebr"))),
        "settings.md": settings_reference(),
        "commands.md": command_reference(),
    }
