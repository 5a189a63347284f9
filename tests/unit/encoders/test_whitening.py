"""Tests of whitening and of bank statistics, against explicit formulas."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from encoders.errors import BadCard, BadWhitening
from encoders.modality import Modality
from encoders.model_card import BankStatistics
from encoders.registry import load_suite
from encoders.samples import Caption
from encoders.whitened import WhitenedEncoder
from encoders.whitening import (
    LEAST_DEVIATION,
    Axes,
    Whitening,
    bank_statistics,
    fit_whitening,
    read_whitening,
    write_whitening,
)


def bank(count: int = 200, dimension: int = 6, seed: int = 1) -> NDArray[np.float64]:
    """Return unit vectors in a narrow cone, with unequal axes."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count, dimension)) * np.linspace(0.05, 0.5, dimension) + 1.0
    unit: NDArray[np.float64] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def test_coordinates_are_centred_then_divided_by_the_root_of_their_deviation() -> None:
    """Axis by axis."""
    vectors = bank()

    spread = fit_whitening(vectors).apply(vectors[3])

    for axis in range(6):
        mean = sum(row[axis] for row in vectors) / len(vectors)
        deviation = np.sqrt(sum((row[axis] - mean) ** 2 for row in vectors) / len(vectors))
        assert spread[axis] == pytest.approx((vectors[3][axis] - mean) / np.sqrt(deviation), rel=1e-5, abs=1e-6)


def test_principal_axes_take_the_quarter_root_of_the_covariance_out() -> None:
    """Half whitening on principal axes is C^(-1/4): what remains has the root of C's eigenvalues as its variances."""
    vectors = bank(dimension=3)  # In a cone the axis towards its middle is nearly still.

    spread = fit_whitening(vectors, Axes.PRINCIPAL).apply(vectors)

    left = np.cov(spread, rowvar=False, bias=True)
    wanted = np.sqrt(np.linalg.eigvalsh(np.cov(vectors, rowvar=False, bias=True)))
    np.testing.assert_allclose(left, np.diag(np.diag(left)), atol=1e-5)
    np.testing.assert_allclose(np.diag(left)[1:], wanted[1:], rtol=1e-4)


@pytest.mark.parametrize("axes", Axes)
def test_strangers_lie_about_zero_afterwards(axes: Axes) -> None:
    """In a cone every cosine is high; without its middle their mean is about 0."""
    vectors = bank()
    before = bank_statistics(vectors, "bank")

    after = bank_statistics(fit_whitening(vectors, axes).apply(vectors), "bank")

    assert before.score_mean > 0.8
    assert abs(after.score_mean) < 0.02


def test_an_axis_that_hardly_moves_is_not_blown_up() -> None:
    """It holds rounding, not meaning."""
    vectors = bank()
    vectors[:, 0] = 0.3

    whitening = fit_whitening(vectors)

    assert whitening.root_deviations[0] == pytest.approx(np.sqrt(LEAST_DEVIATION * vectors.std(axis=0).max()), rel=1e-5)


@pytest.mark.parametrize(
    "vectors",
    [np.ones((1, 3)), np.ones((5, 3)), np.full((5, 3), np.nan), np.ones(3), np.ones((0, 3))],
    ids=["one", "equal", "nan", "flat", "none"],
)
def test_a_bank_that_says_nothing_is_refused(vectors: NDArray[np.float64]) -> None:
    """By one type."""
    with pytest.raises(BadWhitening):
        fit_whitening(vectors)
    with pytest.raises(BadWhitening):
        bank_statistics(vectors, "bank")


def test_bank_statistics_are_those_of_all_pairs() -> None:
    """Against the obvious loop."""
    vectors = bank(40)

    found = bank_statistics(3.0 * vectors, "sha256:1")

    cosines = [float(left @ right) for left, right in combinations(vectors, 2)]
    assert found.size == 40
    assert found.data_digest == "sha256:1"
    assert found.score_mean == pytest.approx(np.mean(cosines), abs=1e-12)
    assert found.score_deviation == pytest.approx(np.std(cosines), abs=1e-9)


def test_a_score_is_normalised_by_the_bank() -> None:
    """In deviations from the mean of strangers."""
    statistics = BankStatistics(size=10, data_digest="", score_mean=0.2, score_deviation=0.1)

    assert statistics.normalised(0.5) == pytest.approx(3.0)
    with pytest.raises(BadCard):
        BankStatistics(size=10, data_digest="", score_mean=0.2, score_deviation=0.0)


@pytest.mark.parametrize("axes", Axes)
def test_a_file_gives_back_what_was_written(tmp_path: Path, axes: Axes) -> None:
    """To the last bit."""
    whitening, statistics = fit_whitening(bank(), axes), bank_statistics(bank(), "sha256:2")

    write_whitening(whitening, statistics, tmp_path / "w.safetensors")
    read, read_statistics = read_whitening(tmp_path / "w.safetensors")

    assert read.digest() == whitening.digest()
    assert read_statistics == statistics
    np.testing.assert_array_equal(read.apply(bank()), whitening.apply(bank()))


def test_a_bad_file_is_refused(tmp_path: Path) -> None:
    """Missing, torn, or of something else."""
    path = tmp_path / "w.safetensors"
    with pytest.raises(BadWhitening):
        read_whitening(path)
    path.write_bytes(b"nothing")
    with pytest.raises(BadWhitening):
        read_whitening(path)


def test_numbers_that_cannot_whiten_are_refused() -> None:
    """Before they reach a vector."""
    ones = np.ones(3, np.float32)
    for mean, roots in ((ones, np.zeros(3, np.float32)), (ones * np.nan, ones), (ones, np.ones(2, np.float32))):
        with pytest.raises(BadWhitening):
            Whitening(mean, roots)
    with pytest.raises(BadWhitening):
        Whitening(ones, ones, np.ones((2, 2), np.float32))
    with pytest.raises(BadWhitening, match="3 dimensions"):
        Whitening(ones, ones).apply(np.ones(4))


def test_the_digest_changes_with_every_number() -> None:
    """It is part of the model id."""
    ones = np.ones(3, np.float32)
    digests = {
        Whitening(ones, ones).digest(),
        Whitening(2 * ones, ones).digest(),
        Whitening(ones, 2 * ones).digest(),
        Whitening(ones, ones, np.eye(3, dtype=np.float32)).digest(),
    }

    assert len(digests) == 4


def test_a_whitened_encoder_has_an_id_of_its_own_and_says_nothing_on_the_mean() -> None:
    """The mean of the bank has no direction: what lies there is like everything."""
    plain = load_suite("signal").encoders[Modality.TEXT]
    vector = plain.encode([Caption("one")])[0]
    assert vector is not None
    ones = np.ones(plain.dimension, np.float32)

    encoder = WhitenedEncoder(plain, Whitening(vector, ones))

    assert encoder.model_id.startswith(plain.model_id + "-w")
    assert encoder.encode([Caption("one")]) == [None]
    with pytest.raises(BadWhitening):
        WhitenedEncoder(plain, Whitening(vector[:-1], ones[:-1]))
