"""What is said about a trend itself, turned into the trend that results."""

from collections.abc import Set as AbstractSet
from dataclasses import replace

import msgspec
from msgspec import UNSET

from streams.catalogue.moves import check_move
from streams.catalogue.rules import check_expiry, check_rule
from streams.catalogue.trend import Entry, Trend
from streams.errors import RefusedError
from streams.wire.trend import TrendAdjusted, TrendChanged, TrendDeclared

_CHANGEABLE = frozenset(TrendChanged.__struct_fields__) & frozenset(TrendDeclared.__struct_fields__)
_RULE_FIELDS = tuple(sorted(_CHANGEABLE - {"schema_version", "trend_id", "version"}))


def declare(event: TrendDeclared, entry: Entry, *, background: bool, blocks: AbstractSet[str] | None) -> Trend:
    """Return the trend that begins.

    Args:
        event: What is declared.
        entry: Where it stands in the ledger.
        background: Whether the suite that serves has a background bank.
        blocks: Which blocks its vectors have; None where that is not known.

    Raises:
        RefusedError: a field is out of its limits.
    """
    if event.version != 1:
        raise RefusedError(f"a trend is declared with version 1, got {event.version}", "$.version")
    check_expiry(event.expires_at, entry.received_at)
    check_rule(event, background=background, blocks=blocks)
    return Trend(rule=event, offset=entry.offset, event_at=event.declared_at, received_at=entry.received_at)


def change(
    trend: Trend, event: TrendChanged, entry: Entry, *, background: bool, blocks: AbstractSet[str] | None
) -> Trend:
    """Return a trend under its next version; what the event leaves out stays.

    Args:
        trend: As it is.
        event: What changes.
        entry: Where it stands in the ledger.
        background: Whether the suite that serves has a background bank.
        blocks: Which blocks its vectors have; None where that is not known.

    Raises:
        RefusedError: the trend ended, the version is not the next one, the state cannot follow, or the rule that
            would result contradicts itself.
    """
    if trend.state == "retired":
        raise RefusedError(f"trend {trend.trend_id} is retired, which nothing can change", "$.trend_id")
    if event.version != trend.version + 1:
        reason = f"must be {trend.version + 1}, one above the current {trend.version}, got {event.version}"
        raise RefusedError(reason, "$.version")
    given = {name: value for name in _RULE_FIELDS if (value := getattr(event, name)) is not UNSET}
    rule = msgspec.structs.replace(trend.rule, version=event.version, **given)
    check_move(trend.state, rule.state)
    if "expires_at" in given:
        check_expiry(rule.expires_at, entry.received_at)
    check_rule(rule, background=background, blocks=blocks)
    return replace(trend, rule=rule, offset=entry.offset, event_at=event.changed_at, received_at=entry.received_at)


def adjust(trend: Trend, event: TrendAdjusted, entry: Entry) -> Trend | None:
    """Return a trend with what TRENDS decided; None if that no longer means anything.

    What TRENDS appended may have been overtaken by a moderator: a trend that ended stays ended, and an end that was
    put off meanwhile is not due. Whether it is due is asked of Kafka's time of the event, never of a clock, so that a
    replay decides the same. Weights that were worked out again after a crash, knowing less than those in force or
    nothing new, mean nothing either. The version stays: it counts what moderators said.

    Raises:
        RefusedError: TRENDS did not write the event.
    """
    if not entry.own:
        raise RefusedError("TrendAdjusted is written by TRENDS only; use TrendChanged", "$.type")
    if trend.state == "retired":
        return None
    known = entry.offset if event.source_offset is None else event.source_offset
    weights = None if known < trend.weighed_at or event.weights == trend.weights else event.weights
    given = (event.expired, event.max_hits, event.calibration, event.paused)
    if event.weights is not None and weights is None and all(value is None for value in given):
        return None
    rule, expires_at = trend.rule, trend.rule.expires_at
    if event.expired:
        if expires_at is None or expires_at > entry.received_at:
            return None
        rule = msgspec.structs.replace(rule, state="retired")
    if event.max_hits is not None:
        rule = msgspec.structs.replace(rule, max_hits=event.max_hits)
    return replace(
        trend,
        rule=rule,
        offset=entry.offset,
        event_at=None,
        received_at=entry.received_at,
        weights=trend.weights if weights is None else weights,
        weighed_at=trend.weighed_at if weights is None else known,
        calibration=trend.calibration if event.calibration is None else event.calibration,
        paused=trend.paused if event.paused is None else event.paused,
    )
