"""What a pause excuses, what it does not."""

import pytest

from streams.audit.findings import findings
from streams.audit.oracle import Expected
from streams.audit.pauses import compare, paused_trends
from streams.wire.moderation import TrendReceipt
from streams.wire.topics import Topic
from tests.support.audit_book import Book
from tests.support.shard_messages import embedded, policy, seed_live

ONE = Expected("moderation-actions", "t0", "v1", 2, "remove")
OLDER = Expected("moderation-actions", "t0", "v1", 1, "review")
OTHER = Expected("shadow-actions", "t0", "v1", 2, "remove")


def receipt(status: str, source: int, shard: int | None = 0) -> TrendReceipt:
    """Return a receipt about t0."""
    return TrendReceipt(trend_id="t0", source_offset=source, shard=shard, shards=1, status=status)  # type: ignore[arg-type]  # a status


@pytest.mark.parametrize(
    ("active", "expected", "counts"),
    [
        ({ONE}, {ONE}, (0, 0, 0)),
        (set(), {ONE}, (0, 0, 1)),
        ({OLDER}, {ONE}, (0, 0, 0)),
        ({OTHER}, {ONE}, (0, 1, 1)),
        ({ONE}, set(), (0, 1, 0)),
    ],
    ids=["as wanted", "held back", "an older one stands", "of another topic", "no longer wanted"],
)
def test_a_pause_excuses_what_is_not_new_yet(
    active: set[Expected], expected: set[Expected], counts: tuple[int, int, int]
) -> None:
    """Nothing new comes, nothing that is wanted is taken back; what is not wanted must be."""
    paused = compare(active, expected, lambda _: True)
    assert (len(paused.missing), len(paused.unexpected), len(paused.held_back)) == counts
    running = compare(active, expected, lambda _: False)
    assert (running.missing, running.unexpected, running.held_back) == (
        sorted(expected - active), sorted(active - expected), [],
    )  # fmt: skip


def test_a_trend_is_paused_by_its_policy_or_by_the_newest_receipt() -> None:
    """Of a shard: what TRENDS refuses is no word of one."""
    policies = [
        policy("t0", 1, 1),
        policy("t1", 1, 2, paused=True),
        policy("t2", 1, 3, paused=True),
        policy("t2", 1, 4),
    ]

    assert paused_trends(policies, []) == {"t1"}
    assert paused_trends(policies, [receipt("paused", 1)]) == {"t0", "t1"}
    assert paused_trends(policies, [receipt("paused", 1), receipt("applied", 5)]) == {"t1"}
    assert paused_trends(policies, [receipt("paused", 1, shard=None)]) == {"t1"}


@pytest.mark.parametrize("shard", [0, 1])
def test_a_verdict_excuses_a_shard_that_is_paused_alone(shard: int) -> None:
    """The brake of one says nothing of the others."""
    book = Book(partitions=2)
    book.put(Topic.VIDEO_EMBEDDINGS, embedded("v1", 1, 0), partition=shard)
    for partition in (0, 1):
        book.put(Topic.TREND_FANOUT, policy("t0", 1, 1), partition=partition)
        book.put(Topic.TREND_FANOUT, seed_live("t0", "s1", 0, 2), partition=partition)
    book.put(Topic.SEED_RECEIPTS, receipt("paused", 1), partition=0)
    verdict = findings(book.logs())

    assert (len(verdict.held_back), len(verdict.missing)) == ((1, 0) if shard == 0 else (0, 1))
    assert ("1 held back by pauses" in verdict.text()) == (shard == 0)
