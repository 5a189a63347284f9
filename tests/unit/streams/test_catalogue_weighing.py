"""TRENDS says what each modality counts when the seeds no longer agree with what is in force."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from encoders.embedding import to_unit_float16
from encoders.modality import Modality
from encoders.model_card import BankStatistics, ModelCard, SuiteCard
from streams.catalogue import Catalogue, SeedJoins, SentSeeds, due_weights
from streams.cohesion import cohesion_weights, stretches_of
from streams.wire.embedding import pack_vector
from streams.wire.envelope import ModalityName
from streams.wire.trend import TrendAdjusted, TrendEvent
from tests.support.catalogue import added, adjusted, changed, declared, revoked, step

MODEL = "m"
BANK = BankStatistics(size=50, data_digest="", score_mean=0.1, score_deviation=0.2)
SUITE = SuiteCard(
    name="s", model_id=MODEL, dimension=16, fusion="",
    towers=tuple(
        ModelCard(name="t", modality=modality, model_id="t", dimension=16, source="signal", bank=BANK)
        for modality in Modality
    ),
)  # fmt: skip
WEIGHTED = declared(score_kind="weighted")

SOUND = to_unit_float16(np.random.default_rng(3).normal(size=16))


def vectors(number: int) -> dict[ModalityName, bytes]:
    """Return the vectors of a seed: all have the same sound, each has pictures of its own."""
    return {"frames": pack_vector(np.eye(16, dtype=np.float16)[number]), "audio": pack_vector(SOUND)}


def weighed(
    events: Sequence[TrendEvent],
    *,
    card: SuiteCard = SUITE,
    sent_by: str = MODEL,
) -> tuple[list[TrendAdjusted], Catalogue]:
    """Return what TRENDS must say after events at the offsets from 0 on, with the catalogue then."""
    catalogue, sent = Catalogue(), SentSeeds()
    for offset, event in enumerate(events):
        done = step(catalogue, event, offset)
        catalogue = done.catalogue
        if isinstance(done.effect, SeedJoins):
            sent.add(done.effect.live(sent_by, pack_vector(SOUND), vectors(offset)))
    return due_weights(catalogue.trends(), sent, card, len(events) - 1), catalogue


def test_a_trend_about_a_sound_is_told_to_listen() -> None:
    """Weight, reason, and up to where the ledger was known."""
    [event], _ = weighed([WEIGHTED, added("a"), added("b"), added("c")])

    assert event.weights == {"audio": 4.0}  # (1 - 0.1) / 0.2 - 0.5
    assert (event.trend_id, event.source_offset) == ("t", 3)
    assert event.reason == "what 3 positive seeds have in common by m: audio 4"


def test_nothing_is_said_twice() -> None:
    """What was said is in force once it is read back."""
    events: list[TrendEvent] = [WEIGHTED, added("a"), added("b")]
    [event], _ = weighed(events)

    assert weighed([*events, event])[0] == []


def test_what_the_seeds_say_is_cohesion_over_those_that_live() -> None:
    """A revoked seed says nothing any more, a negative one never did."""
    [event], _ = weighed([WEIGHTED, added("a"), added("b"), added("n", polarity="negative"), added("x"), revoked("x")])

    seeds = [{m: np.frombuffer(v, "<f2") for m, v in vectors(number).items()} for number in (1, 2)]
    assert event.weights == cohesion_weights(seeds, stretches_of(SUITE))


def test_one_seed_left_says_nothing() -> None:
    """All modalities count the same again, which is told."""
    events: list[TrendEvent] = [WEIGHTED, added("a"), added("b")]
    [first], _ = weighed(events)

    [event], _ = weighed([*events, first, revoked("b")])

    assert event.weights == {"frames": 1.0, "audio": 1.0, "text": 1.0}
    assert event.reason == "1 positive seeds have nothing in common by m: all parts count the same"


@pytest.mark.parametrize(
    "first",
    [declared(), declared(score_kind="weighted", weights={"text": 1.0}), declared(score_kind="audio")],
    ids=["fused", "weights of its own", "one modality"],
)
def test_a_trend_that_asks_nothing_of_its_seeds_is_left_alone(first: TrendEvent) -> None:
    """Another kind, or weights that a moderator set."""
    assert weighed([first, added("a"), added("b")])[0] == []


def test_a_trend_that_begins_to_weigh_is_weighed() -> None:
    """By the seeds that it has; so is one whose moderator takes his weights away."""
    seeds: list[TrendEvent] = [added("a"), added("b")]

    assert weighed([declared(), *seeds, changed(2, score_kind="weighted")])[0]
    assert weighed([declared(score_kind="weighted", weights={"text": 1.0}), *seeds, changed(2, weights=None)])[0]


def test_a_retired_trend_is_left_alone() -> None:
    """Nothing adjusts it any more."""
    assert weighed([WEIGHTED, added("a"), added("b"), changed(2, state="retired")])[0] == []


def test_without_a_bank_the_weights_stay() -> None:
    """Nobody knows how near strangers are."""
    events: list[TrendEvent] = [WEIGHTED, added("a"), adjusted(weights={"text": 2.0}), added("b")]

    assert weighed(events, card=replace(SUITE, towers=()))[0] == []


def test_weights_wait_until_every_seed_is_encoded() -> None:
    """A suite that saw none of the seeds must not say that they have nothing in common."""
    assert weighed([WEIGHTED, added("a"), added("b")], sent_by="older")[0] == []
