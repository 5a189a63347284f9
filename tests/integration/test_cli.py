"""The command line on a real broker: what it writes."""

import asyncio
from pathlib import Path

import pytest

from streams.client import read_partition
from streams.settings import load_settings
from streams.wire.codec import decode_json
from streams.wire.moderation import SeedReceipt, TrendReceipt
from streams.wire.topics import Topic, topic_specs
from streams.wire.trend import TrendChanged, TrendDeclared
from tests.support.commands import Ebr, answers, put, receipt, records


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

    assert installed("trend", "release", "t", "--reason", "seen")[0] == 0
    assert installed("trend", "retire", "t", "--revoke")[0] == 0
    assert installed("trend", "list", "--state", "live")[1] == []
    assert installed("trend", "retire", "nobody")[0] == 2


def test_a_seed_waits_for_its_receipts(installed: Ebr) -> None:
    """Whole when all shards answered about this very message; a refusal ends the wait."""
    put(
        *(
            receipt(SeedReceipt, shard, source_offset=0, hits=shard, trend_id="t", seed_id="s", swept=True)
            for shard in range(3)
        ),
        receipt(SeedReceipt, 0, source_offset=1, hits=99, trend_id="t", seed_id="s", swept=True),
    )

    code, lines, _ = installed("seed", "add", "t", "https://example.com/s.mp4", "--wait", "--timeout", "20")
    assert code == 0
    assert lines[-1] == "in force on all shards: 3 of 3 shards answered, 3 hits in 2826 videos"

    put(receipt(TrendReceipt, None, source_offset=1, trend_id="u", status="refused", reason="bands: too high"))
    code, lines, _ = installed("trend", "declare", "u", "--threshold", "0.5", "--wait", "--timeout", "20", "--json")
    assert code == 1
    assert answers(lines)[0]["complete"] is False
    assert "bands: too high" in lines[0]

    code, _, err = installed("seed", "add", "t", "https://example.com/x.mp4", "--wait", "--timeout", "1")
    assert code == 1
    assert "ebr worker" in err


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
