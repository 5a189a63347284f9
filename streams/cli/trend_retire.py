"""`ebr trend retire`: the end of a trend, with its actions or without."""

import click

from streams.cli.known import known_trend
from streams.cli.moderating import write
from streams.cli.options import by_option, dry_run_option, json_option, timeout_option, wait_option
from streams.wire.trend import TrendChanged


@click.command()
@click.argument("trend_id")
@click.option("--revoke/--keep", default=None, help="Take its actions back, or let them stand; default as declared.")
@click.option("--reason", help="Why, at most 10,000 characters; none by default.")
@by_option
@wait_option
@timeout_option
@dry_run_option
@json_option
def retire(
    *,
    trend_id: str,
    revoke: bool | None,
    reason: str | None,
    by: str | None,
    wait: bool,
    timeout_seconds: float,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Retire the trend TREND_ID: it proposes nothing new.

    \b
    Examples:
      ebr trend retire choking
      ebr trend retire choking --revoke --reason "declared in error"
    """
    version = known_trend(trend_id).version + 1
    fields = {"trend_id": trend_id, "version": version, "state": "retired", "changed_by": by, "reason": reason}
    fields |= {} if revoke is None else {"on_retire": "revoke" if revoke else "keep"}
    return write(TrendChanged, fields, dry_run=dry_run, wait=wait, timeout_seconds=timeout_seconds, as_json=as_json)
