"""The last word of reviewers on videos of one trend."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from streams.catalogue import Decisions


@dataclass(frozen=True, slots=True)
class Rulings:
    """What was ruled on one trend.

    Attributes:
        confirmed: Video with revision -> whether the last word confirms it; wavering is none.
        disagreeing: How many of these were both confirmed and rejected.
        repeated: How many decisions came a second time, by their id.
    """

    confirmed: Mapping[tuple[str, int], bool] = field(default_factory=dict)
    disagreeing: int = 0
    repeated: int = 0

    @classmethod
    def of(cls, decisions: Decisions, trend_id: str) -> Self:
        """Return what was ruled on a trend."""
        tally = decisions.tally(trend_id)
        confirmed = {look: ruling.confirmed for look, ruling in decisions.rulings(trend_id)}
        return cls(confirmed, tally.disagreeing, tally.repeated)
