"""`ebr trend release`: a paused trend goes on."""

import click

from streams.cli.moderating import write
from streams.cli.options import Sending, reason_option, sending_options
from streams.wire.trend import TrendReleased


@click.command()
@click.argument("trend_id")
@reason_option
@sending_options
def release(
    *,
    trend_id: str,
    reason: str | None,
    by: str | None,
    sending: Sending,
) -> int:
    """Let the paused trend TREND_ID go on: what was held back is emitted, whatever the bounds; later they hold.

    \b
    Examples:
      ebr trend release choking --reason "a challenge went viral, all of it is the trend" --wait
      ebr trend retire choking --revoke         the other way out of a pause
    """
    fields = {"trend_id": trend_id, "released_by": by, "reason": reason}
    return write(TrendReleased, fields, **sending)
