"""What makes the rule of a trend whole, beyond what the schema of its message can say."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from itertools import pairwise

from streams.errors import RefusedError
from streams.wire.trend import Band, TrendDeclared, compared_by


def check_rule(rule: TrendDeclared, *, background: AbstractSet[str] | None, blocks: AbstractSet[str] | None) -> None:
    """Accept a rule as a whole: every field against every other.

    Args:
        rule: With all changes taken in.
        background: By which ways of comparing the bank of the suite that serves can normalise; None where that is not
            known.
        blocks: Which blocks its vectors have; None where that is not known.

    Raises:
        RefusedError: a field contradicts another; the reason names both.
    """
    _check_bands(rule.bands, rule.threshold)
    if rule.score_kind == "all" and not rule.modality_thresholds:
        reason = "score_kind all needs at least 1 modality with its threshold, got none"
        raise RefusedError(reason, "$.modality_thresholds")
    if rule.weights is not None and not any(round(weight, 6) > 0 for weight in rule.weights.values()):
        raise RefusedError("needs at least 1 part with a weight of 0.000001 or more, got none", "$.weights")
    unknown = set() if blocks is None else {name for name in rule.weights or {} if "/" in name} - blocks
    if unknown:
        known = ", ".join(sorted(blocks or ())) or "none"
        reason = f"must name blocks of the suite of encoders ({known}), got {', '.join(sorted(unknown))}"
        raise RefusedError(reason, "$.weights")
    if rule.background_normalised and background is not None:
        _check_background(rule, background)


def check_expiry(expires_at: datetime | None, received_at: datetime) -> None:
    """Accept an end that is still to come when the message is received.

    Raises:
        RefusedError: it is not.
    """
    if expires_at is not None and expires_at <= received_at:
        limit = received_at.isoformat()
        reason = f"must be later than {limit}, when the message came, got {expires_at.isoformat()}"
        raise RefusedError(reason, "$.expires_at")


def _check_background(rule: TrendDeclared, background: AbstractSet[str]) -> None:
    """Refuse a rule that is normalised by what nobody measured."""
    if not background:
        reason = "must be false, the suite of encoders has no bank of background videos; `ebr models bank` writes one"
        raise RefusedError(reason, "$.background_normalised")
    unknown = [name for name in compared_by(rule.score_kind, rule.modality_thresholds) if name not in background]
    if unknown:
        known = ", ".join(sorted(background))
        reason = f"must be false, the bank of the suite of encoders knows {known}, not {', '.join(unknown)}"
        raise RefusedError(reason, "$.background_normalised")


def _check_bands(bands: Sequence[Band], threshold: float) -> None:
    by_score = [band.from_score is not None for band in bands]
    if any(by_score) and not all(by_score):
        raise RefusedError("all must begin by from_score or all by from_probability, got both", "$.bands")
    kind = "from_score" if by_score[0] else "from_probability"
    for number, (lower, upper) in enumerate(pairwise(bands), start=1):
        if upper.start <= lower.start:
            reason = f"must be above the one before, {lower.start:g}, got {upper.start:g}"
            raise RefusedError(reason, f"$.bands[{number}].{kind}")
    if by_score[0] and bands[0].start > threshold:
        reason = f"must be at most the threshold, {threshold:g}, got {bands[0].start:g}"
        raise RefusedError(reason, "$.bands[0].from_score")
