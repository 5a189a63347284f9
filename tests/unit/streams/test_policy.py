"""The rule of a hit against the oracle's loops, which share no code with it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.audit.oracle import expected_actions
from streams.calibration import probability
from streams.policy import (
    SeedSet,
    StandingSeed,
    VectorSet,
    propose,
    rows_of,
    score_videos,
    vectors_of,
    voting_modalities,
)
from streams.wire.embedding import VideoEmbedded, unpack_vector
from streams.wire.fanout import SeedLive
from streams.wire.trend import Band, Calibration, Polarity
from tests.support.shard_messages import MODEL, STRANGERS, VECTORS, embedded, policy, seed_live

_BOTH: tuple[tuple[str, int, Polarity], ...] = (("near", 6, "positive"), ("far", 3, "negative"))
KINDS = ["fused", "frames", "audio", "text", "weighted", "all"]


def vector_set(message: VideoEmbedded | SeedLive) -> VectorSet:
    """Return the vectors of a message."""
    return VectorSet(unpack_vector(message.fused), {m: unpack_vector(v) for m, v in message.vectors.items()})


@settings(max_examples=150, deadline=None)
@given(
    videos=st.lists(st.integers(0, len(VECTORS) - 1), min_size=1, max_size=5),
    seeds=st.lists(st.tuples(st.integers(0, len(VECTORS) - 1), st.sampled_from(["positive", "negative"])), max_size=5),
    kind=st.sampled_from(KINDS),
    pooling=st.sampled_from(["max", "mean"]),
    threshold=st.sampled_from([-1.0, 0.03, 0.33, 0.77]),
    margin=st.sampled_from([0.0, 0.13]),
    normalised=st.booleans(),
)
def test_hits_are_those_of_the_oracle(  # noqa: PLR0917 - what a rule is made of
    videos: list[int],
    seeds: list[tuple[int, Polarity]],
    kind: str,
    pooling: str,
    threshold: float,
    margin: float,
    normalised: bool,
) -> None:
    """Every score kind, pooling, margin, as cosines or normalised; modalities missing on either side."""
    rule = policy(
        "t", 1, 1, score_kind=kind, seed_pooling=pooling, threshold=threshold, margin=margin,
        weights={"frames": 0.7, "audio": 0.2}, modality_thresholds={"frames": 0.21, "audio": -0.4},
        background_normalised=normalised, background=STRANGERS,
    )  # fmt: skip
    posts = [embedded(f"v{i}", 1, v) for i, v in enumerate(videos)]
    lives = [seed_live("t", f"s{i}", v, 2 + i, polarity) for i, (v, polarity) in enumerate(seeds)]
    standing = [StandingSeed(s.seed_id, s.polarity, MODEL, vector_set(s)) for s in lives]

    scores = score_videos(rule, rows_of([(p.video_id, vector_set(p)) for p in posts]), SeedSet.of(standing))

    hits = {posts[i].video_id for i in np.flatnonzero(scores.hit)}
    assert hits == {e.video_id for e in expected_actions(posts, [rule, *lives])}


def test_a_score_or_a_margin_just_at_its_limit_is_enough() -> None:
    """At least, not above; one millionth less is not enough."""
    seeds = SeedSet.of(
        [
            StandingSeed(name, polarity, MODEL, vector_set(seed_live("t", name, vector, 1, polarity)))
            for name, vector, polarity in _BOTH
        ]
    )
    videos = rows_of([("v", vector_set(embedded("v", 1, 0)))])
    free = score_videos(policy("t", 1, 1, threshold=-1.0), videos, seeds)
    score, margin = float(free.score[0]), free.margin(0)
    assert margin is not None
    assert 0.1 < score < min(margin, 0.999)

    for above in (0.0, 1e-6):
        by_score = policy("t", 1, 1, threshold=round(score + above, 6))
        by_margin = policy("t", 1, 1, threshold=-1.0, margin=round(margin + above, 6))
        for rule in (by_score, by_margin):
            assert bool(score_videos(rule, videos, seeds).hit[0]) == (above == 0.0)


def test_a_score_is_the_same_in_every_batch() -> None:
    """A replay judges in other batches and must give the same number."""
    rule, seed = policy("t", 1, 1), seed_live("t", "s", 3, 2)
    standing = SeedSet.of([StandingSeed("s", "positive", MODEL, vector_set(seed))])
    sets = [(f"v{i}", vector_set(embedded(f"v{i}", 1, i))) for i in range(len(VECTORS))]
    together = score_videos(rule, rows_of(sets), standing).score
    alone = [score_videos(rule, rows_of([one]), standing).score[0] for one in sets]
    assert together.tolist() == alone


def test_a_row_gives_back_the_vectors_that_it_was_made_of() -> None:
    """A video without sound stands between two that have some."""
    sets = [(f"v{i}", vector_set(embedded(f"v{i}", 1, i))) for i in (1, 3, 4)]
    rows = rows_of(sets)
    for row, (_, given_set) in enumerate(sets):
        found = vectors_of(rows, row)
        assert found.fused.tolist() == given_set.fused.tolist()
        assert {m: v.tolist() for m, v in found.modalities.items()} == {
            m: v.tolist() for m, v in given_set.modalities.items()
        }


def test_only_what_made_the_score_is_said_to_have_voted() -> None:
    """An explanation names the modalities of the rule, not all that are there."""
    video = vector_set(embedded("v", 1, 1))
    assert voting_modalities(policy("t", 1, 1), video, video) == ["frames", "audio"]
    assert voting_modalities(policy("t", 1, 1, score_kind="audio"), video, video) == ["audio"]
    assert voting_modalities(policy("t", 1, 1, score_kind="weighted", weights={"audio": 1.0}), video, video) == [
        "audio"
    ]


def test_bands_by_probability_wait_for_a_calibration() -> None:
    """Until then a person looks; below the first band it is only logged."""
    rule = policy("t", 1, 1, bands=[Band(from_probability=0.5, action="restrict")])
    assert propose(rule, 0.9, None) == "review"
    assert propose(rule, 0.9, 0.5) == "restrict"
    assert propose(rule, 0.9, 0.4) == "log"


@pytest.mark.parametrize(("score", "expected"), [(-1.0, 0.1), (0.5, 0.1), (0.75, 0.5), (1.0, 0.9)])
def test_a_probability_is_never_beyond_the_decisions(score: float, expected: float) -> None:
    """Outside the scores that were decided the outermost decision holds."""
    points = Calibration(scores=[0.5, 1.0], probabilities=[0.1, 0.9], decisions=2)
    assert probability(points, score) == expected
