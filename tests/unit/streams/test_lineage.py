"""The proof of undo over what a real shard emitted, in worlds without Kafka."""

import random
from dataclasses import replace

import pytest

from streams.lineage.causes import Causes
from streams.lineage.history import Origin
from streams.lineage.proof import prove
from streams.wire.codec import decode_json
from streams.wire.fanout import SeedRetired, VideoCleared
from streams.wire.moderation import ActionEvent, ActionRevoked
from streams.wire.topics import Topic
from tests.support.catalogue import added, changed, declared, revoked, said, step
from tests.support.lineage import history_of
from tests.support.shard_author import Author
from tests.support.shard_messages import NOW, STRANGERS, embedded, policy, removed, seed_live
from tests.support.shard_world import Rules, World


def _world(*, sweep: bool = True) -> World:
    """Return a world in which a seed has hit five videos alike; the seed was then retired."""
    world = World()
    world.videos = [embedded(f"v{n}", 1, 0) for n in range(5)]
    world.take(Topic.VIDEO_EMBEDDINGS, 5)
    world.fanout += [policy("t0", 1, 1), seed_live("t0", "s1", 0, 2)]
    world.settle()
    world.fanout.append(SeedRetired(trend_id="t0", seed_id="s1", source_offset=3, received_at=NOW))
    if sweep:
        world.settle()
    return world


@pytest.mark.parametrize("habits", ["", "expiry models pauses keep brakes"], ids=["plain", "all habits"])
def test_whatever_happened_to_a_shard_its_lineage_holds(habits: str) -> None:
    """Edits, deletes, ages, models, pauses, brakes, kept retirements, crashes: the audit agrees with the shard."""
    for seed in range(12):
        rng = random.Random(seed)
        world = World(Rules(), histories_count=bool(habits))
        author = Author(rng, world, habits=set(habits.split()))
        acts = [author.publish] * 6 + [author.change, author.seed] * 2
        acts += [author.delete, author.revoke, author.clear, author.repeat]
        for _ in range(60):
            rng.choice(acts)()
            if rng.random() < 0.3:
                topic = rng.choice(list(world.position))
                world.take(topic, rng.randrange(1, 5), abort=rng.random() < 0.1)
        world.settle()
        for trend_id in ("t0", "t1"):
            proof = prove(history_of(world, trend_id))
            standing = {a.video_id for a in world.active() if a.trend_id == trend_id}
            assert proof.holds, (seed, proof.unsupported, proof.missed, proof.broken)
            assert {line.emitted.action.video_id for line in proof.lines if line.emitted.end is None} == standing


def test_every_action_is_told_with_its_cause_and_its_end() -> None:
    """Five actions of a seed, all taken back because it was."""
    world = _world()
    commands = {
        1: declared("t0"),
        2: added("s1", "t0", added_by="mod-1"),
        3: revoked("s1", "t0", reason="a judo class"),
    }

    proof = prove(history_of(world, "t0", commands=commands))

    assert proof.holds
    assert proof.counts() == {"revoked": 5}
    assert {(line.cause.text, line.cause.place) for line in proof.lines} == {
        ("seed s1 added by mod-1", "trend-seeds/0/2")
    }
    assert {(line.ended.text, line.ended.place) for line in proof.lines if line.ended} == {
        ("seed s1 revoked: a judo class", "trend-seeds/0/3")
    }


def test_an_action_whose_revocation_was_lost_stands_without_support() -> None:
    """That is what the proof is for: exactly that action is named, with what should have taken it back."""
    world = _world()
    lost = [r for r in world.output if r.topic != Topic.SEED_RECEIPTS and _is_revocation(r.value, "v3")]
    world.output = [record for record in world.output if record not in lost]

    proof = prove(history_of(world, "t0"))

    assert len(lost) == 1
    assert not proof.holds
    [line] = proof.unsupported
    assert (line.emitted.action.video_id, line.lack.reason, line.lack.pending) == ("v3", "seed_revoked", None)  # type: ignore[union-attr]  # a lack, as asked for


def test_what_a_shard_is_not_through_with_may_yet_be_mended_and_is_said() -> None:
    """Before the sweep the actions stand on nothing; the proof does not hold, but nobody is blamed."""
    proof = prove(history_of(_world(sweep=False), "t0"))

    assert not proof.holds
    assert {line.lack.pending for line in proof.unsupported if line.lack} == {
        "shard 0 has not shown to have swept trend-fanout up to offset 2"
    }


