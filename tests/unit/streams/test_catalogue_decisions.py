"""Decisions are counted, and a reject clears its pair."""

from streams.catalogue import Decisions, Tally
from tests.support.catalogue import decided


def test_only_a_reject_clears_a_pair() -> None:
    """Confirming or wavering takes nothing back."""
    decisions = Decisions()

    assert decisions.apply(decided("reject", revision=3)) == 3
    assert decisions.apply(decided("confirm", video_id="w")) is None
    assert decisions.apply(decided("unsure", video_id="x")) is None


def test_a_later_reject_of_an_older_revision_bears_the_highest() -> None:
    """Compaction keeps the last record of a pair only."""
    decisions = Decisions()
    decisions.apply(decided("reject", revision=3))

    assert decisions.apply(decided("reject", revision=1)) == 3
    assert decisions.apply(decided("reject", revision=1, video_id="w")) == 1


def test_decisions_are_counted_by_trend() -> None:
    """Whether or not anybody declared it."""
    decisions = Decisions()
    for verdict in ("confirm", "confirm", "reject", "unsure"):
        decisions.apply(decided(verdict))

    assert decisions.tally("t") == Tally(confirmed=2, rejected=1, unsure=1)
    assert decisions.tally("other") == Tally()
