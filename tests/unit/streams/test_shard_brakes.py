"""Bounds of trends: what one message may newly emit, at every emission, whatever comes between."""

import random
from collections import Counter

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.shards import brakes
from streams.wire.fanout import FanoutMessage, SeedLive, SeedRetired, VideoCleared
from streams.wire.moderation import ModerationAction
from streams.wire.topics import Topic
from tests.support.shard_author import random_history
from tests.support.shard_messages import NOW, embedded, new_shard, policy, seed_live
from tests.support.shard_world import Rules, World
from tests.unit.streams.test_shard import Driver


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(rng=st.randoms(use_true_random=False), cuts=st.booleans())
def test_no_transaction_of_any_history_is_beyond_a_bound(rng: random.Random, cuts: bool) -> None:
    """Bounds of trends and of seeds, releases, weights by TRENDS, crashes: counted by the book after each of them."""
    assert random_history(rng, Rules(), {"brakes"}, cuts=cuts) == Counter()


def test_a_count_left_out_is_seen_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    """The property above means something only if it finds a shard that forgets what it emitted."""
    monkeypatch.setattr(brakes.Brakes, "spend", lambda *_: None)
    seen: Counter[str] = Counter()
    for seed in range(30):
        seen.update(random_history(random.Random(seed), Rules(), {"brakes"}))
    assert seen["beyond a bound"] > 0


def driver_of(videos: int, **rule: object) -> Driver:
    """Return a shard with a live trend of `rule` that holds as many videos like vector 0 as like vector 2."""
    driver = Driver(new_shard())
    for number in range(videos):
        driver.video(embedded(f"a{number}", 1, 0))
        driver.video(embedded(f"b{number}", 1, 2))
    driver.fan(policy("t0", 1, 1, threshold=0.97, **rule))
    return driver


def found(driver: Driver) -> Counter[str]:
    """Return how many actions each seed explains."""
    return Counter(a.seed_id for a in driver.actions() if isinstance(a, ModerationAction) and a.seed_id)


def bounded(seed: SeedLive, bound: int) -> SeedLive:
    """Return a seed with a bound of its own."""
    return msgspec.structs.replace(seed, max_hits=bound)


def test_a_seed_that_comes_while_another_is_emitted_does_not_slip_through() -> None:
    """The slices judge by all seeds there are then, by one too that nobody counted yet."""
    driver = driver_of(9)
    driver._deliver(Topic.TREND_FANOUT, seed_live("t0", "s1", 0, 2))
    for _ in range(3):
        driver.emitted += driver.shard.sweep_slice(NOW)
    driver._deliver(Topic.TREND_FANOUT, bounded(seed_live("t0", "s2", 2, 3), 4))
    driver.sweep()

    assert found(driver)["s2"] <= 4
    assert driver.shard._standing.is_paused("t0")


def test_first_hits_before_a_crash_count_after_it() -> None:
    """They stand in the output; a sweep that begins anew must not allow as many again."""
    world = World()
    world.videos = [embedded(f"v{n}", 1, 0) for n in range(5)]
    world.fanout += [policy("t0", 1, 1, max_hits=4), seed_live("t0", "s1", 0, 2)]
    world.take(Topic.VIDEO_EMBEDDINGS, 5)
    world.take(Topic.TREND_FANOUT, 2)  # two first hits: three are left, one too many
    world.crash()
    for _ in range(20):
        world.sweep()

    assert len(world.active()) == 2
    assert world.shard._standing.is_paused("t0")
    assert +world.bad == Counter()


def test_a_burst_of_seeds_counts_each_for_itself() -> None:
    """Seeds that waited for an outage to end are swept together; none of them is viral."""
    driver = driver_of(3, max_hits=4)
    for number, vector in enumerate((0, 2)):
        driver._deliver(Topic.TREND_FANOUT, seed_live("t0", f"s{number}", vector, number + 2))
    driver.sweep()

    assert found(driver) == {"s0": 3, "s1": 3}


def test_by_the_mean_of_seeds_a_hit_counts_for_all() -> None:
    """No single one makes it."""
    driver = driver_of(3, max_hits=4, seed_pooling="mean")
    driver.fan(bounded(seed_live("t0", "s0", 0, 2), 2))

    assert sum(found(driver).values()) <= 2


def test_catching_up_with_videos_brakes_nothing() -> None:
    """Forward hits are of new videos, however many an outage let wait."""
    driver = Driver(new_shard())
    driver.fan(policy("t0", 1, 1, max_hits=1))
    driver.fan(seed_live("t0", "s1", 0, 2))
    for number in range(9):
        driver.video(embedded(f"v{number}", 1, 0))

    assert found(driver) == {"s1": 9}


