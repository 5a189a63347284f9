"""When the answer to a message is whole."""

import pytest

from streams.cli.waiting import Answer
from streams.wire.moderation import SeedReceipt, TrendReceipt


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


def test_a_sweep_that_a_policy_overtook_is_waited_for_until_the_next_is_complete() -> None:
    """A weighted trend is told new weights just after a seed, so that the sweep ends under another policy."""
    overtaken, later = receipt(1, complete=False, version=3), receipt(1, source_offset=2, version=3, seed_id="x")
    answer = answered((receipt(0), True), (overtaken, True))
    assert not answer.ended

    assert answer.with_later(receipt(1, source_offset=2, complete=False)) == answer
    assert answer.with_later(receipt(0, source_offset=2)) == answer
    whole = answer.with_later(later)

    assert whole.ended
    assert whole.complete
    assert whole.receipts == {0: receipt(0), 1: later}


def test_what_another_message_is_answered_says_nothing_of_a_shard_that_still_sweeps() -> None:
    """Its sweep may have begun before our message came."""
    answer = answered((receipt(0), True), (receipt(1, complete=False, version=3), False))

    assert answer.with_later(receipt(1, source_offset=2)) == answer


def test_the_preview_of_a_draft_does_not_take_the_place_of_its_seeds_receipt() -> None:
    """Both bear the offset of the seed; the one that was waited for is shown."""
    preview = TrendReceipt(trend_id="t", source_offset=1, shard=0, shards=2, status="applied", complete=True, hits=9)
    answer = answered((receipt(0), True)).with_receipt(preview, swept=True)

    assert answer.receipts[0].seed_id == "s"
