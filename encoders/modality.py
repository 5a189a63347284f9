"""The three ways in which a video speaks."""

from enum import StrEnum


class Modality(StrEnum):
    """One kind of evidence in a video; the value is its name in messages, metrics and policies."""

    FRAMES = "frames"
    AUDIO = "audio"
    TEXT = "text"
