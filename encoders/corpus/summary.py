"""What was written of a corpus."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from encoders.corpus.truth import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusSummary:
    """What was written.

    Attributes:
        folder: Where.
        truth: The manifest.
        posts: How many posts.
        trends: The ids of the trends, sorted.
        roles: How many posts have each role.
        copies: How many posts are near copies.
        without_sound: How many undamaged posts have no audio stream.
        without_caption: How many posts have no caption.
        media_bytes: Size of all media files in bytes.
    """

    folder: Path
    truth: Path
    posts: int
    trends: tuple[str, ...]
    roles: Mapping[Role, int]
    copies: int
    without_sound: int
    without_caption: int
    media_bytes: int
