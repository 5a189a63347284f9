"""Lineage, backtest and promotion on a real broker, over what a real shard emitted."""

from dataclasses import replace
from pathlib import Path

import click
import pytest
from msgspec.structs import replace as struct_replace

from streams.wire.codec import decode_json
from streams.wire.fanout import SeedRetired
from streams.wire.moderation import ModerationAction
from streams.wire.topics import Topic
from streams.wire.trend import Band, SeedAdded, TrendEvent
from streams.wire.video import VideoPublished
from tests.support.catalogue import added, decided, declared, revoked
from tests.support.commands import Ebr, answers, records
from tests.support.proofs import Story, in_shard_0, play, publish
from tests.support.shard_messages import NOW, embedded, policy, seed_live

# The shard that truly judged is that of these videos.
ALIKE, COPY, OTHER = (in_shard_0(name) for name in ("alike", "copy", "other"))


def _undone() -> Story:
    """Return a trend with two seeds, one of which was revoked."""
    return Story(
        commands=[
            declared("t0", state="live", threshold=0.9),
            added("s1", "t0", added_by="mod-1"),
            added("s2", "t0"),
            revoked("s1", "t0", reason="a judo class"),
        ],
        fanout=[
            policy("t0", 1, 0, threshold=0.9),
            seed_live("t0", "s1", 0, 1),
            seed_live("t0", "s2", 3, 2),
            SeedRetired(trend_id="t0", seed_id="s1", source_offset=3, received_at=NOW),
        ],
        videos=[embedded("v0", 1, 0), embedded("v1", 1, 0), embedded("v2", 1, 3), embedded("v3", 1, 2)],
    )


def test_undo_is_proven_from_the_ledgers(installed: Ebr, prefix: str) -> None:
    """Two actions were taken back with their seed, one stands on another; the proof names what everybody said."""
    story = _undone()
    publish(play(prefix, story), story)

    code, lines, _ = installed("trend", "lineage", "t0", "--json")
    *actions, verdict = answers(lines)

    assert code == 0, verdict
    assert (verdict["emitted"], verdict["stand"], verdict["revoked"]) == (3, 1, 2)
    assert (verdict["holds"], verdict["partial"], verdict["trend_state"]) == (True, [], "live")
    states = {one["action"]["video_id"]: one["state"] for one in actions}  # type: ignore[index]  # JSON
    assert states == {"v0": "revoked", "v1": "revoked", "v2": "stands"}
    told = "\n".join(installed("trend", "lineage", "t0", "--each")[1])
    assert "seed s1 revoked: a judo class" in told
    assert "seed s1 added by mod-1" in told
    assert "0 stand without support" in told
    assert installed("trend", "lineage", "unknown")[0] == 2


def test_an_action_that_was_forgotten_is_found(installed: Ebr, prefix: str) -> None:
    """The last revocation never reached the topic: exit code 1, with the action by its id."""
    story = _undone()
    world = play(prefix, story)
    last = max(n for n, r in enumerate(world.output) if r.topic == Topic.MODERATION_ACTIONS)
    forgotten = world.output.pop(last)
    publish(world, story)

    code, lines, _ = installed("trend", "lineage", "t0")

    assert code == 1
    assert any("stands without support" in line and "seed_revoked" in line for line in lines), lines
    assert (forgotten.key or b"").decode() in "\n".join(lines)


def _ruled() -> Story:
    """Return a trend that hits two videos alike and a near copy of them; reviewers reject the copy."""
    events = [
        VideoPublished(schema_version=1, video_id=video, revision=1, media_uri=f"file:///{video}.mp4", caption="judo")
        for video in (ALIKE, COPY)
    ]
    return Story(
        commands=[
            declared("t0", state="live", threshold=0.5, margin=0.0, bands=[Band(from_score=0.5, action="review")]),
            added("s1", "t0"),
        ],
        fanout=[policy("t0", 1, 0, threshold=0.5), seed_live("t0", "s1", 0, 1)],
        videos=[embedded(ALIKE, 1, 0), embedded("v1", 1, 0), embedded(COPY, 1, 6), embedded(OTHER, 1, 3)],
        events=events,
        decisions=[
            decided("confirm", "t0", ALIKE),
            struct_replace(decided("reject", "t0", COPY), decision_id="d2"),
        ],
    )


