"""What the verbs of `ebr evaluate` share: the stores that they read, how much of them, where vectors are kept."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)

bank_option = click.option("--bank", type=FOLDER, help="Store with the bank; by default the one of --store.")


def store_option(what: str) -> Callable[[Any], Any]:
    """Return the option of the one store that a verb needs, as `folder`; `what` it has is its help."""
    return click.option("--store", "folder", type=FOLDER, required=True, help=what)


def share_option(of_what: str = "Part of each section, as of `ebr evaluate trends`.") -> Callable[[Any], Any]:
    """Return the option of how much of a store takes part, with its help."""
    kind = click.FloatRange(min=0, max=1, min_open=True)
    return click.option("--share", type=kind, default=1.0, show_default=True, help=of_what)


def work_option(for_what: str = "Folder for vectors, as of `ebr evaluate trends`.") -> Callable[[Any], Any]:
    """Return the option of where work is kept, with its help; one folder for all verbs, so that none encodes twice."""
    kind = click.Path(path_type=Path, file_okay=False)
    return click.option("--work", type=kind, default=Path("var/evaluation"), show_default=True, help=for_what)
