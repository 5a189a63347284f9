"""The command line on a real broker: what it shows of the topics."""

import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from streams.wire.codec import decode_json, encode_json
from streams.wire.moderation import ActionRevoked, ModerationAction, SeedReceipt, TrendReceipt
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from streams.wire.trend import ReviewDecision
from tests.support.commands import SAMPLES, Ebr, answers, dead, put, receipt, records


def test_actions_are_shown_then_ruled_on(installed: Ebr) -> None:
    """By topic and filter; a decision repeats what the action says."""
    action, revoked = SAMPLES[ModerationAction], SAMPLES[ActionRevoked]
    assert isinstance(action, ModerationAction)
    put(
        Outgoing(topic=Topic.MODERATION_ACTIONS, key=b"video-42", value=encode_json(action)),
        Outgoing(topic=Topic.MODERATION_ACTIONS, key=b"video-42", value=encode_json(revoked)),
        Outgoing(topic=Topic.MODERATION_ACTIONS, key=b"video-42", value=b"no message"),
    )

    code, lines, err = installed("actions", "tail")
    assert code == 0
    assert len(lines) == 2
    assert "review" in lines[0]
    assert "revoked (seed_revoked)" in lines[1]
    assert "malformed_message" in err
    assert installed("actions", "tail", "--shadow")[1] == []
    assert installed("actions", "tail", "--trend", "another")[1] == []
    assert answers(installed("actions", "tail", "--json", "--limit", "1")[1])[0]["action_id"] == action.action_id
    assert len(installed("actions", "tail", "--follow", "--from-beginning", "--limit", "2")[1]) == 2

    assert installed("decision", "record", action.action_id, "reject", "--note", "a judo class")[0] == 0
    (record,) = records(Topic.REVIEW_DECISIONS)
    decision = decode_json(record.value, ReviewDecision)
    assert record.key == action.trend_id.encode()
    assert (decision.video_id, decision.revision, decision.verdict) == (action.video_id, action.revision, "reject")
    assert installed("decision", "record", "f" * 32, "confirm")[0] == 2


def test_receipts_are_shown_by_trend_and_status(installed: Ebr) -> None:
    """One line a receipt."""
    put(
        receipt(SeedReceipt, 1, trend_id="t", seed_id="s"),
        receipt(TrendReceipt, None, trend_id="u", status="refused"),
    )

    assert len(installed("receipts", "tail")[1]) == 2
    assert "refused" in installed("receipts", "tail", "--trend", "u")[1][0]
    assert answers(installed("receipts", "tail", "--status", "applied", "--json")[1])[0]["shard"] == 1


def test_dead_letters_are_listed_shown_put_back(installed: Ebr, prefix: str) -> None:
    """A source record counts once; what goes back is what was received, where it was received."""
    put(
        dead(prefix, offset=5, reason="unreachable", replayable=True, attempts=1),
        dead(prefix, offset=6, reason="truncated"),
        dead(prefix, offset=5, reason="unreachable", replayable=True, attempts=2),
    )

    found = answers(installed("dead-letters", "list", "--json")[1])
    assert [(one["offset"], one["reason"]) for one in found] == [(1, "truncated"), (2, "unreachable")]
    assert len(answers(installed("dead-letters", "list", "--reason", "truncated", "--json")[1])) == 1
    assert any("truncated" in line for line in installed("dead-letters", "list")[1])

    code, lines, _ = installed("dead-letters", "show", "video-events/2/5")
    assert code == 0
    assert "attempts     2" in lines
    assert any('{"bytes": "as received"}' in line for line in lines)
    assert answers(installed("dead-letters", "show", "1", "--json")[1])[0]["reason"] == "truncated"
    assert installed("dead-letters", "show", "77")[0] == 2

    assert installed("dead-letters", "replay", "--all", "--dry-run")[0] == 0
    assert records(Topic.VIDEO_EVENTS) == []
    code, lines, err = installed("dead-letters", "replay", "--all")
    assert (code, len(lines)) == (0, 1)
    assert "1 put back" in err
    assert installed("dead-letters", "replay", "1")[0] == 0

    back = records(Topic.VIDEO_EVENTS)
    assert [(one.partition, one.key, one.value) for one in back] == [(2, b"v1", b'{"bytes": "as received"}')] * 2
    assert list(back[0].headers) == [("traceparent", b"00-1")]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let children hear an interrupt: a shell that runs the tests behind an ampersand has all of them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_following_ends_at_an_interrupt_without_a_trace(installed: Ebr) -> None:
    """Ctrl-C is how --follow is meant to end."""
    command = [sys.executable, "-m", "streams.cli.main", "actions", "tail", "--follow", "--from-beginning"]
    put(Outgoing(topic=Topic.MODERATION_ACTIONS, key=b"v", value=encode_json(SAMPLES[ActionRevoked])))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "revoked" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)

    assert (process.returncode, err.strip()) == (130, "interrupted")


def test_a_reader_that_leaves_is_no_fault(installed: Ebr) -> None:
    """`ebr actions tail | head -1`."""
    many = [Outgoing(topic=Topic.MODERATION_ACTIONS, key=b"v", value=encode_json(SAMPLES[ModerationAction]))] * 3_000
    put(*many)
    command = f"{shlex.quote(sys.executable)} -m streams.cli.main actions tail | head -1; exit ${{PIPESTATUS[0]}}"

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1
