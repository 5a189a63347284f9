"""Decisions find the hits that they speak of, in whatever order both are read."""

import pytest

from streams.catalogue import Decisions, JudgedHit, SeenActions, comparable, join, seed_health
from streams.wire.moderation import ActionRevoked
from tests.support.catalogue import added, changed, decided, declared, revoked, said
from tests.support.judged import acted, ruled, simulated

_A, _B = "a" * 32, "b" * 32


def test_a_decision_finds_its_hit_although_it_came_first() -> None:
    """The two lie in different topics; a reject takes its action back, which changes nothing here."""
    trend, decisions, actions = said(declared()).by_id["t"], Decisions(), SeenActions()
    decisions.apply(decided("reject", action_id=_A), 4)
    assert join(trend, decisions, actions).unknown == 1

    action = acted(_A, "v", 0.7)
    actions.add(action)
    actions.add(action)
    actions.add(
        ActionRevoked(
            action_id=_A,
            trend_id="t",
            video_id="v",
            revision=1,
            policy_version=1,
            reason="decision",
            shard=0,
            cause=action.cause,
            emitted_at=action.emitted_at,
        )
    )

    found = join(trend, decisions, actions)
    assert (found.unknown, len(actions)) == (0, 1)
    assert list(found.hits) == [JudgedHit("v", "s", "m", trend.score_rule, 0.7, False, 4)]


@pytest.mark.parametrize("fields", [{"action_id": _B}, {"video_id": "w"}, {"revision": 2}, {"trend_id": "u"}])
def test_a_decision_that_names_no_action_of_its_pair_is_unknown(fields: dict[str, object]) -> None:
    """It is counted, it teaches nothing; its own trend hears of it."""
    catalogue, decisions, actions = said(declared(), declared("u")), Decisions(), SeenActions()
    actions.add(acted(_A, "v", 0.7))
    decision = decided("confirm", **({"action_id": _A} | fields))  # type: ignore[arg-type]  # fields by name
    decisions.apply(decision, 0)

    found = join(catalogue.by_id[decision.trend_id], decisions, actions)

    assert (list(found.hits), found.unknown) == ([], 1)


def test_a_word_on_an_unknown_action_takes_no_other_word_away() -> None:
    """The newest word on an action that is known counts; the odd one is counted beside it."""
    trend, decisions, actions = said(declared()).by_id["t"], Decisions(), SeenActions()
    actions.add(acted(_A, "v", 0.7))
    for offset, (verdict, action_id) in enumerate([("reject", _A), ("confirm", _A), ("reject", _B)]):
        decisions.apply(decided(verdict, decision_id=f"d{offset}", action_id=action_id), offset)

    found = join(trend, decisions, actions)

    assert [(hit.confirmed, hit.offset) for hit in found.hits] == [(True, 1)]
    assert found.unknown == 1


def test_only_scores_that_are_made_alike_are_compared() -> None:
    """Another model, or a version that scored otherwise, says nothing of scores as they are now."""
    trend = said(declared(), changed(2, threshold=0.9), changed(3, score_kind="frames")).by_id["t"]
    actions, decisions = SeenActions(), Decisions()
    told = [(1, "m"), (2, "m"), (3, "m"), (3, "old"), (9, "m")]
    for offset, (version, model) in enumerate(told):
        actions.add(acted(f"{offset:032x}", f"v{offset}", 0.7, policy_version=version, model_id=model))
        decisions.apply(
            decided("confirm", video_id=f"v{offset}", decision_id=f"d{offset}", action_id=f"{offset:032x}"), offset
        )

    hits = join(trend, decisions, actions).hits

    assert [hit.video_id for hit in comparable(hits, trend, "m")] == ["v2"]
    assert hits[0].rule == hits[1].rule != hits[2].rule
    assert hits[4].rule is None


def test_a_seed_whose_hits_are_surely_mostly_rejected_is_harmful() -> None:
    """One reject is not enough; a seed that has left harms nobody any more."""
    trend = said(
        declared(), added("good"), added("bad"), added("new"), added("gone"), revoked("gone"), added("few")
    ).by_id["t"]
    hits = [
        JudgedHit(f"{seed}{n}", seed, "m", None, 0.7, confirmed, n)
        for seed, rulings in {
            "good": [True] * 9 + [False],
            "bad": [False] * 12 + [True],
            "gone": [False] * 9,
            "few": [False],
        }.items()
        for n, confirmed in enumerate(rulings)
    ]

    found = {one.seed_id: one for one in seed_health(trend, hits)}

    assert next(iter(found)) == "bad"
    assert {seed for seed, one in found.items() if one.harmful} == {"bad"}
    assert (found["good"].confirmed, found["good"].rejected, found["gone"].live) == (9, 1, False)
    assert (found["new"].low, found["new"].high) == (0.0, 1.0)


def test_simulated_decisions_all_find_their_hits() -> None:
    """The short way of tests is sound itself."""
    actions, decisions = ruled(simulated(20))

    assert len(join(said(declared()).by_id["t"], decisions, actions).hits) == 20
