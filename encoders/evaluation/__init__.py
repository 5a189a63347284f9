"""How well encoders find trends that they never saw: exact search, one protocol, honest intervals."""

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

__all__ = [
    "ErrorRates",
    "Interval",
    "Scored",
    "average_precision",
    "bootstrap",
    "error_rates",
    "global_threshold",
    "hubness",
    "paired_difference",
    "pooled_average_precision",
    "recall_at_precision",
    "replicates",
    "roc_auc",
    "spread",
    "tpr_at_fpr",
    "weighted",
]
