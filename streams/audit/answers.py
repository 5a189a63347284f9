"""What moderators are still owed: commands that no shard was told of, fan-out messages without a complete receipt."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from streams.audit.fates import dead_letters
from streams.audit.logs import Logs, Place, Seen
from streams.wire.fanout import VideoCleared, fanout_key
from streams.wire.moderation import Receipt
from streams.wire.trend import ReviewDecision, SeedAdded, SeedRevoked, TrendAdjusted, TrendEvent

# On the receipt that ends a sweep, whether or not all held videos were comparable.
SWEPT_HEADER = "ebr-swept"


@dataclass(frozen=True, slots=True, order=True)
class OwedReceipt:
    """A complete receipt that a shard has not given."""

    shard: int
    key: str
    source_offset: int


def owed_receipts(logs: Logs) -> list[OwedReceipt]:
    """Return the receipts that are missing: one a shard for every fan-out message that it had to apply."""
    given = {
        (receipt.shard, _receipt_key(receipt), receipt.source_offset)
        for receipt, ended in ended_receipts(logs)
        if ended
    }
    owed = {OwedReceipt(*need) for need in _needs(logs) if need not in given}
    return sorted(owed)


def ended_receipts(logs: Logs) -> Iterator[tuple[Receipt, bool]]:
    """Yield the receipts of shards, each with whether its sweep was over."""
    for seen in logs.receipts:
        if seen.message is not None and seen.message.shard is not None:
            swept = any(name == SWEPT_HEADER for name, _ in seen.record.headers)
            yield seen.message, swept or seen.message.complete


def unanswered_commands(logs: Logs) -> list[Place]:
    """Return the records of `trend-seeds` and rejecting `review-decisions` that have led to nothing yet.

    A command is answered when every partition of the fan-out has its key at this or a later source offset, when it was
    refused, or when it is a dead letter.
    """
    told = _told(logs)
    letters = dead_letters(logs)
    refused = {
        seen.message.source_offset
        for seen in logs.receipts
        if seen.message is not None and seen.message.status in ("refused", "failed")
    }
    silent = [
        logs.place(command.record)
        for command in logs.commands
        if not isinstance(command.message, TrendAdjusted)  # TRENDS' own, which need not change anything
        and not (command.message and told(_command_key(command.message), command.record.offset))
        and command.record.offset not in refused
    ]
    silent += [logs.place(decision.record) for decision in logs.decisions if not _ruled(logs, decision)]
    return [place for place in silent if place not in letters]


def _needs(logs: Logs) -> Iterator[tuple[int, str, int]]:
    """Yield shard, key and source offset of each fan-out message that is no clearing, stale or refused one."""
    letters, highest = dead_letters(logs), dict[tuple[int, str], int]()
    for seen in sorted(logs.fanout, key=lambda s: (s.record.partition, s.record.offset)):
        message = seen.message
        if message is None or isinstance(message, VideoCleared) or logs.place(seen.record) in letters:
            continue
        where = (seen.record.partition, fanout_key(message))
        if message.source_offset >= highest.get(where, 0):
            highest[where] = message.source_offset
            yield *where, message.source_offset


def _told(logs: Logs) -> Callable[[str, int], bool]:
    """Return the question whether all shards were told of a key at a source offset or later."""
    newest: dict[str, dict[int, int]] = {}
    for seen in logs.fanout:
        if seen.message is not None:
            offsets = newest.setdefault(fanout_key(seen.message), {})
            offsets[seen.record.partition] = max(seen.message.source_offset, offsets.get(seen.record.partition, -1))

    def told(key: str, offset: int) -> bool:
        offsets = newest.get(key, {})
        return len(offsets) == logs.partitions and min(offsets.values()) >= offset

    return told


def _ruled(logs: Logs, decision: Seen[ReviewDecision]) -> bool:
    """Return whether a decision asks for nothing, or its pair was cleared."""
    ruling = decision.message
    if ruling is None or ruling.verdict != "reject":
        return ruling is not None
    pair = (ruling.trend_id, ruling.video_id)
    return any(
        isinstance(seen.message, VideoCleared)
        and (seen.message.trend_id, seen.message.video_id) == pair
        and seen.message.revision >= ruling.revision
        for seen in logs.fanout
    )


def _receipt_key(receipt: Receipt) -> str:
    return f"seed/{receipt.trend_id}/{receipt.seed_id}" if receipt.seed_id else f"trend/{receipt.trend_id}"


def _command_key(command: TrendEvent) -> str:
    if isinstance(command, SeedAdded | SeedRevoked):
        return f"seed/{command.trend_id}/{command.seed_id}"
    return f"trend/{command.trend_id}"
