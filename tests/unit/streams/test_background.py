"""Normalised scores: exact, monotone, in [-1, 1], of one scale."""

import math
from fractions import Fraction

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.model_card import DEVIATIONS
from streams.background import least_cosine, normalised
from streams.wire.codec import decode_msgpack, encode_msgpack
from streams.wire.fanout import Background, TrendPolicy
from tests.support.shard_messages import STRANGERS, policy

MILLIONTHS = st.integers(-1_000_000, 1_000_000)
BACKGROUNDS = st.builds(
    lambda mean, deviation: Background(mean=mean / 1e6, deviation=deviation / 1e6),
    MILLIONTHS,
    st.integers(1, 1_000_000),
)


@given(scores=st.lists(MILLIONTHS, min_size=1, max_size=20), background=BACKGROUNDS)
def test_a_score_is_the_rounded_fraction_that_it_stands_for(scores: list[int], background: Background) -> None:
    """By fractions, one by one, halves to the even millionth; it never falls where the cosine rises."""
    found = normalised(np.array(scores) / 1e6, background)
    for score, one in zip(scores, found.tolist(), strict=True):
        mean, deviation = round(background.mean * 1e6), round(background.deviation * 1e6)
        whole = round(Fraction((score - mean) * 1_000_000, DEVIATIONS * deviation))
        assert one == min(1_000_000, max(-1_000_000, whole)) / 1e6
    ordered = normalised(np.sort(np.array(scores)) / 1e6, background)
    assert (np.diff(ordered) >= 0).all()


@given(score=MILLIONTHS, threshold=st.floats(-1, 1), background=BACKGROUNDS)
def test_what_reaches_a_threshold_has_the_least_cosine(score: int, threshold: float, background: Background) -> None:
    """So that a screen by cosines loses nothing: this is the way it is used."""
    if normalised(np.array([score / 1e6]), background)[0] >= threshold:
        assert score / 1e6 >= least_cosine(threshold, background)


def test_deviations_above_strangers_are_twentieths() -> None:
    """By hand: at the mean 0, four deviations above it 0.2, whatever the mean and the deviation are."""
    for background in STRANGERS.values():
        at = [background.mean, min(1.0, background.mean + 2 * background.deviation), math.nan]
        found = normalised(np.array(at), background)
        assert found[0] == 0.0
        assert found[1] == pytest.approx((at[1] - at[0]) / background.deviation / 20, abs=1e-6)
        assert np.isnan(found[2])


def test_without_normalising_a_cosine_is_the_limit_itself() -> None:
    """And where everything is a hit, every cosine is."""
    assert least_cosine(0.3, None) == 0.3
    assert least_cosine(-1.0, STRANGERS["fused"]) == -1.0


@pytest.mark.parametrize(
    ("rule", "missing"),
    [
        ({"score_kind": "weighted", "background": {"fused": STRANGERS["fused"]}}, "weighted"),
        ({"score_kind": "fused"}, "fused"),
        (
            {
                "score_kind": "all",
                "modality_thresholds": {"frames": 0.2, "text": 0.1},
                "background": {"frames": STRANGERS["frames"]},
            },
            "text",
        ),
    ],
    ids=["another kind", "none", "one of two"],
)
def test_a_policy_must_bear_what_it_normalises_by(rule: dict[str, object], missing: str) -> None:
    """A shard has no card: it would stop in the middle of a batch."""
    with pytest.raises(ValueError, match=f"background must say what strangers score in {missing}"):
        policy("t", 1, 1, background_normalised=True, **rule)


def test_a_policy_keeps_its_background_on_the_way() -> None:
    """In the very numbers."""
    sent = policy("t", 1, 1, background_normalised=True, background=STRANGERS)
    assert decode_msgpack(encode_msgpack(sent), TrendPolicy) == sent
    with pytest.raises(msgspec.ValidationError, match="deviation"):
        msgspec.convert({"mean": 0.0, "deviation": 0.0}, Background)
