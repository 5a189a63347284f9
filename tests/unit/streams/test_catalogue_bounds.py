"""A trend's bound follows from the preview that its moderator saw."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from streams.catalogue import Answers, Catalogue, due_bounds
from streams.errors import RefusedError
from streams.settings import TrendSettings
from streams.wire.moderation import TrendReceipt
from streams.wire.trend import TrendAdjusted
from tests.support.catalogue import added, adjusted, changed, declared, released, revoked, said, step

RULES = TrendSettings(bound_factor=2.0, bound_least=10)
SHARDS = 3


def answer(shard: int | None, offset: int, hits: int, **fields: Any) -> TrendReceipt:
    """Return a shard's answer about trend `t` in draft."""
    facts: dict[str, Any] = {"status": "applied", "state": "draft", "videos_held": 100, "shards": SHARDS}
    return TrendReceipt(trend_id="t", shard=shard, source_offset=offset, hits=hits, **(facts | fields))


def answered(*receipts: TrendReceipt) -> Answers:
    """Return the fold of receipts that end a sweep."""
    answers = Answers()
    for receipt in receipts:
        answers.add(receipt, swept=True)
    return answers


def due(catalogue: Catalogue, answers: Answers, known: int = 50) -> list[TrendAdjusted]:
    """Return the bounds that are called for."""
    return due_bounds(catalogue.trends(), answers, RULES, known)


DRAFT = said(declared(), added())


def test_a_draft_is_bounded_by_the_most_hits_of_a_shard_once_all_have_answered() -> None:
    """One bound serves all shards, so the fullest one sets it."""
    two = [answer(0, 1, 7), answer(1, 1, 30)]

    assert due(DRAFT, answered(*two)) == []
    [event] = due(DRAFT, answered(*two, answer(2, 1, 5)))

    assert (event.trend_id, event.max_hits, event.source_offset) == ("t", 60, 50)
    assert event.reason == "preview: 42 hits, at most 30 on one of 3 shards"


def test_a_preview_with_few_hits_leaves_room() -> None:
    """The first near copy must not stop a trend."""
    [event] = due(DRAFT, answered(*(answer(shard, 1, 1) for shard in range(SHARDS))))

    assert event.max_hits == RULES.bound_least


def test_a_preview_is_whole_when_every_shard_has_answered_what_came_last() -> None:
    """Hits of the seeds before the last one are not what the moderator will let go."""
    grown = step(DRAFT, added("b"), 2).catalogue
    answers = answered(answer(0, 2, 7), answer(1, 2, 7), answer(2, 1, 7))

    assert due(grown, answers) == []
    answers.add(answer(2, 2, 9), swept=True)
    assert [event.max_hits for event in due(grown, answers)] == [18]


def test_only_sweeps_of_a_draft_are_a_preview() -> None:
    """First hits are not all, what shards say of a live trend was seen by nobody before."""
    answers = answered(*(answer(shard, 1, 7, state="live") for shard in range(SHARDS)))
    for shard in range(SHARDS):
        answers.add(answer(shard, 1, 7), swept=False)

    assert due(DRAFT, answers) == []


def test_what_is_in_force_is_not_said_again() -> None:
    """The ledger holds what changed."""
    answers = answered(*(answer(shard, 1, 7) for shard in range(SHARDS)))
    [event] = due(DRAFT, answers)

    assert due(step(DRAFT, event, 2).catalogue, answers) == []


def test_a_bound_of_an_older_preview_ends_with_the_draft() -> None:
    """It would stop hits that the moderator has seen since; the new one comes at once."""
    grown = step(step(DRAFT, adjusted(max_hits=10, source_offset=1), 2).catalogue, added("b"), 3).catalogue
    live = step(grown, changed(2, state="live"), 4).catalogue

    assert live.by_id["t"].bound is None
    [event] = due(live, answered(*(answer(shard, 3, 20) for shard in range(SHARDS))))
    assert event.max_hits == 40


def test_a_bound_that_a_new_preview_confirms_outlives_the_draft() -> None:
    """It is said again, which the shards need not hear."""
    grown = step(step(DRAFT, adjusted(max_hits=10, source_offset=1), 2).catalogue, added("b"), 3).catalogue
    [event] = due(grown, answered(*(answer(shard, 3, 1) for shard in range(SHARDS))))
    confirmed = step(grown, event, 51)

    assert confirmed.effect is None
    assert step(confirmed.catalogue, changed(2, state="live"), 52).catalogue.by_id["t"].bound == 10


def test_a_trend_that_left_draft_at_once_is_bounded_late_but_once() -> None:
    """The answers came while the moderator's word was on its way."""
    live = step(DRAFT, changed(2, state="live"), 2).catalogue
    answers = answered(*(answer(shard, 1, 7) for shard in range(SHARDS)))

    [event] = due(live, answers)
    bounded = step(live, event, 3).catalogue

    assert bounded.by_id["t"].max_hits == 14
    assert due(bounded, answered(*(answer(shard, 1, 70) for shard in range(SHARDS)))) == []


def test_without_a_preview_there_is_no_bound() -> None:
    """A trend that was never a draft, one without a positive seed, one that ended."""
    answers = answered(*(answer(shard, 9, 7) for shard in range(SHARDS)))

    assert due(said(declared(state="live"), added()), answers) == []
    assert due(said(declared(), added(polarity="negative")), answers) == []
    assert due(said(declared(), added(), changed(2, state="retired")), answers) == []


_MOVES = st.sampled_from(
    [
        adjusted(max_hits=3),
        added("b"),
        revoked(),
        released(),
        adjusted(paused=True),
        changed(2, state="live"),
        changed(2, state="shadow"),
        changed(2, margin=0.3),
    ]
)


@given(st.lists(_MOVES, max_size=6), st.lists(st.integers(0, 9_000), min_size=SHARDS, max_size=SHARDS))
def test_bounds_come_to_rest(events: list[Any], hits: list[int]) -> None:
    """Whatever was said, one appended bound is enough: asked again nothing is due, read twice nothing changes."""
    catalogue, answers = DRAFT, answered(*(answer(shard, 100, n) for shard, n in enumerate(hits)))
    for offset, event in enumerate(events, start=2):
        try:
            catalogue = step(catalogue, event, offset).catalogue
        except RefusedError:  # it leaves the catalogue as it was
            continue

    found = due(catalogue, answers, known=100)

    assert len(found) <= 1
    for event in found:
        catalogue = step(catalogue, event, 101).catalogue
        assert catalogue.by_id["t"].bound == max(RULES.bound_least, 2 * max(hits))
        assert due(catalogue, answers, known=101) == []
        assert step(catalogue, event, 102).catalogue == catalogue
