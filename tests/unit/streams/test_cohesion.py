"""Tests of the weights that the seeds of a trend give its modalities."""

import numpy as np
import pytest

from encoders.embedding import to_unit_float16
from encoders.modality import Modality
from encoders.model_card import BankStatistics
from streams.cohesion import STRANGERS, cohesion_weights
from streams.wire.embedding import Vector
from streams.wire.envelope import ModalityName

Seed = dict[ModalityName, Vector]

BANK = BankStatistics(size=100, data_digest="", score_mean=0.1, score_deviation=0.2)
BANKS = dict.fromkeys(Modality, BANK)


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

    weights = cohesion_weights(seeds, {Modality.TEXT: crowded, Modality.FRAMES: BANK})

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

    weights = cohesion_weights([{"frames": vector} for vector in near(3, 0.1)], {Modality.FRAMES: narrow})

    assert weights == {"frames": 1_000.0}


def test_the_order_of_seeds_changes_nothing() -> None:
    """Weights are recorded; a replay must give the same."""
    seeds: list[Seed] = [{"frames": vector} for vector in near(6, 0.5)]

    assert cohesion_weights(seeds, BANKS) == cohesion_weights(seeds[::-1], BANKS)
