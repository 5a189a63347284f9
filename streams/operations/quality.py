"""How much of a kind of harm a threshold finds: binormal curves, stated or fitted to measured trends."""

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from streams.errors import UserError
from streams.operations.assumptions import Assumptions, Quality

Floats = NDArray[np.float64]

# A test of some dozen positives says of no trend that all or none of it is found.
_LEAST, _MOST = 0.001, 0.999
_POINTS = (1e-3, 1e-4)


class _Trend(msgspec.Struct, frozen=True):
    tpr_at_1e_3: float
    tpr_at_1e_4: float


class _Row(msgspec.Struct, frozen=True):
    name: str
    trends: tuple[_Trend, ...]


class _Method(msgspec.Struct, frozen=True):
    rows: tuple[_Row, ...]


class _Report(msgspec.Struct, frozen=True):
    """What is read of a report of `ebr evaluate trends`, whichever version wrote the rest of it."""

    methods: tuple[_Method, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """ROC curves of the kinds that a trend may be of: TPR = Phi(intercept + slope x Phi^-1(FPR)).

    Source: Pepe, "The statistical evaluation of medical tests", 2003, section 4.4.

    Attributes:
        intercepts: float64 (k,), at least one.
        slopes: float64 (k,), none below 0.
        spread: Deviation of the intercept between trends of one kind.
    """

    intercepts: Floats
    slopes: Floats
    spread: float

    def rates(self, false_positive_rate: float, quantiles: Floats, deviates: Floats) -> Floats:
        """Return what share of each trend is found.

        Args:
            false_positive_rate: In (0, 1).
            quantiles: float64 (t,), in [0, 1): which kind each trend is of.
            deviates: float64 (t,), standard normal.

        Returns:
            float64 (t,), in [0, 1].
        """
        kind = (quantiles * len(self.intercepts)).astype(np.int64)
        intercepts = self.intercepts[kind] + self.spread * deviates
        found: Floats = ndtr(intercepts + self.slopes[kind] * ndtri(false_positive_rate))
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Qualities:
    """The curves of everything that is simulated."""

    known: Curves
    unseen: Curves
    taught: Curves
    retrieval: Curves


def qualities(assumptions: Assumptions) -> Qualities:
    """Return the curves of assumptions.

    Raises:
        UserError: A report is not there, is none, or has no such row.
    """
    classifier = assumptions.classifier
    return Qualities(
        known=curves(classifier.known),
        unseen=curves(classifier.unseen),
        taught=curves(classifier.taught),
        retrieval=curves(assumptions.retrieval.quality),
    )


def curves(quality: Quality) -> Curves:
    """Return the curves that are stated, or those through two measured points of each trend of a report.

    A stated area A gives the intercept Phi^-1(A) sqrt(1 + slope^2) (Pepe 2003, section 4.4). A report has each trend's
    TPR at FPR 1e-3 and 1e-4, near which thresholds lie; the curve goes through both, wherever the area would put it.

    Raises:
        UserError: The report is not there, is none, or has no such row.
    """
    if quality.roc_auc is not None:
        intercept = float(ndtri(quality.roc_auc)) * np.sqrt(1 + quality.slope**2) + quality.shift
        return Curves(np.asarray([intercept]), np.asarray([quality.slope]), quality.spread)
    found = _measured(Path(str(quality.report)), str(quality.row))  # (k, 2)
    z_found = ndtri(np.clip(found, _LEAST, _MOST))
    z_false = ndtri(np.asarray(_POINTS))
    slopes = np.maximum(0.0, (z_found[:, 0] - z_found[:, 1]) / (z_false[0] - z_false[1]))
    return Curves(z_found[:, 0] - slopes * z_false[0] + quality.shift, slopes, quality.spread)


def _measured(path: Path, name: str) -> Floats:
    """Return the TPR of each trend at both points, float64 (k, 2)."""
    try:
        report = msgspec.json.decode(path.read_bytes(), type=_Report)
    except (OSError, msgspec.DecodeError) as error:
        raise UserError(f"report: {path} is no JSON of `ebr evaluate trends`: {error}") from error
    rows = {row.name: row for method in report.methods for row in method.rows}
    if name not in rows:
        raise UserError(f"row: {path} has no {name!r}, but {', '.join(rows)}")
    return np.asarray([(one.tpr_at_1e_3, one.tpr_at_1e_4) for one in rows[name].trends])
