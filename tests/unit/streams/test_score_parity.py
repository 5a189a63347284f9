"""What a shard says a video scores is what the evaluation of trends would say, for the same vectors and seeds."""

import numpy as np
import pytest
from numpy.typing import NDArray

from encoders.evaluation import OnOneScale, Vectors, Weighted
from encoders.evaluation.scorers import MISSING_SCORE, Pooling
from encoders.modality import Modality
from encoders.model_card import BankStatistics, ModelCard, SuiteBank, SuiteCard
from streams.background import backgrounds
from streams.cohesion import cohesion_weights, places_of, stretches_of
from streams.shards import Input
from streams.wire.codec import decode_json
from streams.wire.embedding import EmbeddingEvent, VideoEmbedded, pack_vector, unpack_vector
from streams.wire.envelope import ModalityName
from streams.wire.fanout import FanoutMessage, SeedLive, TrendPolicy
from streams.wire.moderation import ActionEvent, ModerationAction
from streams.wire.record import Received
from streams.wire.topics import Topic
from streams.wire.trend import Weights
from tests.support.shard_messages import MODEL, NOW, new_shard, policy

SEEDS, POSTS, DIMENSION = 5, 25, 64
STATISTICS: dict[ModalityName, BankStatistics] = {
    "frames": BankStatistics(size=100, data_digest="", score_mean=0.0, score_deviation=0.25),
    "audio": BankStatistics(size=100, data_digest="", score_mean=0.0625, score_deviation=0.125),
    "text": BankStatistics(size=100, data_digest="", score_mean=-0.125, score_deviation=0.5),
}
COMMON: dict[ModalityName, int] = {"frames": 8, "audio": 40, "text": 24}
"""Values of 64 that all seeds and half of the posts share."""
ASPECTS = {"voice": 24, "tune": 40}
"""Blocks of a sound, in a suite that has some; what seeds share fills the first and half of the second."""
WHOLE, IN_BLOCKS = (
    SuiteCard(
        name="s", model_id=MODEL, dimension=DIMENSION, fusion="",
        towers=tuple(
            ModelCard(
                name="t", modality=Modality(name), model_id="t", dimension=DIMENSION, source="shipped", bank=bank,
                aspects=aspects if name == "audio" else {},
                blocks=dict.fromkeys(aspects if name == "audio" else {}, bank),
            )
            for name, bank in STATISTICS.items()
        ),
    )
    for aspects in (dict[str, int](), ASPECTS)
)  # fmt: skip

_NAMES: dict[Modality, ModalityName] = {Modality(name): name for name in STATISTICS}

Modalities = dict[ModalityName, NDArray[np.float64]]


