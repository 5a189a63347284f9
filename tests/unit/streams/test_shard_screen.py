"""What the screen leaves out can be no hit: with it or without, a shard emits the same."""

import random

import msgspec
import numpy as np
import pytest

from index import Rows
from streams.policy import SeedSet, StandingSeed, VectorSet, rows_of, score_videos
from streams.shards.columns import Columns, unit
from streams.shards.screen import Screen
from streams.wire.embedding import Vector, unpack_vector
from streams.wire.fanout import TrendPolicy
from streams.wire.trend import Polarity
from tests.support import shard_author
from tests.support.shard_messages import BLOCKS, MODEL, STRANGERS, VECTORS, embedded, policy
from tests.support.shard_world import Rules, World

KINDS = ["fused", "frames", "audio", "text", "weighted", "all"]


def vectors(number: int) -> VectorSet:
    """Return the vectors of `embedded`; every third has no sound."""
    message = embedded("v", 1, number)
    return VectorSet(unpack_vector(message.fused), {m: unpack_vector(v) for m, v in message.vectors.items()})


def random_policy(rng: random.Random, trend_id: str) -> TrendPolicy:
    """Return a rule of any kind in any state, often just at a score that occurs."""
    weights = {"frames": rng.choice([0.0, 0.7]), "audio": 0.2}
    if rng.random() < 0.5:
        weights |= {name: rng.choice([0.3, 1.1]) for name in rng.sample(sorted(BLOCKS), 2)}
    rule = policy(
        trend_id, 1, 1, state=rng.choice(["live", "shadow", "draft", "retired"]),
        score_kind=rng.choice(KINDS), seed_pooling=rng.choice(["max", "mean"]), margin=rng.choice([0.0, 0.2]),
        threshold=rng.choice([-1.0, -0.2, 0.0, 0.33, 0.77, 0.999999, 1.0]), weights=weights, blocks=BLOCKS,
        modality_thresholds={"frames": 0.21, "audio": rng.choice([-1.0, -0.4, 0.6])},
        background_normalised=rng.random() < 0.4, background=STRANGERS,
    )  # fmt: skip
    return msgspec.structs.replace(rule, model_id=rng.choice([MODEL, MODEL, "model-2"]))


def expected_hits(rule: TrendPolicy, seeds: dict[str, StandingSeed], videos: Rows) -> set[int]:
    """Return the rows that are hits of a trend that may emit."""
    if rule.state not in ("live", "shadow") or rule.model_id != MODEL:
        return set()
    judging = SeedSet.of([seed for _, seed in sorted(seeds.items()) if seed.model_id == MODEL])
    return set(np.flatnonzero(score_videos(rule, videos, judging).hit).tolist())


@pytest.mark.parametrize("seed", range(60))
def test_every_hit_is_among_the_candidates(seed: int) -> None:
    """Seeds come, go and change their kind, policies are replaced: the screen knows each trend as it is."""
    rng, screen = random.Random(seed), Screen()
    rules, seeds = dict[str, TrendPolicy](), dict[str, dict[str, StandingSeed]]()
    videos = rows_of([(str(n), vectors(n)) for n in range(len(VECTORS))])
    for _ in range(60):
        trend_id, chance = f"t{rng.randrange(4)}", rng.random()
        of_trend = seeds.setdefault(trend_id, {})
        if chance < 0.5:
            polarity: Polarity = rng.choice(["positive", "positive", "negative"])
            model_id, number = rng.choice([MODEL, MODEL, "model-2"]), rng.randrange(len(VECTORS))
            one = StandingSeed(f"s{rng.randrange(6)}", polarity, model_id, vectors(number))
            of_trend[one.seed_id] = one
            screen.place_seed(trend_id, rules.get(trend_id), one)
        elif chance < 0.7 and of_trend:
            gone = rng.choice(sorted(of_trend))
            del of_trend[gone]
            screen.drop_seed(trend_id, gone)
        else:
            rules[trend_id] = random_policy(rng, trend_id)
            screen.place(trend_id, rules[trend_id], of_trend.values())
        found = screen.candidates(MODEL, videos)
        for known, rule in rules.items():
            hits = expected_hits(rule, seeds[known], videos)
            assert hits <= {row for row, trends in enumerate(found) if known in trends}


def test_a_far_trend_is_left_out() -> None:
    """Else the screen would be right and useless."""
    screen, near, far = Screen(), policy("near", 1, 1, threshold=0.9), policy("far", 1, 1, threshold=0.9)
    screen.place("near", near, [StandingSeed("s", "positive", MODEL, vectors(0))])
    screen.place("far", far, [StandingSeed("s", "positive", MODEL, vectors(2))])

    assert screen.candidates(MODEL, rows_of([("v", vectors(0))])) == [{"near"}]


def test_one_part_that_matches_is_not_enough() -> None:
    """The screen knows the whole weighted sum: among many blocks some always match by chance."""
    screen, weights = Screen(), {"frames/shape": 1.0, "frames/mark": 1.0, "audio/sound": 8.0}
    seed = StandingSeed("s", "positive", MODEL, vectors(1))
    videos = rows_of([("silent", VectorSet(vectors(1).fused, {"frames": vectors(1).modalities["frames"]}))])
    for threshold in (0.2, 0.2001):
        rule = policy("t", 1, 1, score_kind="weighted", weights=weights, blocks=BLOCKS, threshold=threshold)
        screen.place(f"from {threshold}", rule, [seed])

    assert screen.candidates(MODEL, videos) == [{"from 0.2"}]


def test_columns_are_found_again_after_others_left() -> None:
    """The last one takes the place of what is dropped."""
    columns, names = Columns(8), [f"s{n}" for n in range(200)]
    drawn: list[Vector] = list(np.random.default_rng(3).standard_normal((200, 8)).astype(np.float16))
    for name, vector in zip(names, drawn, strict=True):
        columns.put([(("t", name), unit(vector[None, :])[0], 0.999)])
    for name in names[::3]:
        columns.drop(("t", name))
    columns.drop(("t", "unknown"))

    left = {row: {key[1] for at, key in columns.reached(unit(np.stack(drawn))) if at == row} for row in (0, 1, 2, 199)}
    assert len(columns) == 133
    assert left == {0: set(), 1: {"s1"}, 2: {"s2"}, 199: {"s199"}}


@pytest.mark.parametrize(
    "habits",
    ["", "normalised", "models", "expiry models pauses keep normalised"],
    ids=["none", "normalised", "models", "many"],
)
def test_the_screen_changes_nothing_that_is_emitted(habits: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Record by record, in whatever state the trends are, with two models, cuts, crashes."""
    worlds: list[World] = []

    class Kept(World):
        def __post_init__(self) -> None:
            super().__post_init__()
            worlds.append(self)

    monkeypatch.setattr(shard_author, "World", Kept)
    for seed in range(12):
        for judge_all in (False, True):
            with monkeypatch.context() as patch:
                if judge_all:
                    patch.setattr(Screen, "candidates", lambda _, __, videos: [{"t0", "t1"}] * len(videos))
                shard_author.random_history(random.Random(seed), Rules(), set(habits.split()), cuts=True)
        with_screen, without = ([(r.topic, r.key, r.value, r.headers) for r in world.output] for world in worlds[-2:])
        assert with_screen == without, seed
