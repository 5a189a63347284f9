"""Weights of modalities and of blocks of their vectors, against the oracle's loops."""

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.audit.oracle import expected_actions
from streams.policy import SeedSet, StandingSeed, VectorSet, rows_of, score_videos, voting_modalities
from streams.shards.screen import Screen
from streams.wire.codec import decode_msgpack, encode_msgpack
from streams.wire.embedding import VideoEmbedded, pack_vector, unpack_vector
from streams.wire.envelope import ModalityName
from streams.wire.fanout import FanoutMessage, SeedLive, TrendPolicy
from streams.wire.trend import Polarity, Weights
from tests.support.shard_messages import BLOCKS, MODEL, NOW, policy

DIMENSION = 8
DRAWN = np.random.default_rng(11).standard_normal((9, DIMENSION))
# Two of them near copies, so that high scores occur.
DRAWN[1:3] = DRAWN[0] + 0.1 * DRAWN[1:3]

# What a modality of a video holds: nothing, one of the vectors, one of them with its first or last numbers at 0.
HELD = st.one_of(st.none(), st.tuples(st.integers(0, len(DRAWN) - 1), st.sampled_from(["whole", "first", "last"])))
THINGS = st.fixed_dictionaries({"frames": HELD, "audio": HELD, "text": HELD})
Thing = dict[ModalityName, tuple[int, str] | None]

WEIGHTS: st.SearchStrategy[Weights] = st.dictionaries(
    st.sampled_from(["frames", "audio", "text", *BLOCKS]), st.sampled_from([0.0, 1e-6, 0.3, 1.7, 1_000.0]), min_size=1
)


def vectors_of(thing: Thing) -> dict[ModalityName, bytes]:
    """Return the packed vectors of a video or a seed."""
    packed: dict[ModalityName, bytes] = {}
    for name, held in thing.items():
        if held is not None:
            vector = DRAWN[held[0]].copy()
            vector[{"whole": slice(0), "first": slice(4), "last": slice(3, None)}[held[1]]] = 0.0
            packed[name] = pack_vector((vector / np.linalg.norm(vector)).astype(np.float16))
    return packed


def video_of(video_id: str, thing: Thing) -> VideoEmbedded:
    """Return a video."""
    return VideoEmbedded(
        video_id=video_id, revision=1, model_id=MODEL, received_at=NOW,
        fused=pack_vector(DRAWN[0].astype(np.float16)), vectors=vectors_of(thing),
    )  # fmt: skip


def seed_of(seed_id: str, thing: Thing, polarity: Polarity, offset: int) -> SeedLive:
    """Return a seed."""
    return SeedLive(
        trend_id="t", seed_id=seed_id, polarity=polarity, source_offset=offset, model_id=MODEL, received_at=NOW,
        fused=pack_vector(DRAWN[0].astype(np.float16)), vectors=vectors_of(thing),
    )  # fmt: skip


def vector_set(message: VideoEmbedded | SeedLive) -> VectorSet:
    """Return the vectors of a message."""
    return VectorSet(unpack_vector(message.fused), {m: unpack_vector(v) for m, v in message.vectors.items()})


@settings(max_examples=300, deadline=None)
@given(
    videos=st.lists(THINGS, min_size=1, max_size=4),
    seeds=st.lists(st.tuples(THINGS, st.sampled_from(["positive", "positive", "negative"])), min_size=1, max_size=4),
    weights=WEIGHTS,
    pooling=st.sampled_from(["max", "mean"]),
    margin=st.sampled_from([0.0, 0.13]),
    at=st.sampled_from([-1.0, -0.3, 0.0, 1e-6, 0.4, "a score", "above a score"]),
)
def test_hits_are_those_of_the_oracle_and_of_the_screen(  # what a history may vary in
    videos: list[Thing],
    seeds: list[tuple[Thing, Polarity]],
    weights: Weights,
    pooling: str,
    margin: float,
    at: float | str,
) -> None:
    """Parts missing on either side, blocks that are all 0, thresholds just at a score that occurs, or just above."""
    rule = policy("t", 1, 1, score_kind="weighted", weights=weights, blocks=BLOCKS, seed_pooling=pooling, margin=margin)
    posts = [video_of(f"v{i}", thing) for i, thing in enumerate(videos)]
    lives = [seed_of(f"s{i}", thing, polarity, 2 + i) for i, (thing, polarity) in enumerate(seeds)]
    standing = [StandingSeed(s.seed_id, s.polarity, MODEL, vector_set(s)) for s in lives]
    rows, seed_set = rows_of([(p.video_id, vector_set(p)) for p in posts]), SeedSet.of(standing)
    known = score_videos(rule, rows, seed_set).score
    known = known[~np.isnan(known)]
    threshold = at if isinstance(at, float) else float(known.max(initial=0.0)) + 1e-6 * (at != "a score")
    rule = msgspec.structs.replace(rule, threshold=min(1.0, threshold))

    scores = score_videos(rule, rows, seed_set)

    hits = {posts[i].video_id for i in np.flatnonzero(scores.hit)}
    assert hits == {e.video_id for e in expected_actions(posts, [rule, *lives])}
    screen = Screen()
    screen.place("t", rule, standing)
    candidates = screen.candidates(MODEL, rows)
    assert hits <= {post.video_id for post, trends in zip(posts, candidates, strict=True) if "t" in trends}
    alone = [score_videos(rule, rows.take([row]), seed_set).score[0] for row in range(len(posts))]
    assert np.array_equal(alone, scores.score, equal_nan=True)


