"""Enough decisions calibrate a trend: once, then at stated steps; what was overtaken is void."""

import pytest

from streams.calibration import probability
from streams.catalogue import Calibrator, Catalogue, Decisions, SeenActions, score_rule
from streams.settings import TrendSettings
from streams.wire.trend import Calibration, TrendAdjusted
from tests.support.catalogue import adjusted, changed, decided, declared, said, step
from tests.support.judged import acted, rule_on, ruled, simulated

_SETTINGS = TrendSettings(calibration_decisions=20, calibration_growth=0.5)
_LIVE = declared(state="live")


def _due(catalogue: Catalogue, actions: SeenActions, decisions: Decisions, model_id: str = "m") -> list[TrendAdjusted]:
    return Calibrator(model_id, _SETTINGS).due(catalogue.trends(), decisions, actions)


def _map(newest: int, **fields: object) -> Calibration:
    facts = {"model_id": "m", "rule": score_rule(_LIVE), "decision_offset": newest, "decisions": 20} | fields
    return Calibration(scores=[0.7], probabilities=[0.5], **facts)  # type: ignore[arg-type]  # by name


def test_enough_decisions_make_a_map_that_says_what_it_rests_on() -> None:
    """Nineteen are not enough."""
    hits = simulated(20)

    assert _due(said(_LIVE), *ruled(hits[:19])) == []
    [event] = _due(said(_LIVE), *ruled(hits))

    found = event.calibration
    assert found is not None
    assert (found.decisions, found.model_id, found.rule, found.decision_offset) == (20, "m", score_rule(_LIVE), 19)
    assert found.scores[0] == min(score for score, _ in hits)
    confirmed = sum(ruling for _, ruling in hits)
    assert event.reason == f"20 decisions by m: {confirmed} confirmed, {20 - confirmed} rejected"


@pytest.mark.parametrize("state", ["draft", "retired"])
def test_a_trend_that_emits_nothing_is_left_alone(state: str) -> None:
    """Nobody would see its probabilities."""
    assert _due(said(declared(state=state)), *ruled(simulated(40))) == []


def test_a_map_is_made_anew_when_decisions_grew_by_the_stated_share() -> None:
    """Each one sweeps the trend on all shards, so that not every decision makes one."""
    hits, catalogue, calibrator = simulated(30), said(_LIVE), Calibrator("m", _SETTINGS)
    actions, decisions = ruled(hits[:20])
    [first] = calibrator.due(catalogue.trends(), decisions, actions)
    catalogue = step(catalogue, first).catalogue

    rule_on(actions, decisions, hits[20:29], 20)
    assert calibrator.due(catalogue.trends(), decisions, actions) == []
    rule_on(actions, decisions, hits[29:], 29)
    [second] = calibrator.due(catalogue.trends(), decisions, actions)

    assert second.calibration is not None
    assert second.calibration.decisions == 30


def test_a_decision_whose_action_comes_late_counts_when_it_comes() -> None:
    """The calibrator remembers how many were unknown, so that it looks again."""
    hits, calibrator = simulated(20), Calibrator("m", _SETTINGS)
    actions, decisions = ruled(hits[:19])
    decisions.apply(decided("confirm", video_id="late", decision_id="late", action_id="f" * 32), 19)

    assert calibrator.due(said(_LIVE).trends(), decisions, actions) == []
    actions.add(acted("f" * 32, "late", 0.9))

    assert len(calibrator.due(said(_LIVE).trends(), decisions, actions)) == 1


def test_decisions_on_hits_of_another_model_do_not_count() -> None:
    """Its scores mean something else."""
    actions, decisions = ruled(simulated(30), model_id="old")

    assert _due(said(_LIVE), actions, decisions) == []
    assert len(_due(said(_LIVE), actions, decisions, "old")) == 1


def test_a_policy_bears_a_map_until_its_scores_are_made_otherwise() -> None:
    """A threshold or a margin changes no score; a kind, a pooling or another model does; going back restores it."""
    [event] = _due(said(_LIVE), *ruled(simulated(20)))
    trend = said(_LIVE, event).by_id["t"]

    assert trend.policy("m").calibration == event.calibration
    assert trend.policy("other").calibration is None
    for fields, stays in (
        ({"threshold": 0.9}, True),
        ({"margin": 0.2}, True),
        ({"score_kind": "frames"}, False),
        ({"seed_pooling": "mean"}, False),
    ):
        catalogue = step(said(_LIVE, event), changed(2, **fields)).catalogue
        assert (catalogue.by_id["t"].policy("m").calibration == event.calibration) is stays
    pooled = said(_LIVE, event, changed(2, seed_pooling="mean"))
    back = step(pooled, changed(3, seed_pooling="max")).catalogue
    assert back.by_id["t"].policy("m").calibration == event.calibration


def test_a_score_of_all_modalities_is_counted_from_its_thresholds() -> None:
    """Under that kind a threshold moves every score; under others weights do, if a person set them."""
    conjunctive = declared(score_kind="all", modality_thresholds={"text": 0.5})
    weighed = declared(score_kind="weighted", weights={"text": 1.0})

    assert score_rule(conjunctive) != score_rule(declared(score_kind="all", modality_thresholds={"text": 0.6}))
    assert score_rule(conjunctive) != score_rule(
        declared(score_kind="all", modality_thresholds={"text": 0.5}, threshold=0.9)
    )
    assert score_rule(weighed) != score_rule(declared(score_kind="weighted", weights={"text": 0.5}))
    assert score_rule(weighed) != score_rule(declared(score_kind="weighted"))
    assert score_rule(declared()) != score_rule(declared(background_normalised=True))
    assert score_rule(declared(weights={"text": 1.0})) == score_rule(declared())


@pytest.mark.parametrize(
    ("said_of", "applies"),
    [
        ({"newest": 30, "decisions": 21}, True),
        ({"newest": 30, "decisions": 20}, False),
        ({"newest": 19, "decisions": 21}, False),
        ({"newest": 20, "decisions": 20}, False),
        ({"newest": 20, "model_id": "n"}, True),
        ({"newest": 19, "model_id": "n"}, False),
        ({"newest": 30, "decisions": 40, "rule": "0" * 16}, False),
        ({"newest": 30, "decisions": 40, "rule": None}, False),
    ],
)
def test_a_map_that_was_overtaken_is_void(said_of: dict[str, object], applies: bool) -> None:
    """After a crash an old one may be fitted again; a moderator may have changed how scores are made meanwhile."""
    catalogue = said(_LIVE, adjusted(calibration=_map(20)))

    effect = step(catalogue, adjusted(calibration=_map(**said_of))).effect  # type: ignore[arg-type]  # by name

    assert (effect is not None) is applies


def test_the_probability_of_a_hit_follows_what_was_ruled() -> None:
    """Far above the curve's middle nearly all were confirmed, far below nearly none."""
    [event] = _due(said(_LIVE), *ruled(simulated(300)))

    assert event.calibration is not None
    assert probability(event.calibration, 0.95) > 0.9
    assert probability(event.calibration, 0.65) < 0.1
