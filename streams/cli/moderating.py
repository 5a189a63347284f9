"""The common end of the verbs that write to `trend-seeds`: check, print, send, wait."""

from collections.abc import Mapping

import msgspec

from streams.catalogue.rules import check_rule
from streams.cli.cluster import run
from streams.cli.output import say, say_json
from streams.cli.sending import checked, one_line, outgoing, send
from streams.cli.waiting import say_answer, send_and_wait
from streams.errors import RefusedError, UserError
from streams.wire.codec import encode_json
from streams.wire.topics import Topic
from streams.wire.trend import TrendDeclared


def write(
    kind: type[msgspec.Struct],
    fields: Mapping[str, object],
    *,
    dry_run: bool,
    wait: bool,
    timeout_seconds: float,
    as_json: bool,
) -> int:
    """Check a message of `trend-seeds`, then send it unless it is a dry run.

    Args:
        kind: Its struct.
        fields: Its fields as JSON can hold them; None means null.
        dry_run: Print it only.
        wait: Wait for the receipts of all shards.
        timeout_seconds: How long to wait.
        as_json: Print JSON.

    Returns:
        The exit code.

    Raises:
        UserError: a field breaks the contract, or contradicts another.
    """
    message = checked(kind, fields)
    if isinstance(message, TrendDeclared):
        _check(message)
    trend_id = str(fields["trend_id"])
    if dry_run:
        say(one_line(encode_json(message)))
        return 0
    record = outgoing(Topic.TREND_SEEDS, trend_id, message)
    if wait:
        return say_answer(run(lambda settings: send_and_wait(settings, record, timeout_seconds)), as_json=as_json)
    run(lambda settings: send(settings, [record]))
    if as_json:
        say_json(message)
    else:
        say(f"{kind.__name__} {trend_id} sent; `ebr receipts tail --trend {trend_id}` shows the answers")
    return 0


def _check(rule: TrendDeclared) -> None:
    """Accept a rule as a whole, but for what only TRENDS knows: the suite that serves.

    Raises:
        UserError: a field contradicts another.
    """
    try:
        check_rule(rule, background=None, blocks=None)
    except RefusedError as error:
        raise UserError(f"TRENDS would refuse this: {error}") from error
