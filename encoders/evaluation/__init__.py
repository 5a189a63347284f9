"""How well encoders find trends that they never saw: exact search, one protocol, honest intervals."""

from encoders.evaluation.baselines import RawPixels
from encoders.evaluation.confidence import Interval, bootstrap, paired_difference, replicates
from encoders.evaluation.metrics import (
    ErrorRates,
    average_precision,
    error_rates,
    global_threshold,
    hubness,
    pooled_average_precision,
    recall_at_precision,
    roc_auc,
    spread,
    tpr_at_fpr,
)
from encoders.evaluation.scored import Scored, weighted
from encoders.evaluation.scorers import Bank, Cosine, Normalised, Scorer, Vectors, Weighted
from encoders.evaluation.summary import Calibration, Over, calibration, choose_threshold
from encoders.evaluation.trends import (
    Figures,
    Stratum,
    TrendPosts,
    TrendResult,
    TrendSet,
    draw_seeds,
    evaluate,
    figures,
    mean_figures,
)

__all__ = [
    "Bank",
    "Calibration",
    "Cosine",
    "ErrorRates",
    "Figures",
    "Interval",
    "Normalised",
    "Over",
    "RawPixels",
    "Scored",
    "Scorer",
    "Stratum",
    "TrendPosts",
    "TrendResult",
    "TrendSet",
    "Vectors",
    "Weighted",
    "average_precision",
    "bootstrap",
    "calibration",
    "choose_threshold",
    "draw_seeds",
    "error_rates",
    "evaluate",
    "figures",
    "global_threshold",
    "hubness",
    "mean_figures",
    "paired_difference",
    "pooled_average_precision",
    "recall_at_precision",
    "replicates",
    "roc_auc",
    "spread",
    "tpr_at_fpr",
    "weighted",
]
