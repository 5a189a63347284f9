"""How well encoders find trends that they never saw: exact search, one protocol, honest intervals."""

from encoders.evaluation.baselines import RawPixels
from encoders.evaluation.comparison import Compared, Ground, compare
from encoders.evaluation.confidence import Interval, bootstrap, paired_difference, replicates
from encoders.evaluation.contrast import Contrasted
from encoders.evaluation.course import judge
from encoders.evaluation.encoding import Seen, in_blocks, see
from encoders.evaluation.errors import EvaluationError
from encoders.evaluation.heads import LinearProbe, ShrunkDiscriminant
from encoders.evaluation.measured import Protocol
from encoders.evaluation.methods import BASELINES, Method, load_method, of_suite, source_name
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
from encoders.evaluation.one_scale import OnOneScale
from encoders.evaluation.one_threshold import OneThreshold, one_threshold
from encoders.evaluation.page import page
from encoders.evaluation.pairs import Pair, pairs
from encoders.evaluation.posteriors import PosteriorFile, Posteriors, Reading, read_posteriors, write_posteriors
from encoders.evaluation.ranked import Ranked
from encoders.evaluation.report import EvaluationReport
from encoders.evaluation.scored import PREVALENCES, Scored, weighted
from encoders.evaluation.scorers import Bank, Cosine, Normalised, Scorer, Vectors, Weighted
from encoders.evaluation.subject import rows_of, trend_set
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
from encoders.evaluation.variants import Use, Variant, variants
from encoders.evaluation.writing import Made, make_report, read_report, write_report

__all__ = [
    "BASELINES",
    "PREVALENCES",
    "Bank",
    "Calibration",
    "Compared",
    "Contrasted",
    "Cosine",
    "ErrorRates",
    "EvaluationError",
    "EvaluationReport",
    "Figures",
    "Ground",
    "Interval",
    "LinearProbe",
    "Made",
    "Method",
    "Normalised",
    "OnOneScale",
    "OneThreshold",
    "Over",
    "Pair",
    "PosteriorFile",
    "Posteriors",
    "Protocol",
    "Ranked",
    "RawPixels",
    "Reading",
    "Scored",
    "Scorer",
    "Seen",
    "ShrunkDiscriminant",
    "Stratum",
    "TrendPosts",
    "TrendResult",
    "TrendSet",
    "Use",
    "Variant",
    "Vectors",
    "Weighted",
    "average_precision",
    "bootstrap",
    "calibration",
    "choose_threshold",
    "compare",
    "draw_seeds",
    "error_rates",
    "evaluate",
    "figures",
    "global_threshold",
    "hubness",
    "in_blocks",
    "judge",
    "load_method",
    "make_report",
    "mean_figures",
    "of_suite",
    "one_threshold",
    "page",
    "paired_difference",
    "pairs",
    "pooled_average_precision",
    "read_posteriors",
    "read_report",
    "recall_at_precision",
    "replicates",
    "roc_auc",
    "rows_of",
    "see",
    "source_name",
    "spread",
    "tpr_at_fpr",
    "trend_set",
    "variants",
    "weighted",
    "write_posteriors",
    "write_report",
]
