"""A backtest counts what the oracle would count, by hand or pair by pair."""

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from encoders.modality import Modality
from encoders.model_card import BankStatistics, ModelCard, SuiteCard
from streams.audit.oracle import expected_actions
from streams.backtest.judging import Bench, JudgedVideo, Standing
from streams.backtest.outcome import outcome
from streams.backtest.picture import figure_of
from streams.backtest.proposal import proposal
from streams.backtest.reading import Sent
from streams.backtest.rules import Rule, SeedChange, rule
from streams.backtest.rulings import Rulings
from streams.catalogue import Decisions, SentSeeds, due_weights
from streams.errors import UserError
from streams.wire.embedding import EmbeddingEvent
from streams.wire.fanout import FanoutMessage, SeedLive, TrendPolicy
from streams.wire.trend import ReviewDecision
from tests.support.catalogue import added, changed, decided, declared, said
from tests.support.shard_messages import BLOCKS, MODEL, NOW, VECTORS, embedded, policy, removed, seed_live


def _random_rule(rng: random.Random, seeds: Sequence[SeedLive]) -> tuple[TrendPolicy, list[FanoutMessage]]:
    kind = rng.choice(["fused", "frames", "audio", "weighted", "all"])
    one = policy(
        "t",
        1,
        1,
        threshold=rng.choice([0.0, 0.31, 0.61, 0.93]),
        margin=rng.choice([0.0, 0.17]),
        score_kind=kind,
        seed_pooling=rng.choice(["max", "mean"]),
        weights={"frames/shape": 2.0, "audio": 1.0},
        blocks=BLOCKS,
        modality_thresholds={"frames": 0.2, "audio": 0.1} if kind == "all" else None,
    )
    return one, [one, *seeds]


def _by_oracle(videos: Sequence[EmbeddingEvent], fanout: Sequence[FanoutMessage]) -> dict[str, str]:
    return {one.video_id: one.proposed_action for one in expected_actions(videos, fanout)}


def _hits(videos: Sequence[JudgedVideo], name: str) -> dict[str, str]:
    return {v.video_id: getattr(v, name).action for v in videos if getattr(v, name).action is not None}


def test_hits_are_those_of_the_oracle_in_whatever_batches_videos_come() -> None:
    """Two rules over random revisions, deletes, models; batch by batch, against pair by pair."""
    for seed in range(60):
        rng = random.Random(seed)
        seeds = [
            seed_live("t", f"s{n}", rng.randrange(len(VECTORS)), n + 2, "negative" if n == 3 else "positive")
            for n in range(rng.randrange(1, 5))
        ]
        (present, told), (proposed, would) = _random_rule(rng, seeds), _random_rule(rng, seeds)
        videos: list[EmbeddingEvent] = [
            removed(f"v{rng.randrange(8)}", rng.randrange(1, 4))
            if rng.random() < 0.15
            else embedded(
                f"v{rng.randrange(8)}",
                (revision := rng.randrange(1, 5)),
                (seed + 3 * revision) % len(VECTORS),
                model="other" if rng.random() < 0.2 else MODEL,
            )
            for _ in range(30)
        ]
        bench = Bench(rule(present, seeds), rule(proposed, seeds))
        size = rng.choice([1, 4, 30])
        for start in range(0, len(videos), size):
            bench.add(videos[start : start + size])

        assert _hits(bench.judged, "present") == _by_oracle(videos, told), seed
        assert _hits(bench.judged, "proposed") == _by_oracle(videos, would), seed


def _bench(*names: str, change: SeedChange | None = None, **more: object) -> Bench:
    """Return a bench over videos that are like seed s1 (a), a near copy of it (n), or like another (o)."""
    seeds = [seed_live("t", "s1", 0, 2)]
    present, proposed = policy("t", 1, 1, threshold=0.97), policy("t", 2, 3, **({"threshold": 0.97} | more))
    bench = Bench(rule(present, seeds), rule(proposed, seeds, change))
    bench.add([embedded(name, 1, {"a": 0, "n": 6, "o": 2}[name[0]]) for name in names])
    return bench


def _decided(verdict: str, video_id: str, decision_id: str) -> ReviewDecision:
    return decided(verdict, video_id=video_id, decision_id=decision_id)


def _rulings(*decisions: ReviewDecision) -> Rulings:
    folded = Decisions()
    for offset, decision in enumerate(decisions):
        folded.apply(decision, offset)
    return Rulings.of(folded, "t")


