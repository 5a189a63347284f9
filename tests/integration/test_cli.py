"""The command line on a real broker: what it writes, shows, refuses, puts back."""

import asyncio
import json
import logging
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from streams.cli.main import main
from streams.client import make_producer, read_partition, send_all, start_producer, tail
from streams.settings import Settings, load_settings
from streams.shards.emission import SWEPT_HEADER
from streams.wire.codec import decode_json, encode_json
from streams.wire.dead_letter import DeadLetter
from streams.wire.examples import examples
from streams.wire.moderation import ActionRevoked, ModerationAction, SeedReceipt, TrendReceipt
from streams.wire.record import Outgoing, Received
from streams.wire.topics import Topic, topic_specs
from streams.wire.trend import ReviewDecision, TrendChanged, TrendDeclared
from tests.support.kafka import RunningKafka

SAMPLES = {type(sample): sample for sample in examples()}
Ebr = Callable[..., tuple[int, list[str], str]]


@pytest.fixture
def ebr(
    broker: RunningKafka, prefix: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Ebr]:
    """Return a function that runs a command: exit code, lines of the answer, remarks."""
    handlers = logging.getLogger().handlers[:]
    monkeypatch.setenv("EBR_KAFKA__BOOTSTRAP_SERVERS", broker.bootstrap_servers)
    monkeypatch.setenv("EBR_KAFKA__PREFIX", prefix)
    monkeypatch.setenv("EBR_KAFKA__PARTITIONS", "3")
    monkeypatch.setenv("EBR_KAFKA__DELIVERY_TIMEOUT_SECONDS", "15")

    def run(*arguments: str) -> tuple[int, list[str], str]:
        capfd.readouterr()
        code = main(arguments)
        captured = capfd.readouterr()
        return code, captured.out.splitlines(), captured.err

    yield run
    # The command line sets up the logs of its process, which is that of the tests here.
    logging.getLogger().handlers[:] = handlers


@pytest.fixture
def installed(ebr: Ebr) -> Ebr:
    """Return the same once the topics exist."""
    assert ebr("topics", "create")[0] == 0
    return ebr


def answers(lines: Sequence[str]) -> list[dict[str, object]]:
    """Return lines of JSON as what they hold."""
    return [json.loads(line) for line in lines]


def records(topic: Topic) -> list[Received]:
    """Return all that lies in a topic."""

    async def work() -> list[Received]:
        return [record async for record in tail(load_settings(), topic, from_beginning=True, follow=False)]

    return asyncio.run(work())


def put(*outgoing: Outgoing) -> None:
    """Send records as the workers would."""

    async def work(settings: Settings) -> None:
        producer = make_producer(settings)
        await start_producer(producer, settings)
        try:
            await send_all(producer, settings, outgoing)
        finally:
            await producer.stop()

    asyncio.run(work(load_settings()))


