"""Sweeps slice by slice: what changes between two slices, what no block has."""

from collections import Counter
from datetime import timedelta

import pytest

from index import Above, SegmentedIndex
from streams.shards.answers import Answer
from streams.shards.waiting import Waiting
from streams.wire.embedding import Vector
from streams.wire.fanout import SeedRetired
from streams.wire.moderation import ActionRevoked, ModerationAction
from streams.wire.topics import Topic
from tests.support.shard_messages import MODEL, NOW, embedded, new_shard, policy, removed, seed_live
from tests.unit.streams.test_shard import Driver


def driver_of(videos: int, **limits: object) -> Driver:
    """Return a shard that holds videos like vector 0 and has a live trend without seeds."""
    driver = Driver(new_shard(**limits))
    for number in range(videos):
        driver.video(embedded(f"v{number}", 1, 0))
    driver.fan(policy("t0", 1, 1))
    return driver


def test_a_video_that_changes_before_its_block_is_judged_by_what_it_is_then() -> None:
    """Edited away, removed, or edited within the hit: no action on vectors that are gone, none for one twice."""
    driver = driver_of(8, slice_videos=2, first_hits=1)
    driver._deliver(Topic.TREND_FANOUT, seed_live("t0", "s1", 0, 2))
    driver.emitted += driver.shard.sweep_slice(NOW)
    for number in range(8):
        change = number % 3
        if change == 0:
            driver.video(embedded(f"v{number}", 2, 2))
        elif change == 1:
            driver.video(removed(f"v{number}", 2))
        else:
            driver.video(embedded(f"v{number}", 2, 0))
    driver.sweep()

    active = {a.video_id: a.revision for a in driver.shard.ledger}
    assert active == {"v2": 2, "v5": 2}
    emitted = Counter((m.video_id, m.revision) for m in driver.actions() if isinstance(m, ModerationAction))
    assert emitted.most_common(1)[0][1] == 1


def test_a_policy_of_many_seeds_searches_for_as_many_as_it_has_first_hits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A trend of 100,000 seeds must not hold its shard for as many searches; the sweep misses nothing."""
    driver, asked = driver_of(6, first_hits=2), list[int]()
    for number in range(5):
        driver.fan(seed_live("t0", f"s{number}", 0, number + 2))
    search = SegmentedIndex.search_above

    def counted(index: SegmentedIndex, vectors: Vector, score: float, limit: int) -> list[Above]:
        asked.append(len(vectors))
        return search(index, vectors, score, limit)

    monkeypatch.setattr(SegmentedIndex, "search_above", counted)
    driver.fan(policy("t0", 2, 9))

    assert asked == [2]
    assert len(list(driver.shard.ledger)) == 6


def test_a_slice_that_emits_too_much_goes_on_in_the_next() -> None:
    """No slice emits more than it may, give or take one video's; none is lost, none comes twice."""
    driver = driver_of(40, slice_videos=16, slice_records=3, first_hits=1)
    driver._deliver(Topic.TREND_FANOUT, seed_live("t0", "s1", 0, 2))
    sizes = []
    while driver.shard.sweep_due:
        records = driver.shard.sweep_slice(NOW)
        sizes.append(sum(r.topic == Topic.MODERATION_ACTIONS for r in records))
        driver.emitted += records

    assert max(sizes) == 3
    assert Counter(m.video_id for m in driver.actions()) == Counter(f"v{n}" for n in range(40))


def test_actions_of_videos_that_left_are_revoked_with_their_seed_slice_by_slice() -> None:
    """No block has them: they are gone from the index, their actions are not."""
    driver = driver_of(12, slice_videos=4, slice_records=3)
    driver.fan(seed_live("t0", "s1", 0, 2))
    driver.video(embedded("new", 1, 2, at=NOW + timedelta(days=4)))
    before = len(driver.actions())
    driver._deliver(Topic.TREND_FANOUT, SeedRetired(trend_id="t0", seed_id="s1", source_offset=3, received_at=NOW))
    sizes = []
    while driver.shard.sweep_due:
        records = driver.shard.sweep_slice(NOW)
        sizes.append(sum(r.topic == Topic.MODERATION_ACTIONS for r in records))
        driver.emitted += records

    assert driver.shard.videos_held == 1
    assert max(sizes) == 3
    revoked = driver.actions()[before:]
    assert {m.reason for m in revoked if isinstance(m, ActionRevoked)} == {"seed_revoked"}
    assert sorted(m.video_id for m in revoked) == sorted(f"v{n}" for n in range(12))


