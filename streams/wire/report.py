"""What a shard tells of its own rate: a measure for TRENDS' brake, not a ledger."""

from typing import Annotated

import msgspec
from msgspec import Meta

from streams.wire.envelope import Count, Id, Message, Schema, Time
from streams.wire.moderation import Applied, Shard


class ShardReport(Message, frozen=True, kw_only=True):
    """Judged videos with forward hits by trend, cumulative within one stretch of stream time.

    A later report of the same shard and stretch replaces an earlier one. A crash may lose counts, never double them.

    Attributes:
        shards: How many report in all.
        begins_at: Where the stretch begins, in `received_at` of videos: a multiple of `seconds` since the epoch.
        seconds: How long the stretch is.
        videos: Embeddings that became held and were judged against the standing seeds.
        hits: By trend, actions of direction forward that were newly emitted; those that supersede one are not.
        applied: The next offset of both inputs.
    """

    schema_version: Schema = 1
    shard: Shard
    shards: Annotated[int, Meta(ge=1)]
    begins_at: Time
    seconds: Annotated[float, Meta(gt=0.0)]
    videos: Count
    hits: dict[Id, Annotated[int, Meta(ge=1)]] = msgspec.field(default_factory=dict)
    applied: Applied
