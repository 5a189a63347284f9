"""What the shards are told of a trend is its whole rule with all adjustments."""

from typing import Any

import pytest

from encoders.model_card import BankStatistics, SuiteBank
from streams.background import normalisable
from streams.catalogue import Catalogue, SeedJoins, Trend, score_rule
from streams.errors import RefusedError
from streams.wire.fanout import Background, TrendPolicy
from streams.wire.trend import Calibration, Compared, TrendEvent
from tests.support.catalogue import added, adjusted, at, changed, declared, entry, released, revoked, said, step


def _policy(*events: TrendEvent) -> TrendPolicy:
    *before, last = events
    effect = step(said(*before), last, len(before)).effect
    assert isinstance(effect, Trend)
    return effect.policy("signal-1")


def test_the_policy_bears_the_offset_of_what_last_changed_it() -> None:
    """A shard ignores a lower one."""
    policy = _policy(declared(max_hits=4), changed(2, state="live", changed_at=at(0)))

    assert (policy.version, policy.source_offset, policy.state, policy.max_hits) == (2, 1, "live", 4)
    assert (policy.model_id, policy.event_at, policy.received_at) == ("signal-1", at(0), at(1))


def test_a_weighted_trend_weighs_all_modalities_the_same_until_trends_says_otherwise() -> None:
    """Without any weight it would have no score at all."""
    weighted = declared(score_kind="weighted")

    assert _policy(weighted).weights == {"frames": 1.0, "audio": 1.0, "text": 1.0}
    assert _policy(weighted, adjusted(weights={"audio": 2.0})).weights == {"audio": 2.0}
    assert _policy(declared()).weights is None


def test_weights_of_a_moderator_go_before_those_of_the_seeds() -> None:
    """They are told in whole millionths, as shards take them; once they are taken away the seeds speak again."""
    own = declared(score_kind="weighted", weights={"text": 1 / 3})

    assert _policy(own, adjusted(weights={"audio": 2.0})).weights == {"text": 0.333333}
    assert _policy(own, adjusted(weights={"audio": 2.0}), changed(2, weights=None)).weights == {"audio": 2.0}
    assert _policy(declared(score_kind="weighted"), changed(2, weights={"text": 3.0})).weights == {"text": 3.0}


def _located(*events: TrendEvent) -> tuple[object, object]:
    """Return weights and blocks of the policy of a model that has two blocks."""
    *before, last = events
    effect = step(said(*before), last, len(before)).effect
    assert isinstance(effect, Trend)
    policy = effect.policy("m", {"frames/shape": (0, 3), "frames/mark": (3, 8)})
    return policy.weights, policy.blocks


BANK = SuiteBank(
    model_id="m",
    fused=BankStatistics(size=9, data_digest="", score_mean=0.01, score_deviation=0.07),
    size=8,
    parts=("frames", "frames/shape", "audio"),
    means=(0.1, 0.2, -0.3),
    covariances=((0.04, 0.03, 0.0), (0.03, 0.09, 0.0), (0.0, 0.0, 0.16)),
)


@pytest.mark.parametrize(
    ("rule", "background"),
    [
        ({"score_kind": "fused"}, {"fused": Background(mean=0.01, deviation=0.07)}),
        ({"score_kind": "audio"}, {"audio": Background(mean=-0.3, deviation=0.4)}),
        (
            {"score_kind": "all", "modality_thresholds": {"audio": 0.1, "frames": 0.2}},
            {"audio": Background(mean=-0.3, deviation=0.4), "frames": Background(mean=0.1, deviation=0.2)},
        ),
        # By hand: (0.1 + 3 x -0.3) / 4, and the root of (0.04 + 9 x 0.16) / 16.
        (
            {"score_kind": "weighted", "weights": {"frames": 1.0, "audio": 3.0}},
            {"weighted": Background(mean=-0.2, deviation=0.304138)},
        ),
        # Parts of one modality go together: the root of (0.04 + 0.09 + 2 x 0.03) / 4.
        (
            {"score_kind": "weighted", "weights": {"frames": 1.0, "frames/shape": 1.0}},
            {"weighted": Background(mean=0.15, deviation=0.217945)},
        ),
    ],
    ids=["fused", "audio", "all", "weighted", "weighted by block"],
)
def test_a_normalised_policy_bears_what_strangers_score(
    rule: dict[str, Any], background: dict[Compared, Background]
) -> None:
    """In whole millionths, of what it compares and no more; a policy in cosines bears none."""
    for normalised in (True, False):
        start = Catalogue(background=normalisable(BANK))
        effect = start.apply(declared(background_normalised=normalised, **rule), entry()).effect
        assert isinstance(effect, Trend)
        told = effect.policy("m", {"frames/shape": (0, 3)}, BANK)
        assert told.background == (background if normalised else None)


