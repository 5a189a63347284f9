"""A rule is taken as a whole or refused with the field and its limit."""

import re
from datetime import timedelta
from typing import Any

import pytest

from streams.errors import RefusedError
from streams.wire.trend import Band
from tests.support.catalogue import at, changed, declared, entry, said, step

_BY_PROBABILITY = Band(from_probability=0.5, action="review")


def _scores(*starts: float) -> list[Band]:
    return [Band(from_score=start, action="review") for start in starts]


@pytest.mark.parametrize(
    ("fields", "path", "words"),
    [
        ({"version": 2}, "$.version", "version 1, got 2"),
        ({"bands": [*_scores(0.8), _BY_PROBABILITY]}, "$.bands", "from_score or all by from_probability"),
        ({"bands": _scores(0.7, 0.9, 0.85)}, "$.bands[2].from_score", "above the one before, 0.9, got 0.85"),
        ({"bands": _scores(0.7, 0.7)}, "$.bands[1].from_score", "above the one before, 0.7, got 0.7"),
        ({"bands": _scores(0.81)}, "$.bands[0].from_score", "at most the threshold, 0.8, got 0.81"),
        ({"bands": [_BY_PROBABILITY] * 2}, "$.bands[1].from_probability", "above the one before, 0.5"),
        ({"score_kind": "all"}, "$.modality_thresholds", "at least 1 modality"),
        ({"score_kind": "all", "modality_thresholds": {}}, "$.modality_thresholds", "at least 1 modality"),
        ({"weights": {}}, "$.weights", "at least 1 part with a weight of 0.000001"),
        ({"weights": {"audio": 0.0, "text": 4e-7}}, "$.weights", "at least 1 part with a weight of 0.000001"),
        ({"background_normalised": True}, "$.background_normalised", "must be false"),
        ({"expires_at": at(100)}, "$.expires_at", "later than"),
        ({"expires_at": at(99)}, "$.expires_at", "later than"),
    ],
)
def test_a_declaration_out_of_its_limits_is_refused(fields: dict[str, Any], path: str, words: str) -> None:
    """Each reason names the field and the limit."""
    with pytest.raises(RefusedError) as refusal:
        step(said(), declared(**fields))

    assert refusal.value.path == path
    assert words in refusal.value.reason


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"bands": _scores(0.5, 0.9)},
        {"bands": _scores(0.8)},
        {"bands": [_BY_PROBABILITY]},
        {"score_kind": "all", "modality_thresholds": {"frames": 0.9}},
        {"score_kind": "weighted", "weights": {"frames": 1e-6}},
        {"weights": {"frames": 2.0, "text": 0.0}},
        {"expires_at": at(101)},
    ],
)
def test_a_declaration_within_its_limits_becomes_a_trend(fields: dict[str, Any]) -> None:
    """The rule in force is the one declared."""
    rule = declared(**fields)

    assert step(said(), rule).catalogue.by_id["t"].rule == rule


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"threshold": 0.7}, "$.bands[0].from_score"),
        ({"bands": _scores(0.9)}, "$.bands[0].from_score"),
        ({"score_kind": "all"}, "$.modality_thresholds"),
        ({"background_normalised": True}, "$.background_normalised"),
        ({"expires_at": at(0)}, "$.expires_at"),
    ],
)
def test_a_change_is_judged_with_all_that_stays(fields: dict[str, Any], path: str) -> None:
    """A lower threshold alone may leave the bands above it; nothing of such a change is applied."""
    before = said(declared())

    with pytest.raises(RefusedError) as refusal:
        step(before, changed(2, name="Other", **fields))

    assert refusal.value.path == path
    assert before == said(declared())


def test_what_a_change_leaves_out_stays() -> None:
    """Absent is not null: null takes the description away, absence keeps the bound."""
    before = said(declared(description="old", max_hits=7))

    trend = step(before, changed(2, description=None, margin=0.1)).catalogue.by_id["t"]

    assert (trend.rule.description, trend.rule.max_hits, trend.rule.margin, trend.version) == (None, 7, 0.1, 2)


def test_an_end_that_has_passed_meanwhile_does_not_forbid_other_changes() -> None:
    """Only an end that is set anew must be to come."""
    before = said(declared(expires_at=at(5)))

    assert step(before, changed(2, margin=0.2), 50).catalogue.by_id["t"].rule.expires_at == at(5)


