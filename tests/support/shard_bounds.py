"""The bounds of a trend by the book: what each message of the fan-out newly emitted, beside what it may."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from streams.wire.codec import decode_json
from streams.wire.fanout import FanoutMessage, SeedLive, TrendPolicy, VideoCleared, fanout_key
from streams.wire.moderation import ActionEvent, Applied, ModerationAction, Receipt
from streams.wire.record import Received
from streams.wire.topics import Topic


class Bounds:
    """Reads the log of the fan-out with the transactions of its shard; knows nothing of what the shard remembers."""

    def __init__(self, fanout: Sequence[FanoutMessage]) -> None:
        self._fanout = fanout
        self._read = self._swept = 0
        self._offsets: dict[str, int] = {}
        self._policies: dict[str, TrendPolicy] = {}
        self._open: dict[str, dict[int, FanoutMessage]] = {}
        self._free: set[int] = set()
        self._spent: Counter[int] = Counter()

    def broken_by(self, transaction: Sequence[Received]) -> int:
        """Return how many new actions of a transaction are beyond a bound."""
        broken = 0
        for record in transaction:
            if record.topic == Topic.SEED_RECEIPTS:
                continue
            event = decode_json(record.value, ActionEvent)
            if isinstance(event, ModerationAction) and event.direction == "backward":
                self._read_to(event.cause.offset + 1)
                broken += event.supersedes is None and self._is_beyond(event)
        for record in transaction:
            headers = dict(record.headers)
            if "ebr-swept" in headers:  # of two sweeps the later may end first
                self._close(decode_json(record.value, Receipt))
            self._read_to(msgspec.json.decode(headers["ebr-applied"], type=Applied).fanout)
            self._swept = max(self._swept, int(headers.get("ebr-swept-below", b"0")))
        return broken

    def _is_beyond(self, event: ModerationAction) -> bool:
        """Count a new action for the messages that it is of; return whether one of them may not have it."""
        policy = self._policies[event.trend_id]
        messages = {o: m for o, m in self._open.get(event.trend_id, {}).items() if o >= self._swept}
        own = {o for o, m in messages.items() if isinstance(m, SeedLive) and m.seed_id == event.seed_id}
        others = {o for o, m in messages.items() if not isinstance(m, SeedLive)}
        if policy.seed_pooling == "mean":
            own, others = set(), set(messages)
        beyond = False
        for offset in own or others:
            message = messages[offset]
            bounds = [policy.max_hits, message.max_hits if isinstance(message, SeedLive) else None]
            bound = min((b for b in bounds if b is not None), default=None)
            self._spent[offset] += 1
            beyond |= bound is not None and offset not in self._free and self._spent[offset] > bound
        return beyond

    def _close(self, receipt: Receipt) -> None:
        for offset, message in list(self._open.get(receipt.trend_id, {}).items()):
            seed_id = None if isinstance(message, TrendPolicy | VideoCleared) else message.seed_id
            if (message.source_offset, seed_id) == (receipt.source_offset, receipt.seed_id):
                del self._open[receipt.trend_id][offset]

    def _read_to(self, end: int) -> None:
        for offset in range(self._read, end):
            message = self._fanout[offset]
            key = fanout_key(message)
            if message.source_offset >= self._offsets.get(key, -1):
                self._offsets[key] = message.source_offset
                if not isinstance(message, VideoCleared):
                    self._apply(offset, message)
        self._read = max(self._read, end)

    def _apply(self, offset: int, message: FanoutMessage) -> None:
        trend_id, before = message.trend_id, self._policies.get(message.trend_id)
        messages = self._open.setdefault(trend_id, {})
        for swept in [o for o in messages if o < self._swept]:
            del messages[swept]
        if isinstance(message, TrendPolicy):
            self._policies[trend_id] = message
            known = before.release_offset if before else None
            if message.release_offset is not None and message.release_offset > (-1 if known is None else known):
                self._free.update(messages, [offset])
            elif before and before.version != message.version:
                self._free.difference_update(messages)
        if not isinstance(message, SeedLive) and any(
            o in self._free and not isinstance(m, SeedLive) for o, m in messages.items()
        ):
            self._free.add(offset)
        messages[offset] = message