def corpus(draw: int) -> Modalities:
    """Return seeds, then posts, of values that every float holds exactly, so that only the rule is compared.

    Posts may lack modalities, never all three; so may two seeds of every other draw, one of which is all sound. What
    seeds have in common is most in sound.
    """
    random = np.random.default_rng(draw)
    rows: Modalities = {}
    for name, common in COMMON.items():
        signs = random.choice([-1.0, 1.0], size=(SEEDS + POSTS, DIMENSION))
        signs[: SEEDS + POSTS // 2, :common] = signs[0, :common]
        rows[name] = signs / 8.0
    for post in range(SEEDS, SEEDS + POSTS):
        for name in [*COMMON][: random.integers(0, 3)] if post % 2 else [*COMMON][3 - random.integers(0, 3) :]:
            rows[name][post] = np.nan
    if draw % 2:
        rows["audio"][1] = rows["frames"][2] = rows["text"][2] = np.nan
    return rows


def packed(rows: Modalities, row: int) -> dict[ModalityName, bytes]:
    """Return the vectors that a post has."""
    return {
        name: pack_vector(some[row].astype(np.float16)) for name, some in rows.items() if not np.isnan(some[row, 0])
    }


def scores_of_a_shard(rows: Modalities, rule: TrendPolicy, *, forward: bool) -> dict[int, float]:
    """Return what a shard says of each post, by its row: seeds first, or videos first and the rule last."""
    shard = new_shard()
    fused = pack_vector(rows["frames"][0].astype(np.float16))
    seeds: list[FanoutMessage] = [
        SeedLive(
            trend_id="t", seed_id=f"s{row}", polarity="positive", source_offset=2 + row, model_id=MODEL,
            fused=fused, vectors=packed(rows, row), received_at=NOW,
        )
        for row in range(SEEDS)
    ]  # fmt: skip
    videos: list[EmbeddingEvent] = [
        VideoEmbedded(
            video_id=str(row), revision=1, model_id=MODEL, fused=fused, vectors=packed(rows, row), received_at=NOW
        )
        for row in range(SEEDS, SEEDS + POSTS)
    ]
    fanout = [Input(_received(Topic.TREND_FANOUT, n), m) for n, m in enumerate([*seeds, rule])]
    embedded = [Input(_received(Topic.VIDEO_EMBEDDINGS, n), m) for n, m in enumerate(videos)]
    out = [
        record
        for batch in ([fanout, embedded] if forward else [embedded, fanout])
        for record in shard.take(batch, NOW).records
    ]
    while shard.sweep_due:
        out += shard.sweep_slice(NOW)
    actions = [decode_json(r.value, ActionEvent) for r in out if r.topic == Topic.MODERATION_ACTIONS]
    assert {a.direction for a in actions if isinstance(a, ModerationAction)} == {"forward" if forward else "backward"}
    return {int(a.video_id): a.score for a in actions if isinstance(a, ModerationAction)}


def _received(topic: Topic, offset: int) -> Received:
    return Received(topic=topic, partition=0, offset=offset, key=b"k", value=b"", timestamp=NOW)


def bank_of(card: SuiteCard) -> SuiteBank:
    """Return a bank of all that the suite has, in which blocks and modalities go together a little."""
    parts = (*STATISTICS, *card.stretches)
    parts = tuple(dict.fromkeys(parts))
    spread = {name: 0.1 + 0.05 * place for place, name in enumerate(parts)}
    return SuiteBank(
        model_id=card.model_id,
        fused=BankStatistics(size=9, data_digest="", score_mean=0.1, score_deviation=0.2),
        size=9,
        parts=parts,
        means=tuple(0.01 * place for place in range(len(parts))),
        covariances=tuple(tuple(spread[a] * spread[b] * (1.0 if a == b else 0.25) for b in parts) for a in parts),
    )


@pytest.mark.parametrize("normalised", [False, True], ids=["cosines", "normalised"])
@pytest.mark.parametrize("card", [WHOLE, IN_BLOCKS], ids=["modalities", "blocks"])
@pytest.mark.parametrize("forward", [True, False], ids=["forward", "backward"])
@pytest.mark.parametrize("pooling", ["max", "mean"])
def test_a_weighted_score_is_that_of_the_evaluation(
    pooling: Pooling, forward: bool, card: SuiteCard, normalised: bool
) -> None:
    """Weights out of the same seeds and cards, scores within a millionth, whatever modalities a post lacks."""
    bank = bank_of(card)
    for draw in range(4):
        rows = corpus(draw)
        stretches = stretches_of(card)
        vectors = {
            name: Vectors(rows[_NAMES[one.modality]][:, one.start : one.stop]) for name, one in stretches.items()
        }
        oracle = Weighted(vectors, {name: one.bank for name, one in stretches.items()}, pooling)
        seeds, posts = np.arange(SEEDS), np.arange(SEEDS, SEEDS + POSTS)
        weights: Weights = cohesion_weights(
            [{m: unpack_vector(vector) for m, vector in packed(rows, seed).items()} for seed in range(SEEDS)], stretches
        )
        rule = policy(
            "t", 1, 9, score_kind="weighted", seed_pooling=pooling, weights=weights, threshold=-1.0, margin=0.0,
            blocks=places_of(card), background_normalised=normalised,
            background=backgrounds(bank, ["weighted"], weights) if normalised else None,
        )  # fmt: skip

        found = scores_of_a_shard(rows, rule, forward=forward)

        assert weights == pytest.approx({m: w for m, w in oracle.weights(seeds).items() if w > 0}, abs=1e-6)
        # Where post and seeds share no part that weighs, the evaluation says -1, a shard nothing.
        scorer = OnOneScale(oracle, bank) if normalised else oracle
        scores = zip(posts.tolist(), scorer(seeds[None, :], posts)[0].tolist(), strict=True)
        expected = {post: score for post, score in scores if score > MISSING_SCORE}
        assert len(expected) > POSTS / 2
        # On a scale of twentieths a millionth of mean, deviation and weighted sum comes to a few.
        assert found == pytest.approx(expected, abs=5e-6 if normalised else 1e-6, rel=0.0)
