"""A seed with 200,000 hits in one shard: swept between videos, beside another trend, over a crash in its middle."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import msgspec
import numpy as np

from index import SegmentedIndex
from streams.shards import Input, Shard, ShardCut, ShardIdentity, ShardLimits
from streams.shards.emission import SWEPT_HEADER
from streams.shards.holdings import HeldVideo
from streams.wire.embedding import EmbeddingEvent, VideoEmbedded, unpack_vector
from streams.wire.fanout import FanoutMessage
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic
from tests.support.shard_messages import MODEL, NOW, VECTORS, as_received, policy, seed_live

HITS = 200_000
# Of another trend, held as well.
OTHERS = 300
LIMITS = ShardLimits(retention=timedelta(days=3), slice_videos=2_048, slice_records=2_048)


class Owner:
    """One shard with the position of its owner in two logs, beside all that it emitted."""

    def __init__(self, held: ShardCut) -> None:
        """Begin with a snapshot of what is held."""
        self.held, self.output = held, list[Outgoing]()
        self.inputs: dict[Topic, list[Input]] = {Topic.VIDEO_EMBEDDINGS: [], Topic.TREND_FANOUT: []}
        self.shard = self._adopted()

    def take(self, topic: Topic, messages: Sequence[EmbeddingEvent | FanoutMessage]) -> list[Outgoing]:
        """Let the shard take messages as one batch; return what it emits for them."""
        log = self.inputs[topic]
        for message in messages:
            at = Received(topic=topic, partition=0, offset=len(log), key=b"k", value=b"", timestamp=NOW)
            log.append(Input(at, message))
        return self._emit(self.shard.take(log[len(log) - len(messages) :], NOW).records)

    def due(self) -> bool:
        """Return whether a slice is due."""
        return self.shard.sweep_due

    def sweep(self) -> list[Outgoing]:
        """Take one slice."""
        return self._emit(self.shard.sweep_slice(NOW))

    def crash(self) -> None:
        """Lose the memory: adopt the snapshot, fold the output, replay the inputs (law 5)."""
        self.shard = self._adopted()
        for offset, record in enumerate(self.output):
            if record.topic != Topic.SHARD_REPORTS:
                self.shard.fold(as_received(record, offset))
        for log in self.inputs.values():
            for item in log:
                self.shard.replay(item)

    def _emit(self, records: list[Outgoing]) -> list[Outgoing]:
        self.output += records
        return records

    def _adopted(self) -> Shard:
        shard = Shard(ShardIdentity(prefix="t", shard=0, shards=1), LIMITS, SegmentedIndex)
        shard.adopt(self.held)
        return shard


class Pair(msgspec.Struct):
    """What is read of an action here."""

    trend_id: str
    video_id: str
    action_id: str


def pairs(records: Sequence[Outgoing]) -> list[Pair]:
    """Return the actions among some records."""
    return [msgspec.json.decode(r.value, type=Pair) for r in records if r.topic == Topic.MODERATION_ACTIONS]


def trends_of(records: Sequence[Outgoing]) -> Counter[str]:
    """Return how many actions each trend has among some records."""
    return Counter(pair.trend_id for pair in pairs(records))


def answered(records: Sequence[Outgoing]) -> list[str]:
    """Return the trends whose receipts among some records are complete."""
    return [r.key.decode() for r in records if r.topic == Topic.SEED_RECEIPTS and SWEPT_HEADER in dict(r.headers)]


def holdings() -> ShardCut:
    """Return a snapshot of a shard that holds both trends' videos: 1,000 near copies of vector 0, many times each."""
    rng, viral, other = np.random.default_rng(7), unpack_vector(VECTORS[0]), unpack_vector(VECTORS[2])
    near = viral.astype(np.float32) + 0.05 * rng.standard_normal((1_000, len(viral)), dtype=np.float32)
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    fused = np.concatenate([near[np.arange(HITS) % 1_000], np.tile(other.astype(np.float32), (OTHERS, 1))])
    names = [f"v{n}" for n in range(HITS)] + [f"o{n}" for n in range(OTHERS)]
    index = SegmentedIndex(len(viral))
    index.insert(names, fused.astype(np.float16), [NOW.timestamp()] * len(names))
    empty = Shard(ShardIdentity(prefix="t", shard=0, shards=1), LIMITS, SegmentedIndex).cut()
    held = replace(
        empty.holdings,
        held=tuple(HeldVideo(name, 1, NOW, (MODEL,)) for name in names),
        indexes={MODEL: index.cut()},
        clock=NOW,
    )
    return replace(empty, holdings=held, dimensions={(MODEL, "fused"): len(viral)})


def uploaded(name: str, vector: int) -> VideoEmbedded:
    """Return a new video with fused vectors alone."""
    return VideoEmbedded(video_id=name, revision=1, model_id=MODEL, received_at=NOW, fused=VECTORS[vector], vectors={})


def test_a_viral_seed_is_swept_between_messages_and_over_a_crash_in_its_middle() -> None:
    """All 200,000 are emitted, each once, in slices; videos and another trend's seed never wait for more than one."""
    owner = Owner(holdings())
    owner.take(Topic.TREND_FANOUT, [policy("viral", 1, 1), policy("calm", 1, 1)])
    while owner.due():
        owner.sweep()
    first = owner.take(Topic.TREND_FANOUT, [seed_live("viral", "s1", 0, 2)])
    assert trends_of(first) == {"viral": LIMITS.first_hits}

    slices, widest, viral, pushed, half = 0, 0, LIMITS.first_hits, 0, 0
    in_force = False
    while owner.due():
        slices += 1
        swept = owner.sweep()
        widest = max(widest, len(swept))
        fresh = owner.take(Topic.VIDEO_EMBEDDINGS, [uploaded(f"new{slices}-{vector}", vector) for vector in (0, 2)])
        assert trends_of(fresh)["viral"] == 1  # judged whole, at once, by all seeds there are
        viral += trends_of(swept)["viral"] + 1
        if slices == 20:
            calm = owner.take(Topic.TREND_FANOUT, [seed_live("calm", "s1", 2, 3)])
            assert trends_of(calm)["calm"] >= OTHERS  # its first hits do not wait for a slice
            pushed = viral
        if "calm" in answered(swept) and not in_force:
            in_force = True
            assert viral - pushed < HITS / 10  # nor does its own sweep for the many hits of the other trend
        if viral > HITS / 2 and not half:
            half = viral
            owner.crash()
    assert in_force
    assert HITS / 2 < half < HITS

    emitted = pairs(owner.output)
    assert Counter(pair.trend_id for pair in emitted)["viral"] == HITS + slices
    assert len({(pair.trend_id, pair.video_id) for pair in emitted}) == len(emitted)
    assert len({pair.action_id for pair in emitted}) == len(emitted)
    assert widest <= LIMITS.slice_records + 2  # with the last receipts
    assert len(owner.shard.ledger.videos_of("viral")) == HITS + slices
