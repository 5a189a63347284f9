"""Trends as code on a real broker: shown, sent once, nothing left to do."""

from pathlib import Path

from streams.wire.codec import decode_json
from streams.wire.moderation import SeedReceipt, TrendReceipt
from streams.wire.topics import Topic
from streams.wire.trend import SeedAdded, TrendEvent
from tests.support.commands import Ebr, answers, put, receipt, records

FILE = """
[trends.t]
state = "shadow"
threshold = 0.8
[trends.t.seeds.s]
media = "s.mp4"
[trends.t.seeds.n]
media = "https://example.com/n.mp4"
polarity = "negative"
"""


def sent() -> list[str]:
    """Return the names of the messages in the ledger, with their seeds."""
    events = [decode_json(record.value, TrendEvent) for record in records(Topic.TREND_SEEDS)]
    return [f"{type(event).__name__} {getattr(event, 'seed_id', '')}".strip() for event in events]


def test_a_file_of_trends_is_shown_then_sent_then_done(installed: Ebr, tmp_path: Path) -> None:
    """A dry run first; the second time there is nothing to do; a seed that could not be read is sent again."""
    file = tmp_path / "trends.toml"
    file.write_text(FILE)
    apply = ("trend", "apply", "-f", str(file))

    assert "s.mp4: no such file" in installed(*apply)[2]
    (tmp_path / "s.mp4").touch()
    code, lines, err = installed(*apply)
    assert (code, lines[0]) == (1, "t: declare")
    assert "    threshold  0.8" in lines
    assert "--yes" in err
    assert installed("trend", "diff", "-f", str(file))[:2] == (1, lines)
    assert sent() == []

    assert installed(*apply, "--yes")[0] == 0
    assert sent() == ["TrendDeclared", "SeedAdded n", "SeedAdded s"]
    assert installed(*apply, "--yes")[:2] == (0, ["nothing to do: 1 trends are as the file says"])
    assert installed("trend", "diff", "-f", str(file))[0] == 0

    put(receipt(SeedReceipt, None, trend_id="t", seed_id="s", source_offset=2, status="failed", reason="truncated"))
    assert installed(*apply, "--yes", "--by", "me")[0] == 0
    assert sent()[3:] == ["SeedAdded s"]
    again = decode_json(records(Topic.TREND_SEEDS)[3].value, TrendEvent)
    assert isinstance(again, SeedAdded)
    assert again.added_by == "me"


def test_what_is_refused_is_said_before_anything_is_sent(installed: Ebr, tmp_path: Path) -> None:
    """All of it, from the whole file; nothing is half-applied."""
    file = tmp_path / "trends.toml"
    file.write_text("[trends.t]\nthreshold = 0.8\nstate = 'live'\n")
    assert installed("trend", "apply", "-f", str(file), "--yes")[0] == 0
    file.write_text("[trends.u]\nthreshold = 0.5\n[trends.t]\nthreshold = 0.8\nstate = 'draft'\n")

    code, _, err = installed("trend", "apply", "-f", str(file), "--yes")

    assert code == 1
    assert "refused: t: state: cannot go from live to draft" in err
    assert sent() == ["TrendDeclared"]
    (shown,) = answers(installed("trend", "diff", "-f", str(file), "--json")[1])
    assert [event["type"] for event in shown["events"]] == ["TrendDeclared", "TrendChanged"]  # type: ignore[attr-defined]  # JSON
    assert installed("trend", "diff", "-f", str(tmp_path / "none.toml"))[0] == 2


def test_what_is_sent_can_be_waited_for(installed: Ebr, tmp_path: Path) -> None:
    """Message by message, until one is not in force on all shards."""
    file = tmp_path / "trends.toml"
    file.write_text("[trends.t]\nthreshold = 0.8\n[trends.u]\nthreshold = 2e-1\n")
    put(
        *(receipt(TrendReceipt, shard, source_offset=0, trend_id="t", swept=True) for shard in range(3)),
        receipt(TrendReceipt, None, source_offset=1, trend_id="u", status="refused", reason="no such block"),
    )

    code, lines, err = installed("trend", "apply", "-f", str(file), "--yes", "--wait", "--timeout", "20")

    assert code == 1
    assert any(line.startswith("in force on all shards") for line in lines)
    assert "no such block" in lines[-1]
    assert "stopped after 2 of 2" in err
