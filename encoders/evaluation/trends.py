"""Trends under test: draws of seeds, the posts that each draw tests, the figures of each trend.

Of each trend K posts are drawn as seeds, several times. Seeds and their near copies leave the test, whose negatives are
the trend's hard negatives with the shared background.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from encoders.evaluation.metrics import average_precision, roc_auc
from encoders.evaluation.ranked import Ranked
from encoders.evaluation.scored import PREVALENCES, Scored
from encoders.evaluation.scorers import Rows, Scorer

SEEDS = (1, 3, 5, 10, 20)
"""How many seeds a trend starts with; `PRIMARY_SEEDS` is the one that tables lead with."""

PRIMARY_SEEDS = 5
DRAWS = 20


class Stratum(StrEnum):
    """Which positives a test holds."""

    NON_COPY = "non-copy"
    """Those that are no near copy of a seed: the headline."""

    COPY = "copy"
    """The near copies of the seeds."""

    ALL = "all"
    """Both."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TrendPosts:
    """The posts of one trend, as rows of a corpus.

    Attributes:
        name: Of the trend.
        kind: Of what it is made, `visual` say; tables are broken down by it.
        known: Whether training has leaves of the same family.
        family: Of the leaf; empty where it has none.
        positives: int64 (p,), all different; seeds are drawn from them.
        hard_negatives: int64 (h,).
    """

    name: str
    kind: str
    known: bool = True
    family: str = ""
    positives: Rows
    hard_negatives: Rows


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TrendSet:
    """Trends with the negatives that they share.

    Attributes:
        trends: At least one.
        background: int64 (b,), rows of posts of no trend.
        groups: int64 (n,), the near-copy cluster of each row of the corpus; a post without copies is alone in its own.
    """

    trends: Sequence[TrendPosts]
    background: Rows
    groups: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one test, or the mean of several, came to; dictionaries go by prevalence.

    Attributes:
        roc_auc: In [0, 1].
        pr_auc: Non-interpolated average precision.
        recall_at_08: Recall at precision 0.8.
        recall_at_09: Recall at precision 0.9.
        tpr_at_1e_3: True positive rate at a false positive rate of 1e-3.
        tpr_at_1e_4: The same at 1e-4: with fewer than 10,000 negatives, above all of them.
    """

    roc_auc: float
    pr_auc: dict[float, float]
    recall_at_08: dict[float, float]
    recall_at_09: dict[float, float]
    tpr_at_1e_3: float
    tpr_at_1e_4: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendResult:
    """One trend with one number of seeds in one stratum.

    Attributes:
        name: Of the trend.
        kind: Of the trend.
        seeds: K.
        stratum: Which positives.
        tests: The scores of each draw that left a positive to test.
    """

    name: str
    kind: str
    seeds: int
    stratum: Stratum
    tests: tuple[Scored, ...]


def draw_seeds(trend: TrendPosts, count: int, draws: int, seed: int) -> Rows:
    """Draw the seeds of a trend.

    A draw of fewer seeds is the beginning of a draw of more, so that K changes nothing else.

    Args:
        trend: Whose positives.
        count: K.
        draws: How many draws.
        seed: Root of chance; the trend's name has its part in it, other trends have none.

    Returns:
        int64 (draws, count), rows of the corpus, each draw without repetition; the same for equal arguments.

    Raises:
        ValueError: The trend has fewer positives than that.
    """
    if not 1 <= count <= len(trend.positives):
        raise ValueError(f"trend {trend.name!r} has {len(trend.positives)} positives, not {count} seeds")
    name = zlib.crc32(trend.name.encode())
    orders = [np.random.default_rng((seed, name, draw)).permutation(len(trend.positives)) for draw in range(draws)]
    return np.stack([trend.positives[order[:count]] for order in orders])


def _draw_negatives(trend: TrendPosts, count: int, draws: int, seed: int) -> Rows:
    """Draw negative seeds, int64 (draws, count)."""
    others = TrendPosts(
        name=f"{trend.name} negative", kind=trend.kind, positives=trend.hard_negatives, hard_negatives=trend.positives
    )
    return draw_seeds(others, count, draws, seed)


def evaluate(  # noqa: PLR0913 - the protocol's own numbers
    scorer: Scorer,
    subject: TrendSet,
    *,
    seeds: Sequence[int] = SEEDS,
    draws: int = DRAWS,
    seed: int = 0,
    strata: Iterable[Stratum] = (Stratum.NON_COPY,),
    negatives: int = 0,
) -> Iterator[TrendResult]:
    """Score every trend, for each number of seeds, in each stratum.

    Args:
        scorer: The method under test.
        subject: Trends and background.
        seeds: Numbers of seeds; one that a trend has not enough positives for is left out for that trend.
        draws: Draws of each.
        seed: Root of chance.
        strata: Which positives to test.
        negatives: How many hard negatives a draw has as negative seeds, its last columns; see `Contrasted`. They leave
            the test with their near copies, as seeds do.

    Yields:
        Results, trend by trend; those without any test are left out.
    """
    asked = tuple(strata)
    for trend in subject.trends:
        posts = np.concatenate([trend.positives, trend.hard_negatives, subject.background])
        labels = np.arange(len(posts)) < len(trend.positives)
        for count in seeds:
            if count >= len(trend.positives) or (negatives and negatives >= len(trend.hard_negatives)):
                continue
            drawn = draw_seeds(trend, count, draws, seed)
            if negatives:
                drawn = np.hstack([drawn, _draw_negatives(trend, negatives, draws, seed)])
            scores = scorer(drawn, posts)
            for stratum in asked:
                kept = [_tested(posts, labels, draw, subject.groups, stratum) for draw in drawn]
                tests = [
                    Scored(posts=posts[keep], labels=labels[keep], scores=row[keep])
                    for keep, row in zip(kept, scores, strict=True)
                    if labels[keep].any()
                ]
                if tests:
                    yield TrendResult(
                        name=trend.name, kind=trend.kind, seeds=count, stratum=stratum, tests=tuple(tests)
                    )


def _tested(
    posts: Rows, labels: NDArray[np.bool_], draw: Rows, groups: NDArray[np.int64], stratum: Stratum
) -> NDArray[np.bool_]:
    """Return which posts a draw tests, bool (m,): no seed, and no copy of one but where it is asked for."""
    near = np.isin(groups[posts], groups[draw])
    seeds = np.isin(posts, draw)
    if stratum is Stratum.NON_COPY:
        return ~near
    positives = (near if stratum is Stratum.COPY else np.ones_like(near)) & ~seeds
    return np.where(labels, positives, ~near)


def figures(test: Scored) -> Figures:
    """Compute the figures of one test at every prevalence; average precision by scikit-learn."""
    ranked = Ranked.of(test)
    return Figures(
        roc_auc=roc_auc(test),
        pr_auc={share: average_precision(test, share) for share in PREVALENCES},
        recall_at_08={share: ranked.recall_at_precision(0.8, share) for share in PREVALENCES},
        recall_at_09={share: ranked.recall_at_precision(0.9, share) for share in PREVALENCES},
        tpr_at_1e_3=ranked.tpr_at_fpr(1e-3),
        tpr_at_1e_4=ranked.tpr_at_fpr(1e-4),
    )


def mean_figures(all_figures: Sequence[Figures]) -> Figures:
    """Return the mean of figures, each by itself; at least one is needed."""

    def by_share(name: str) -> dict[float, float]:
        return {share: float(np.mean([getattr(one, name)[share] for one in all_figures])) for share in PREVALENCES}

    return Figures(
        roc_auc=float(np.mean([one.roc_auc for one in all_figures])),
        pr_auc=by_share("pr_auc"),
        recall_at_08=by_share("recall_at_08"),
        recall_at_09=by_share("recall_at_09"),
        tpr_at_1e_3=float(np.mean([one.tpr_at_1e_3 for one in all_figures])),
        tpr_at_1e_4=float(np.mean([one.tpr_at_1e_4 for one in all_figures])),
    )
