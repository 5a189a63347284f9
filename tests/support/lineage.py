"""The history of a trend out of a world of one shard, as its topics would tell it."""

from datetime import timedelta

import msgspec

from streams.lineage.history import ACTION_TOPICS, Arrived, History, Marks, ShardHistory, Told, origin_of
from streams.wire.codec import decode_json
from streams.wire.fanout import TrendPolicy
from streams.wire.moderation import ActionEvent, Applied, Receipt
from streams.wire.record import Received
from streams.wire.topics import Topic
from tests.support.shard_world import World

# As `new_shard` has it.
RETENTION = timedelta(days=3)


def history_of(world: World, trend_id: str, **fields: object) -> History:
    """Return what the logs of a world tell of a trend, whatever its shard knows; some fields otherwise."""
    fanout = [Told(offset, message) for offset, message in enumerate(world.fanout)]
    actions: dict[Topic, list[Told[ActionEvent]]] = {topic: [] for topic in ACTION_TOPICS}
    marks, braked = Marks(), False
    for record in world.output:
        marks = marks.or_later(_marks(record))
        if record.topic == Topic.SEED_RECEIPTS:
            receipt = decode_json(record.value, Receipt)
            braked = receipt.status == "paused" if receipt.trend_id == trend_id else braked
        else:
            event = decode_json(record.value, ActionEvent)
            if event.trend_id == trend_id:
                actions[record.topic].append(Told(record.offset, event))
    acted = {told.message.video_id for of_topic in actions.values() for told in of_topic}
    videos, clock = list[Arrived](), None
    for offset, event in enumerate(world.videos):
        if event.video_id in acted:
            videos.append(Arrived(offset, event, clock))
        clock = event.received_at if clock is None else max(clock, event.received_at)
    shard = ShardHistory(
        shard=0,
        fanout=[told for told in fanout if told.message.trend_id == trend_id],
        videos=videos,
        clock=clock,
        actions=actions,
        marks=dict.fromkeys(ACTION_TOPICS, marks),
        braked=braked,
    )
    facts: dict[str, object] = {
        "trend_id": trend_id,
        "prefix": "t",
        "retention": RETENTION,
        "trend": None,
        "shards": [shard],
        "origins": {(0, told.offset): origin_of(told.message) for told in fanout},
    }
    return History(**(facts | fields))  # type: ignore[arg-type]  # fields that the caller knows


def policies(world: World, trend_id: str) -> list[TrendPolicy]:
    """Return what the shard was told of a trend's rule."""
    return [m for m in world.fanout if isinstance(m, TrendPolicy) and m.trend_id == trend_id]


def _marks(record: Received) -> Marks:
    headers = dict(record.headers)
    applied = msgspec.json.decode(headers["ebr-applied"], type=Applied)
    return Marks(applied.videos, applied.fanout, int(headers["ebr-swept-below"]))
