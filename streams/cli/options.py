"""Options that several verbs share."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypedDict, TypeVar

import click

F = TypeVar("F", bound=Callable[..., object])

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON for programs, one line an answer; default off."
)
dry_run_option = click.option("--dry-run", is_flag=True, help="Check and print, but send nothing; default off.")
wait_option = click.option(
    "--wait", is_flag=True, help="Wait for the receipts of all shards, then say how complete they are; default off."
)
timeout_option = click.option(
    "--timeout",
    "timeout_seconds",
    type=click.FloatRange(min=1),
    default=120.0,
    show_default=True,
    help="Longest wait for receipts, in seconds.",
)
reason_option = click.option("--reason", help="Why, at most 10,000 characters; none by default.")
by_option = click.option("--by", help="Who does this, at most 256 characters; none by default.")
follow_option = click.option(
    "--follow", "-f", is_flag=True, help="Print what comes from now on, until Ctrl-C; default off: what is there."
)
from_beginning_option = click.option(
    "--from-beginning",
    is_flag=True,
    help="With --follow, begin with what is there already; default off. Without --follow always so.",
)
limit_option = click.option("--limit", type=click.IntRange(min=1), help="Stop after so many; no limit by default.")


class Sending(TypedDict):
    """How a message of a moderator is sent, as `streams.cli.moderating.write` takes it.

    Attributes:
        wait: Wait for the receipts of all shards.
        timeout_seconds: How long to wait.
        dry_run: Print it only.
        as_json: Print JSON.
    """

    wait: bool
    timeout_seconds: float
    dry_run: bool
    as_json: bool


def together(*options: Callable[[Any], Any]) -> Callable[[F], F]:
    """Return a decorator that gives a command several options, in the order in which its help lists them."""

    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def sending_options(command: Callable[..., object]) -> Callable[..., object]:
    """Give a command `by`, and as `sending` how its message is sent.

    It is one argument, since those that declare and change trends take their policy as `**`.
    """

    @wraps(command)
    def gathered(*, wait: bool, timeout_seconds: float, dry_run: bool, as_json: bool, **others: Any) -> object:
        sending = Sending(wait=wait, timeout_seconds=timeout_seconds, dry_run=dry_run, as_json=as_json)
        return command(sending=sending, **others)

    return together(by_option, wait_option, timeout_option, dry_run_option, json_option)(gathered)
