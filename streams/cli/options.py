"""Options that several verbs share."""

import click

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
