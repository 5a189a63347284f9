"""What is said about a trend itself, turned into the trend that results."""

from collections.abc import Set as AbstractSet
from dataclasses import replace

import msgspec
from msgspec import UNSET

from streams.catalogue.moves import check_move
from streams.catalogue.rules import check_expiry, check_rule
from streams.catalogue.score_rule import score_rule
from streams.catalogue.trend import Entry, Trend
from streams.errors import RefusedError
from streams.wire.trend import Calibration, TrendAdjusted, TrendChanged, TrendDeclared

_CHANGEABLE = frozenset(TrendChanged.__struct_fields__) & frozenset(TrendDeclared.__struct_fields__)
_RULE_FIELDS = tuple(sorted(_CHANGEABLE - {"schema_version", "trend_id", "version"}))


def declare(
    event: TrendDeclared, entry: Entry, *, background: AbstractSet[str] | None, blocks: AbstractSet[str] | None
) -> Trend:
    """Return the trend that begins.

    Args:
        event: What is declared.
        entry: Where it stands in the ledger.
        background: By which ways of comparing the bank of the suite that serves can normalise; None where that is not
            known.
        blocks: Which blocks its vectors have; None where that is not known.

    Raises:
        RefusedError: a field is out of its limits.
    """
    if event.version != 1:
        raise RefusedError(f"a trend is declared with version 1, got {event.version}", "$.version")
    check_expiry(event.expires_at, entry.received_at)
    check_rule(event, background=background, blocks=blocks)
    now = entry.received_at
    return Trend(
        rule=event,
        offset=entry.offset,
        event_at=event.declared_at,
        received_at=now,
        ruled_at=now,
        score_rules={event.version: score_rule(event)},
    )


def change(
    trend: Trend,
    event: TrendChanged,
    entry: Entry,
    *,
    background: AbstractSet[str] | None,
    blocks: AbstractSet[str] | None,
) -> Trend:
    """Return a trend under its next version; what the event leaves out stays.

    Args:
        trend: As it is.
        event: What changes.
        entry: Where it stands in the ledger.
        background: By which ways of comparing the bank of the suite that serves can normalise; None where that is not
            known.
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
    if rule.background_normalised != trend.rule.background_normalised and "threshold" not in given:
        reason = f"a change of it needs a threshold beside it, the present {rule.threshold:g} is on another scale"
        raise RefusedError(reason, "$.background_normalised")
    now, leaves = entry.received_at, trend.state == "draft" != rule.state
    return replace(
        trend,
        rule=rule,
        offset=entry.offset,
        event_at=event.changed_at,
        received_at=now,
        ruled_at=now,
        previewed=trend.told_offset if leaves else trend.previewed,
        # A bound of an earlier preview would stop what the moderator has seen since.
        bound=None if leaves and trend.bounded_at < trend.told_offset else trend.bound,
        score_rules={**trend.score_rules, rule.version: score_rule(rule)},
    )


def adjust(trend: Trend, event: TrendAdjusted, entry: Entry) -> Trend:
    """Return a trend with what TRENDS decided; as it was if that no longer means anything.

    What TRENDS appended may have been overtaken by a moderator: a trend that ended stays ended, an end that was put
    off meanwhile is not due, a release undoes every pause that did not know it. Whether an end is due is asked of
    Kafka's time of the event, never of a clock, so that a replay decides the same. What was worked out again after a
    crash, knowing less than what is in force or saying nothing new, means nothing either. The version stays: it
    counts what moderators said. A bound of a draft changes no offset, for the shards need not hear of it: a draft
    emits nothing.

    Raises:
        RefusedError: TRENDS did not write the event.
    """
    if not entry.own:
        raise RefusedError("TrendAdjusted is written by TRENDS only; use TrendChanged", "$.type")
    ends = bool(event.expired) and trend.rule.expires_at is not None and trend.rule.expires_at <= entry.received_at
    if trend.state == "retired" or (event.expired and not ends):
        return trend
    known = entry.offset if event.source_offset is None else event.source_offset
    decided = _decided(trend, event, known) | ({"rule": _ended(trend)} if ends else {})
    untold = {"bounded_at"} | ({"bound"} if trend.state == "draft" else set())
    if decided.keys() <= untold:
        return replace(trend, **decided)  # type: ignore[arg-type]  # fields by name
    if "weights" in decided:
        decided["ruled_at"] = entry.received_at
    place = {"offset": entry.offset, "event_at": None, "received_at": entry.received_at}
    return replace(trend, **decided, **place)  # type: ignore[arg-type]  # fields by name


def _decided(trend: Trend, event: TrendAdjusted, known: int) -> dict[str, object]:
    """Return the fields of a trend that an adjustment still changes, its end left out.

    Args:
        trend: As it is.
        event: What TRENDS decided.
        known: Offset of the newest event in the ledger that it knew.
    """
    fields: dict[str, object] = {}
    if event.weights is not None and known >= trend.weighed_at and event.weights != trend.weights:
        fields |= {"weights": event.weights, "weighed_at": known}
    if event.max_hits is not None and known >= trend.bounded_at:
        fields |= {} if event.max_hits == trend.bound else {"bound": event.max_hits}
        fields |= {} if known == trend.bounded_at else {"bounded_at": known}
    if event.calibration is not None and _still_means(event.calibration, trend):
        fields["calibration"] = event.calibration
    overtaken = event.paused is True and known < trend.release_offset
    if event.paused is not None and event.paused != trend.paused and not overtaken:
        fields |= {"paused": event.paused, "paused_because": event.reason if event.paused else None}
    return fields


def _still_means(said: Calibration, trend: Trend) -> bool:
    """Return whether a calibration is of scores as they are made now, knowing more than the one in force.

    A moderator may have changed how scores are made since it was fitted. One that was fitted again after a crash knows
    as much as the one in force, or less; or it knows later decisions of which none counts. The model that serves is
    asked for when a policy is made.
    """
    if said.rule != trend.score_rule:
        return False
    if trend.calibration is None:
        return True
    before, after = (-1 if one.decision_offset is None else one.decision_offset for one in (trend.calibration, said))
    same = (said.model_id, said.rule) == (trend.calibration.model_id, trend.calibration.rule)
    return after >= before and not (same and said.decisions <= trend.calibration.decisions)


def _ended(trend: Trend) -> TrendDeclared:
    return msgspec.structs.replace(trend.rule, state="retired")
