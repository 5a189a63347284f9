"""Tests of the names of the modalities."""

from encoders.modality import Modality


def test_the_names_are_those_of_the_messages() -> None:
    """Messages, metrics and policies carry these words, so they must not change."""
    assert [str(modality) for modality in Modality] == ["frames", "audio", "text"]
