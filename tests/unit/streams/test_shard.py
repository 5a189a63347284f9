"""One shard, one rule at a time, where the histories' oracle has no say."""

from datetime import timedelta

import pytest

from streams.errors import PoisonError
from streams.shards import Input, Shard, Taken
from streams.wire.codec import decode_json
from streams.wire.embedding import EmbeddingEvent
from streams.wire.fanout import FanoutMessage, SeedRetired, TrendPolicy, VideoCleared
from streams.wire.moderation import ActionEvent, ActionRevoked, ModerationAction, Receipt
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic
from tests.support.shard_messages import NOW, as_received, embedded, new_shard, policy, removed, seed_live


class Driver:
    """Feeds one shard, giving offsets; collects what it emits."""

    def __init__(self, shard: Shard) -> None:
        self.shard = shard
        self.next = {Topic.VIDEO_EMBEDDINGS: 0, Topic.TREND_FANOUT: 0}
        self.emitted: list[Outgoing] = []

    def video(self, message: EmbeddingEvent | PoisonError) -> Taken:
        """Deliver one video message."""
        return self._deliver(Topic.VIDEO_EMBEDDINGS, message)

    def fan(self, message: FanoutMessage) -> Taken:
        """Deliver one message of the fan-out, then sweep to the end."""
        taken = self._deliver(Topic.TREND_FANOUT, message)
        self.sweep()
        return taken

    def sweep(self) -> None:
        """Sweep to the end."""
        while self.shard.sweep_due:
            self.emitted += self.shard.sweep_slice(NOW)

    def _deliver(self, topic: Topic, message: EmbeddingEvent | FanoutMessage | PoisonError) -> Taken:
        record = Received(topic=topic, partition=0, offset=self.next[topic], key=b"k", value=b"", timestamp=NOW)
        self.next[topic] += 1
        taken = self.shard.take([Input(record, message)], NOW)
        self.emitted += taken.records
        return taken

    def actions(self, topic: Topic = Topic.MODERATION_ACTIONS) -> list[ModerationAction | ActionRevoked]:
        """Return what was emitted to an action topic, in order."""
        return [decode_json(r.value, ActionEvent) for r in self.emitted if r.topic == topic]

    def receipts(self) -> list[Receipt]:
        """Return the receipts so far."""
        return [decode_json(r.value, Receipt) for r in self.emitted if r.topic == Topic.SEED_RECEIPTS]


@pytest.fixture
def driver() -> Driver:
    """A shard with a live trend t0 whose one seed s1 is vector 0."""
    driver = Driver(new_shard())
    driver.fan(policy("t0", 1, 1))
    driver.fan(seed_live("t0", "s1", 0, 2))
    return driver


def kinds(driver: Driver) -> list[str]:
    """Return the types of what reached moderation-actions, revocations with their reason."""
    return [m.reason if isinstance(m, ActionRevoked) else m.proposed_action for m in driver.actions()]


def test_a_forward_action_explains_itself(driver: Driver) -> None:
    """Enforcement must be able to show why, then undo it."""
    driver.video(embedded("v1", 3, 0))
    (action,) = driver.actions()
    assert isinstance(action, ModerationAction)
    assert (action.direction, action.seed_id, action.score, action.revision) == ("forward", "s1", 1.0, 3)
    assert action.cause.topic == "t.video-embeddings"
    assert action.modality_scores == {"frames": 1.0}
    assert action.completeness == 1.0


def test_a_backward_action_comes_from_the_seed(driver: Driver) -> None:
    """What was uploaded before the seed is found when it comes."""
    driver.video(embedded("v1", 1, 3))
    driver.fan(seed_live("t0", "s2", 3, 3))
    (action,) = driver.actions()
    assert isinstance(action, ModerationAction)
    assert (action.direction, action.seed_id) == ("backward", "s2")


def test_another_supporting_seed_supersedes_when_one_is_revoked(driver: Driver) -> None:
    """An action stands on a live seed; the new one names the one it replaces."""
    driver.video(embedded("v1", 1, 0))
    driver.fan(seed_live("t0", "s2", 6, 3))
    driver.fan(SeedRetired(trend_id="t0", seed_id="s1", source_offset=4, received_at=NOW))
    first, second = driver.actions()
    assert isinstance(second, ModerationAction)
    assert (second.supersedes, second.seed_id) == (first.action_id, "s2")
    driver.fan(SeedRetired(trend_id="t0", seed_id="s2", source_offset=5, received_at=NOW))
    revoked = driver.actions()[-1]
    assert isinstance(revoked, ActionRevoked)
    assert (revoked.action_id, revoked.reason) == (second.action_id, "seed_revoked")


