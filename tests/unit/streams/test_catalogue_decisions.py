"""Decisions are counted, and a reject clears its pair."""

from streams.catalogue import Decisions, Tally
from tests.support.catalogue import decided


def test_only_a_reject_clears_a_pair() -> None:
    """Confirming or wavering takes nothing back."""
    decisions = Decisions()

    assert decisions.apply(decided("reject", revision=3), 0) == 3
    assert decisions.apply(decided("confirm", video_id="w"), 1) is None
    assert decisions.apply(decided("unsure", video_id="x"), 2) is None


def test_a_later_reject_of_an_older_revision_bears_the_highest() -> None:
    """Compaction keeps the last record of a pair only."""
    decisions = Decisions()
    decisions.apply(decided("reject", revision=3), 0)

    assert decisions.apply(decided("reject", revision=1), 1) == 3
    assert decisions.apply(decided("reject", revision=1, video_id="w"), 2) == 1


def test_decisions_are_counted_by_trend() -> None:
    """Whether or not anybody declared it."""
    decisions = Decisions()
    for offset, verdict in enumerate(("confirm", "confirm", "reject", "unsure")):
        decisions.apply(decided(verdict, video_id=f"v{offset}", decision_id=f"d{offset}"), offset)

    assert decisions.tally("t") == Tally(confirmed=2, rejected=1, unsure=1)
    assert (decisions.tally("other"), decisions.ruled("t"), decisions.newest) == (Tally(), 3, 3)


def test_a_decision_that_comes_twice_counts_once() -> None:
    """A producer may send it again; its pair is cleared again all the same."""
    decisions = Decisions()
    decisions.apply(decided("reject", decision_id="d"), 0)

    assert decisions.apply(decided("reject", decision_id="d"), 1) == 1
    assert decisions.tally("t") == Tally(rejected=1, repeated=1)


def test_a_record_that_is_read_again_was_counted() -> None:
    """After a failed send a batch is judged once more; nothing was repeated by anybody."""
    decisions = Decisions()
    decisions.apply(decided("reject"), 5)

    assert decisions.apply(decided("reject"), 5) == 1
    assert decisions.tally("t") == Tally(rejected=1)


def test_of_two_that_disagree_the_last_word_counts() -> None:
    """That they do is shown; each is counted as what it was."""
    decisions = Decisions()
    for offset, verdict in enumerate(("confirm", "reject", "unsure", "reject", "reject")):
        decisions.apply(decided(verdict, decision_id=f"d{offset}", action_id=f"a{offset}"), offset)

    assert decisions.tally("t") == Tally(confirmed=1, rejected=3, unsure=1, again=2, disagreeing=1)
    [(look, ruling)] = decisions.rulings("t")
    assert (look, ruling.confirmed, ruling.action_id, ruling.offset) == (("v", 1), False, "a4", 4)


def test_an_edited_video_is_ruled_on_anew() -> None:
    """Another revision is another video to look at, no disagreement."""
    decisions = Decisions()
    decisions.apply(decided("reject", revision=1, decision_id="d1"), 0)
    decisions.apply(decided("confirm", revision=2, decision_id="d2"), 1)

    assert decisions.tally("t").disagreeing == 0
    assert [(look, ruling.confirmed) for look, ruling in decisions.rulings("t")] == [
        (("v", 1), False),
        (("v", 2), True),
    ]
