"""Waiting until the shards have answered a message that a person wrote."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass

from streams.cli.output import note, say, say_json
from streams.cli.receipts import receipt_line
from streams.cli.receiving import messages
from streams.cli.sending import send
from streams.client import log_range, read_partition
from streams.errors import UserError
from streams.settings import Settings
from streams.shards.emission import SWEPT_HEADER
from streams.wire.moderation import Receipt
from streams.wire.record import Outgoing
from streams.wire.topics import Topic


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the shards said within the time.

    Attributes:
        shards: How many answer in all; 0 while none has.
        receipts: The last receipt of each shard whose sweep has ended.
        refusal: The receipt that says no, if any did.
    """

    shards: int
    receipts: Mapping[int, Receipt]
    refusal: Receipt | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        if self.refusal is not None:
            return True
        return 0 < self.shards <= len(self.receipts) and not any(map(_overtaken, self.receipts.values()))

    @property
    def complete(self) -> bool:
        """Whether every shard judged all it holds."""
        return self.refusal is None and self.ended and all(receipt.complete for receipt in self.receipts.values())

    def with_receipt(self, receipt: Receipt, *, swept: bool) -> "Answer":
        """Return the answer after one more receipt of the message."""
        if receipt.status in ("refused", "failed"):
            return Answer(shards=receipt.shards, receipts=self.receipts, refusal=receipt)
        if receipt.shard is None or not (swept or receipt.complete):
            return Answer(shards=receipt.shards, receipts=self.receipts)
        if receipt.seed_id is None and (known := self.receipts.get(receipt.shard)) is not None and known.seed_id:
            return self  # the preview of a draft, which a seed called for
        return Answer(shards=receipt.shards, receipts={**self.receipts, receipt.shard: receipt})

    def with_later(self, receipt: Receipt) -> "Answer":
        """Return the answer after a receipt of another message of the same trend.

        Where the policy changed during the sweep of ours, the next complete sweep of that shard judged ours too, since
        ours was applied before it began. A weighted trend is told new weights just after a seed, so it is usual there.
        """
        known = self.receipts.get(-1 if receipt.shard is None else receipt.shard)
        if known is None or not _overtaken(known) or not receipt.complete:
            return self
        return Answer(shards=self.shards, receipts={**self.receipts, receipt.shard or 0: receipt})


def _overtaken(receipt: Receipt) -> bool:
    """Return whether a sweep ended under another policy than it began with, though all was comparable."""
    applied = receipt.status == "applied" and receipt.version is not None
    return applied and not receipt.complete and receipt.not_comparable == 0


async def send_and_wait(settings: Settings, record: Outgoing, timeout_seconds: float) -> Answer:
    """Send a record to `trend-seeds`; return what the shards answered, at the latest after the timeout.

    Raises:
        ClusterError, DeliveryError: it could not be sent, or the receipts could not be read.
    """
    before = (await log_range(settings, Topic.TREND_SEEDS, 0))[1]
    await send(settings, [record])
    offset = await _offset_of(settings, record, before)
    answer = Answer(shards=0, receipts={})
    try:
        async with asyncio.timeout(timeout_seconds):
            async with aclosing(messages(settings, Topic.SEED_RECEIPTS, follow=True)) as pairs:
                async for received, receipt in pairs:
                    if receipt.trend_id != record.key.decode():
                        continue
                    swept = any(name == SWEPT_HEADER for name, _ in received.headers)
                    own = receipt.source_offset == offset
                    answer = answer.with_receipt(receipt, swept=swept) if own else answer.with_later(receipt)
                    if answer.ended:
                        break
    except TimeoutError:
        note(f"not all receipts came within {timeout_seconds:g} s; is `ebr worker` running?")
    return answer


def say_answer(answer: Answer, *, as_json: bool) -> int:
    """Print an answer; return the exit code: 0 when it is complete."""
    if as_json:
        receipts = [answer.receipts[shard] for shard in sorted(answer.receipts)]
        refusal = [answer.refusal] if answer.refusal else []
        say_json({"complete": answer.complete, "shards": answer.shards, "receipts": receipts + refusal})
        return 0 if answer.complete else 1
    for shard in sorted(answer.receipts):
        say(receipt_line(answer.receipts[shard]))
    if answer.refusal is not None:
        say(receipt_line(answer.refusal))
    else:
        hits = sum(receipt.hits for receipt in answer.receipts.values())
        held = sum(receipt.videos_held for receipt in answer.receipts.values())
        state = "in force on all shards" if answer.complete else "PARTIAL"
        say(f"{state}: {len(answer.receipts)} of {answer.shards or '?'} shards answered, {hits} hits in {held} videos")
    return 0 if answer.complete else 1


async def _offset_of(settings: Settings, record: Outgoing, before: int) -> int:
    """Return where the record just sent lies; others may write to the topic at the same time."""
    async with aclosing(read_partition(settings, Topic.TREND_SEEDS, 0, start=before)) as records:
        async for received in records:
            if received.value == record.value:
                return received.offset
    raise UserError("the message was delivered, but is not in trend-seeds: another installation with this prefix?")
