"""The law of a shard under any interleaving, with crashes between any two steps."""

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.shard_author import random_history
from tests.support.shard_world import Rules


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(rng=st.randoms(use_true_random=False))
def test_any_history_ends_with_the_active_set_of_the_oracle(rng: random.Random) -> None:
    """Redelivery, crashes, aborted transactions, lagging commits, cut sweeps: the end is right; nothing came twice."""
    assert random_history(rng, Rules()) == Counter()


@pytest.mark.parametrize(
    "habits",
    ["expiry", "models", "brakes", "pauses", "keep", "expiry models pauses keep"],
    ids=lambda h: h.replace(" ", "+"),
)
def test_the_law_holds_with_all_that_moderators_do(habits: str) -> None:
    """Retention, two models, `max_hits`, pauses, kept retirements: histories that end with live trends."""
    for seed in range(80):
        assert random_history(random.Random(seed), Rules(), set(habits.split())) == Counter(), seed


@pytest.mark.parametrize(
    ("rules", "symptom"),
    [
        (Rules(progress_in_output=False), "id twice"),
        (Rules(whole_messages=False), "id twice"),
        (Rules(sweep_mark=False), "wrong end"),
    ],
    ids=["progress in the output left out", "messages split over transactions", "sweep mark left out"],
)
def test_a_rule_left_out_is_seen_to_fail(rules: Rules, symptom: str) -> None:
    """The suite above means something only if it finds the faults that each rule prevents."""
    seen: Counter[str] = Counter()
    for seed in range(80):
        seen.update(random_history(random.Random(seed), rules).keys())
    assert seen[symptom] > 0
