"""A cosine told by what background videos have: one scale for every way of comparing."""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from encoders.model_card import DEVIATIONS, SuiteBank
from streams.wire.fanout import Background
from streams.wire.trend import Compared

Floats = NDArray[np.float64]

_ONE = 1_000_000
# A score is rounded to whole millionths, and once more as a mean over seeds; the rest is what float64 leaves.
_ROUNDED = 2e-6


def normalised(scores: Floats, background: Background) -> Floats:
    """Return scores as their distance from that of strangers, in twentieths of their deviation.

    s = (c - mean) / (20 x deviation), cut off at -1 and 1. All three are taken in whole millionths and divided as
    integers, halves to the even millionth, so that no machine and no order of work shows; it never falls where c rises.

    Args:
        scores: Any shape, whole millionths in [-1, 1] (law 2); NaN stays.
        background: What two videos that have nothing to do with each other score.
    """
    mean, scale = _millionths(background)
    known = ~np.isnan(scores)
    above = np.rint(np.where(known, scores, 0.0) * _ONE).astype(np.int64) - mean
    share, rest = np.divmod(above * _ONE, scale)  # at most 2e12, which int64 holds
    share += (2 * rest > scale) | ((2 * rest == scale) & (share % 2 == 1))
    return np.where(known, np.clip(share, -_ONE, _ONE) / _ONE, np.nan)


def least_cosine(score: float, background: Background | None) -> float:
    """Return what a cosine must have, but for its own rounding, that its normalised score may reach this one.

    Args:
        score: Normalised, in [-1, 1]; where -1 is enough every cosine is.
        background: None where scores are not normalised, but cosines themselves.
    """
    if background is None:
        return score
    if score <= -1.0:
        return -1.0
    mean, scale = _millionths(background)
    return max(-1.0, mean / _ONE + (score - _ROUNDED) * scale / _ONE)


def normalisable(bank: SuiteBank | None) -> frozenset[str]:
    """Return the ways of comparing of which the bank of a suite knows strangers; none without a bank."""
    return frozenset() if bank is None else frozenset({"fused", "weighted"} | {n for n in bank.parts if "/" not in n})


def backgrounds(
    bank: SuiteBank, compared: Iterable[Compared], weights: Mapping[str, float] | None
) -> dict[Compared, Background]:
    """Return what strangers score in what a trend compares, as its policy says it.

    Args:
        bank: Of the suite that serves.
        compared: By which ways.
        weights: Of the parts under `weighted`.

    Raises:
        KeyError: A way of comparing of which the bank knows nothing.
    """
    return {name: _background(*_strangers(bank, name, weights or {})) for name in compared}


def _strangers(bank: SuiteBank, compared: Compared, weights: Mapping[str, float]) -> tuple[float, float]:
    if compared == "fused":
        return bank.fused.score_mean, bank.fused.score_deviation
    if compared != "weighted" and compared not in bank.parts:
        raise KeyError(compared)
    return bank.weighted(weights if compared == "weighted" else {compared: 1.0})


def _background(mean: float, deviation: float) -> Background:
    """Return mean and deviation in whole millionths; a deviation is one at least, that it can divide."""
    return Background(mean=round(mean, 6), deviation=min(1.0, max(1e-6, round(deviation, 6))))


def _millionths(background: Background) -> tuple[int, int]:
    """Return the mean with the deviations of a whole score, in millionths."""
    return round(background.mean * _ONE), DEVIATIONS * round(background.deviation * _ONE)
