"""What reviewers ruled on videos of a trend, by revision; the last word counts."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from streams.wire.trend import ReviewDecision


@dataclass(frozen=True, slots=True)
class Rulings:
    """The decisions about one trend.

    Attributes:
        confirmed: Video with revision -> whether its last decision confirms; those that are unsure say nothing.
        disagreeing: How many of these had decisions both ways.
        repeated: How many decisions came a second time, by their id.
    """

    confirmed: dict[tuple[str, int], bool] = field(default_factory=dict)
    disagreeing: int = 0
    repeated: int = 0


def rulings(decisions: Iterable[ReviewDecision]) -> Rulings:
    """Return what was ruled.

    Args:
        decisions: All of one trend, in the order of the ledger.
    """
    confirmed: dict[tuple[str, int], bool] = {}
    seen, both = set[str](), set[tuple[str, int]]()
    repeated = 0
    for decision in decisions:
        if decision.decision_id in seen:
            repeated += 1
            continue
        seen.add(decision.decision_id)
        if decision.verdict == "unsure":
            continue
        video, is_hit = (decision.video_id, decision.revision), decision.verdict == "confirm"
        if confirmed.get(video, is_hit) != is_hit:
            both.add(video)
        confirmed[video] = is_hit
    return Rulings(confirmed, len(both), repeated)
