"""The numbers of a demo say what they claim to."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from streams.demo.conditions import commit, corpus_digest, machine
from streams.demo.course import batched, preview
from streams.demo.latency import Latencies, publish_to_action_seconds, seed_live_seconds, summarise
from streams.demo.quality import Quality, overall, quality_by_trend
from streams.wire.envelope import Cause
from streams.wire.moderation import ModerationAction, SeedReceipt
from streams.wire.record import Outgoing
from streams.wire.topics import Topic
from streams.wire.trend import SeedAdded, SeedVideo
from tests.support.audit_book import START, Book


def _receipt(
    shard: int, source: int, *, trend: str = "t1", hits: int = 0, held: int = 0, complete: bool = True
) -> SeedReceipt:
    return SeedReceipt(
        trend_id=trend, seed_id="s1", source_offset=source, shard=shard, shards=2, status="applied", hits=hits,
        videos_held=held, complete=complete,
    )  # fmt: skip


def test_whatever_is_no_positive_of_its_trend_counts_against_it() -> None:
    """Hard negatives, background, positives of other trends; a trend without a hit has recall 0."""
    found = quality_by_trend([("t1", "a"), ("t1", "x"), ("t2", "a")], {"t1": {"a", "b"}, "t2": {"c"}, "t3": {"d"}})
    assert found == {"t1": Quality(2, 1, 2), "t2": Quality(1, 0, 1), "t3": Quality(0, 0, 1)}
    assert (found["t1"].precision, found["t1"].recall) == (0.5, 0.5)
    assert (found["t3"].precision, found["t3"].recall) == (None, 0.0)
    assert overall(found.values()) == Quality(3, 1, 4)


def test_a_seed_is_live_when_the_last_shard_first_answered() -> None:
    """Later receipts of a shard do not count, nor do seeds that a shard has not answered."""
    book = Book()  # a second a record
    for _ in range(2):
        video = SeedVideo(media_uri="file:///a.mp4")
        book.put(Topic.TREND_SEEDS, SeedAdded(trend_id="t1", seed_id="s1", polarity="positive", video=video))
    book.put(Topic.SEED_RECEIPTS, _receipt(0, 0, complete=False), 0)
    book.put(Topic.SEED_RECEIPTS, _receipt(1, 0, complete=False), 1)
    book.put(Topic.SEED_RECEIPTS, _receipt(1, 0), 1)
    book.put(Topic.SEED_RECEIPTS, _receipt(1, 1), 1)
    assert seed_live_seconds(book.logs()) == [pytest.approx(3.0)]


def test_only_forward_actions_tell_how_long_a_post_waited() -> None:
    """A backward action waited for its seed."""
    directions: tuple[Literal["backward", "forward"], ...] = ("backward", "forward", "forward")
    actions = [
        ModerationAction(
            action_id=f"{number:032x}", trend_id="t1", video_id="v", revision=1, seed_id="s1", score=0.9,
            modality_scores={}, modalities=[], threshold=0.5, policy_version=1, proposed_action="review",
            direction=direction, model_id="m", shard=0, cause=Cause(topic="t", partition=0, offset=0),
            received_at=START, emitted_at=START + timedelta(seconds=number), completeness=1.0,
        )
        for number, direction in enumerate(directions)
    ]  # fmt: skip
    assert publish_to_action_seconds(actions) == [1.0, 2.0]


def test_no_wait_has_no_percentile() -> None:
    """Null, not 0: nothing was measured."""
    assert summarise([]) == Latencies(0, None, None)
    assert summarise([1.0, 2.0, 3.0]) == Latencies(3, 2.0, 2.9)


def test_the_preview_is_what_the_last_complete_receipts_say() -> None:
    """Hits of earlier seeds are in them; first hits are no end."""
    book = Book()
    for shard in (0, 1):
        book.put(Topic.SEED_RECEIPTS, _receipt(shard, 1, hits=1, held=5), shard)
        book.put(Topic.SEED_RECEIPTS, _receipt(shard, 2, hits=9, held=5, complete=False), shard)
        book.put(Topic.SEED_RECEIPTS, _receipt(shard, 2, hits=2, held=5), shard)
    [one] = preview(book.logs())
    assert (one.trend_id, one.shards, one.hits, one.videos_held) == ("t1", 2, 4, 10)


def test_no_record_is_left_out_of_the_batches() -> None:
    """The last one may be short."""
    records = [Outgoing(topic=Topic.VIDEO_EVENTS, key=b"k", value=bytes([n])) for n in range(5)]
    assert [len(batch) for batch in batched(records, 2)] == [2, 2, 1]
    assert [record for batch in batched(records, 2) for record in batch] == records


def test_numbers_bear_their_conditions(tmp_path: Path) -> None:
    """Commit, machine, data: without them nobody can compare."""
    (tmp_path / "truth.jsonl").write_text("{}")
    before = corpus_digest(tmp_path)
    (tmp_path / "a.mp4").write_bytes(b"1")
    assert len({before, corpus_digest(tmp_path)}) == 2
    assert {"processor", "cores", "memory_bytes"} <= machine().keys()
    head = commit()
    assert head is None or len(head.removesuffix("+changes")) == 40
