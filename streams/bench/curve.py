"""Queries a second against recall, out of the rounds of one index."""

from dataclasses import dataclass
from statistics import median

from streams.bench.figures import PeerFigures, Searched

FAIR, GOOD = 0.95, 0.98


@dataclass(frozen=True, slots=True)
class Point:
    """One width after all rounds."""

    ef: int
    recall: float
    qps: float
    viral_recall: float
    viral_qps: float
    p99_seconds: float
    cores: float


def curve(figures: PeerFigures) -> list[Point]:
    """Return a point a width, in order of width; nothing is interpolated."""
    by_width: dict[int, list[Searched]] = {}
    for one in (one for some in figures.rounds for one in some):
        by_width.setdefault(one.ef, []).append(one)
    return [_point(ef, some) for ef, some in sorted(by_width.items())]


def at(figures: PeerFigures, recall: float) -> Point | None:
    """Return the first width whose recall over all queries reaches a bound."""
    return next((point for point in curve(figures) if point.recall >= recall), None)


def at_viral(figures: PeerFigures, recall: float) -> Point | None:
    """Return the first width whose recall near viral vectors reaches a bound."""
    return next((point for point in curve(figures) if point.viral_recall >= recall), None)


def chosen(figures: PeerFigures) -> list[int]:
    """Return the widths that a table needs, ascending; the widest where none is wide enough."""
    points = [find(figures, recall) for find in (at, at_viral) for recall in (FAIR, GOOD)]
    widths = {point.ef for point in points if point is not None}
    if figures.rounds and figures.rounds[0]:
        widths.add(chosen_for_good(figures))
    return sorted(widths)


def chosen_for_good(figures: PeerFigures) -> int:
    """Return the first width that reaches the good recall, near viral vectors too; else the widest."""
    points = curve(figures)
    good = [point.ef for point in points if min(point.recall, point.viral_recall) >= GOOD]
    return good[0] if good else points[-1].ef if points else 0


def batch_qps(figures: PeerFigures) -> float | None:
    """Return the median queries a second when many are asked in one call."""
    rates = [one.queries / one.seconds for one in figures.batched if one.seconds]
    return median(rates) if rates else None


def _point(ef: int, some: list[Searched]) -> Point:
    last = some[-1]  # its times are medians over all passes
    return Point(
        ef=ef,
        recall=last.recall,
        qps=last.queries / max(last.seconds, 1e-9),
        viral_recall=last.viral_recall,
        viral_qps=last.viral_queries / max(last.viral_seconds, 1e-9),
        p99_seconds=last.p99_seconds,
        cores=median(one.cpu_seconds / max(one.pass_seconds, 1e-9) for one in some),
    )
