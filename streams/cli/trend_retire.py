"""`ebr trend retire`: the end of a trend, with its actions or without."""

import click

from streams.cli.known import known_trend
from streams.cli.moderating import write
from streams.cli.options import Sending, reason_option, sending_options
from streams.wire.trend import TrendChanged


@click.command()
@click.argument("trend_id")
@click.option("--revoke/--keep", default=None, help="Take its actions back, or let them stand; default as declared.")
@reason_option
@sending_options
def retire(
    *,
    trend_id: str,
    revoke: bool | None,
    reason: str | None,
    by: str | None,
    sending: Sending,
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
    return write(TrendChanged, fields, **sending)
