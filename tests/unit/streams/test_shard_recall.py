"""What a shard tells of its index's recall, beside the law."""

import dataclasses
from datetime import timedelta
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from index import Above, HnswParams, SegmentedIndex, SegmentParams
from streams.cli.receipts import receipt_line
from streams.shards import Input, Shard, ShardIdentity, ShardLimits
from streams.wire.codec import decode_json
from streams.wire.embedding import VideoEmbedded, pack_vector
from streams.wire.fanout import FanoutMessage, SeedLive
from streams.wire.moderation import IndexRecall, Receipt, SeedReceipt
from streams.wire.record import Received
from streams.wire.topics import Topic
from tests.support.shard_messages import MODEL, NOW, embedded, new_shard, policy, seed_live


class Story:
    """Videos and seeds of one shard, one after the other, with all that it emits."""

    def __init__(self, shard: Shard) -> None:
        self.shard = shard
        self.offsets = {Topic.VIDEO_EMBEDDINGS: 0, Topic.TREND_FANOUT: 0}
        self.values: list[tuple[Topic, bytes]] = []

    def tell(self, message: VideoEmbedded | FanoutMessage) -> None:
        """Deliver a message, sweep to the end, then keep the indexes in order."""
        topic = Topic.VIDEO_EMBEDDINGS if isinstance(message, VideoEmbedded) else Topic.TREND_FANOUT
        record = Received(topic=topic, partition=0, offset=self.offsets[topic], key=b"k", value=b"", timestamp=NOW)
        self.offsets[topic] += 1
        records = self.shard.take([Input(record, message)], NOW).records
        while self.shard.sweep_due:
            records = [*records, *self.shard.sweep_slice(NOW)]
        self.values += [(r.topic, r.value) for r in records]
        while self.shard.maintain():
            pass

    def receipts(self) -> list[Receipt]:
        """Return all receipts so far."""
        return [decode_json(value, Receipt) for topic, value in self.values if topic == Topic.SEED_RECEIPTS]


def _told(share: float) -> Story:
    """A trend with six seeds among 60 videos, its index tiny, its searches measured or not."""
    story = Story(new_shard(recall_sample=share, first_hits=10))
    for row in range(60):
        story.tell(embedded(f"v{row}", 1, row % 12))
    story.tell(policy("t", 1, 0))
    for seed in range(6):
        story.tell(seed_live("t", f"s{seed}", seed, seed + 1))
    return story


def test_a_receipt_tells_the_recall_that_was_measured_before_it() -> None:
    """Null before the first repeat; then over as many searches as were repeated, complete receipts included."""
    receipts = _told(1.0).receipts()[2:]  # without the policy's

    assert [receipt.recall.searches if receipt.recall else 0 for receipt in receipts[::2]] == [0, 1, 2, 3, 4, 5]
    assert [receipt.complete for receipt in receipts] == [False, True] * 6
    last = receipts[-1].recall
    assert last == IndexRecall(k=10, searches=5, value=1.0, low=round(0.025 ** (1 / 5), 6), high=1.0)


def test_only_first_hits_are_estimated() -> None:
    """A sweep misses nothing, so a complete receipt estimates nothing."""
    assert [receipt.estimated_recall for receipt in _told(1.0).receipts()[-2:]] == [1.0, None]


def test_measuring_changes_nothing_but_what_is_told_of_it() -> None:
    """The law does not know whether it is watched: all other bytes are the same."""
    watched, alone = _told(1.0), _told(0.0)

    def untold(story: Story) -> list[tuple[Topic, bytes]]:
        return [
            (
                topic,
                msgspec.json.encode(
                    msgspec.structs.replace(decode_json(value, Receipt), recall=None, estimated_recall=None)
                ),
            )
            if topic == Topic.SEED_RECEIPTS
            else (topic, value)
            for topic, value in story.values
        ]

    assert untold(watched) == untold(alone)
    assert all(receipt.recall is None for receipt in alone.receipts())


def test_a_shard_whose_graph_is_bad_says_so() -> None:
    """One that leaves out two of three neighbors: the receipt does not hide it, and a person can read it."""

    class Bad(SegmentedIndex):
        def search_above(self, vectors: NDArray[np.floating[Any]], score: float, limit: int) -> list[Above]:
            found = super().search_above(vectors, score, 3 * limit)
            return [dataclasses.replace(above, neighbors=above.neighbors[::3]) for above in found]

    def bad(dimension: int) -> SegmentedIndex:
        return Bad(dimension, SegmentParams(delta_limit=2_000, segment_limit=2_000, graph=HnswParams(scan_below=0)))

    vectors = np.random.default_rng(1).standard_normal((2_030, 16))
    packed = [pack_vector((v / np.linalg.norm(v)).astype(np.float16)) for v in vectors]
    limits = ShardLimits(retention=timedelta(days=3), first_hits=10, recall_sample=1.0)
    story = Story(Shard(ShardIdentity(prefix="t", shard=0, shards=1), limits, bad))
    for row in range(2_000):
        story.tell(
            VideoEmbedded(
                video_id=f"v{row}", revision=1, model_id=MODEL, received_at=NOW, fused=packed[row], vectors={}
            )
        )
    story.tell(policy("t", 1, 0, state="draft", threshold=-0.9))
    for seed, fused in enumerate(packed[2_000:]):
        story.tell(
            SeedLive(
                trend_id="t", seed_id=f"s{seed}", polarity="positive", source_offset=seed + 1, model_id=MODEL,
                fused=fused, vectors={}, received_at=NOW,
            )
        )  # fmt: skip

    first, complete, _ = story.receipts()[-3:]  # the last one is of the whole draft

    assert first.recall is not None
    assert first.recall.low < first.recall.value < 0.9
    assert f"recall@10 {first.recall.value:.3f}" in receipt_line(first)
    assert "recall" not in receipt_line(complete)


def test_a_receipt_of_before_reads_as_not_measured() -> None:
    """The fields were added: what was written without them stays readable."""
    old = SeedReceipt(trend_id="t", seed_id="s", source_offset=1, shards=1, status="applied")
    value = msgspec.json.decode(msgspec.json.encode(old))
    del value["recall"]

    assert decode_json(msgspec.json.encode(value), Receipt) == old