@pytest.mark.parametrize("version", [1, 2, 4])
def test_a_version_that_is_not_the_next_is_refused(version: int) -> None:
    """Two moderators who change the same version at once cannot both win."""
    before = said(declared(), changed(2))

    with pytest.raises(RefusedError, match=f"must be 3, one above the current 2, got {version}"):
        step(before, changed(version))


def test_a_trend_is_declared_once() -> None:
    """A second declaration must not reset a trend that lives."""
    with pytest.raises(RefusedError, match="was declared before, it is at version 2"):
        step(said(declared(), changed(2)), declared())


def test_a_trend_must_be_declared_before_it_is_changed() -> None:
    """The reason says what to do."""
    with pytest.raises(RefusedError, match="no trend t, declare it first"):
        step(said(), changed(2))


@pytest.mark.parametrize(
    ("fields", "background", "words"),
    [
        ({}, {"fused", "weighted", "text"}, None),
        ({}, None, None),
        ({"score_kind": "weighted"}, {"weighted"}, None),
        ({"score_kind": "audio"}, {"fused", "text"}, "the bank of the suite of encoders knows fused, text, not audio"),
        (
            {"score_kind": "all", "modality_thresholds": {"text": 0.1, "frames": 0.2}},
            {"fused", "text"},
            "knows fused, text, not frames",
        ),
        ({}, set(), "has no bank of background videos; `ebr models bank` writes one"),
    ],
    ids=["measured", "suite not at hand", "weighted", "another modality", "one of two", "no bank"],
)
def test_what_the_bank_knows_may_be_normalised(
    fields: dict[str, Any], background: set[str] | None, words: str | None
) -> None:
    """All else is refused when it is declared, and when it is changed to."""
    catalogue = type(said())(background=background)
    plain = catalogue.apply(declared(), entry()).catalogue
    asked = (
        (catalogue, declared(background_normalised=True, **fields)),
        (plain, changed(2, background_normalised=True, **{"threshold": 0.9, **fields})),
    )
    for before, event in asked:
        if words is None:
            assert before.apply(event, entry(1)).effect is not None
            continue
        with pytest.raises(RefusedError, match=re.escape(words)) as refusal:
            before.apply(event, entry(1))
        assert refusal.value.path == "$.background_normalised"


def test_another_scale_needs_a_threshold_on_it() -> None:
    """Cosines and deviations above strangers are no numbers of one kind, so the present threshold cannot stay."""
    plain = type(said())(background={"fused"}).apply(declared(), entry()).catalogue

    with pytest.raises(RefusedError, match=r"needs a threshold beside it, the present 0\.8 is on another scale") as no:
        plain.apply(changed(2, background_normalised=True), entry(1))

    assert no.value.path == "$.background_normalised"
    normalised = plain.apply(changed(2, background_normalised=True, threshold=0.9), entry(1)).catalogue
    with pytest.raises(RefusedError, match="is on another scale"):
        normalised.apply(changed(3, background_normalised=False), entry(2))
    assert normalised.apply(changed(3, background_normalised=True, margin=0.1), entry(2)).effect is not None


@pytest.mark.parametrize(
    ("blocks", "known"),
    [({"audio/sound", "frames/shape"}, "(audio/sound, frames/shape)"), (set(), "(none)")],
    ids=["others", "none"],
)
def test_weights_of_a_block_that_the_suite_lacks_are_refused(blocks: set[str], known: str) -> None:
    """With the names that it has; a change is held to it as a declaration is."""
    catalogue = type(said())(blocks=blocks)
    weights = {"frames": 1.0, "frames/shade": 2.0}
    words = f"must name blocks of the suite of encoders {known}, got frames/shade"

    for one, event in (
        (catalogue, declared(weights=weights)),
        (catalogue.apply(declared(), entry()).catalogue, changed(2, weights=weights)),
    ):
        with pytest.raises(RefusedError) as refusal:
            step(one, event)
        assert (refusal.value.path, refusal.value.reason) == ("$.weights", words)


def test_weights_of_blocks_that_the_suite_has_are_accepted() -> None:
    """So is any name, where nobody knows the suite."""
    event = declared(score_kind="weighted", weights={"frames/shape": 1.0, "text": 2.0})

    for catalogue in (said(), type(said())(blocks={"frames/shape"})):
        assert step(catalogue, event).effect is not None


def test_a_trend_may_end_a_moment_after_it_is_declared() -> None:
    """The limit is the time of the record, not any clock."""
    event = declared(expires_at=at(7) + timedelta(microseconds=1))

    assert step(said(), event, 7).effect is not None
