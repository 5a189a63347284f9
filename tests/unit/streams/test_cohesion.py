"""Tests of the weights that the seeds of a trend give its modalities."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from encoders.embedding import to_unit_float16
from encoders.modality import Modality
from encoders.model_card import BankStatistics, ModelCard, Stretch, SuiteCard
from streams.cohesion import STRANGERS, cohesion_weights, equal_weights, places_of, stretches_of
from streams.wire.embedding import Vector
from streams.wire.envelope import ModalityName

Seed = dict[ModalityName, Vector]

BANK = BankStatistics(size=100, data_digest="", score_mean=0.1, score_deviation=0.2)
NAMES: tuple[ModalityName, ...] = ("frames", "audio", "text")
BANKS: Mapping[str, Stretch] = {name: Stretch(modality=Modality(name), start=0, stop=64, bank=BANK) for name in NAMES}


def near(count: int, noise: float, seed: int = 1, dimension: int = 64) -> list[Vector]:
    """Return vectors about one direction; the more noise, the stranger."""
    random = np.random.default_rng(seed)
    middle = random.normal(size=dimension)
    return [to_unit_float16(middle + noise * random.normal(size=dimension)) for _ in range(count)]


def test_a_weight_is_the_mean_z_of_each_seed_against_the_others_less_the_margin() -> None:
    """Against explicit loops."""
    vectors = near(4, 0.7)

    weights = cohesion_weights([{"frames": vector} for vector in vectors], BANKS)

    unit = [vector.astype(np.float64) / np.linalg.norm(vector.astype(np.float64)) for vector in vectors]
    zs = []
    for i, one in enumerate(unit):
        others = [(float(one @ other) - 0.1) / 0.2 for j, other in enumerate(unit) if j != i]
        zs.append(sum(others) / len(others))
    assert weights == {"frames": pytest.approx(sum(zs) / len(zs) - STRANGERS, abs=1e-5)}


def test_a_modality_in_which_the_seeds_are_strangers_gets_no_weight() -> None:
    """A trend about a sound: its pictures say nothing."""
    sounds, pictures = near(5, 0.2), near(5, 100.0)
    seeds: list[Seed] = [{"audio": a, "frames": f} for a, f in zip(sounds, pictures, strict=True)]

    weights = cohesion_weights(seeds, BANKS)

    assert list(weights) == ["audio"]
    assert weights["audio"] > 3


def test_the_modality_that_stands_further_above_its_bank_weighs_more() -> None:
    """The same cosines count for less where strangers already have high ones."""
    vectors = near(3, 0.3)
    seeds: list[Seed] = [{"frames": vector, "text": vector} for vector in vectors]
    crowded = BankStatistics(size=100, data_digest="", score_mean=0.6, score_deviation=0.2)

    weights = cohesion_weights(seeds, {"frames": BANKS["frames"], "text": replace(BANKS["text"], bank=crowded)})

    assert list(weights) == ["frames", "text"]
    assert weights["frames"] == pytest.approx(weights["text"] + 2.5, abs=1e-5)


def test_a_modality_that_one_seed_has_gets_no_weight() -> None:
    """It is like itself only; those that two have count, whatever the third lacks."""
    vectors = near(3, 0.1)
    seeds: list[Seed] = [
        {"frames": vectors[0], "text": vectors[0]},
        {"frames": vectors[1]},
        {"audio": vectors[2]},
    ]

    assert list(cohesion_weights(seeds, BANKS)) == ["frames"]


def card(modality: Modality, aspects: dict[str, int], *, known: bool, bank: BankStatistics | None = BANK) -> ModelCard:
    """Return the card of a tower with blocks; it is known or not how far apart strangers are in them."""
    return ModelCard(
        name="t", modality=modality, model_id="t", dimension=64, source="shipped", bank=bank, aspects=aspects,
        blocks=dict.fromkeys(aspects, BANK) if known else {},
    )  # fmt: skip


def suite(*towers: ModelCard) -> SuiteCard:
    """Return the card of a suite."""
    return SuiteCard(name="s", model_id="s", dimension=64, fusion="", towers=towers)


def test_blocks_whose_strangers_are_known_are_weighed_in_place_of_their_modality() -> None:
    """A tower without such statistics is weighed as a whole; a moderator may weigh its blocks all the same."""
    mixed = suite(
        card(Modality.FRAMES, {"shape": 32, "mark": 24, "motion": 8}, known=True),
        card(Modality.AUDIO, {}, known=False, bank=None),
        card(Modality.TEXT, {"wording": 40, "intent": 24}, known=False),
    )

    assert places_of(mixed) == {
        "frames/shape": (0, 32), "frames/mark": (32, 56), "frames/motion": (56, 64),
        "text/wording": (0, 40), "text/intent": (40, 64),
    }  # fmt: skip
    assert {name: (one.start, one.stop) for name, one in stretches_of(mixed).items()} == {
        "frames/shape": (0, 32), "frames/mark": (32, 56), "frames/motion": (56, 64), "text": (0, 64)
    }  # fmt: skip
    assert equal_weights(mixed) == dict.fromkeys([*stretches_of(mixed), "audio"], 1.0)


def test_a_block_that_no_message_may_name_is_left_out() -> None:
    """Else TRENDS would say what nobody can read."""
    odd = suite(card(Modality.FRAMES, {"outer shape": 60, "mark": 4}, known=True))

    assert places_of(odd) == {"frames/mark": (60, 64)}
    assert list(stretches_of(odd)) == list(equal_weights(odd)) == ["frames/mark"]


def test_a_block_weighs_what_the_seeds_have_in_common_in_it_alone() -> None:
    """The same shape in front of strange pictures; a seed whose block is all 0 lacks it."""
    shapes, rests = near(4, 0.2, dimension=32), near(4, 100.0, seed=2, dimension=32)
    seeds: list[Seed] = [
        {"frames": np.concatenate([a, b]).astype(np.float16)} for a, b in zip(shapes, rests, strict=True)
    ]
    blank: Seed = {"frames": np.concatenate([np.zeros(32), rests[0]]).astype(np.float16)}
    known = stretches_of(suite(card(Modality.FRAMES, {"shape": 32, "mark": 32}, known=True)))

    weights = cohesion_weights(seeds, known)

    assert list(weights) == ["frames/shape"]
    alone = cohesion_weights([{"frames": shape} for shape in shapes], BANKS)
    assert weights["frames/shape"] == alone["frames"]
    assert cohesion_weights([*seeds, blank], known)["frames/shape"] == alone["frames"]


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_seeds_say_nothing(count: int) -> None:
    """Nothing speaks against equal weights."""
    assert cohesion_weights([{"frames": vector} for vector in near(count, 0.1)], BANKS) == {}


def test_without_a_bank_nothing_is_said() -> None:
    """How far from strangers a cosine is cannot be known."""
    assert cohesion_weights([{"frames": vector} for vector in near(3, 0.1)], {}) == {}


def test_no_weight_is_above_what_a_message_may_say() -> None:
    """A bank of near copies has almost no deviation."""
    narrow = BankStatistics(size=100, data_digest="", score_mean=0.0, score_deviation=1e-6)

    weights = cohesion_weights(
        [{"frames": vector} for vector in near(3, 0.1)], {"frames": replace(BANKS["frames"], bank=narrow)}
    )

    assert weights == {"frames": 1_000.0}


def test_the_order_of_seeds_changes_nothing() -> None:
    """Weights are recorded; a replay must give the same."""
    seeds: list[Seed] = [{"frames": vector} for vector in near(6, 0.5)]

    assert cohesion_weights(seeds, BANKS) == cohesion_weights(seeds[::-1], BANKS)
