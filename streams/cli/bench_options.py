"""What the verbs of `ebr bench` share."""

import shlex
import sys
from pathlib import Path

import click

out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/bench"),
    show_default=True,
    help="Folder for data, figures, a page of Markdown with its JSON, pictures.",
)


def command_line() -> str:
    """Return the command that was given, to be given again."""
    return shlex.join(["ebr", *(word for word in sys.argv[1:] if word != "--resume")])