def test_topics_are_made_once_then_checked(ebr: Ebr, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second time creates nothing; another number of shards is a mismatch that names all."""
    code, lines, _ = ebr("topics", "check", "--json")
    assert code == 1
    assert {"no such topic"} == {fault["found"] for fault in answers(lines)[0]["mismatches"]}  # type: ignore[attr-defined]  # JSON

    code, lines, _ = ebr("topics", "create", "--json")
    assert (code, len(answers(lines)[0]["created"])) == (0, len(topic_specs(30)))  # type: ignore[arg-type]  # JSON
    assert answers(ebr("topics", "create", "--json")[1])[0]["created"] == []
    assert ebr("topics", "check")[:2] == (0, ["all topics are as the contract says"])

    monkeypatch.setenv("EBR_KAFKA__PARTITIONS", "5")
    code, lines, _ = ebr("topics", "check")
    assert code == 1
    assert any("video-events: partitions must be 5, found 3" in line for line in lines)
    assert ebr("topics", "create")[0] == 1

    monkeypatch.setenv("EBR_KAFKA__PARTITIONS", "3")
    monkeypatch.setenv("EBR_INDEX__RETENTION_DAYS", "7")
    code, lines, _ = ebr("topics", "check", "--json")
    assert code == 1
    assert [fault["field"] for fault in answers(lines)[0]["mismatches"]] == ["retention.ms"]  # type: ignore[attr-defined]  # JSON


def test_a_command_without_topics_says_what_makes_them(ebr: Ebr, tmp_path: Path) -> None:
    """At once, with exit code 3, whether it reads or writes."""
    (tmp_path / "v.mp4").touch()

    for arguments in (("produce", str(tmp_path)), ("actions", "tail"), ("trend", "list"), ("dead-letters", "list")):
        code, _, err = ebr(*arguments)
        assert code == 3, arguments
        assert "ebr topics create" in err, arguments


def test_a_folder_then_lines_are_published(installed: Ebr, tmp_path: Path) -> None:
    """Every event once, keyed by its video, readable by the contract."""
    folder = tmp_path / "videos"
    folder.mkdir()
    for number in range(120):
        (folder / f"v{number}.mp4").touch()
    (folder / "v7.txt").write_text("a caption")
    lines = tmp_path / "more.jsonl"
    lines.write_text('{"type":"VideoDeleted","schema_version":1,"video_id":"v7","revision":2,"new_field":1}\n')

    assert installed("produce", str(folder))[:2] == (0, ["120 events published"])
    assert answers(installed("produce", str(lines), "--json")[1]) == [{"events": 1, "sent": 1}]

    found = records(Topic.VIDEO_EVENTS)
    kind = topic_specs(30)[Topic.VIDEO_EVENTS].messages
    events = [decode_json(record.value, kind) for record in found]
    assert [record.key for record in found] == [event.video_id.encode() for event in events]
    assert len({(event.video_id, event.revision) for event in events}) == 121
    about_v7 = [(event.revision, getattr(event, "caption", None)) for event in events if event.video_id == "v7"]
    assert about_v7 == [(1, "a caption"), (2, None)]
    assert any(b"new_field" in (record.value or b"") for record in found)


def test_moderators_write_what_they_mean(installed: Ebr, tmp_path: Path) -> None:
    """Versions are looked up, a lowered threshold takes its band along, the list shows the outcome."""
    (tmp_path / "s1.mp4").touch()

    assert (
        installed(
            "trend", "declare", "t", "--name", "T", "--threshold", "0.8", "--band", "0.8=review", "--band", "0.9=remove"
        )[0]
        == 0
    )
    assert installed("seed", "add", "t", str(tmp_path / "s1.mp4"))[0] == 0
    assert installed("seed", "add", "t", "https://example.com/n.mp4", "--negative")[0] == 0
    assert installed("trend", "change", "t", "--threshold", "0.7", "--state", "live")[0] == 0
    assert installed("seed", "revoke", "t", "n")[0] == 0
    assert installed("trend", "change", "t", "--margin", "0.1")[0] == 0

    kind = topic_specs(30)[Topic.TREND_SEEDS].messages
    events = [decode_json(record.value, kind) for record in records(Topic.TREND_SEEDS)]
    assert [type(event).__name__ for event in events] == [
        "TrendDeclared", "SeedAdded", "SeedAdded", "TrendChanged", "SeedRevoked", "TrendChanged",
    ]  # fmt: skip
    assert [event.version for event in events if isinstance(event, TrendDeclared | TrendChanged)] == [1, 2, 3]

    (trend,) = answers(installed("trend", "list", "--json")[1])
    rule = trend["rule"]
    assert isinstance(rule, dict)
    assert (trend["state"], rule["version"], rule["threshold"], rule["margin"]) == ("live", 3, 0.7, 0.1)
    assert [band["from_score"] for band in rule["bands"]] == [0.7, 0.9]
    assert trend["seeds"] == {"s1": "positive"}

    assert installed("trend", "retire", "t", "--on-retire", "revoke")[0] == 0
    assert installed("trend", "list", "--state", "live")[1] == []
    assert installed("trend", "retire", "nobody")[0] == 2


def test_a_seed_waits_for_its_receipts(installed: Ebr) -> None:
    """Whole when all shards answered about this very message; a refusal ends the wait."""
    put(
        *(
            _receipt(SeedReceipt, shard, source_offset=0, hits=shard, trend_id="t", seed_id="s", swept=True)
            for shard in range(3)
        ),
        _receipt(SeedReceipt, 0, source_offset=1, hits=99, trend_id="t", seed_id="s", swept=True),
    )

    code, lines, _ = installed("seed", "add", "t", "https://example.com/s.mp4", "--wait", "--timeout", "20")
    assert code == 0
    assert lines[-1] == "in force on all shards: 3 of 3 shards answered, 3 hits in 2826 videos"

    put(_receipt(TrendReceipt, None, source_offset=1, trend_id="u", status="refused", reason="bands: too high"))
    code, lines, _ = installed("trend", "declare", "u", "--threshold", "0.5", "--wait", "--timeout", "20", "--json")
    assert code == 1
    assert answers(lines)[0]["complete"] is False
    assert "bands: too high" in lines[0]

    code, _, err = installed("seed", "add", "t", "https://example.com/x.mp4", "--wait", "--timeout", "1")
    assert code == 1
    assert "ebr worker" in err


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
        _receipt(SeedReceipt, 1, trend_id="t", seed_id="s"),
        _receipt(TrendReceipt, None, trend_id="u", status="refused"),
    )

    assert len(installed("receipts", "tail")[1]) == 2
    assert "refused" in installed("receipts", "tail", "--trend", "u")[1][0]
    assert answers(installed("receipts", "tail", "--status", "applied", "--json")[1])[0]["shard"] == 1


def test_dead_letters_are_listed_shown_put_back(installed: Ebr, prefix: str) -> None:
    """A source record counts once; what goes back is what was received, where it was received."""
    put(
        _dead(prefix, offset=5, reason="unreachable", replayable=True, attempts=1),
        _dead(prefix, offset=6, reason="truncated"),
        _dead(prefix, offset=5, reason="unreachable", replayable=True, attempts=2),
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


def test_doctor_is_content_with_a_whole_installation(installed: Ebr, ebr: Ebr) -> None:
    """Broker and topics are asked for real."""
    code, lines, _ = installed("doctor", "--json")

    levels = {line["name"]: line["level"] for line in answers(lines)}
    assert (levels["broker"], levels["topics"]) == ("ok", "ok")
    assert code == (1 if "broken" in levels.values() else 0)


def test_what_is_written_to_trend_seeds_is_in_one_partition(installed: Ebr) -> None:
    """One order of all that changes trends."""
    for trend_id in ("a", "b", "c"):
        assert installed("trend", "declare", trend_id, "--threshold", "0.5", "--json")[0] == 0

    async def work() -> list[str]:
        found = read_partition(load_settings(), Topic.TREND_SEEDS, 0)
        return [decode_json(record.value, TrendDeclared).trend_id async for record in found]

    assert asyncio.run(work()) == ["a", "b", "c"]


def test_the_local_broker_is_started_asked_stopped(ebr: Ebr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts read its address from JSON; status tells by its exit code whether it is healthy."""
    monkeypatch.setenv("EBR_BROKER__FOLDER", str(tmp_path / "broker"))
    assert ebr("broker", "status")[0] == 1
    try:
        code, lines, _ = ebr("broker", "start", "--port", "0", "--json")
        started = answers(lines)[0]
        assert code == 0
        assert str(started["bootstrap_servers"]).startswith("127.0.0.1:")
        assert (started["running"], started["healthy"]) == (True, True)
        assert answers(ebr("broker", "status", "--json")[1]) == [started]
    finally:
        assert answers(ebr("broker", "stop", "--json")[1]) == [{"stopped": True}]
    assert answers(ebr("broker", "status", "--json")[1]) == [{"running": False, "healthy": False}]
    assert ebr("broker", "stop")[:2] == (0, ["no broker ran"])


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


def _receipt(kind: type, shard: int | None, *, swept: bool = False, **fields: object) -> Outgoing:
    sample = SAMPLES[kind]
    whole = {name: getattr(sample, name) for name in sample.__struct_fields__} | fields | {"shard": shard, "shards": 3}
    headers = [(SWEPT_HEADER, b"9")] if swept else []
    value = encode_json(kind(**whole))
    return Outgoing(topic=Topic.SEED_RECEIPTS, key=b"t", value=value, partition=shard or 0, headers=headers)


def _dead(prefix: str, *, offset: int, reason: str, replayable: bool = False, attempts: int = 1) -> Outgoing:
    now = datetime.now(UTC)
    letter = DeadLetter(
        topic=f"{prefix}.video-events",
        partition=2,
        offset=offset,
        stage="decode",
        reason=reason,
        path="$",
        detail="made by a test",
        replayable=replayable,
        attempts=attempts,
        first_at=now,
        last_at=now,
        key=b"v1",
        value=b'{"bytes": "as received"}',
        headers=(("traceparent", b"00-1"),),
    )
    return Outgoing(topic=Topic.DEAD_LETTERS, key=b"v1", value=letter.value or b"", headers=letter.to_headers())
