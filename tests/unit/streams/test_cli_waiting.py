"""When the answer to a message is whole."""

import pytest

from streams.cli.waiting import Answer
from streams.wire.moderation import SeedReceipt


def receipt(shard: int | None, **fields: object) -> SeedReceipt:
    """Return a receipt of one of two shards, with some fields replaced."""
    whole: dict[str, object] = {
        "trend_id": "t", "seed_id": "s", "source_offset": 1, "shard": shard, "shards": 2, "status": "applied",
        "complete": True,
    }  # fmt: skip
    return SeedReceipt(**(whole | fields))  # type: ignore[arg-type]  # the values are as above


def answered(*receipts: tuple[SeedReceipt, bool]) -> Answer:
    """Return the answer after receipts, each with whether it ended a sweep."""
    answer = Answer(shards=0, receipts={})
    for one, swept in receipts:
        answer = answer.with_receipt(one, swept=swept)
    return answer


def test_nothing_has_ended_before_anything_came() -> None:
    """Zero of zero shards is not everything."""
    assert not answered().ended


def test_first_hits_are_not_the_end() -> None:
    """The sweep may find more."""
    assert not answered((receipt(0), True), (receipt(1, complete=False), False)).ended


def test_all_shards_swept_is_complete() -> None:
    """In force everywhere."""
    answer = answered((receipt(0), True), (receipt(1), True))

    assert answer.ended
    assert answer.complete


def test_swept_with_videos_of_another_model_ended_but_is_partial() -> None:
    """Waiting longer would not help, so it must not be waited for; nor may it be called complete."""
    answer = answered((receipt(0), True), (receipt(1, complete=False, not_comparable=4), True))

    assert answer.ended
    assert not answer.complete


@pytest.mark.parametrize("status", ["refused", "failed"])
def test_a_refusal_is_the_end(status: str) -> None:
    """TRENDS answers for all shards."""
    answer = answered((receipt(None, status=status, complete=False), False))

    assert answer.ended
    assert not answer.complete
