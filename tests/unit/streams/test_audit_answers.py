"""The audit knows which answers are owed."""

from typing import Any

import pytest

from streams.audit.answers import SWEPT_HEADER, OwedReceipt, owed_receipts, unanswered_commands
from streams.wire.fanout import FanoutMessage, VideoCleared
from streams.wire.moderation import SeedReceipt, TrendReceipt
from streams.wire.topics import Topic
from streams.wire.trend import Band, ReviewDecision, SeedAdded, SeedVideo, TrendAdjusted, TrendDeclared
from tests.support.audit_book import START, Book
from tests.support.shard_messages import policy, seed_live


def _receipt(shard: int | None, source: int, seed: str | None = "s1", **more: Any) -> SeedReceipt | TrendReceipt:
    fields: dict[str, Any] = {"status": "applied", "shards": 2, "trend_id": "t1"} | more
    if seed is None:
        return TrendReceipt(source_offset=source, shard=shard, **fields)
    return SeedReceipt(seed_id=seed, source_offset=source, shard=shard, **fields)


def _fan_out(book: Book, message: FanoutMessage) -> None:
    for partition in (0, 1):
        book.put(Topic.TREND_FANOUT, message, partition)


def _added() -> SeedAdded:
    return SeedAdded(trend_id="t1", seed_id="s1", polarity="positive", video=SeedVideo(media_uri="file:///a.mp4"))


def test_every_shard_owes_a_complete_receipt_for_every_message() -> None:
    """First hits are no end; the end of the sweep is, complete or not."""
    book = Book()
    _fan_out(book, seed_live("t1", "s1", 0, 5))
    book.put(Topic.SEED_RECEIPTS, _receipt(0, 5), 0)
    assert [owed.shard for owed in owed_receipts(book.logs())] == [0, 1]

    book.put(Topic.SEED_RECEIPTS, _receipt(0, 5, complete=True), 0)
    assert owed_receipts(book.logs()) == [OwedReceipt(1, "seed/t1/s1", 5)]

    book.put(Topic.SEED_RECEIPTS, _receipt(1, 5, not_comparable=1), 1, headers=[(SWEPT_HEADER, b"1")])
    assert owed_receipts(book.logs()) == []


def test_a_stale_copy_and_a_cleared_pair_are_not_answered() -> None:
    """What a shard ignores it does not answer; a decision has no receipt."""
    book = Book()
    _fan_out(book, policy("t1", 2, 9))
    _fan_out(book, policy("t1", 1, 8))
    cleared = VideoCleared(trend_id="t1", video_id="v", revision=1, source_offset=0, received_at=START)
    book.put(Topic.TREND_FANOUT, cleared, 1)
    assert {owed.source_offset for owed in owed_receipts(book.logs())} == {9}


def test_a_command_is_answered_when_every_shard_was_told() -> None:
    """One copy a partition; a copy in one alone is a torn transaction."""
    book = Book()
    book.put(Topic.TREND_SEEDS, _added())
    book.put(Topic.TREND_FANOUT, seed_live("t1", "s1", 0, 0), 0)
    assert unanswered_commands(book.logs()) == [("t.trend-seeds", 0, 0)]
    book.put(Topic.TREND_FANOUT, seed_live("t1", "s1", 0, 0), 1)
    assert unanswered_commands(book.logs()) == []


@pytest.mark.parametrize("status", ["refused", "failed"])
def test_a_command_that_trends_refuses_is_answered(status: str) -> None:
    """By a receipt without a shard."""
    book = Book()
    book.put(Topic.TREND_SEEDS, _added())
    book.put(Topic.SEED_RECEIPTS, _receipt(None, 0, status=status))
    assert unanswered_commands(book.logs()) == []
    assert owed_receipts(book.logs()) == []


def test_a_command_that_is_a_dead_letter_or_trends_own_is_not_waited_for() -> None:
    """Bytes that nobody can read have no key; an adjustment need not change anything."""
    book = Book()
    record = book.put(Topic.TREND_SEEDS, b"{")
    book.put(Topic.TREND_SEEDS, TrendAdjusted(trend_id="t1", reason="calibrated"))
    assert len(unanswered_commands(book.logs())) == 1
    book.give_up(record)
    assert unanswered_commands(book.logs()) == []


def test_a_declared_trend_is_answered_by_its_policy() -> None:
    """Or by a later one."""
    book = Book()
    bands = [Band(from_score=0.5, action="review")]
    declared = TrendDeclared(
        trend_id="t1", name="T", state="draft", threshold=0.5, bands=bands, margin=0.0, score_kind="fused",
        seed_pooling="max", on_retire="keep",
    )  # fmt: skip
    book.put(Topic.TREND_SEEDS, declared)
    assert len(unanswered_commands(book.logs())) == 1
    _fan_out(book, policy("t1", 2, 3))
    assert unanswered_commands(book.logs()) == []


def test_a_reject_is_answered_by_a_cleared_pair() -> None:
    """A confirm asks for nothing."""
    book = Book()
    for verdict in ("confirm", "reject"):
        ruling = ReviewDecision(
            decision_id="d", action_id=f"{1:032x}", trend_id="t1", video_id="v", revision=2, verdict=verdict
        )
        book.put(Topic.REVIEW_DECISIONS, ruling)
    assert unanswered_commands(book.logs()) == [("t.review-decisions", 0, 1)]
    cleared = VideoCleared(trend_id="t1", video_id="v", revision=2, source_offset=1, received_at=START)
    book.put(Topic.TREND_FANOUT, cleared, 1)
    assert unanswered_commands(book.logs()) == []
