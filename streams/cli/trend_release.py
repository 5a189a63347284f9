"""`ebr trend release`: a paused trend goes on."""

import click

from streams.cli.moderating import write
from streams.cli.options import by_option, dry_run_option, json_option, timeout_option, wait_option
from streams.wire.trend import TrendReleased


@click.command()
@click.argument("trend_id")
@click.option("--reason", help="Why, at most 10,000 characters; none by default.")
@by_option
@wait_option
@timeout_option
@dry_run_option
@json_option
def release(
    *,
    trend_id: str,
    reason: str | None,
    by: str | None,
    wait: bool,
    timeout_seconds: float,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Let the paused trend TREND_ID go on: what was held back is emitted, whatever the bounds; later they hold.

    \b
    Examples:
      ebr trend release choking --reason "a challenge went viral, all of it is the trend" --wait
      ebr trend retire choking --revoke         the other way out of a pause
    """
    fields = {"trend_id": trend_id, "released_by": by, "reason": reason}
    return write(TrendReleased, fields, dry_run=dry_run, wait=wait, timeout_seconds=timeout_seconds, as_json=as_json)
