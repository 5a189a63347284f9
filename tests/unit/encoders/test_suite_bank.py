"""What strangers score by a whole suite, against loops over all pairs."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from encoders import SIGNAL, load_fusion, suite_names
from encoders.embedding import to_unit
from encoders.errors import BadCard, BadWhitening
from encoders.fusion import MaskedConcatFusion
from encoders.modality import Modality
from encoders.model_card import BankStatistics, ModelCard, SuiteBank, SuiteCard
from encoders.suite_bank import BANK_FILE, Vectors, read_suite_bank, suite_bank, write_suite_bank

ASPECTS = {"shape": 3, "mark": 5}
CARD = SuiteCard(
    name="s", model_id="s-1", dimension=14, fusion="",
    towers=tuple(
        ModelCard(name="t", modality=modality, model_id="t", dimension=size, source="shipped", aspects=aspects)
        for modality, size, aspects in ((Modality.FRAMES, 8, ASPECTS), (Modality.TEXT, 6, dict[str, int]()))
    ),
)  # fmt: skip
FUSION = MaskedConcatFusion("s-1", {Modality.FRAMES: 8, Modality.TEXT: 6}, {Modality.FRAMES: 2.0, Modality.TEXT: 1.0})


def drawn(count: int = 30) -> list[Vectors]:
    """Return vectors of posts; every fifth has no words, one no shape. Mark and shape have something in common."""
    random = np.random.default_rng(3)
    posts: list[dict[Modality, np.ndarray[tuple[int], np.dtype[np.float32]]]] = []
    for number in range(count):
        frames, words = random.standard_normal(8) + 0.2, random.standard_normal(6) - 0.4
        frames[3:6] += frames[:3]
        if number == 7:
            frames[:3] = 0.0
        posts.append({Modality.FRAMES: to_unit(frames)} | ({} if number % 5 == 0 else {Modality.TEXT: to_unit(words)}))
    return [dict(post) for post in posts]


def cosine(
    left: np.ndarray[tuple[int], np.dtype[np.float32]], right: np.ndarray[tuple[int], np.dtype[np.float32]]
) -> float:
    """Return the cosine in float64."""
    return float(to_unit(left).astype(np.float64) @ to_unit(right).astype(np.float64))


def test_a_weighted_score_of_strangers_has_the_mean_and_deviation_that_are_told() -> None:
    """Over all pairs of posts that have everything, for weights of modalities, of blocks, of what is not there."""
    bank = suite_bank(CARD, FUSION, drawn(), "d")
    whole = [post for number, post in enumerate(drawn()) if number % 5 and number != 7]

    assert bank.parts == ("frames", "frames/shape", "frames/mark", "text")
    assert bank.size == len(whole)
    for weights in (
        {"frames": 1.0},
        {"frames/shape": 2.0, "frames/mark": 1.0, "text": 0.5},
        {"text": 1.0, "audio": 3.0},
    ):
        scores = []
        for one, other in permutations(whole, 2):
            cosines = {
                "frames": cosine(one[Modality.FRAMES], other[Modality.FRAMES]),
                "frames/shape": cosine(one[Modality.FRAMES][:3], other[Modality.FRAMES][:3]),
                "frames/mark": cosine(one[Modality.FRAMES][3:], other[Modality.FRAMES][3:]),
                "text": cosine(one[Modality.TEXT], other[Modality.TEXT]),
                "audio": 0.0,
            }
            scores.append(sum(weight * cosines[name] for name, weight in weights.items()) / sum(weights.values()))
        assert bank.weighted(weights) == pytest.approx((np.mean(scores), np.std(scores)), abs=1e-5)


def test_fused_vectors_are_of_all_posts() -> None:
    """Those that lack words meet others in the shard, too."""
    fused = [FUSION.fuse(post) for post in drawn()]
    scores = [cosine(one, other) for one, other in permutations(fused, 2)]

    told = suite_bank(CARD, FUSION, drawn(), "d").fused

    assert (told.size, told.data_digest) == (30, "d")
    assert (told.score_mean, told.score_deviation) == pytest.approx((np.mean(scores), np.std(scores)), abs=1e-5)


def test_a_bank_is_read_as_it_was_written(tmp_path: Path) -> None:
    """By the suite whose vectors it is of; another one has none."""
    bank = suite_bank(CARD, FUSION, drawn(), "d")

    write_suite_bank(bank, tmp_path)

    assert read_suite_bank(tmp_path / BANK_FILE, "s-1") == bank
    assert read_suite_bank(tmp_path / BANK_FILE, "s-2") is None
    assert read_suite_bank(tmp_path / "none.json", "s-1") is None
    (tmp_path / BANK_FILE).write_text('{"model_id": "s-1"}')
    with pytest.raises(BadCard, match="fused"):
        read_suite_bank(tmp_path / BANK_FILE, "s-1")


@pytest.mark.parametrize(
    "posts",
    [
        [],
        drawn()[:2],
        [drawn()[1]] * 4,
        [{Modality.TEXT: post[Modality.TEXT]} for post in drawn() if Modality.TEXT in post],
    ],
    ids=["none", "one whole", "all alike", "without pictures"],
)
def test_a_bank_that_says_too_little_is_refused(posts: list[Vectors]) -> None:
    """A score divided by nothing would be worse."""
    with pytest.raises(BadWhitening):
        suite_bank(CARD, FUSION, posts, "d")


@pytest.mark.parametrize(
    ("means", "covariances"),
    [((0.1,), ((0.1, 0.0), (0.0, 0.1))), ((0.1, 0.1), ((0.1, 0.0),)), ((0.1, 0.1), ((0.1, 0.0), (0.0, 0.0)))],
    ids=["a mean less", "a row less", "no variance"],
)
def test_numbers_that_do_not_fit_are_no_bank(
    means: tuple[float, ...], covariances: tuple[tuple[float, ...], ...]
) -> None:
    """Of two parts."""
    fused = BankStatistics(size=2, data_digest="", score_mean=0.0, score_deviation=0.1)
    with pytest.raises(BadCard, match="the bank of s must have"):
        SuiteBank(model_id="s", fused=fused, size=2, parts=("frames", "text"), means=means, covariances=covariances)


@pytest.mark.parametrize("name", [name for name in suite_names() if name != SIGNAL])
def test_a_suite_that_ships_has_a_bank(name: str) -> None:
    """Of the model that it is, of the same posts as the banks of its towers."""
    card = load_fusion(name)[1]

    assert card.bank is not None
    for tower in card.towers:
        assert tower.bank is not None
        assert tower.bank.data_digest == card.bank.fused.data_digest
        place = card.bank.parts.index(tower.modality)
        assert card.bank.means[place] == pytest.approx(tower.bank.score_mean, abs=0.01)
        assert card.bank.covariances[place][place] ** 0.5 == pytest.approx(tower.bank.score_deviation, rel=0.05)
        assert {f"{tower.modality}/{aspect}" for aspect in tower.aspects} <= set(card.bank.parts)
