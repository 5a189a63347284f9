"""What moderators ruled, by trend."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from streams.wire.trend import ReviewDecision

# A trend's video in one revision: what a moderator looked at.
Look = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Tally:
    """How often moderators ruled which way on a trend's actions.

    Attributes:
        confirmed: Decisions to confirm.
        rejected: Decisions to reject.
        unsure: Decisions that leave it open.
        repeated: Decisions whose id came before; they are in none of the other counts.
        again: Decisions that say of a video and revision what the one before them said.
        disagreeing: Videos and revisions that were both confirmed and rejected; the last word counts.
    """

    confirmed: int = 0
    rejected: int = 0
    unsure: int = 0
    repeated: int = 0
    again: int = 0
    disagreeing: int = 0


@dataclass(frozen=True, slots=True)
class Ruling:
    """The last word on one video and revision; wavering is none.

    Attributes:
        action_id: Of the action that was ruled on.
        confirmed: Whether it was confirmed; else it was rejected.
        offset: Of the decision in `review-decisions`.
    """

    action_id: str
    confirmed: bool
    offset: int


class Decisions:
    """All decisions, folded from `review-decisions`; changed by one decision at a time.

    Attributes:
        newest: Offset of the newest decision; -1 before any.
    """

    def __init__(self) -> None:
        self.newest = -1
        self._seen: set[tuple[str, str]] = set()
        self._counts: Counter[tuple[str, str]] = Counter()
        self._cleared: dict[tuple[str, str], int] = {}
        self._words: dict[str, dict[Look, tuple[Ruling, ...]]] = {}
        self._disputed: dict[str, set[Look]] = {}

    def apply(self, decision: ReviewDecision, offset: int) -> int | None:
        """Count a decision; return up to which revision it clears the pair of trend and video, None if it does not.

        Later rejects of a pair replace earlier ones in the compacted fan-out, so each bears the highest revision that
        was ever rejected. A decision whose id came before is counted as repeated only, and a record that was read
        before not at all; the pair is cleared once more, which harms nobody.

        Args:
            decision: What was ruled.
            offset: Of its record.
        """
        if offset > self.newest:
            self.newest = offset
            self._count(decision, offset)
        if decision.verdict != "reject":
            return None
        pair = (decision.trend_id, decision.video_id)
        self._cleared[pair] = max(decision.revision, self._cleared.get(pair, 0))
        return self._cleared[pair]

    def _count(self, decision: ReviewDecision, offset: int) -> None:
        known = (decision.trend_id, decision.decision_id)
        if known in self._seen:
            self._counts[decision.trend_id, "repeated"] += 1
            return
        self._seen.add(known)
        self._counts[decision.trend_id, decision.verdict] += 1
        if decision.verdict != "unsure":
            self._rule(decision, offset)

    def _rule(self, decision: ReviewDecision, offset: int) -> None:
        look = (decision.video_id, decision.revision)
        words = self._words.setdefault(decision.trend_id, {})
        ruling = Ruling(decision.action_id, decision.verdict == "confirm", offset)
        before = words.get(look, ())
        if before and before[-1].confirmed == ruling.confirmed:
            self._counts[decision.trend_id, "again"] += 1
        elif before:
            self._disputed.setdefault(decision.trend_id, set()).add(look)
        words[look] = (*(word for word in before if word.action_id != ruling.action_id), ruling)

    def tally(self, trend_id: str) -> Tally:
        """Return the counts of a trend; a trend that nobody declared has some too if decisions name it."""
        return Tally(
            confirmed=self._counts[trend_id, "confirm"],
            rejected=self._counts[trend_id, "reject"],
            unsure=self._counts[trend_id, "unsure"],
            repeated=self._counts[trend_id, "repeated"],
            again=self._counts[trend_id, "again"],
            disagreeing=len(self._disputed.get(trend_id, ())),
        )

    def rulings(self, trend_id: str) -> Sequence[tuple[Look, Ruling]]:
        """Return the last word on each video and revision of a trend that has one, in the order of first words."""
        return tuple((look, words[-1]) for look, words in self.words(trend_id))

    def words(self, trend_id: str) -> Sequence[tuple[Look, Sequence[Ruling]]]:
        """Return the last word on each action, by the video and revision that it names, the newest of them last."""
        return tuple(self._words.get(trend_id, {}).items())

    def ruled(self, trend_id: str) -> int:
        """Return on how many videos and revisions of a trend there is a word."""
        return len(self._words.get(trend_id, ()))
