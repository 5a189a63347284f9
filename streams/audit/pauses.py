"""What a pause excuses: nothing new comes meanwhile, what stands and is still wanted stays as it was."""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from streams.audit.oracle import Expected
from streams.wire.fanout import TrendPolicy
from streams.wire.moderation import Receipt


@dataclass(frozen=True, kw_only=True, slots=True)
class Differences:
    """How the active set differs from the one that the logs call for.

    Attributes:
        missing: Expected actions that do not stand, though nothing holds them back.
        unexpected: Actions that stand, though nothing calls for them.
        held_back: Expected actions that wait for a release.
    """

    missing: list[Expected]
    unexpected: list[Expected]
    held_back: list[Expected]


def paused_trends(policies: Iterable[TrendPolicy], receipts: Iterable[Receipt]) -> set[str]:
    """Return the trends of one shard for which it may emit nothing new.

    TRENDS paused them, or the shard itself did: its newest receipt about the trend says so.

    Args:
        policies: That the shard was told.
        receipts: That it gave, in order.
    """
    newest: dict[str, TrendPolicy] = {}
    for policy in policies:
        known = newest.get(policy.trend_id)
        if known is None or policy.source_offset >= known.source_offset:
            newest[policy.trend_id] = policy
    last = {receipt.trend_id: receipt.status for receipt in receipts if receipt.shard is not None}
    braked = {trend_id for trend_id, status in last.items() if status == "paused"}
    return braked | {policy.trend_id for policy in newest.values() if policy.paused}


def compare(
    active: AbstractSet[Expected], expected: AbstractSet[Expected], is_paused: Callable[[Expected], bool]
) -> Differences:
    """Hold active actions against expected ones.

    Of a paused trend an action of an older revision or band stands while its pair is still wanted in that topic: to
    replace it would be something new.

    Args:
        active: What stands.
        expected: What the oracle calls for, pauses left aside.
        is_paused: Whether a shard may emit nothing new for the trend of an action of that shard.
    """
    wanted = {(one.topic, one.trend_id, one.video_id) for one in expected}
    standing = {(one.topic, one.trend_id, one.video_id) for one in active}
    missing, unexpected, held_back = list[Expected](), list[Expected](), list[Expected]()
    for one in sorted(expected - active):
        if not is_paused(one):
            missing.append(one)
        elif (one.topic, one.trend_id, one.video_id) not in standing:
            held_back.append(one)
    for one in sorted(active - expected):
        if not is_paused(one) or (one.topic, one.trend_id, one.video_id) not in wanted:
            unexpected.append(one)
    return Differences(missing=missing, unexpected=unexpected, held_back=held_back)
