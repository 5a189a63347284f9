"""The preview of a draft on a real broker: while shards still answer, and once all have."""

import threading
from pathlib import Path
from typing import Any

import pytest
from matplotlib.image import imread

from streams.wire.codec import encode_json
from streams.wire.moderation import Applied, DayCount, HistogramBin, NearVideo, SeedReceipt, TrendReceipt
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from streams.wire.video import VideoDeleted, VideoPublished
from tests.support.commands import SAMPLES, Ebr, answers, put, receipt
from tests.support.media import write_clip


def draft_receipt(shard: int, **fields: Any) -> Outgoing:
    """Return a receipt of the draft `t` as declared at offset 0 and given the seed `s` at offset 1."""
    sample = SAMPLES[TrendReceipt]
    assert isinstance(sample, TrendReceipt)
    sound = {
        "trend_id": "t", "version": 1, "state": "draft", "source_offset": 1, "seed_id": None, "status": "applied",
        "hits": 1, "videos_held": 100, "not_comparable": 0, "complete": True,
        "applied": Applied(videos=5, fanout=2),
        "histogram": [HistogramBin(from_score=0.7, count=2), HistogramBin(from_score=0.8, count=1)],
        "below_margin": [HistogramBin(from_score=0.7, count=1)],
        "days": [DayCount(day=day.day, hits=1, videos=50) for day in sample.days[:1]],
        "nearest": [NearVideo(video_id=f"v{shard}", score=0.805)],
        "weakest_hits": [NearVideo(video_id=f"v{shard}", score=0.805)],
        "nearest_misses": [NearVideo(video_id=f"m{shard}", score=0.709)],
    }  # fmt: skip
    return receipt(TrendReceipt, shard, swept=True, **(sound | fields))


def published(video_id: str, path: Path) -> Outgoing:
    """Return the event of a video whose media lie there."""
    event = VideoPublished(schema_version=1, video_id=video_id, revision=1, media_uri=path.as_uri())
    return Outgoing(topic=Topic.VIDEO_EVENTS, key=video_id.encode(), value=encode_json(event))


def test_a_draft_is_previewed_while_shards_still_answer(
    installed: Ebr, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Partial until all have, then whole; hits at any threshold; pictures where there still are some."""
    monkeypatch.setenv("EBR_MEDIA__ALLOWED_ROOTS", f'["{tmp_path}"]')
    write_clip(tmp_path / "v0.mp4", number=1)
    command = ("trend", "preview", "t", "--out", str(tmp_path / "t.png"))
    assert installed(*command)[0] == 2
    assert installed("trend", "declare", "t", "--threshold", "0.8")[0] == 0
    assert installed("seed", "add", "t", str(tmp_path / "v0.mp4"), "--seed-id", "s")[0] == 0

    code, lines, _ = installed(*command)
    assert (code, lines) == (1, ["t (draft, version 1, score fused): PARTIAL: no shard has answered yet"])
    assert not (tmp_path / "t.png").exists()

    deleted = VideoDeleted(video_id="v1", revision=2)
    put(
        published("v0", tmp_path / "v0.mp4"),
        published("v1", tmp_path / "v0.mp4"),
        Outgoing(topic=Topic.VIDEO_EVENTS, key=b"v1", value=encode_json(deleted)),
        published("m0", tmp_path / "lost.mp4"),
        draft_receipt(0, nearest_misses=[NearVideo(video_id=name, score=0.709) for name in ("m0", "v1", "old")]),
        draft_receipt(1, source_offset=0),
        receipt(SeedReceipt, 2, trend_id="t", seed_id="s", source_offset=1, swept=True),
    )
    code, lines, err = installed(*command)
    assert code == 1
    assert "PARTIAL: 1 of 3 shards have judged 100 held videos; shard 2 only an earlier state" in lines[0]
    assert any(line.startswith("hits            1 of 100 held videos") for line in lines)
    assert "3 of 6 examples have no picture any more" in err
    assert imread(tmp_path / "t.png").ndim == 3

    put(draft_receipt(1))
    late = threading.Timer(1.0, lambda: put(draft_receipt(2)))
    late.start()
    code, lines, _ = installed(
        "trend", "preview", "t", "--wait", "--timeout", "60", "--no-picture", "--json", "--threshold", "0.7"
    )
    late.join()
    assert code == 0
    (facts,) = answers(lines)
    assert (facts["complete"], facts["answered"], facts["hits"], facts["videos_held"]) == (True, [0, 1, 2], 3, 300)
    assert [(at["hits_at_least"], at["hits_at_most"]) for at in facts["thresholds"]] == [(6, 6)]  # type: ignore[attr-defined]  # JSON
    assert facts["curve"][0] == [0.7, 6]  # type: ignore[index]  # JSON
    assert facts["expected_a_day"]["value"] == pytest.approx(3)  # type: ignore[index]  # JSON


def test_a_trend_that_left_the_draft_is_shown_as_it_was_judged(installed: Ebr) -> None:
    """Under the threshold that it had then; a seed that could not be read is waited for by nobody."""
    assert installed("trend", "declare", "t", "--threshold", "0.8")[0] == 0
    assert installed("seed", "add", "t", "https://example.com/s.mp4")[0] == 0
    put(receipt(SeedReceipt, None, trend_id="t", seed_id="s", source_offset=1, status="failed", reason="gone"))
    put(*(draft_receipt(shard, source_offset=0) for shard in range(3)))
    assert installed("trend", "preview", "t", "--no-picture")[0] == 0

    assert installed("trend", "change", "t", "--threshold", "0.75", "--state", "live")[0] == 0
    code, lines, err = installed("trend", "preview", "t", "--no-picture", "--json")

    assert (code, answers(lines)[0]["threshold"], answers(lines)[0]["hits"]) == (0, 0.8, 3)
    assert "t is live" in err


def test_a_draft_that_was_left_before_all_had_judged_it_stays_partial(installed: Ebr) -> None:
    """Answers to an earlier state of it are not those that its moderator wanted to see; one never a draft has none."""
    assert installed("trend", "declare", "t", "--threshold", "0.8", "--score-kind", "frames")[0] == 0
    assert installed("seed", "add", "t", "https://example.com/s.mp4", "--seed-id", "s")[0] == 0
    put(*(draft_receipt(shard) for shard in range(3)))
    assert installed("seed", "add", "t", "https://example.com/u.mp4", "--seed-id", "u")[0] == 0
    assert installed("trend", "change", "t", "--score-kind", "fused", "--state", "live")[0] == 0
    assert installed("trend", "declare", "w", "--threshold", "0.8", "--state", "live")[0] == 0

    code, lines, _ = installed("trend", "preview", "t", "--no-picture")
    assert (code, lines) == (
        1,
        [
            "t (live, version 1, score frames): PARTIAL: 0 of 3 shards have judged 0 held videos;"
            " shards 1, 2, 3 only an earlier state of it"
        ],
    )
    code, _, err = installed("trend", "preview", "w", "--no-picture")
    assert code == 1
    assert "w is live and was never a draft" in err