def score(weights: Weights, video: Thing, seed: Thing) -> float:
    """Return the score of one video against one seed."""
    rule = policy("t", 1, 1, score_kind="weighted", weights=weights, blocks=BLOCKS)
    standing = StandingSeed("s", "positive", MODEL, vector_set(seed_of("s", seed, "positive", 2)))
    rows = rows_of([("v", vector_set(video_of("v", video)))])
    return float(score_videos(rule, rows, SeedSet.of([standing])).score[0])


ALL: Thing = {"frames": (0, "whole"), "audio": (3, "whole"), "text": (4, "whole")}
SILENT: Thing = ALL | {"audio": None}


def test_what_a_video_lacks_counts_as_nothing() -> None:
    """A post without sound must not match in full what is about pictures and sound."""
    weights: Weights = {"frames": 1.0, "audio": 3.0}

    assert score(weights, ALL, ALL) == 1.0
    assert score(weights, SILENT, ALL) == score(weights, ALL, SILENT) == 0.25
    assert np.isnan(score({"audio": 3.0}, SILENT, ALL))


def test_a_block_is_compared_by_itself() -> None:
    """Whatever the rest of its vector says, and however small it is in it."""
    first: Thing = {"frames": (0, "last"), "audio": None, "text": None}  # shape only

    assert score({"frames/shape": 1.0}, ALL, first) == 1.0
    assert score({"frames": 1.0}, ALL, first) < 1.0
    assert score({"frames/shape": 1.0, "frames/mark": 1.0}, ALL, first) == 0.5
    assert np.isnan(score({"frames/mark": 1.0}, ALL, first))


def test_a_block_beyond_the_vector_is_missing() -> None:
    """A policy of another model's places finds nothing, and breaks nothing."""
    rule = policy(
        "t", 1, 1, score_kind="weighted", weights={"frames/far": 1.0}, blocks={"frames/far": (6, 9)}, threshold=-1.0
    )
    post, seed = video_of("v", ALL), seed_of("s", ALL, "positive", 2)
    standing = StandingSeed("s", "positive", MODEL, vector_set(seed))
    screen = Screen()
    screen.place("t", rule, [standing])
    rows = rows_of([("v", vector_set(post))])

    assert np.isnan(score_videos(rule, rows, SeedSet.of([standing])).score[0])
    assert screen.candidates(MODEL, rows) == [set()]
    assert expected_actions([post], [rule, seed]) == set()


def test_the_modalities_of_shared_blocks_have_voted() -> None:
    """An explanation names modalities; a block that one of both lacks said nothing."""
    weights: Weights = {"text": 1.0, "frames/shape": 1.0, "audio/sound": 2.0}
    rule = policy("t", 1, 1, score_kind="weighted", weights=weights, blocks=BLOCKS)
    one, other = (vector_set(video_of("v", thing)) for thing in (ALL, ALL | {"audio": (3, "first")}))

    assert voting_modalities(rule, one, one) == ["frames", "audio", "text"]
    assert voting_modalities(rule, one, other) == ["frames", "text"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"weights": {"frames/shape": 1.0}}, "blocks must say where frames/shape of weights lies"),
        ({"weights": {"frames/shape": 1.0}, "blocks": {"frames/mark": (0, 3)}}, "where frames/shape"),
        ({"blocks": {"frames/mark": (3, 3)}}, "end after they begin, frames/mark does not"),
    ],
)
def test_a_policy_says_where_its_blocks_lie(fields: dict[str, object], words: str) -> None:
    """Shards know no card of a model."""
    with pytest.raises(ValueError, match=words):
        policy("t", 1, 1, **fields)


def test_a_policy_keeps_its_blocks_on_the_way() -> None:
    """One of before there were blocks is read as one that has none."""
    told = policy("t", 1, 1, score_kind="weighted", weights={"frames/shape": 1.0}, blocks=BLOCKS)
    assert decode_msgpack(encode_msgpack(told), FanoutMessage) == told

    fields = msgspec.msgpack.decode(encode_msgpack(policy("t", 1, 1, weights={"text": 1.0})))
    del fields["blocks"]
    older = decode_msgpack(msgspec.msgpack.encode(fields), FanoutMessage)
    assert isinstance(older, TrendPolicy)
    assert (older.weights, older.blocks) == ({"text": 1.0}, None)