def test_a_lower_threshold_gains_hits_a_seed_left_out_loses_them() -> None:
    """By hand: near copies score just below the threshold in force."""
    wider = outcome(_bench("a1", "n1", "n2", "o1", threshold=0.5).judged, Rulings(), has_present=True)
    without = outcome(
        _bench("a1", "n1", change=SeedChange(added=[(embedded("n1", 1, 6), "positive")], without=["s1"])).judged,
        Rulings(),
        has_present=True,
    )

    assert (wider.present.hits if wider.present else None, wider.proposed.hits) == (1, 3)
    assert ([v.video_id for v in wider.gained], wider.lost) == (["n1", "n2"], [])
    assert ([v.video_id for v in without.gained], [v.video_id for v in without.lost]) == (["n1"], ["a1"])


def test_a_held_video_as_a_negative_seed_takes_what_is_as_near_to_it() -> None:
    """The effect of a rejected hit that becomes a negative seed: its near copies are hits no more."""
    change = SeedChange(added=[(embedded("n1", 1, 6), "negative")])
    found = outcome(_bench("a1", "n1", "n2", threshold=0.5, margin=0.01, change=change).judged, Rulings(),
                    has_present=False)  # fmt: skip

    assert {v.video_id for v in found.judged if v.proposed.action} == {"a1"}


def test_a_seed_that_is_not_there_cannot_be_left_out() -> None:
    """A slip of the pen must not look like an effect."""
    with pytest.raises(UserError, match="no live seed s9"):
        rule(policy("t", 1, 1), [seed_live("t", "s1", 0, 2)], SeedChange(without=["s9"]))


def test_precision_is_over_ruled_hits_and_the_last_word_counts() -> None:
    """Unsure says nothing, a repeated decision counts once, reviewers may disagree."""
    ruled = _rulings(
        _decided("confirm", "a1", "d1"),
        _decided("reject", "a2", "d2"),
        _decided("reject", "a2", "d2"),
        _decided("reject", "a3", "d3"),
        _decided("confirm", "a3", "d4"),
        _decided("unsure", "a4", "d5"),
        _decided("confirm", "o1", "d6"),
    )
    found = outcome(_bench("a1", "a2", "a3", "a4", "o1").judged, ruled, has_present=True)

    precision = found.proposed.precision
    assert (precision.confirmed, precision.rejected, precision.value) == (2, 1, 2 / 3)
    assert 0 < precision.low < 2 / 3 < precision.high < 1
    assert (ruled.disagreeing, ruled.repeated) == (1, 1)


def _judged(name: str, day: float, action: str | None) -> JudgedVideo:
    standing = Standing(0.9 if action else 0.1, action, "s1")  # type: ignore[arg-type]  # an action's name
    return JudgedVideo(name, 1, NOW + timedelta(days=day), standing, standing)


def test_load_is_a_day_and_a_day_without_hits_is_there() -> None:
    """Six hits in three days, of which four to review."""
    videos = [_judged(f"v{n}", n / 2, "review" if n % 3 else "remove") for n in range(6)] + [_judged("w", 3.0, None)]
    found = outcome(videos, Rulings(), has_present=True)

    assert found.days == 3.0
    assert found.proposed.actions == {"review": 4, "remove": 2}
    assert found.a_day(found.proposed.hits) == 2.0
    assert list(found.proposed.by_day.values()) == [2, 2, 2, 0]
    assert sum(found.proposed.review_by_day.values()) == 4


def test_less_than_a_day_is_taken_as_one() -> None:
    """Nothing says what the rest of it would bring: two hits in a minute are no three thousand a day."""
    videos = [_judged("v1", 0.0, "review"), _judged("v2", 1 / 1440, "review")]

    assert outcome(videos, Rulings(), has_present=True).a_day(2) == 2.0


def test_nothing_in_the_stretch_is_no_fault() -> None:
    """No video, no figure a day, no precision."""
    found = outcome([], Rulings(), has_present=True)

    assert (found.videos, found.begins_at, found.proposed.hits, found.proposed.precision.value) == (0, None, 0, None)


