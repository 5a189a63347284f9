"""What a runtime costs in quality: the development trends, found by the vectors of each."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from encoders.evaluation import (
    Cosine,
    Scored,
    Stratum,
    TrendResult,
    TrendSet,
    Vectors,
    average_precision,
    evaluate,
    roc_auc,
)
from encoders.modality import Modality
from encoders.registry import Suite
from encoders.samples import Samples
from streams.bench.encoding.figures import Quality

SEEDS, DRAWS = 5, 20
PREVALENCE = 0.06
_BATCH = 16

Vector = NDArray[np.float32]


class EncodedPosts:
    """The vectors of posts by one suite: of each modality, then fused; NaN where a post has none."""

    def __init__(self, suite: Suite, posts: Sequence[Samples]) -> None:
        """Encode posts."""
        self.model_id = suite.model_id
        self.parts: Mapping[Modality, Vector] = {
            modality: _encoded(suite, modality, posts) for modality in suite.encoders
        }
        self.fused = np.full((len(posts), suite.fusion.dimension), np.nan, dtype=np.float32)
        for place in range(len(posts)):
            present = {m: rows[place] for m, rows in self.parts.items() if np.isfinite(rows[place]).all()}
            if present:
                self.fused[place] = suite.fusion.fuse(present)


def quality(runtime: str, posts: EncodedPosts, exact: EncodedPosts, trends: TrendSet) -> Quality:
    """Measure one runtime.

    Args:
        runtime: Its name.
        posts: Its vectors.
        exact: Those of torch in float32.
        trends: What is to be found: by the nearest of 5 seeds, 20 draws, fused vectors.
    """
    results = list(
        evaluate(Cosine(Vectors(posts.fused)), trends, seeds=(SEEDS,), draws=DRAWS, strata=(Stratum.NON_COPY,))
    )
    both = np.isfinite(posts.fused).all(axis=1) & np.isfinite(exact.fused).all(axis=1)
    cosines = np.einsum("nd,nd->n", posts.fused[both].astype(np.float64), exact.fused[both].astype(np.float64))
    return Quality(
        runtime=runtime,
        model_id=posts.model_id,
        pr_auc=_macro(results, lambda test: average_precision(test, PREVALENCE)),
        roc_auc=_macro(results, roc_auc),
        moved=max(float(np.nanmax(np.abs(rows - exact.parts[m]))) for m, rows in posts.parts.items()),
        least_cosine=float(cosines.min()),
    )


def _macro(results: Sequence[TrendResult], figure: Callable[[Scored], float]) -> float:
    """Return the mean over trends of means over draws."""
    return float(np.mean([np.mean([figure(test) for test in result.tests]) for result in results]))


def _encoded(suite: Suite, modality: Modality, posts: Sequence[Samples]) -> Vector:
    encoder = suite.encoders[modality]
    out = np.full((len(posts), encoder.dimension), np.nan, dtype=np.float32)
    having = [place for place, samples in enumerate(posts) if modality in samples]
    for start in range(0, len(having), _BATCH):
        places = having[start : start + _BATCH]
        for place, vector in zip(places, encoder.encode([posts[p][modality] for p in places]), strict=True):
            if vector is not None:
                out[place] = vector
    return out
