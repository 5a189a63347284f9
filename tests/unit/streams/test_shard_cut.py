"""What a shard knows must outlive the process that learnt it."""

from streams.errors import PoisonError
from streams.shards import Input
from streams.wire.record import Received
from streams.wire.topics import Topic
from tests.support.shard_messages import NOW, embedded, new_shard, policy, seed_live
from tests.support.shard_snapshots import as_bytes
from tests.support.shard_world import World
from tests.unit.streams.test_shard import Driver


def test_poison_that_a_crash_left_without_its_letter_is_told_again() -> None:
    """The shard's transaction may be committed when the process dies before the dead letter was sent."""
    restored = new_shard()
    record = Received(topic=Topic.VIDEO_EMBEDDINGS, partition=0, offset=0, key=b"k", value=b"", timestamp=NOW)
    poison = PoisonError("invalid_message", "made up")
    restored.replay(Input(record, poison))
    assert restored.take([Input(record, poison)], NOW).results == [poison]


def test_poison_of_before_a_cut_is_told_again() -> None:
    """The cut may be newer than the last commit, which is all that says that the letter was sent."""
    driver, restored = Driver(new_shard()), new_shard()
    poison = PoisonError("invalid_message", "made up")
    driver.video(poison)
    restored.adopt(driver.shard.cut())
    record = Received(topic=Topic.VIDEO_EMBEDDINGS, partition=0, offset=0, key=b"k", value=b"", timestamp=NOW)
    assert restored.take([Input(record, poison)], NOW).results == [poison]


def test_a_cut_of_what_adopted_a_cut_is_the_same() -> None:
    """Nothing is lost on the way out or in."""
    driver = Driver(new_shard())
    driver.fan(policy("t0", 1, 1))
    driver.fan(seed_live("t0", "s1", 0, 2))
    driver.video(embedded("v1", 3, 0))
    driver.video(embedded("v1", 3, 0, model="model-2"))
    driver.video(embedded("v2", 1, 3))
    restored = new_shard()
    restored.adopt(driver.shard.cut())
    assert as_bytes(restored.cut()) == as_bytes(driver.shard.cut())


def test_a_pause_that_was_over_before_a_cut_does_not_come_back() -> None:
    """Its receipts may be folded again over it; the policy that ended it is below it, so that nothing replays that."""
    world = World()
    world.videos = [embedded("v1", 1, 0)]
    world.fanout += [policy("t0", 1, 1, paused=True), seed_live("t0", "s1", 0, 2), policy("t0", 1, 3, release_offset=3)]
    world.settle()
    assert len(world.active()) == 1
    world.snapshot(output=0)
    world.crash(cut=0)

    assert not world.shard._standing.is_paused("t0")


def test_a_brake_after_a_cut_is_not_forgotten() -> None:
    """The sweep that found too much began with what the cut knew: no later message of the fan-out is between them."""
    world = World()
    world.videos = [embedded(f"v{n}", 1, 0) for n in range(9)]
    world.fanout += [policy("t0", 1, 1, max_hits=3), seed_live("t0", "s1", 0, 2)]
    world.take(Topic.VIDEO_EMBEDDINGS, 9)
    world.take(Topic.TREND_FANOUT, 2)
    world.snapshot()
    while world.shard.sweep_due:
        world.sweep()
    assert world.shard._standing.is_paused("t0")
    emitted = len(world.active())
    world.crash(cut=0)

    assert world.shard._standing.is_paused("t0")
    world.settle()
    assert len(world.active()) == emitted
    assert +world.bad == {}
