"""Tests of the suites by name."""

import subprocess
import sys

import pytest

from encoders.errors import UnknownSuite
from encoders.modality import Modality
from encoders.protocol import Encoder, Fusion
from encoders.registry import load_suite, suite_names


def test_every_listed_suite_loads_with_a_card_that_fits_it() -> None:
    """The card is what `ebr doctor` and people read; it must say what the suite does."""
    for name in suite_names():
        suite = load_suite(name)

        assert suite.name == suite.card.name == name
        assert suite.model_id == suite.card.model_id == suite.fusion.model_id
        assert isinstance(suite.fusion, Fusion)
        assert all(isinstance(encoder, Encoder) for encoder in suite.encoders.values())
        assert dict(suite.card.dimensions) == {m: e.dimension for m, e in suite.encoders.items()}
        assert suite.card.dimension == suite.fusion.dimension


def test_the_signal_suite_has_every_modality() -> None:
    """The baseline encodes all that a video has."""
    assert set(load_suite("signal").encoders) == set(Modality)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    """The error carries the names for a program, too."""
    with pytest.raises(UnknownSuite) as caught:
        load_suite("clip")

    assert "signal" in caught.value.known


def test_importing_the_package_loads_no_network_library() -> None:
    """Agents import the face; they must start without torch, transformers or PyAV."""
    program = "import sys, encoders; print(sorted({'torch', 'transformers', 'av'} & set(sys.modules)))"

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert told.stdout.strip() == "[]"
