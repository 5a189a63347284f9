"""Reports of a shard's rate: what a brake by rate is measured with."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.shards import Input, Shard
from streams.wire.codec import decode_json, decode_msgpack
from streams.wire.fanout import FanoutMessage
from streams.wire.moderation import ActionEvent, ModerationAction
from streams.wire.record import Outgoing, Received
from streams.wire.report import ShardReport
from streams.wire.topics import Topic
from tests.support.shard_messages import NOW, embedded, new_shard, policy, removed, seed_live
from tests.unit.streams.test_shard import Driver


def shard_of(*more: FanoutMessage) -> Driver:
    """Return a shard that reports by tens of seconds, with a live trend t0 and one in shadow, t1, both of vector 0."""
    driver = Driver(new_shard(report_seconds=10.0))
    rules = [policy("t0", 1, 1), policy("t1", 1, 1, state="shadow")]
    for message in (*rules, seed_live("t0", "s0", 0, 2), seed_live("t1", "s1", 0, 2), *more):
        driver.fan(message)
    driver.emitted.clear()
    return driver


def reports(records: list[Outgoing]) -> list[ShardReport]:
    """Return the reports among some records."""
    return [decode_msgpack(r.value, ShardReport) for r in records if r.topic == Topic.SHARD_REPORTS]


def at(seconds: float) -> datetime:
    """Return a time in the stretch that begins with `NOW`."""
    return NOW + timedelta(seconds=seconds)


def test_a_report_is_cumulative_within_its_stretch() -> None:
    """It is told when hits grew, and a last time when the stretch is over; a reader keeps the newest of each."""
    driver = shard_of()
    driver.video(embedded("a", 1, 0, at=at(1)))
    driver.video(embedded("b", 1, 2, at=at(2)))
    driver.video(embedded("c", 1, 0, at=at(3)))
    driver.video(embedded("d", 1, 2, at=at(9)))
    driver.video(embedded("e", 1, 2, at=at(31)))

    told = [(r.begins_at, r.videos, r.hits) for r in reports(driver.emitted)]
    assert told == [
        (NOW, 1, {"t0": 1, "t1": 1}),
        (NOW, 3, {"t0": 2, "t1": 2}),
        (NOW, 4, {"t0": 2, "t1": 2}),
    ]
    (first, *_) = [r for r in driver.emitted if r.topic == Topic.SHARD_REPORTS]
    assert (first.key, first.partition) == (b"0", 0)


def test_what_is_no_new_judgement_is_not_counted() -> None:
    """Repeats, deletes, old revisions, actions that supersede; a late video counts into the newest stretch."""
    driver = shard_of()
    driver.video(embedded("a", 1, 0, at=at(11)))
    driver.video(embedded("a", 1, 0, at=at(11)))
    driver.video(embedded("a", 2, 6, at=at(12)))  # a lower band
    driver.video(removed("a", 2, at=at(13)))
    driver.video(embedded("a", 1, 0, at=at(14)))
    driver.video(embedded("b", 1, 0, at=at(2)))

    last = reports(driver.emitted)[-1]
    assert (last.begins_at, last.videos, last.hits) == (at(10), 3, {"t0": 2, "t1": 2})


def test_backward_hits_are_none_of_it() -> None:
    """What a seed finds among held videos is bounded by `max_hits`."""
    driver = shard_of()
    driver.video(embedded("a", 1, 2, at=at(1)))
    driver.fan(seed_live("t0", "s2", 2, 3))

    assert [m.direction for m in driver.actions() if isinstance(m, ModerationAction)] == ["backward"]
    assert reports(driver.emitted) == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    videos=st.lists(st.tuples(st.integers(0, 45), st.sampled_from([0, 2, 6])), min_size=1, max_size=30),
    size=st.integers(1, 7),
)
def test_the_newest_report_of_each_stretch_counts_every_forward_hit_once(
    videos: list[tuple[int, int]], size: int
) -> None:
    """Whatever the order of times, whatever the batches: their sum is what was emitted."""
    driver = shard_of()
    shard: Shard = driver.shard
    emitted: list[Outgoing] = []
    inputs = [
        Input(
            Received(topic=Topic.VIDEO_EMBEDDINGS, partition=0, offset=n, key=b"k", value=b"", timestamp=NOW),
            embedded(f"v{n}", 1, vector, at=at(seconds)),
        )
        for n, (seconds, vector) in enumerate(videos)
    ]
    for start in range(0, len(inputs), size):
        emitted += shard.take(inputs[start : start + size], NOW).records

    newest = {r.begins_at: r for r in reports(emitted)}
    actions = [
        decode_json(r.value, ActionEvent)
        for r in emitted
        if r.topic in (Topic.MODERATION_ACTIONS, Topic.SHADOW_ACTIONS)
    ]
    assert sum((Counter(r.hits) for r in newest.values()), Counter()) == Counter(a.trend_id for a in actions)
    assert sum(r.videos for r in newest.values()) <= len(videos)
    assert all(r.begins_at.timestamp() % 10 == 0 for r in newest.values())


@pytest.mark.parametrize("seconds", [0.1, 10.0, 3_600.0])
def test_a_stretch_begins_at_a_multiple_of_its_length(seconds: float) -> None:
    """All shards have the same ones, so that TRENDS can add them up."""
    driver = Driver(new_shard(report_seconds=seconds))
    driver.fan(policy("t0", 1, 1))
    driver.fan(seed_live("t0", "s0", 0, 2))
    driver.video(embedded("a", 1, 0, at=datetime(2026, 1, 1, 5, 43, 21, 987654, tzinfo=UTC)))
    (report,) = reports(driver.emitted)

    since = (datetime(2026, 1, 1, 5, 43, 21, 987654, tzinfo=UTC) - report.begins_at).total_seconds()
    assert 0 <= since < seconds
    assert report.seconds == seconds
    assert abs(report.begins_at.timestamp() / seconds - round(report.begins_at.timestamp() / seconds)) < 1e-3
