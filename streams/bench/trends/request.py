"""What is measured of trends."""

from dataclasses import dataclass

from streams.wire.trend import ScoreKind

KINDS: tuple[ScoreKind, ...] = ("fused", "weighted", "frames", "all")
"""How trends score, in turn."""

SEEDS_A_TREND = 12
"""Posts of a trend that can be pushed; a made corpus has at least as many of each."""

DRAFT = "draft"
"""The trend that is looked at, never live."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrendsRequest:
    """What is measured.

    Attributes:
        suite: Name or folder of the suite by which seeds are encoded; held videos bear its model.
        videos: Held before anything is pushed.
        fresh: Videos that come after the decisions, whose actions are held against the truth.
        trends: Live ones, at least one.
        pushes: Seeds pushed one after the other, trends in turn; half as many are revoked again.
        decisions: Of a simulated reviewer, for each trend.
        previews: How often the draft is looked at.
        pause_seconds: Between two pushes.
        seed: Root of all chance.
    """

    suite: str
    videos: int
    fresh: int
    trends: int
    pushes: int
    decisions: int
    previews: int = 5
    pause_seconds: float = 0.5
    seed: int = 7

    @property
    def trend_ids(self) -> list[str]:
        """The live trends."""
        return [f"trend-{number}" for number in range(self.trends)]

    def kind(self, trend_id: str) -> ScoreKind:
        """Return how a trend scores; the draft as a trend does that says nothing else."""
        return "weighted" if trend_id == DRAFT else KINDS[self.trend_ids.index(trend_id) % len(KINDS)]
