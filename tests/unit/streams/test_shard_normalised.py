"""A shard under a normalised trend says the same as under a plain one, on another scale."""

import pytest

from streams.shards import Input, Shard
from streams.wire.codec import decode_json
from streams.wire.fanout import FanoutMessage
from streams.wire.moderation import ActionEvent, ModerationAction, Receipt, SeedReceipt
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic
from tests.support.shard_messages import NOW, STRANGERS, VECTORS, embedded, new_shard, policy, seed_live

MEAN, SCALE = STRANGERS["fused"].mean, 20 * STRANGERS["fused"].deviation


def _fed(shard: Shard, *, forward: bool) -> list[Outgoing]:
    """Return what a shard emits for two trends of the same seeds, one of them normalised, over all vectors."""
    fanout: list[FanoutMessage] = [
        policy("plain", 1, 1, threshold=0.3, margin=0.05),
        policy(
            "scaled", 1, 2, threshold=round((0.3 - MEAN) / SCALE, 6), margin=round(0.05 / SCALE, 6),
            background_normalised=True, background=STRANGERS,
        ),
    ]  # fmt: skip
    for trend in ("plain", "scaled"):
        fanout += [seed_live(trend, "far", 3, 3, "negative"), seed_live(trend, "near", 0, 4)]
    told = [Input(_received(Topic.TREND_FANOUT, n), message) for n, message in enumerate(fanout)]
    videos = [Input(_received(Topic.VIDEO_EMBEDDINGS, n), embedded(f"v{n}", 1, n)) for n in range(len(VECTORS))]
    out = [
        record for batch in ([told, videos] if forward else [videos, told]) for record in shard.take(batch, NOW).records
    ]
    while shard.sweep_due:
        out += shard.sweep_slice(NOW)
    return out


def _received(topic: Topic, offset: int) -> Received:
    return Received(topic=topic, partition=0, offset=offset, key=b"k", value=b"", timestamp=NOW)


def _actions(records: list[Outgoing], trend: str) -> dict[str, ModerationAction]:
    told = [decode_json(r.value, ActionEvent) for r in records if r.topic == Topic.MODERATION_ACTIONS]
    return {one.video_id: one for one in told if isinstance(one, ModerationAction) and one.trend_id == trend}


@pytest.mark.parametrize("forward", [True, False], ids=["forward", "backward"])
def test_the_same_videos_are_hits_with_every_number_on_the_scale(forward: bool) -> None:
    """Threshold and margin translated: score, margin and negative are too; the cosine of each modality stays one."""
    records = _fed(new_shard(), forward=forward)

    plain, scaled = (_actions(records, trend) for trend in ("plain", "scaled"))

    assert plain.keys() == scaled.keys()
    assert 1 < len(plain) < len(VECTORS)
    for video_id, one in plain.items():
        other = scaled[video_id]
        assert (one.background_normalised, other.background_normalised) == (False, True)
        assert other.score == pytest.approx((one.score - MEAN) / SCALE, abs=1e-6)
        assert one.nearest_negative is not None
        assert other.nearest_negative is not None
        assert other.nearest_negative.score == pytest.approx((one.nearest_negative.score - MEAN) / SCALE, abs=1e-6)
        assert one.margin is not None
        assert other.margin == pytest.approx(one.margin / SCALE, abs=2e-6)
        assert other.modality_scores == one.modality_scores
        assert (other.seed_id, other.threshold) == (one.seed_id, round((0.3 - MEAN) / SCALE, 6))


def test_receipts_count_on_the_scale() -> None:
    """The histogram of a seed, by the score that its trend would have from it alone; its last receipt is complete."""
    receipts = [
        decode_json(r.value, Receipt) for r in _fed(new_shard(), forward=False) if r.topic == Topic.SEED_RECEIPTS
    ]

    counts = {one.trend_id: one.histogram for one in receipts if isinstance(one, SeedReceipt) and one.seed_id == "near"}

    assert sum(one.count for one in counts["plain"]) == sum(one.count for one in counts["scaled"]) == len(VECTORS)
    highest = counts["scaled"][-1]
    assert highest.from_score == pytest.approx(int(100 * (1.0 - MEAN) / SCALE) / 100)