def test_a_policy_bears_the_places_of_the_blocks_that_it_weighs() -> None:
    """Shards know no card of a model."""
    weighted = declared(score_kind="weighted")
    own = declared(score_kind="weighted", weights={"frames/mark": 1.0, "text": 2.0})

    assert _located(own) == ({"frames/mark": 1.0, "text": 2.0}, {"frames/mark": (3, 8)})
    assert _located(weighted, adjusted(weights={"frames/shape": 2.0}))[1] == {"frames/shape": (0, 3)}
    assert _located(weighted, adjusted(weights={"audio": 2.0})) == ({"audio": 2.0}, None)
    assert _located(declared()) == (None, None)


def test_weights_of_blocks_that_the_model_lacks_are_left_out() -> None:
    """They were set by the seeds under another one, and will be set anew; until then something must be weighed."""
    weighted = declared(score_kind="weighted")

    assert _located(weighted, adjusted(weights={"frames/old": 2.0, "text": 1.0})) == ({"text": 1.0}, None)
    assert _located(weighted, adjusted(weights={"frames/old": 2.0}))[0] == {"frames": 1.0, "audio": 1.0, "text": 1.0}


def test_a_trend_that_weighs_nothing_tells_no_weights() -> None:
    """What its seeds said stays known, should it weigh again."""
    told: list[TrendEvent] = [
        declared(score_kind="weighted"),
        adjusted(weights={"audio": 2.0}),
        changed(2, score_kind="audio"),
    ]

    assert _policy(*told).weights is None
    assert _policy(*told, changed(3, score_kind="weighted")).weights == {"audio": 2.0}


def test_weights_that_know_less_than_those_in_force_are_void() -> None:
    """After a crash TRENDS works old ones out again; they come after newer ones that it wrote before the crash."""
    newer, older = adjusted(weights={"audio": 2.0}, source_offset=3), adjusted(weights={"text": 1.0}, source_offset=2)
    catalogue = said(declared(score_kind="weighted"), newer)

    assert step(catalogue, older).effect is None
    assert step(catalogue, older).catalogue == catalogue


def test_the_same_weights_again_change_nothing() -> None:
    """Shards need not sweep for what was told before."""
    catalogue = said(declared(score_kind="weighted"), adjusted(weights={"audio": 2.0}, source_offset=3))

    assert step(catalogue, adjusted(weights={"audio": 2.0}, source_offset=9)).effect is None
    assert step(catalogue, adjusted(weights={"audio": 2.0}, source_offset=9, paused=True)).effect is not None


def test_void_weights_leave_what_else_was_decided() -> None:
    """One event may say several things."""
    shadow = declared(state="shadow", score_kind="weighted")
    telling: list[TrendEvent] = [shadow, adjusted(weights={"audio": 2.0}, source_offset=3)]

    policy = _policy(*telling, adjusted(weights={"text": 1.0}, source_offset=1, max_hits=7))

    assert (policy.weights, policy.max_hits) == ({"audio": 2.0}, 7)


def test_adjustments_stay_through_later_changes() -> None:
    """A moderator who changes the threshold does not lose calibration or pause."""
    facts = {"model_id": "signal-1", "rule": score_rule(declared()), "decision_offset": 7}
    calibration = Calibration(scores=[0.5], probabilities=[0.5], decisions=40, **facts)  # type: ignore[arg-type]  # by name

    policy = _policy(
        declared(), adjusted(calibration=calibration), adjusted(paused=True, max_hits=3), changed(2, threshold=0.9)
    )

    assert (policy.calibration, policy.paused, policy.max_hits, policy.threshold) == (calibration, True, 3, 0.9)


def test_a_pause_can_be_released() -> None:
    """False is said; null leaves it as it is."""
    assert not _policy(declared(), adjusted(paused=True), adjusted(paused=False)).paused
    assert _policy(declared(state="live"), adjusted(paused=True), adjusted(max_hits=2)).paused


def test_a_policy_bears_the_tighter_of_two_bounds() -> None:
    """What a moderator allows is not widened by a preview, nor the other way round; each can be taken back alone."""
    live = declared(state="live", max_hits=10)

    assert _policy(live, adjusted(max_hits=4)).max_hits == 4
    assert _policy(live, adjusted(max_hits=40)).max_hits == 10
    assert _policy(live, adjusted(max_hits=40), changed(2, max_hits=None)).max_hits == 40
    joins = step(said(live, adjusted(max_hits=4)), added()).effect
    assert isinstance(joins, SeedJoins)
    assert joins.max_hits == 4


