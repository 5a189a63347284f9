"""A small installation whose shard 0 has truly judged, put into the topics of a broker."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from streams.client import partition_for
from streams.shards import Shard, ShardIdentity, ShardLimits
from streams.wire.codec import encode_json, encode_msgpack
from streams.wire.embedding import EmbeddingEvent
from streams.wire.fanout import FanoutMessage, fanout_key
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from streams.wire.trend import ReviewDecision, TrendEvent
from streams.wire.video import VideoEvent
from tests.support.commands import put
from tests.support.shard_messages import tiny_index
from tests.support.shard_world import World

SHARDS = 3


@dataclass(frozen=True, kw_only=True)
class Story:
    """What people and producers said, in the order of each ledger."""

    commands: Sequence[TrendEvent] = ()
    fanout: Sequence[FanoutMessage] = ()
    videos: Sequence[EmbeddingEvent] = ()
    events: Sequence[VideoEvent] = ()
    decisions: Sequence[ReviewDecision] = ()


def in_shard_0(name: str) -> str:
    """Return an id that begins with a name and belongs to shard 0."""
    return next(video for number in count() if partition_for(video := f"{name}-{number}", SHARDS) == 0)


def play(prefix: str, story: Story) -> World:
    """Return a world in which shard 0 took all videos, then all of the fan-out, and swept."""
    world = World()
    limits = ShardLimits(retention=timedelta(days=30))
    world.shard = Shard(ShardIdentity(prefix=prefix, shard=0, shards=SHARDS), limits, tiny_index)
    world.videos += story.videos
    world.fanout += story.fanout
    world.take(Topic.VIDEO_EMBEDDINGS, len(world.videos))
    world.settle()
    return world


def publish(world: World, story: Story) -> None:
    """Put the inputs and outputs of shard 0 into its partition, the ledgers into theirs."""
    put(
        *(Outgoing(topic=Topic.TREND_SEEDS, key=e.trend_id.encode(), value=encode_json(e)) for e in story.commands),
        *(
            Outgoing(topic=Topic.REVIEW_DECISIONS, key=d.trend_id.encode(), value=encode_json(d))
            for d in story.decisions
        ),
        *(
            Outgoing(topic=Topic.TREND_FANOUT, key=fanout_key(m).encode(), value=encode_msgpack(m), partition=0)
            for m in story.fanout
        ),
        *(
            Outgoing(topic=Topic.VIDEO_EMBEDDINGS, key=v.video_id.encode(), value=encode_msgpack(v), partition=0)
            for v in story.videos
        ),
        *(
            Outgoing(topic=Topic.VIDEO_EVENTS, key=e.video_id.encode(), value=encode_json(e), partition=0)
            for e in story.events
        ),
        *(
            Outgoing(topic=r.topic, key=r.key or b"k", value=r.value or b"", partition=0, headers=r.headers)
            for r in world.output
        ),
    )
