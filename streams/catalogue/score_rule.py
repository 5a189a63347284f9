"""How the scores of a trend are made, as a digest."""

import hashlib

import msgspec

from streams.wire.trend import RuleDigest, TrendDeclared


def score_rule(rule: TrendDeclared) -> RuleDigest:
    """Return the digest of all in a rule that makes a score what it is; equal digests give comparable scores.

    A threshold, a margin or bands do not change a score, except that a score of kind `all` is counted from the
    threshold. Weights that a moderator set count with their numbers; weights that the seeds give count as such: they
    move with every seed, and a trend would lose all that was decided each time. What is mapped then speaks of scores
    as they were, until decisions under the new weights outnumber the old ones; from the first seed to the second the
    weights may move far.
    """
    made: dict[str, object] = {
        "score_kind": rule.score_kind,
        "seed_pooling": rule.seed_pooling,
        "background_normalised": rule.background_normalised,
    }
    if rule.score_kind == "weighted":
        made["weights"] = rule.weights and {name: round(weight, 6) for name, weight in rule.weights.items()}
    if rule.score_kind == "all":
        made |= {"modality_thresholds": rule.modality_thresholds, "threshold": rule.threshold}
    return hashlib.sha256(msgspec.json.encode(made, order="sorted")).hexdigest()[:16]