def test_the_picture_holds_both_rules() -> None:
    """Four axes: scores, videos by threshold, days, rulings; one dashed line a threshold."""
    present, proposed = policy("t", 1, 1, threshold=0.97), policy("t", 2, 3, threshold=0.5)
    found = outcome(
        _bench("a1", "n1", "o1", threshold=0.5).judged, _rulings(_decided("confirm", "a1", "d")), has_present=True
    )

    scores, curve, days, ruled = figure_of(found, present, proposed).axes

    assert [axis.get_xlabel() for axis in (scores, curve)] == ["score", "threshold"]
    thresholds = [line.get_xdata()[0] for line in curve.get_lines() if line.get_linestyle() == "--"]  # type: ignore[index]  # an array
    assert thresholds == [0.97, 0.5]
    assert [patch.get_height() for patch in days.patches] == [1, 2]  # type: ignore[attr-defined]  # rectangles
    assert sum(patch.get_height() for patch in ruled.patches) >= 1  # type: ignore[attr-defined]  # as above


def _sent(model: str | None = MODEL) -> Sent:
    seeds = SentSeeds()
    seeds.add(seed_live("t", "s", 0, 1))
    return Sent(None if model is None else policy("t", 1, 0, threshold=0.8), seeds)


def test_a_proposal_is_what_trends_would_make_of_the_change() -> None:
    """The rule in force stays beside it; both judge by the same seeds."""
    catalogue = said(declared(state="live"), added())

    found = proposal(catalogue, _sent(), None, changed(2, threshold=0.9), SeedChange(), NOW)

    assert isinstance(found.present, Rule)
    assert (found.present.policy.threshold, found.proposed.policy.threshold) == (0.8, 0.9)
    assert (found.proposed.policy.model_id, [s.seed_id for s in found.proposed.seeds.seeds]) == (MODEL, ["s"])
    assert found.remarks == []


_BANK = BankStatistics(size=50, data_digest="", score_mean=0.1, score_deviation=0.2)
_CARD = SuiteCard(
    name="s",
    model_id=MODEL,
    dimension=8,
    fusion="",
    towers=tuple(
        ModelCard(name="t", modality=modality, model_id="t", dimension=8, source="signal", bank=_BANK)
        for modality in (Modality.FRAMES, Modality.AUDIO)
    ),
)


def test_a_proposed_seed_weighs_as_it_would_when_trends_has_it() -> None:
    """Two seeds with pictures in common: a weighted trend would look at pictures alone, and so does the proposal."""
    catalogue, video = said(declared(state="live", score_kind="weighted"), added()), embedded("v1", 1, 6)
    sent = Sent(policy("t", 1, 0, score_kind="weighted"), _sent().seeds)

    found = proposal(catalogue, sent, _CARD, changed(2), SeedChange(added=[(video, "positive")]), NOW)

    with_both = said(declared(state="live", score_kind="weighted"), added(), added("s2"))
    sent.seeds.add(seed_live("t", "s2", 6, 2))
    [event] = due_weights(with_both.trends(), sent.seeds, _CARD, 2)
    assert found.present is not None
    assert found.present.policy.weights == {"frames": 1.0, "audio": 1.0, "text": 1.0}
    assert found.proposed.policy.weights == event.weights
    assert list(event.weights or {}) == ["frames"]
    left = SeedChange(added=[(video, "positive")], without=["s"])
    alone = proposal(catalogue, sent, _CARD, changed(2), left, NOW)
    assert alone.proposed.policy.weights == {"frames": 1.0, "audio": 1.0}


def test_weights_that_cannot_be_known_are_said() -> None:
    """The suite that serves is not at hand."""
    catalogue = said(declared(state="live", score_kind="weighted"), added())

    found = proposal(catalogue, _sent(), None, changed(2), SeedChange(), NOW)

    assert ["weights" in remark for remark in found.remarks] == [True]


def test_what_trends_would_refuse_is_refused_before_it_is_judged() -> None:
    """A first band above the threshold."""
    with pytest.raises(
        UserError, match=r"TRENDS would refuse this: bands\[0\]\.from_score: must be at most the threshold, 0\.5"
    ):
        proposal(said(declared()), _sent(), None, changed(2, threshold=0.5), SeedChange(), NOW)


def test_a_seed_without_vectors_of_the_model_is_said() -> None:
    """It was encoded by an older suite, or is not yet."""
    catalogue = said(declared(state="live"), added(), added("s2"))

    found = proposal(catalogue, _sent(), None, changed(2, margin=0.1), SeedChange(), NOW)

    assert [remark for remark in found.remarks if "s2" in remark]


def test_a_trend_that_nobody_declared_has_no_rule_in_force() -> None:
    """Its seeds are the videos that are named."""
    change = SeedChange(added=[(embedded("v1", 1, 0), "positive")])

    found = proposal(said(), _sent(), None, declared("new"), change, NOW)

    assert found.present is None
    assert [seed.seed_id for seed in found.proposed.seeds.seeds] == ["proposed v1"]
