"""Tests of the trial: each promise that an encoder can break is found broken."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from encoders.absence import has_words
from encoders.errors import SampleError
from encoders.modality import Modality
from encoders.registry import load_suite
from encoders.samples import Caption, Sample
from encoders.trial import blanks, made_up, try_encoder, try_suite

Vector = NDArray[np.float32]


class Broken:
    """The signal suite's text tower with one promise broken."""

    modality = Modality.TEXT
    model_id = "broken"

    def __init__(self, spoil: Callable[[Vector, int], Vector | None], dimension: int = 192) -> None:
        """Take what is done to a vector, given the size of its batch."""
        self.dimension = dimension
        self._spoil = spoil
        self._tower = load_suite("signal").encoders[Modality.TEXT]

    def encode(self, samples: Sequence[Sample]) -> list[Vector | None]:
        """Encode, then spoil."""
        vectors = self._tower.encode(samples)
        return [None if vector is None else self._spoil(vector, len(samples)) for vector in vectors]


class Deaf(Broken):
    """It takes blank samples for real ones."""

    def encode(self, samples: Sequence[Sample]) -> list[Vector | None]:
        """Put a word where there is none."""
        filled = [s if isinstance(s, Caption) and has_words(s.text) else Caption("one") for s in samples]
        return super().encode(filled)


class Failing(Broken):
    """It refuses everything."""

    def encode(self, samples: Sequence[Sample]) -> list[Vector | None]:
        """Raise."""
        raise SampleError("nothing pleases it")


def as_it_is(vector: Vector, _batch: int) -> Vector:
    """Spoil nothing."""
    return vector


def test_a_good_encoder_has_no_faults() -> None:
    """So that what is found below is what was spoilt."""
    assert try_encoder(Broken(as_it_is)) == []


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda vector, _: 2 * vector, "norm 2.0"),
        (lambda vector, _: vector * np.float32(np.nan), "not finite"),
        (lambda vector, _: vector.astype(np.float64), "float64"),
        (lambda vector, _: vector[:-1], "(191,)"),
        (lambda vector, _: None, "counts as missing"),
        (np.roll, "moves by"),
    ],
    ids=["norm", "finite", "type", "dimension", "missing", "batch"],
)
def test_a_broken_promise_is_found(spoil: Callable[[Vector, int], Vector | None], fault: str) -> None:
    """Each by its own words."""
    faults = try_encoder(Broken(spoil))

    assert faults
    assert fault in faults[0]


def test_blanks_that_are_not_missing_are_found() -> None:
    """They would become hubs."""
    assert try_encoder(Deaf(as_it_is))[0] == "text: blank sample 0 is not missing"


def test_an_encoder_that_refuses_is_a_fault() -> None:
    """Not a crash of the trial."""
    assert try_encoder(Failing(as_it_is)) == ["text: The sample breaks its contract: nothing pleases it"]


def test_the_signal_suite_passes() -> None:
    """With its fusion."""
    assert try_suite(load_suite("signal")) == []


@pytest.mark.parametrize("modality", Modality)
def test_samples_are_the_same_in_every_call(modality: Modality) -> None:
    """A trial that fails must fail again."""
    tower = load_suite("signal").encoders[modality]

    for first, second in zip(tower.encode(made_up(modality)), tower.encode(made_up(modality)), strict=True):
        np.testing.assert_array_equal(np.asarray(first), np.asarray(second))
    assert len(blanks(modality)) >= 2
