"""How well hits agree with the truth of a corpus."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quality:
    """Hits of one trend, or of all, against the truth.

    Attributes:
        hits: Videos found.
        true_hits: Those of them that belong to the trend.
        positives: Videos that belong to it.
    """

    hits: int
    true_hits: int
    positives: int

    @property
    def precision(self) -> float | None:
        """Share of the hits that are right; None without a hit."""
        return self.true_hits / self.hits if self.hits else None

    @property
    def recall(self) -> float | None:
        """Share of what there was to find that was found; None without anything."""
        return self.true_hits / self.positives if self.positives else None


def quality_by_trend(hits: Iterable[tuple[str, str]], positives: Mapping[str, AbstractSet[str]]) -> dict[str, Quality]:
    """Return the quality of each trend.

    Args:
        hits: Trend with video, each pair once.
        positives: The videos that belong to each trend; whatever else is hit counts against it.
    """
    found: dict[str, set[str]] = {trend: set() for trend in positives}
    for trend, video_id in hits:
        found.setdefault(trend, set()).add(video_id)
    return {
        trend: Quality(len(videos), len(videos & positives.get(trend, set())), len(positives.get(trend, set())))
        for trend, videos in found.items()
    }


def overall(qualities: Iterable[Quality]) -> Quality:
    """Return the quality over all pairs of trend and video (micro average)."""
    known = list(qualities)
    return Quality(sum(q.hits for q in known), sum(q.true_hits for q in known), sum(q.positives for q in known))
