"""The law of a shard under any interleaving, with crashes between any two steps."""

import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.wire.topics import Topic
from tests.support.shard_author import random_history
from tests.support.shard_messages import embedded, policy, seed_live
from tests.support.shard_world import Rules, World


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(rng=st.randoms(use_true_random=False))
def test_any_history_ends_with_the_active_set_of_the_oracle(rng: random.Random) -> None:
    """Redelivery, crashes, aborted transactions, lagging commits, cut sweeps: the end is right; nothing came twice."""
    assert random_history(rng, Rules(), {"normalised"} if rng.random() < 0.3 else set()) == Counter()


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
    "habits",
    ["", "expiry", "models", "brakes", "pauses", "keep", "expiry models pauses keep"],
    ids=lambda h: h.replace(" ", "+") or "none",
)
def test_a_crash_that_restores_from_any_cut_ends_the_same(habits: str) -> None:
    """The newest cut or an older one, later output folded over it, later inputs replayed onto it."""
    for seed in range(80):
        assert random_history(random.Random(seed), Rules(), set(habits.split()), cuts=True) == Counter(), seed


@pytest.mark.parametrize(("proven", "wrong"), [(True, 0), (False, 1)], ids=["kept", "left out"])
def test_a_cut_ahead_of_what_is_durable_is_no_base(proven: bool, wrong: int) -> None:
    """Another owner, who did not have it, may have swept since without the video that only the cut knew."""
    world = World(Rules(proven_cuts=proven))
    world.videos += [embedded("v1", 1, 0)]
    world.fanout += [policy("t0", 1, 1), seed_live("t0", "s1", 0, 2)]
    world.take(Topic.VIDEO_EMBEDDINGS, 1)
    world.snapshot()
    world.crash()
    world.take(Topic.TREND_FANOUT, 2)
    while world.shard.sweep_due:
        world.sweep()
    world.crash(cut=0)
    world.settle()

    assert world.bad["wrong end"] == wrong


def test_a_sweep_under_a_cut_is_due_again() -> None:
    """Its first slices are in the output; nobody may take them for the whole."""
    world = World()
    world.videos += [embedded(f"v{n}", 1, 0) for n in range(7)]
    world.fanout += [policy("t0", 1, 1), seed_live("t0", "s1", 0, 2)]
    world.take(Topic.VIDEO_EMBEDDINGS, 7)
    world.take(Topic.TREND_FANOUT, 2)
    world.sweep()
    world.snapshot()
    world.crash(cut=0)

    assert world.shard.sweep_due
    world.settle()
    assert +world.bad == Counter()


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
    for seed in range(160):
        seen.update(random_history(random.Random(seed), rules).keys())
    assert seen[symptom] > 0