def braked(videos: int) -> Driver:
    """Return a shard whose trend is braked: its seed has more hits than it may."""
    driver = driver_of(videos, max_hits=3)
    driver.fan(seed_live("t0", "s1", 0, 2))
    assert driver.receipts()[-1].status == "paused"
    return driver


@pytest.mark.parametrize(
    "message",
    [
        policy("t0", 1, 3, threshold=0.97, max_hits=3, weights={"frames": 1.0}),
        policy("t0", 2, 3, threshold=0.97),
        VideoCleared(trend_id="t0", video_id="a8", revision=1, source_offset=1, received_at=NOW),
        seed_live("t0", "s2", 2, 3),
    ],
    ids=["weights", "another rule", "a decision", "a seed"],
)
def test_nothing_but_a_release_lets_out_what_a_brake_holds(message: FanoutMessage) -> None:
    """TRENDS may send weights before it hears of the brake: a person has to look first."""
    driver = braked(9)
    before = found(driver)
    driver.fan(message)

    assert found(driver) == before
    assert driver.shard._standing.is_paused("t0")


def test_a_release_is_not_braked_by_its_own_answer_but_what_comes_later_is() -> None:
    """Slices of it may still be emitted when TRENDS weighs the trend anew, or a viral seed comes."""
    driver = braked(9)
    driver._deliver(Topic.TREND_FANOUT, policy("t0", 1, 3, threshold=0.97, max_hits=3, paused=True))
    driver._deliver(Topic.TREND_FANOUT, policy("t0", 1, 4, threshold=0.97, max_hits=3, release_offset=4))
    driver.emitted += driver.shard.sweep_slice(NOW)
    driver._deliver(
        Topic.TREND_FANOUT, policy("t0", 1, 5, threshold=0.97, max_hits=3, release_offset=4, weights={"frames": 1.0})
    )
    driver.sweep()
    assert found(driver) == {"s1": 9}
    assert not driver.shard._standing.is_paused("t0")

    driver.fan(seed_live("t0", "s2", 2, 6))
    assert found(driver)["s2"] <= 3
    assert driver.shard._standing.is_paused("t0")


def test_the_rule_of_a_person_ends_the_freedom_of_a_release() -> None:
    """What a lower threshold adds was in no preview that the release was about."""
    driver = braked(9)
    driver._deliver(Topic.TREND_FANOUT, policy("t0", 1, 4, threshold=0.97, max_hits=3, release_offset=4))
    driver.emitted += driver.shard.sweep_slice(NOW)
    driver.fan(policy("t0", 2, 5, threshold=-1.0, max_hits=3, release_offset=4))

    assert sum(found(driver).values()) < 18
    assert driver.shard._standing.is_paused("t0")


def test_a_trend_that_trends_held_and_let_go_is_not_held_by_old_receipts() -> None:
    """After a restore every pause looks like a brake: the policies say which was none."""
    restored = World()
    restored.videos = [embedded(f"v{n}", 1, 0) for n in range(3)]
    restored.fanout += [policy("t0", 1, 1, paused=True), seed_live("t0", "s1", 0, 2), policy("t0", 2, 3)]
    restored.settle()
    restored.crash()

    assert not restored.shard._standing.is_paused("t0")


def test_receipts_say_which_release_they_know() -> None:
    """TRENDS passes over a brake that did not know the newest release: one that knew it must stop all shards."""
    driver = braked(9)
    assert driver.receipts()[-1].release_offset is None
    driver.fan(policy("t0", 1, 4, threshold=0.97, max_hits=3, release_offset=4))
    driver.fan(bounded(seed_live("t0", "s2", 2, 5), 3))

    last = driver.receipts()[-1]
    assert (last.status, last.release_offset) == ("paused", 4)


def test_what_another_seed_supports_stands_through_a_pause() -> None:
    """It could not be emitted anew before the release, which then explains it by that seed."""
    driver = Driver(new_shard())
    driver.video(embedded("v1", 1, 0))
    driver.fan(policy("t0", 1, 1))
    for number, seed in enumerate(("s1", "s2"), start=2):
        driver.fan(seed_live("t0", seed, 0, number))
    driver.fan(policy("t0", 1, 4, paused=True))
    driver.fan(SeedRetired(trend_id="t0", seed_id="s1", source_offset=5, received_at=NOW))
    assert found(driver) == {"s1": 1}
    assert len(driver.actions()) == 1
    driver.fan(policy("t0", 1, 6, release_offset=6))

    first, second = driver.actions()
    assert isinstance(second, ModerationAction)
    assert (second.seed_id, second.supersedes) == ("s2", first.action_id)