def test_every_reason_to_revoke_is_named(driver: Driver) -> None:
    """A person must learn why an action was taken back."""
    driver.video(embedded("v1", 1, 0))
    driver.video(embedded("v1", 2, 1))
    driver.video(embedded("v1", 3, 0))
    driver.video(removed("v1", 3))
    driver.video(embedded("v2", 1, 0))
    driver.fan(VideoCleared(trend_id="t0", video_id="v2", revision=1, source_offset=1, received_at=NOW))
    driver.video(embedded("v3", 1, 0))
    driver.fan(seed_live("t0", "n1", 0, 3, "negative"))
    driver.fan(policy("t0", 2, 4, margin=0.5))
    driver.fan(policy("t0", 3, 5))
    driver.fan(policy("t0", 4, 6, threshold=1.0, state="draft"))
    driver.fan(policy("t0", 5, 7))
    driver.fan(policy("t0", 6, 8, state="retired"))
    expected = ["remove", "edited", "remove", "deleted", "remove", "decision", "remove", "negative_seed"]
    assert kinds(driver) == [*expected, "remove", "policy", "remove", "trend_retired"]


def test_a_kept_retirement_freezes_what_stands(driver: Driver) -> None:
    """Nothing new, nothing taken back by policy; edits, deletes, decisions and revoked seeds still are."""
    for video in ("v1", "v2", "v3", "v4"):
        driver.video(embedded(video, 1, 0))
    driver.fan(policy("t0", 2, 3, state="retired", on_retire="keep", threshold=1.0))
    driver.video(embedded("v5", 1, 0))
    assert kinds(driver) == ["remove"] * 4
    driver.video(embedded("v1", 2, 0))
    driver.video(removed("v2", 1))
    driver.fan(VideoCleared(trend_id="t0", video_id="v3", revision=1, source_offset=1, received_at=NOW))
    driver.fan(SeedRetired(trend_id="t0", seed_id="s1", source_offset=4, received_at=NOW))
    assert kinds(driver)[4:] == ["edited", "deleted", "decision", "seed_revoked"]


def test_a_video_that_leaves_by_age_keeps_its_action_until_its_seed_goes(driver: Driver) -> None:
    """Retention is stream time; policy changes do not touch what left."""
    driver.video(embedded("old", 1, 0))
    driver.video(embedded("new", 1, 2, at=NOW + timedelta(days=4)))
    assert driver.shard.videos_held == 1
    driver.fan(policy("t0", 2, 3, threshold=1.0, margin=2.0))
    assert kinds(driver) == ["remove"]
    driver.fan(SeedRetired(trend_id="t0", seed_id="s1", source_offset=4, received_at=NOW))
    assert kinds(driver) == ["remove", "seed_revoked"]


def test_a_video_older_than_the_retention_is_expired_on_arrival(driver: Driver) -> None:
    """A late embedding must not come back from before the retention."""
    driver.video(embedded("new", 1, 2, at=NOW + timedelta(days=4)))
    assert driver.video(embedded("old", 1, 0)).results == ["expired"]
    assert driver.actions() == []


def test_a_video_of_another_model_is_not_comparable_and_keeps_its_action(driver: Driver) -> None:
    """Vectors of two models are never compared; receipts say what is missing."""
    driver.video(embedded("v1", 1, 0))
    driver.video(embedded("v1", 2, 1, model="model-2"))
    driver.fan(policy("t0", 2, 3))
    assert kinds(driver) == ["remove"]
    last = driver.receipts()[-1]
    assert (last.not_comparable, last.complete) == (1, False)


def test_an_action_moves_between_shadow_and_live_without_superseding(driver: Driver) -> None:
    """The two topics are folded apart: leaving revokes in one, entering emits in the other."""
    driver.video(embedded("v1", 1, 0))
    driver.fan(policy("t0", 2, 3, state="shadow"))
    driver.fan(policy("t0", 3, 4))
    assert kinds(driver) == ["remove", "policy", "remove"]
    shadow = driver.actions(Topic.SHADOW_ACTIONS)
    assert [type(m) for m in shadow] == [ModerationAction, ActionRevoked]
    assert all(m.supersedes is None for m in [*shadow, *driver.actions()] if isinstance(m, ModerationAction))


def test_a_better_score_in_the_same_band_emits_nothing(driver: Driver) -> None:
    """Enforcement is told what changes for it, nothing else."""
    driver.fan(policy("t0", 2, 3, threshold=0.3))
    driver.video(embedded("v1", 1, 6))
    before = len(driver.actions())
    driver.fan(policy("t0", 3, 4, threshold=0.2))
    assert before == len(driver.actions()) == 1


def test_paused_emits_nothing_new_and_a_release_emits_what_is_wanted(driver: Driver) -> None:
    """Revocations pass while a person looks."""
    driver.video(embedded("v1", 1, 0))
    driver.fan(policy("t0", 2, 3, paused=True))
    driver.video(embedded("v2", 1, 0))
    driver.video(removed("v1", 1))
    assert kinds(driver) == ["remove", "deleted"]
    assert driver.receipts()[-1].status == "paused"
    driver.fan(policy("t0", 3, 4))
    assert kinds(driver) == ["remove", "deleted", "remove"]


