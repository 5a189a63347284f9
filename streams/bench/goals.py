"""The goals of the index beside what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from streams.bench.course import SizeFigures
from streams.bench.curve import GOOD, Point, at, at_viral, batch_qps
from streams.bench.figures import PeerFigures

Verdict = Literal["met", "missed", "not measured"]

_GRAPH_FACTOR = 1.1
_PARTS_FACTOR = 3.0
_FIRST_HITS_SECONDS = 0.020
_VISIBLE_SECONDS = 0.010


@dataclass(frozen=True, slots=True)
class Goal:
    """One goal at one size.

    Attributes:
        figure: What was measured, in words.
        verdict: Whether it is met.
    """

    size: int
    goal: str
    figure: str
    verdict: Verdict


def goals_of(figures: SizeFigures) -> list[Goal]:
    """Return every goal that can be judged at one size."""
    peers = {peer.name: peer for peer in figures.peers}
    ours, one = (peers.get(name) for name in ("ours", "ours-one-segment"))
    raw = peers.get("hnswlib-distinct") or peers.get("hnswlib")
    goals: list[Goal] = []
    if ours is not None:
        goals += _recalls(figures.size, ours) + _ranges(figures.size, ours)
    if raw is not None and one is not None:
        goals.append(_factor(figures.size, "one sealed segment", one, raw, _GRAPH_FACTOR))
        goals.append(_factor(figures.size, "one sealed segment, 64 queries a call", one, raw, _GRAPH_FACTOR, many=True))
    if raw is not None and ours is not None:
        goals.append(_factor(figures.size, "k segments + delta", ours, raw, _PARTS_FACTOR))
    if ours is not None:
        goals += [_above(figures.size, ours, other) for other in figures.peers if other.kind == "database"]
    return goals


def _recalls(size: int, ours: PeerFigures) -> list[Goal]:
    beside = ours.inserting.recall if ours.inserting else None
    viral = max((point.viral_recall for point in _points(at_viral(ours, GOOD))), default=None)
    visible = ours.inserting.visible_p99_seconds if ours.inserting else None
    back = ours.removed.resurrected if ours.removed else None
    return [
        _at_least(size, "recall@10 ≥ 0.98 with inserts running", beside, GOOD),
        _at_least(size, "recall@10 ≥ 0.98 near viral vectors", viral, GOOD),
        _at_most(size, "insert to visible, p99 under 10 ms", visible, _VISIBLE_SECONDS),
        Goal(size, "no removed key comes back", _text(back, "{} came back"), _verdict(back, back == 0)),
    ]


def _ranges(size: int, ours: PeerFigures) -> list[Goal]:
    ranged = ours.ranged
    swept = ranged.sweep_recall if ranged else None
    return [
        _at_least(size, "range search at 0.8 complete (1.0) after the sweep", swept, 1.0),
        _at_least(size, "its first hits hold ≥ 0.98 of all", ranged.recall if ranged else None, GOOD),
        _at_most(size, "its first hits, p50 within 20 ms", ranged.p50_seconds if ranged else None, _FIRST_HITS_SECONDS),
    ]


def _factor(size: int, what: str, ours: PeerFigures, raw: PeerFigures, most: float, *, many: bool = False) -> Goal:
    goal = f"QPS at recall 0.98 within {most}x of {raw.name}: {what}"
    fast, own = (batch_qps(raw), batch_qps(ours)) if many else (_qps(at(raw, GOOD)), _qps(at(ours, GOOD)))
    if fast is None or own is None:
        return Goal(size, goal, "not measured", "not measured")
    return Goal(size, goal, f"{fast / own:.2f}x ({own:,.0f} against {fast:,.0f})", _verdict(own, fast / own <= most))


def _above(size: int, ours: PeerFigures, other: PeerFigures) -> Goal:
    goal = f"more QPS at recall 0.98 than {other.name}"
    own, theirs = _qps(at(ours, GOOD)), _qps(at(other, GOOD))
    if own is None or (theirs is None and not other.rounds):
        return Goal(size, goal, "not measured", "not measured")
    if theirs is None:
        return Goal(size, goal, f"{own:,.0f}; {other.name} does not reach that recall", "met")
    return Goal(size, goal, f"{own:,.0f} against {theirs:,.0f}", _verdict(own, own > theirs))


def _at_least(size: int, goal: str, figure: float | None, bound: float) -> Goal:
    return Goal(size, goal, _text(figure, "{:.4f}"), _verdict(figure, figure is not None and figure >= bound))


def _at_most(size: int, goal: str, seconds: float | None, bound: float) -> Goal:
    text = _text(None if seconds is None else seconds * 1e3, "{:.2f} ms")
    return Goal(size, goal, text, _verdict(seconds, seconds is not None and seconds <= bound))


def _verdict(figure: object, met: bool) -> Verdict:
    if figure is None:
        return "not measured"
    return "met" if met else "missed"


def _text(figure: float | None, form: str) -> str:
    return "not measured" if figure is None else form.format(figure)


def _points(point: Point | None) -> Sequence[Point]:
    return () if point is None else (point,)


def _qps(point: Point | None) -> float | None:
    return None if point is None else point.qps