def test_the_shards_need_not_hear_of_the_bound_of_a_draft() -> None:
    """It emits nothing; what it becomes bears the bound from its first policy on."""
    found = step(said(declared()), adjusted(max_hits=4), 1)

    assert found.effect is None
    live = step(found.catalogue, changed(2, state="live"), 2).effect
    assert isinstance(live, Trend)
    assert live.policy("m").max_hits == 4


def test_a_bound_that_knows_less_than_the_one_in_force_is_void() -> None:
    """After a crash TRENDS takes an old one again, which comes after the newer one."""
    live = said(declared(state="live"), adjusted(max_hits=9, source_offset=5))

    assert step(live, adjusted(max_hits=4, source_offset=3)).effect is None
    assert step(live, adjusted(max_hits=9, source_offset=7)).effect is None
    assert step(live, adjusted(max_hits=4, source_offset=7)).effect is not None


def test_a_release_ends_a_pause_and_says_so() -> None:
    """Each shard must know which of its own brakes it ends; the version counts what moderators say of the rule."""
    policy = _policy(declared(state="live"), adjusted(paused=True), released(released_at=at(0)))

    assert (policy.paused, policy.release_offset, policy.source_offset, policy.version) == (False, 2, 2, 1)
    assert (policy.event_at, policy.received_at) == (at(0), at(2))
    assert _policy(declared(state="live"), released(), changed(2, threshold=0.9)).release_offset == 1
    assert _policy(declared()).release_offset is None


def test_why_a_trend_is_paused_is_known_until_it_is_released() -> None:
    """Whoever is asked to look at it must be told at what."""
    paused = said(declared(state="live"), adjusted(paused=True))

    assert paused.by_id["t"].paused_because == "so decided"
    assert step(paused, changed(2, margin=0.2)).catalogue.by_id["t"].paused_because == "so decided"
    assert step(paused, released()).catalogue.by_id["t"].paused_because is None


def test_a_pause_that_does_not_know_the_newest_release_is_void() -> None:
    """TRENDS decided it on what the moderator had seen by then."""
    catalogue = said(declared(state="live"), adjusted(paused=True), released())

    assert step(catalogue, adjusted(paused=True, source_offset=1)).effect is None
    assert step(catalogue, adjusted(paused=True, source_offset=2)).effect is not None


def test_what_is_paused_need_not_be_paused_again() -> None:
    """Each policy is a sweep on every shard."""
    assert step(said(declared(), adjusted(paused=True)), adjusted(paused=True)).effect is None


def test_a_release_of_a_retired_or_unknown_trend_is_refused() -> None:
    """There is nothing that it could let go."""
    with pytest.raises(RefusedError, match="retired, nothing of it waits"):
        step(said(declared(state="retired")), released())
    with pytest.raises(RefusedError, match="no trend t"):
        step(said(), released())


def test_rates_are_comparable_from_the_last_change_of_what_is_a_hit() -> None:
    """A brake must not compare forward hits of two rules; a pause, a bound or a release changes none."""
    rule: list[TrendEvent] = [declared(state="live"), added(), adjusted(paused=True), released()]

    assert said(*rule).by_id["t"].ruled_at == at(1)
    for event in (changed(2, margin=0.2), added("b"), revoked(), adjusted(weights={"text": 1.0})):
        assert said(*rule, event).by_id["t"].ruled_at == at(4)


def test_the_newest_event_that_shards_hear_of_is_told() -> None:
    """A preview is whole when every shard has answered it; the bound of a draft is none."""
    assert said(declared(), added(), adjusted(max_hits=3)).by_id["t"].told_offset == 1
    assert said(declared(), added(), revoked()).by_id["t"].told_offset == 2
    assert said(declared(), added(), changed(2)).by_id["t"].told_offset == 2


def test_an_adjustment_keeps_the_version_that_moderators_count() -> None:
    """Else their next change would be refused."""
    assert _policy(declared(), adjusted(paused=True)).version == 1


def test_an_adjustment_by_anyone_else_is_refused() -> None:
    """The topic is public, this message is not."""
    with pytest.raises(RefusedError, match="written by TRENDS only"):
        said(declared()).apply(adjusted(paused=True), entry(own=False))


def test_an_adjustment_of_an_unknown_trend_is_refused() -> None:
    """There is nothing that it could adjust."""
    with pytest.raises(RefusedError, match="no trend t"):
        step(said(), adjusted(paused=True))