def test_more_new_hits_than_the_bound_pause_the_trend_until_its_release() -> None:
    """A viral seed waits for a person; the pause outlives a restore by the shard's own receipts."""
    driver = Driver(new_shard())
    for i in range(7):
        driver.video(embedded(f"v{i}", 1, 0))
    driver.fan(policy("t0", 1, 1, max_hits=3))
    driver.fan(seed_live("t0", "s1", 0, 2))
    assert len(driver.actions()) <= 3
    assert driver.receipts()[-1].status == "paused"
    restored = new_shard()
    for offset, sent in enumerate(driver.emitted):
        restored.fold(as_received(sent, offset))
    replayed: list[FanoutMessage] = [policy("t0", 1, 1, max_hits=3), seed_live("t0", "s1", 0, 2)]
    for offset, message in enumerate(replayed):
        record = Received(topic=Topic.TREND_FANOUT, partition=0, offset=offset, key=b"k", value=b"", timestamp=NOW)
        restored.replay(Input(record, message))
    assert restored._standing.is_paused("t0")
    driver.fan(policy("t0", 1, 3, max_hits=3, weights={"frames": 2.0}))
    assert len(driver.actions()) <= 3
    driver.fan(policy("t0", 1, 4, max_hits=3, release_offset=4))
    assert len(driver.actions()) == 7


def test_receipts_count_exactly_when_the_sweep_is_over(driver: Driver) -> None:
    """The first receipt is what was found at once; the complete one is exact and bears the sweep's mark."""
    for i in range(5):
        driver.video(embedded(f"v{i}", 1, 2 if i else 0))
    driver.fan(seed_live("t0", "s2", 2, 3))
    first, last = driver.receipts()[-2:]
    assert (first.complete, last.complete) == (False, True)
    assert last.hits == 5
    assert sum(b.count for b in last.histogram) == 5
    assert last.nearest[0].score == 1.0
    marks = [dict(record.headers) for record in driver.emitted if record.topic == Topic.SEED_RECEIPTS][-2:]
    assert [mark.get("ebr-swept") for mark in marks] == [None, b"3"]
    assert [mark["ebr-swept-below"] for mark in marks] == [b"2", b"3"]


def test_a_draft_answers_with_receipts_only() -> None:
    """The preview of a blast radius is no action."""
    driver = Driver(new_shard())
    driver.video(embedded("v1", 1, 0))
    driver.fan(policy("t0", 1, 1, state="draft"))
    driver.fan(seed_live("t0", "s1", 0, 2))
    assert driver.actions() == []
    assert driver.receipts()[-1].hits == 1


@pytest.mark.parametrize("fused", [b"", b"\x01", b"\x00\x00" * 8, b"\x00\x7e" * 8, b"\x00\x3c" * 3])
def test_vectors_that_cannot_be_compared_are_poison_and_cost_one_video(driver: Driver, fused: bytes) -> None:
    """Empty, odd, zero, NaN, or of another dimension: the others keep their place."""
    bad = embedded("bad", 1, 0)
    driver.video(embedded("v1", 1, 0))
    taken = driver.video(type(bad)(video_id="bad", revision=1, model_id=bad.model_id, received_at=NOW, fused=fused))
    assert isinstance(taken.results[0], PoisonError)
    driver.video(embedded("v2", 1, 0))
    assert driver.shard.videos_held == 2
    assert driver.shard.applied.videos == 3


def test_an_older_policy_or_seed_is_ignored(driver: Driver) -> None:
    """Aborted copies may come late: the higher source offset of a key stands."""
    stale: TrendPolicy = policy("t0", 1, 0, threshold=1.0)
    assert driver.fan(stale).results == ["stale"]
    driver.video(embedded("v1", 1, 6))
    assert len(driver.actions()) == 1


def test_a_lower_revision_after_expiry_emits_nothing_older(driver: Driver) -> None:
    """The active action of a video that left remembers its revision."""
    driver.video(embedded("v1", 5, 0))
    driver.video(embedded("new", 1, 2, at=NOW + timedelta(days=4)))
    assert driver.video(embedded("v1", 3, 0, at=NOW + timedelta(days=4))).results == ["superseded"]


def test_a_seed_of_another_model_never_has_a_complete_receipt(driver: Driver) -> None:
    """It judges nothing, so nobody may believe that it is in force."""
    seed = seed_live("t0", "s9", 0, 9)
    other = type(seed)(
        trend_id="t0", seed_id="s9", polarity="positive", source_offset=9, model_id="model-2",
        fused=seed.fused, vectors=seed.vectors, received_at=NOW,
    )  # fmt: skip
    driver.fan(other)
    assert not driver.receipts()[-1].complete
