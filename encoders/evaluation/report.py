"""What an evaluation found, as it is written to JSON."""

from collections.abc import Mapping

import msgspec


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The conditions of an evaluation.

    Attributes:
        corpus: What was tested on, in a word: it names the files.
        command: That made it.
        commit: Of the code; None outside a checkout.
        machine: What times depend on.
        versions: Of libraries.
        digests: Of the stores, by section: of what was to be drawn.
        contents: Of the frames, the sound and the words that took part, by section.
        posts: How many of each section took part, with how many there are.
        share: Of each section that was asked for.
        seeds: Numbers of seeds.
        primary: The one that headlines have.
        draws: Of each.
        root: Of all chance.
        prevalences: Of positives, the primary one first.
        recalls: Where curves are read.
        resamples: Of posts, then of trends, behind each interval.
    """

    corpus: str
    command: str
    commit: str | None
    machine: Mapping[str, object]
    versions: Mapping[str, str | None]
    digests: Mapping[str, str]
    contents: Mapping[str, str]
    posts: Mapping[str, tuple[int, int]]
    share: float
    seeds: tuple[int, ...]
    primary: int
    draws: int
    root: int
    prevalences: tuple[float, ...]
    recalls: tuple[float, ...]
    resamples: tuple[int, int]


class TrendFacts(msgspec.Struct, frozen=True, kw_only=True):
    """One trend under test.

    Attributes:
        name: Of its leaf.
        kind: Of what it is made.
        known: Whether training has leaves of its family.
        family: Of its leaf: what defines it, or the sources of real media.
        positives: How many, seeds and copies with them.
        hard_negatives: How many.
    """

    name: str
    kind: str
    known: bool
    family: str
    positives: int
    hard_negatives: int


class TrendFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What a method reached on one trend, means over draws; dictionaries go by prevalence.

    Attributes:
        name: Of the trend.
        roc_auc: Area.
        pr_auc: Non-interpolated average precision.
        recall_at_08: At precision 0.8.
        recall_at_09: At precision 0.9.
        tpr_at_1e_3: At that false positive rate.
        tpr_at_1e_4: At that false positive rate.
    """

    name: str
    roc_auc: float
    pr_auc: dict[str, float]
    recall_at_08: dict[str, float]
    recall_at_09: dict[str, float]
    tpr_at_1e_3: float
    tpr_at_1e_4: float


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """One figure over trends.

    Attributes:
        mean: Macro mean.
        low: 2.5th percentile of its bootstrap.
        high: 97.5th percentile.
        median: Over trends.
        worst: Mean of the worst five.
    """

    mean: float
    low: float
    high: float
    median: float
    worst: float


class OneThreshold(msgspec.Struct, frozen=True, kw_only=True):
    """How one threshold, chosen on development trends, serves all.

    Attributes:
        threshold: A score.
        micro_ap: Average precision of all trends in one ranking.
        far: False acceptance, mean over trends.
        frr: False rejection, mean over trends.
        far_spread: Standard deviation over trends.
        frr_spread: Standard deviation over trends.
    """

    threshold: float
    micro_ap: float
    far: float
    frr: float
    far_spread: float
    frr_spread: float


class VariantFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One scorer of a method.

    Attributes:
        name: Of the variant.
        use: What it is for.
        development: Macro PR-AUC over development trends, which decides the headline; None for those that cannot be.
        roc_auc: Macro mean over test trends.
        pr_auc: Macro mean over test trends.
        trends: PR-AUC of each test trend, in order; None where it was too small for a test.
    """

    name: str
    use: str
    development: float | None
    roc_auc: float
    pr_auc: float
    trends: tuple[float | None, ...]


class RowFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the headline table: a method by one of its variants.

    Attributes:
        name: Of the row.
        method: Of which.
        variant: By which scorer; development trends chose it.
        roc_auc: Over trends.
        pr_auc: Over trends, at the primary prevalence.
        pr_auc_at: Macro mean by prevalence.
        trends: Of each test trend, without copies.
        copies: Of each test trend with copies, on the near copies of the seeds.
        by_kind: Macro PR-AUC by kind.
        by_family: Macro PR-AUC over trends of known and of new families.
        by_seeds: Macro ROC-AUC and PR-AUC by number of seeds.
        draws: Of seeds.
        cost: What the scorer cost besides encoding, where that is told.
        threshold: One for all.
        curves: Of each trend the precision at the stated recalls, mean over draws.
    """

    name: str
    method: str
    variant: str
    roc_auc: Spread
    pr_auc: Spread
    pr_auc_at: dict[str, float]
    trends: tuple[TrendFigures, ...]
    copies: tuple[TrendFigures, ...]
    by_kind: dict[str, float]
    by_family: dict[str, float]
    by_seeds: dict[str, tuple[float, float]]
    draws: int
    cost: str
    threshold: OneThreshold
    curves: tuple[tuple[float, ...], ...]


class PrimaryFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A method by the primary score, the cosine with the nearest seed, whatever development trends chose.

    Attributes:
        roc_auc: Over trends.
        pr_auc: Over trends, at the primary prevalence.
    """

    roc_auc: Spread
    pr_auc: Spread


class TowerBudget(msgspec.Struct, frozen=True, kw_only=True):
    """What one training run of a tower had; a joined tower has several.

    Attributes:
        modality: Of the tower.
        parameters: Numbers in the tower, all of its runs together.
        recipe: Name of the recipe.
        steps: Of the optimiser.
        batch: Posts a step.
        views: Of each post.
    """

    modality: str
    parameters: int
    recipe: str
    steps: int
    batch: int
    views: int


class MethodFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One method.

    Attributes:
        name: In tables.
        source: By which it was named.
        model_id: Of its vectors.
        trained: Whether anything was learned.
        pretrained: Whether others trained it, on other data: its figures are not like for like.
        dimension: Of its fused vectors; None for a classifier.
        hubness: Skewness of the 10-occurrence among background posts; None for a classifier.
        seconds: Spent on scoring and judging, encoding left out.
        variants: Every scorer.
        rows: The headline, then comparators on the same vectors.
        primary: By the primary score; None where a method has no vectors.
        budgets: Of its training, where its towers are ours.
    """

    name: str
    source: str
    model_id: str
    trained: bool
    pretrained: bool
    dimension: int | None
    hubness: float | None
    seconds: float
    variants: tuple[VariantFigures, ...]
    rows: tuple[RowFigures, ...]
    primary: PrimaryFigures | None
    budgets: tuple[TowerBudget, ...]


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How far the first row is above another on the same trends and posts.

    Attributes:
        ours: Name of the first row.
        theirs: Name of the other.
        figure: `pr_auc` or `roc_auc`.
        value: Of the macro means.
        low: 2.5th percentile of the paired bootstrap.
        high: 97.5th percentile.
    """

    ours: str
    theirs: str
    figure: str
    value: float
    low: float
    high: float


class EvaluationReport(msgspec.Struct, frozen=True, kw_only=True):
    """All of it.

    Attributes:
        facts: Conditions.
        trends: Under test.
        methods: In the order asked for.
        differences: From the first row to every other.
        primary_differences: From the first method to every other, both by the primary score; by the headline of one
            that has none.
    """

    facts: Facts
    trends: tuple[TrendFacts, ...]
    methods: tuple[MethodFigures, ...]
    differences: tuple[Difference, ...]
    primary_differences: tuple[Difference, ...]
