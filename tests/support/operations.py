"""Assumptions of operations whose answers can be computed by hand."""

from collections.abc import Mapping
from functools import cache

from streams.operations.assumptions import Assumptions, read_assumptions

_PLAIN: Mapping[str, object] = {
    "days": 100,
    "warm_up_days": 0,
    "trends.size_spread": 0.0,
    "trends.notice_days": 5.0,
    "classifier.unseen.spread": 0.0,
    "classifier.taught.spread": 0.0,
    "retrieval.quality.spread": 0.0,
    "review.hours_a_day": 1e8,
    "ranges": {},
}


@cache
def _shipped() -> Assumptions:
    return read_assumptions()


def plain(changes: Mapping[str, object] | None = None) -> Assumptions:
    """Return the assumptions that ship, without spreads, with reviewers enough, then with changes by path."""
    assumptions = _shipped()
    for field, value in {**_PLAIN, **(changes or {})}.items():
        assumptions = assumptions.varied(field, value)
    return assumptions