def test_a_proposed_threshold_is_held_against_the_one_in_force(installed: Ebr, prefix: str, tmp_path: Path) -> None:
    """The near copy is lost; precision rises to what reviewers confirmed; a picture is made; nothing is emitted."""
    story = _ruled()
    publish(play(prefix, story), story)
    before = len(records(Topic.TREND_SEEDS))
    picture = tmp_path / "backtest.png"

    code, lines, err = installed("trend", "backtest", "t0", "--threshold", "0.99", "--out", str(picture), "--json")
    [found] = answers(lines)

    assert code == 0, err
    assert [found[side]["hits"] for side in ("present", "proposed")] == [3, 2]  # type: ignore[index]  # JSON
    assert [found[side]["precision"]["value"] for side in ("present", "proposed")] == [0.5, 1.0]  # type: ignore[index]  # JSON
    assert [video["video_id"] for video in found["lost"]["videos"]] == [COPY]  # type: ignore[index]  # JSON
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert len(records(Topic.TREND_SEEDS)) == before

    told = "\n".join(installed("trend", "backtest", "t0", "--negative-video", COPY, "--no-picture")[1])
    assert "lost: 1 hits, 0 of them confirmed, 1 rejected" in told
    tried = installed("trend", "backtest", "new", "--threshold", "0.9", "--seed-video", OTHER, "--json", "--no-picture")
    assert answers(tried[1])[0]["proposed"]["hits"] == 1  # type: ignore[index]  # JSON
    assert installed("trend", "backtest", "new", "--threshold", "0.9")[0] == 2


def test_a_rejected_hit_becomes_a_negative_seed(installed: Ebr, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The effect first, then the question; a no sends nothing, a yes sends the post with its media."""
    story = _ruled()
    world = play(prefix, story)
    publish(world, story)
    actions = [decode_json(r.value, ModerationAction) for r in world.output if r.topic == Topic.MODERATION_ACTIONS]
    ids = {action.video_id: action.action_id for action in actions}
    before = len(records(Topic.TREND_SEEDS))

    assert installed("seed", "promote", ids["v1"])[0] == 2  # nobody ruled on it
    monkeypatch.setattr("click.confirm", _no)
    assert installed("seed", "promote", ids[COPY])[0] == 130
    assert len(records(Topic.TREND_SEEDS)) == before

    code, lines, err = installed("seed", "promote", ids[COPY], "--yes", "--json")
    shown = answers(lines)[0]

    assert code == 0, err
    assert shown["effect"]["lost"]["hits"] == 1  # type: ignore[index]  # JSON
    assert shown["effect"]["lost"]["rejected"] == 1  # type: ignore[index]  # JSON
    sent = decode_json(records(Topic.TREND_SEEDS)[-1].value, TrendEvent)
    assert isinstance(sent, SeedAdded)
    assert (sent.polarity, sent.seed_id, sent.video.video_id) == ("negative", COPY, COPY)
    assert (sent.video.media_uri, sent.video.caption) == (f"file:///{COPY}.mp4", "judo")

    assert installed("seed", "promote", ids[ALIKE], "--yes")[0] == 0
    sent = decode_json(records(Topic.TREND_SEEDS)[-1].value, TrendEvent)
    assert isinstance(sent, SeedAdded)
    assert (sent.polarity, sent.seed_id) == ("positive", ALIKE)


def test_a_hit_whose_event_is_gone_needs_its_media(installed: Ebr, prefix: str) -> None:
    """`video-events` keeps a week: then a person must say where the post lies."""
    story = replace(_ruled(), events=())
    world = play(prefix, story)
    publish(world, story)
    [copy] = [
        action
        for r in world.output
        if r.topic == Topic.MODERATION_ACTIONS and (action := decode_json(r.value, ModerationAction)).video_id == COPY
    ]

    code, _, err = installed("seed", "promote", copy.action_id, "--dry-run")

    assert code == 2
    assert "is no longer known" in err
    named = installed("seed", "promote", copy.action_id, "--media", "https://media.example.com/copy.mp4", "--dry-run")
    assert named[0] == 0
    assert "https://media.example.com/copy.mp4" in named[1][-1]


def _no(*_: object, **__: object) -> None:
    raise click.Abort
