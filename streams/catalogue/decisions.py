"""What moderators ruled, counted by trend."""

from collections import Counter
from dataclasses import dataclass

from streams.wire.trend import ReviewDecision


@dataclass(frozen=True, slots=True)
class Tally:
    """How often moderators ruled which way on a trend's actions."""

    confirmed: int = 0
    rejected: int = 0
    unsure: int = 0


class Decisions:
    """All decisions, folded from `review-decisions`; changed by one decision at a time."""

    def __init__(self) -> None:
        self._verdicts: Counter[tuple[str, str]] = Counter()
        self._cleared: dict[tuple[str, str], int] = {}

    def apply(self, decision: ReviewDecision) -> int | None:
        """Count a decision; return up to which revision it clears the pair of trend and video, None if it does not.

        Later rejects of a pair replace earlier ones in the compacted fan-out, so each bears the highest revision that
        was ever rejected.
        """
        self._verdicts[decision.trend_id, decision.verdict] += 1
        if decision.verdict != "reject":
            return None
        pair = (decision.trend_id, decision.video_id)
        self._cleared[pair] = max(decision.revision, self._cleared.get(pair, 0))
        return self._cleared[pair]

    def tally(self, trend_id: str) -> Tally:
        """Return the counts of a trend; a trend that nobody declared has some too if decisions name it."""
        return Tally(
            confirmed=self._verdicts[trend_id, "confirm"],
            rejected=self._verdicts[trend_id, "reject"],
            unsure=self._verdicts[trend_id, "unsure"],
        )
