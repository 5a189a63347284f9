"""The choice of rules on development trends: which scores to compare from which threshold on."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import msgspec
import numpy as np
from numpy.typing import NDArray

from encoders import Suite, SuiteCard
from encoders.corpus import Part, Role, ShownSettings, Split, samples_of, shown_leaves, shown_parts
from encoders.samples import Samples
from index import Rows
from streams.demo.encoded import encoded
from streams.demo.exact import modality_matrix, scores
from streams.demo.rules import ANY_KIND, Rule, RuleBook, about
from streams.policy import MODALITIES, Floats
from streams.wire.envelope import ModalityName
from streams.wire.trend import ScoreKind, SeedPooling

REHEARSAL = ShownSettings(split=Split.DEVELOPMENT, trends=16, posts=16 * 22 + 80, damaged=False, seed=1)
"""The development trends with their posts: enough that no single trend decides, drawn in a minute or two."""

SEEDS = 5
_DRAWS = 6
# The mixture of a demo: positives, hard negatives, all others of each trend.
_POSITIVES, _HARD, _OTHERS = 14.0, 3.0, 120.0
# Of each modality's positives these shares reach the thresholds that are tried where several must be reached.
_REACHED = tuple(float(share) for share in np.round(np.linspace(0.85, 1.0, 7), 3))
_POOLINGS: tuple[SeedPooling, ...] = ("max", "mean")
_KINDS: tuple[ScoreKind, ...] = ("fused", "weighted")

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Draw:
    """One choice of seeds of one development trend.

    Attributes:
        kind: What the trend is about.
        seeds: The seeds.
        posts: n posts that are judged.
        labels: (n,) whether each is of the trend.
        weights: (n,) how often each would be there in a demo.
    """

    kind: str
    seeds: Rows
    posts: Rows
    labels: Bools
    weights: Floats


def choose_rules(
    suite: Suite, settings: ShownSettings = REHEARSAL, told: Callable[[int, int], None] | None = None
) -> RuleBook:
    """Choose the rules of a suite.

    Args:
        suite: Which.
        settings: Of the development trends.
        told: Called with posts encoded and posts in all.

    Returns:
        For each kind of trend, and for all together, the scores and the threshold with the highest F1 over all draws.
        The same arguments give the same rules.
    """
    parts = shown_parts(settings)
    rows = encoded(suite, _drawn(parts, told))
    draws = list(_draws(parts, rows, settings))
    kinds = sorted({draw.kind for draw in draws})
    rules = {kind: _best([draw for draw in draws if draw.kind == kind], kind, suite.card) for kind in kinds}
    rules[ANY_KIND] = _best(draws, ANY_KIND, suite.card)
    conditions = (
        f"{settings.trends} development trends, {len(parts)} posts, {_DRAWS} draws of {SEEDS} seeds, chance "
        f"{settings.seed}; {_POSITIVES:g} positives, {_HARD:g} hard negatives, {_OTHERS:g} others a trend"
    )
    return RuleBook(model_id=suite.model_id, conditions=conditions, rules=rules)


def _drawn(parts: Sequence[Part], told: Callable[[int, int], None] | None) -> Iterator[tuple[str, Samples]]:
    for number, part in enumerate(parts, start=1):
        yield part.post.id, samples_of(part.post)
        if told is not None:
            told(number, len(parts))


def _draws(parts: Sequence[Part], rows: Rows, settings: ShownSettings) -> Iterator[Draw]:
    """Draw seeds of each trend among its posts that are no copies; all else is judged."""
    place = {key: row for row, key in enumerate(rows.keys)}
    known = [part for part in parts if part.post.id in place]
    at = np.array([place[part.post.id] for part in known])
    families = {leaf.name: leaf.family for leaf in shown_leaves(settings)}
    hard = np.array([part.role is Role.HARD_NEGATIVE for part in known])
    for number, (leaf, family) in enumerate(families.items()):
        own = np.array([part.post.leaf == leaf for part in known])
        labels = own & ~hard
        originals = np.flatnonzero(labels & np.array([not part.post.edits for part in known]))
        weights = np.where(labels, _POSITIVES, np.where(own, _HARD, _OTHERS))
        for draw in range(_DRAWS):
            rng = np.random.default_rng((settings.seed, number, draw))
            seeds = rng.permutation(originals)[:SEEDS]
            kept = np.setdiff1d(np.arange(len(known)), seeds)
            groups = [labels[kept], (own & hard)[kept], ~own[kept]]
            counts = sum(group * max(1, int(group.sum())) for group in groups)
            yield Draw(about(family), rows.take(at[seeds]), rows.take(at[kept]), labels[kept], weights[kept] / counts)


def _best(draws: Sequence[Draw], kind: str, card: SuiteCard) -> Rule:
    """Return the rule with the highest F1, the first of equals."""
    modalities = [name for name in MODALITIES if name in kind.split("+")]
    kinds = (*_KINDS, *modalities) if len(modalities) == 1 else _KINDS
    found = []
    for score_kind, pooling in product(kinds, _POOLINGS):
        rule = Rule(score_kind=score_kind, seed_pooling=pooling, threshold=-1.0)
        found.append(_with_threshold(rule, [scores(rule, d.posts, d.seeds, card) for d in draws], draws))
    if len(modalities) > 1:
        found += _together(modalities, draws)
    return max(found, key=_f1)


def _with_threshold(rule: Rule, found: Sequence[Floats], draws: Sequence[Draw]) -> Rule:
    """Return a rule with the threshold of highest F1, half way to the next score below."""
    every = np.concatenate(found)
    order = np.argsort(-every, kind="stable")
    labels = np.concatenate([draw.labels for draw in draws])[order]
    weights = np.concatenate([draw.weights for draw in draws])[order]
    right, wrong = np.cumsum(weights * labels), np.cumsum(weights * ~labels)
    ordered = every[order]
    last = np.append(ordered[1:] < ordered[:-1], True)
    best = int(np.argmax(np.where(last, 2 * right / (right + wrong + right[-1]), -1.0)))
    below = ordered[best + 1] if best + 1 < len(ordered) else -1.0
    threshold = round(float((ordered[best] + below) / 2), 4)
    return _measured(msgspec.structs.replace(rule, threshold=threshold), right[best], wrong[best], right[-1])


def _together(modalities: Sequence[ModalityName], draws: Sequence[Draw]) -> Iterator[Rule]:
    """Yield for each pooling the best rule that wants every modality, each from a threshold of its own.

    Thresholds of a modality that are tried: those that some share of the positives reaches in it alone.
    """
    against = [{name: modality_matrix(name, d.posts, d.seeds) for name in modalities} for d in draws]
    labels = np.concatenate([draw.labels for draw in draws])
    weights = np.concatenate([draw.weights for draw in draws])
    for pooling in _POOLINGS:
        steps = []
        for name in modalities:
            alone = np.concatenate([_pooled(m[name], pooling)[d.labels] for m, d in zip(against, draws, strict=True)])
            limits = np.quantile(alone, [1.0 - share for share in _REACHED])
            steps.append([float(limit) for limit in np.floor(limits * 1e4) / 1e4])  # down: who is just there stays in
        found = []
        for limits in product(*steps):
            chosen = dict(zip(modalities, limits, strict=True))
            above = [np.min([m[name] - limit for name, limit in chosen.items()], axis=0) for m in against]
            hit = np.concatenate([_pooled(one, pooling) for one in above]) >= 0.0
            rule = Rule(
                score_kind="all",
                seed_pooling=pooling,
                threshold=round(float(np.mean(limits)), 4),
                modality_thresholds=chosen,
            )
            right, wrong = (float(weights[hit & which].sum()) for which in (labels, ~labels))
            found.append(_measured(rule, right, wrong, float(weights[labels].sum())))
        yield max(found, key=_f1)


def _pooled(matrix: Floats, pooling: SeedPooling) -> Floats:
    """Return scores (n,) pooled over seeds (n, k); -1 where there is none."""
    known = ~np.isnan(matrix)
    if pooling == "max":
        return np.asarray(np.where(known, matrix, -1.0).max(axis=1))
    mean = np.where(known, matrix, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    return np.asarray(np.where(known.any(axis=1), mean, -1.0))


def _measured(rule: Rule, right: float, wrong: float, all_right: float) -> Rule:
    precision, recall = right / max(right + wrong, 1e-9), right / all_right
    return msgspec.structs.replace(rule, precision=round(float(precision), 4), recall=round(float(recall), 4))


def _f1(rule: Rule) -> float:
    precision, recall = rule.precision or 0.0, rule.recall or 0.0
    return 2 * precision * recall / max(precision + recall, 1e-9)