def test_thousands_that_leave_at_once_leave_nothing_behind() -> None:
    """The index looks for so many itself; it must forget exactly those, of every model."""
    driver = Driver(new_shard())
    for number in range(1_300):
        day = timedelta(days=0 if number < 1_250 else 2)
        driver.video(embedded(f"v{number}", 1, number % 12, at=NOW + day))
        if number % 2:
            driver.video(embedded(f"v{number}", 1, number % 12, at=NOW + day, model="model-2"))
    driver.video(embedded("new", 1, 2, at=NOW + timedelta(days=4)))

    driver.shard.cut()  # what still waits is in the indexes then
    assert driver.shard.videos_held == 51
    assert {model_id: census.keys for model_id, census in driver.shard.census().items()} == {MODEL: 51, "model-2": 25}


def test_a_release_frees_the_open_answers_of_its_trend_until_the_next_rule_of_a_person() -> None:
    """Those that a sweep took too, those of other trends never, those whose sweep is over no more."""
    answers = [Answer(seed_live(f"t{n % 2}", f"s{n}", 0, n), n) for n in range(4)]
    waiting = Waiting()
    for answer in answers[:3]:
        waiting.add(answer)
    taken = waiting.take()
    waiting.add(answers[3])
    first = {trend: policy(trend, 1, 1) for trend in ("t0", "t1")}
    freed = waiting.rule(policy("t0", 1, 5, release_offset=5), first["t0"])
    free = [answer.free for answer in answers]
    waiting.end(taken)
    waiting.rule(policy("t1", 1, 6, release_offset=6), first["t1"])

    assert (freed, free) == (True, [True, False, True, False])
    assert [answer.free for answer in answers] == [True, False, True, True]
    waiting.rule(policy("t1", 2, 7, release_offset=6), policy("t1", 1, 6, release_offset=6))
    assert not answers[3].free
    assert (len(waiting), list(waiting.open("t0")), list(waiting.open("t1"))) == (1, [], [answers[3]])
    waiting.forget_below(4)
    assert (len(waiting), list(waiting.open("t1"))) == (0, [])


def test_a_policy_that_changes_midway_makes_no_earlier_answer_complete() -> None:
    """The blocks before were judged by another rule, or by none; the answer to the policy is complete, by its sweep."""
    driver = driver_of(6, slice_videos=2, first_hits=1)
    driver._deliver(Topic.TREND_FANOUT, seed_live("t0", "s1", 0, 2))
    driver._deliver(Topic.TREND_FANOUT, seed_live("t1", "s1", 0, 3))  # its policy is still to come
    driver.emitted += driver.shard.sweep_slice(NOW)
    driver._deliver(Topic.TREND_FANOUT, policy("t0", 2, 4, score_kind="frames"))
    driver._deliver(Topic.TREND_FANOUT, policy("t1", 1, 5))
    driver.sweep()

    ended = [(r.trend_id, r.source_offset, r.complete) for r in driver.receipts()[-4:]]
    assert ended == [("t0", 2, False), ("t1", 3, False), ("t0", 4, True), ("t1", 5, True)]


def test_another_trend_does_not_wait_for_a_sweep_under_way() -> None:
    """A second sweep ends first; what the mark says waits for the earlier, since a restore begins from there."""
    driver = driver_of(60, slice_videos=2, slice_records=1, first_hits=1)
    driver._deliver(Topic.TREND_FANOUT, seed_live("t0", "s1", 0, 2))
    driver.emitted += driver.shard.sweep_slice(NOW)
    driver._deliver(Topic.TREND_FANOUT, policy("t1", 1, 3))
    driver._deliver(Topic.TREND_FANOUT, seed_live("t1", "s1", 2, 4))
    driver._deliver(Topic.TREND_FANOUT, seed_live("t0", "s2", 2, 5))
    driver.sweep()

    ended = [dict(r.headers) | {"key": r.key} for r in driver.emitted if "ebr-swept" in dict(r.headers)]
    assert [(one["key"], one["ebr-swept"]) for one in ended[1:]] == [
        (b"t1", b"1"), (b"t1", b"1"), (b"t0", b"4"), (b"t0", b"5"),
    ]  # fmt: skip
    assert len(list(driver.shard.ledger)) == 60
    assert driver.shard.swept == 5


def test_a_cut_has_the_answers_of_both_sweeps_in_order() -> None:
    """Both begin again after a restore; what ended already does not."""
    driver, restored = driver_of(9, slice_videos=2, first_hits=1), new_shard()
    driver._deliver(Topic.TREND_FANOUT, seed_live("t0", "s1", 0, 2))
    driver.emitted += driver.shard.sweep_slice(NOW)
    driver._deliver(Topic.TREND_FANOUT, policy("t1", 1, 3))
    driver.emitted += driver.shard.sweep_slice(NOW)
    driver._deliver(Topic.TREND_FANOUT, seed_live("t0", "s2", 2, 4))
    cut = driver.shard.cut()
    restored.adopt(cut)

    assert [answer.message.source_offset for answer in cut.pending] == [2, 3, 4]
    assert restored.cut().pending == cut.pending