def _one_hit() -> World:
    """Return a world in which one video is like one seed."""
    world = World()
    world.videos += [embedded("v0", 1, 0)]
    world.fanout += [policy("t0", 1, 1, threshold=0.9), seed_live("t0", "s1", 0, 2)]
    world.settle()
    return world


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (VideoCleared(trend_id="t0", video_id="v0", revision=1, source_offset=0, received_at=NOW), "decision"),
        (policy("t0", 2, 3, state="shadow"), "policy"),
        (policy("t0", 2, 3, state="draft"), "policy"),
        (policy("t0", 2, 3, state="retired", on_retire="revoke"), "trend_retired"),
        (policy("t0", 2, 3, state="retired", on_retire="keep"), None),
        (policy("t0", 2, 3, threshold=1.0, margin=0.5), None),
        (seed_live("t0", "s2", 0, 3, "negative"), None),
        (removed("v0", 1), "deleted"),
        (embedded("v0", 2, 3), "edited"),
    ],
    ids=["rejected", "to shadow", "to draft", "retired, revoke", "retired, keep", "still a hit", "margin not asked",
         "deleted", "edited"],
)  # fmt: skip
def test_each_way_to_lose_support_is_known(last: object, reason: str | None) -> None:
    """By hand: one action on v0, then one message that the shard has not read."""
    world = _one_hit()
    (world.fanout if hasattr(last, "trend_id") else world.videos).append(last)  # type: ignore[arg-type]  # by its kind

    [line] = prove(history_of(world, "t0")).lines

    assert (line.lack.reason if line.lack else None) == reason


def test_a_revocation_that_nothing_asked_for_is_seen() -> None:
    """Undo takes back exactly what lost its support."""
    history = history_of(_one_hit(), "t0")
    [told] = history.shards[0].actions[Topic.MODERATION_ACTIONS]
    action = told.message
    taken_back = ActionRevoked(
        action_id=action.action_id, trend_id="t0", video_id="v0", revision=1, policy_version=1, reason="policy",
        shard=0, cause=action.cause, emitted_at=NOW,
    )  # fmt: skip
    actions = {Topic.MODERATION_ACTIONS: [told, replace(told, offset=99, message=taken_back)]}

    proof = prove(replace(history, shards=[replace(history.shards[0], actions=actions)]))

    assert [line.emitted.action.video_id for line in proof.missed] == ["v0"]
    assert not proof.holds


def test_a_broken_order_within_a_pair_is_seen() -> None:
    """An id twice, a second action beside the first, a revocation of what does not stand."""
    history = history_of(_one_hit(), "t0")
    [told] = history.shards[0].actions[Topic.MODERATION_ACTIONS]
    actions = {Topic.MODERATION_ACTIONS: [told, replace(told, offset=7)]}

    proof = prove(replace(history, shards=[replace(history.shards[0], actions=actions)]))

    assert proof.broken == [f"moderation-actions/0/7 is {told.message.action_id} a second time"]
    assert not proof.holds


def test_what_trends_has_not_told_yet_counts_as_told() -> None:
    """A moderator revoked the seed, which the shard cannot know: its actions lack support from then on."""
    world = World()
    world.videos = [embedded("v0", 1, 0), embedded("v1", 1, 0)]
    world.fanout += [policy("t0", 1, 0), seed_live("t0", "s1", 0, 1)]
    world.settle()
    ledger = said(declared("t0", state="live", threshold=0.9), added("s1", "t0"), revoked("s1", "t0"))

    proof = prove(history_of(world, "t0", trend=ledger.by_id["t0"]))

    assert {line.lack.pending for line in proof.unsupported if line.lack} == {"TRENDS has not told the shards yet"}
    assert any("TRENDS has not yet told shard 0" in text for text in proof.partial)


@pytest.mark.parametrize("told", [True, False], ids=["by other strangers", "by cosines"])
def test_a_rule_by_strangers_that_trends_has_not_told_yet_is_no_ground(told: bool) -> None:
    """Only its policy will say what strangers score: until it does, the rule that was told is the ground."""
    world = World()
    world.videos = [embedded("v0", 1, 0)]
    strangers = {"fused": STRANGERS["fused"]} if told else None
    world.fanout += [
        policy("t0", 1, 0, threshold=0.05, background_normalised=told, background=strangers),
        seed_live("t0", "s1", 0, 1),
    ]
    world.settle()
    rule = changed(2, "t0", score_kind="frames", background_normalised=True, threshold=1.0, margin=0.5)
    before = replace(said(declared("t0", state="live"), added("s1", "t0")), background=None)
    ledger = step(before, rule, 2).catalogue

    proof = prove(history_of(world, "t0", trend=ledger.by_id["t0"]))

    assert [line.lack for line in proof.lines] == [None]
    assert any("TRENDS has not yet told shard 0" in text for text in proof.partial)


def test_a_sweep_is_named_by_the_newest_message_then_whosever_it_was() -> None:
    """One sweep serves all trends; its cause may be about another."""
    history = history_of(_world(), "t0", origins={(0, 1): Origin("TrendPolicy", "u", None, 4)},
                         commands={4: changed(2, "u", reason="too wide")})  # fmt: skip
    told = history.shards[0].actions[Topic.MODERATION_ACTIONS][0]

    why = Causes(history).why(told.message)

    assert why.text == "a sweep, when the newest was: trend changed (version 2): too wide (trend u)"


def _is_revocation(value: bytes | None, video_id: str) -> bool:
    event = decode_json(value, ActionEvent)
    return isinstance(event, ActionRevoked) and event.video_id == video_id
