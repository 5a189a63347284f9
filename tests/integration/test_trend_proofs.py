"""`ebr trend lineage` on a real broker, over what a real shard emitted."""

from streams.wire.fanout import SeedRetired
from streams.wire.topics import Topic
from tests.support.catalogue import added, declared, revoked
from tests.support.commands import Ebr, answers
from tests.support.proofs import Story, play, publish
from tests.support.shard_messages import NOW, embedded, policy, seed_live


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
