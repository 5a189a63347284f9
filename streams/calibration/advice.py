"""Which threshold gives a wanted precision, or a wanted load of reviews."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from streams.calibration.fitting import Floats, fit_points

_TAILS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Advice:
    """A threshold that a person may take, with how sure it is.

    Attributes:
        threshold: The lowest seen score that gives what was wanted.
        low: Lower end of the 95 % interval of that threshold; never below the lowest seen score.
        high: Upper end of it; None where the data do not bound it: among resamples, too many reach what was wanted
            nowhere, or there is but one day.
        expected: What it gives: precision in [0, 1], or hits a day.
        expected_low: Lower end of the 95 % interval of that.
        expected_high: Upper end of it; None where one day says nothing of others.
    """

    threshold: float
    low: float
    high: float | None
    expected: float
    expected_low: float
    expected_high: float | None


def precision_advice(
    scores: Sequence[float] | Floats,
    confirmed: Sequence[bool],
    hits: Sequence[float] | Floats,
    wanted: float,
    *,
    times: int = 200,
    root: int = 0,
) -> Advice | None:
    """Return the lowest threshold at which hits have a wanted precision; None if no seen score reaches it.

    The precision at a threshold is the mean probability, by the map that the decisions give, of all hits from there on.
    So it does not matter that some scores were reviewed more often than others. Where nothing was decided nothing is
    advised: thresholds are scores between the lowest and the highest that was decided on.

    Args:
        scores: n decided scores in [-1, 1].
        confirmed: n rulings.
        hits: m scores of hits, decided or not; the decided ones where none are known.
        wanted: Precision in (0, 1].
        times: Resamples of decisions behind the intervals.
        root: Of chance.
    """
    scored, rulings = np.asarray(scores, dtype=np.float64), np.asarray(confirmed, dtype=bool)
    if not len(scored):
        return None
    all_hits = np.sort(np.asarray(hits if len(hits) else scored, dtype=np.float64))
    within = (all_hits >= scored.min()) & (all_hits <= scored.max())
    places = np.unique(np.concatenate([np.unique(all_hits[within]), [scored.min()]]))
    rng = np.random.default_rng(root)
    curves = [_precisions(scored, rulings, all_hits, places)]
    for _ in range(times):
        drawn = rng.integers(len(scored), size=len(scored))
        curves.append(_precisions(scored[drawn], rulings[drawn], all_hits, places))
    return _advised(places, np.array(curves), lambda curve: curve >= wanted)


def load_advice(
    hits: Mapping[date, Sequence[float]], wanted: float, *, times: int = 200, root: int = 0
) -> Advice | None:
    """Return the lowest threshold at which a day brings at most so many hits; None if there was no hit.

    Args:
        hits: Scores by day, quiet days included.
        wanted: Hits a day, above 0.
        times: Resamples of days behind the intervals.
        root: Of chance.
    """
    days = [np.sort(np.asarray(scores, dtype=np.float64)) for _, scores in sorted(hits.items())]
    if not any(len(day) for day in days):
        return None
    places = np.unique(np.concatenate(days))
    counts = np.array([len(day) - np.searchsorted(day, places) for day in days], dtype=np.float64)
    drawn = np.random.default_rng(root).integers(len(days), size=(times, len(days)))
    curves = np.concatenate([counts.mean(axis=0)[None], counts[drawn].mean(axis=1)])
    # Scores are whole millionths; one above the highest lets nothing through.
    places, curves = np.append(places, min(1.0, places[-1] + 1e-6)), np.column_stack([curves, np.zeros(len(curves))])
    advice = _advised(places, curves, lambda curve: curve <= wanted)
    if advice is None or len(days) > 1:
        return advice
    return Advice(advice.threshold, float(places[0]), None, advice.expected, 0.0, None)


def _precisions(scores: Floats, confirmed: np.ndarray, hits: Floats, places: Floats) -> Floats:
    """Return the expected precision (k,) of hits from each place on; what is above all hits counts as the last."""
    likely = fit_points(scores, confirmed).at(hits)
    tails = np.cumsum(likely[::-1])[::-1] / np.arange(len(hits), 0, -1)
    return np.asarray(tails[np.minimum(np.searchsorted(hits, places), len(hits) - 1)], dtype=np.float64)


def _advised(places: Floats, curves: Floats, enough: Callable[[Floats], "np.ndarray"]) -> Advice | None:
    """Return the first place where the first curve is enough, with the spread that the other curves give it."""
    firsts = []
    for curve in curves:
        reached = np.flatnonzero(enough(curve))
        firsts.append(reached[0] if len(reached) else len(places))
    if firsts[0] == len(places):
        return None
    low, high = np.percentile(firsts[1:], _TAILS, method="nearest").astype(int)
    spread = np.percentile(curves[1:, firsts[0]], _TAILS)
    return Advice(
        threshold=float(places[firsts[0]]),
        low=float(places[min(low, firsts[0])]),
        high=None if high == len(places) else float(places[max(high, firsts[0])]),
        expected=float(curves[0, firsts[0]]),
        expected_low=float(spread[0]),
        expected_high=float(spread[1]),
    )
