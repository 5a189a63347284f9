"""How commands print: answers on standard output, everything else on standard error."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import click
import msgspec
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

Advance = Callable[[int], None]

# A file or pipe has no width of its own; most lines of ours fit.
_FILE_COLUMNS = 160


def say(text: str) -> None:
    """Print an answer for a person."""
    click.echo(text)


def note(text: str) -> None:
    """Print a remark that is no part of the answer."""
    click.echo(text, err=True)


def say_json(answer: object) -> None:
    """Print an answer for a program: one line of JSON."""
    click.echo(msgspec.json.encode(answer))


def say_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their titles; long cells fold rather than vanish."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console = Console(markup=False, highlight=False)
    if not console.is_terminal:
        console.width = _FILE_COLUMNS
    console.print(table)


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Advance]:
    """Show how far long work is, on a terminal; yield what to call with each count done.

    Args:
        what: The work, in a word or two.
        total: How many there are; None where it is not known.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total)
        yield lambda count: bar.advance(task, count)


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
