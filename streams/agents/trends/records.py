"""The records that TRENDS writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from streams.catalogue import ORIGIN_HEADER
from streams.client import partition_for
from streams.errors import BadMessage
from streams.wire.codec import decode_json, encode_json, encode_msgpack
from streams.wire.dead_letter import Header
from streams.wire.envelope import Id
from streams.wire.fanout import FanoutMessage, VideoCleared, fanout_key
from streams.wire.moderation import Receipt, ReceiptStatus, SeedReceipt, TrendReceipt
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic
from streams.wire.trace import trace_headers
from streams.wire.trend import TrendAdjusted, TrendEvent

# Of a receipt: what a text may hold, so that no reason is too long to be told.
_REASON_CHARACTERS = 2_000


class _About(msgspec.Struct, frozen=True):
    trend_id: Id


class Unreadable(msgspec.Struct, frozen=True):
    """What is known of an event that breaks the contract: whom it was about."""

    trend_id: Id
    seed_id: Id | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """What was said about a trend, in its record."""

    record: Received
    event: TrendEvent | Unreadable


def read_loosely(record: Received) -> Item | None:
    """Return whom bytes that are no event are about, so that they can be answered; None if they name no trend."""
    try:
        return Item(record, decode_json(record.value, Unreadable))
    except BadMessage:
        pass  # its seed may be what is wrong
    try:
        return Item(record, Unreadable(decode_json(record.value, _About).trend_id))
    except BadMessage:
        return None


def fanout_copies(message: FanoutMessage, shards: int, headers: Sequence[Header]) -> list[Outgoing]:
    """Return a message's records: a copy for every shard, or for a cleared pair only the one that holds the video.

    Args:
        message: What the shards must know.
        shards: How many there are.
        headers: Of the record that caused it.
    """
    homes = [partition_for(message.video_id, shards)] if isinstance(message, VideoCleared) else range(shards)
    key, value, trace = fanout_key(message).encode(), encode_msgpack(message), trace_headers(headers)
    return [
        Outgoing(topic=Topic.TREND_FANOUT, key=key, value=value, partition=partition, headers=trace)
        for partition in homes
    ]


@dataclass(frozen=True, kw_only=True)
class Receipts:
    """How TRENDS itself answers: on partition 0, without a shard, without progress.

    Attributes:
        shards: How many there are.
        model_id: Of the suite that serves.
    """

    shards: int
    model_id: str

    def answer(self, item: Item, status: ReceiptStatus, reason: str, version: int | None, now: datetime) -> Outgoing:
        """Return the receipt of an event that the shards never hear of.

        Args:
            item: What was said, in its record.
            status: `refused` or `failed`.
            reason: Why, for a person.
            version: Of the trend's policy in force; None without one.
            now: The clock.
        """
        event, record = item.event, item.record
        facts: dict[str, Any] = {
            "trend_id": event.trend_id,
            "version": version,
            "source_offset": record.offset,
            "model_id": self.model_id,
            "shards": self.shards,
            "status": status,
            "reason": reason[:_REASON_CHARACTERS],
            "latency_seconds": max(0.0, round((now - record.timestamp).total_seconds(), 6)),
        }
        receipt: Receipt = TrendReceipt(**facts)
        seed_id = getattr(event, "seed_id", None)
        if seed_id is not None:
            receipt = SeedReceipt(seed_id=seed_id, **facts)
        return Outgoing(
            topic=Topic.SEED_RECEIPTS,
            key=event.trend_id.encode(),
            value=encode_json(receipt),
            partition=0,
            headers=trace_headers(record.headers),
        )


def own_event(event: TrendAdjusted) -> Outgoing:
    """Return the record by which TRENDS appends a decision of its own to the ledger of trends."""
    return Outgoing(
        topic=Topic.TREND_SEEDS,
        key=event.trend_id.encode(),
        value=encode_json(event),
        partition=0,
        headers=(ORIGIN_HEADER,),
    )
