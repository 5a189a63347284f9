"""The documents say what the code does: those written from it are what it would write now."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from streams.cli.main import ebr
from streams.cli.schema import documents
from streams.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
# What the help of an option must say beside its meaning.
DEFAULT = re.compile(r"default|none by|required|all by|no limit by", re.IGNORECASE)


def commands(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """Yield every command with its full name."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None, f"{path} {name} is listed but cannot be found"
            yield from commands(f"{path} {name}", below)


COMMANDS = dict(commands("ebr", ebr))
VERBS = {path: command for path, command in COMMANDS.items() if not isinstance(command, click.Group)}


@pytest.mark.parametrize(("name", "text"), documents().items())
def test_a_generated_document_is_up_to_date(name: str, text: str) -> None:
    """When this fails: `ebr schema export --out docs`, then look at what changed."""
    assert (DOCS / name).read_text(encoding="utf-8") == text


def test_every_setting_is_documented() -> None:
    """An undocumented setting is a secret."""
    page = (DOCS / "settings.md").read_text(encoding="utf-8")
    names = [
        f"EBR_{group.upper()}__{name.upper()}"
        for group, field in Settings.model_fields.items()
        for name in type(field.default).model_fields
    ]

    assert [name for name in names if f"`{name}`" not in page] == []


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_is_documented(path: str) -> None:
    """In the page of commands, by its full name."""
    assert f"## {path}\n" in (DOCS / "commands.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("path", "command"), VERBS.items(), ids=VERBS)
def test_a_verb_has_an_example(path: str, command: click.Command) -> None:
    """One that begins with its name, in its own help or that of its group."""
    helps = [command.help or "", COMMANDS[path.rpartition(" ")[0]].help or ""]

    assert any(f"{path} " in text or f"{path}\n" in text or text.endswith(path) for text in helps)


@pytest.mark.parametrize(("path", "command"), VERBS.items(), ids=VERBS)
def test_an_option_says_its_default(path: str, command: click.Command) -> None:
    """Nobody should have to try."""
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]

    silent = [
        option.opts[0]
        for option in options
        if not option.show_default and not option.required and not DEFAULT.search(option.help or "")
    ]
    assert silent == [], path
