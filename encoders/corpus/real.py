"""Real posts as samples, or as a folder of media files."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from encoders.corpus.composing import (
    FRAME_RATE,
    RATE_HZ,
    SIDE_PX,
    Picture,
    film_pictures,
    pictures_of,
    track_of,
)
from encoders.corpus.folder import Entry, Progress, write_folder
from encoders.corpus.holding import hold
from encoders.corpus.posts import CorpusSettings, Section
from encoders.corpus.real_posts import RealPost, real_posts_of
from encoders.corpus.shelf import Shelf, read_shelf
from encoders.corpus.summary import CorpusSummary
from encoders.media.writer import write_clip
from encoders.modality import Modality
from encoders.samples import Caption, Frames, Sample, Waveform

_FRAMES = 8
# What a post without pictures shows: a file needs a video stream, and black counts as missing.
_BLACK: Picture = np.zeros((SIDE_PX, SIDE_PX, 3), dtype=np.uint8)


def samples_of_real(post: RealPost, shelf: Shelf) -> dict[Modality, Sample]:
    """Compose a post as its decoded samples.

    Args:
        post: What to compose.
        shelf: Where its items are.

    Returns:
        The modalities that the post has: 8 frames of 160 x 160, mono sound at 16 kHz, words.

    Raises:
        MediaError: An item cannot be decoded.
        ShelfError: Its file cannot be read.
    """
    samples: dict[Modality, Sample] = {}
    if Modality.FRAMES in post.parts:
        shares = [(number + 0.5) / _FRAMES for number in range(_FRAMES)]
        pictures = pictures_of(shelf, post.parts[Modality.FRAMES])
        samples[Modality.FRAMES] = Frames(tuple(film_pictures(pictures, post.camera, shares, post.edits)))
    if Modality.AUDIO in post.parts:
        samples[Modality.AUDIO] = Waveform(track_of(shelf, post.parts[Modality.AUDIO], post.camera), RATE_HZ)
    if Modality.TEXT in post.parts:
        samples[Modality.TEXT] = Caption(post.parts[Modality.TEXT].text)
    return samples


def compose_trends(
    out: Path,
    media: Path,
    *,
    settings: CorpusSettings,
    sections: Sequence[Section] = tuple(Section),
    progress: Progress | None = None,
) -> CorpusSummary:
    """Write sections of a corpus of trends out of real media.

    Args:
        out: The folder, made if it is not there. It may hold an earlier corpus, which is replaced, and nothing else.
        media: A folder of Parquet files; see `read_shelf`.
        settings: How large.
        sections: Which sections.
        progress: Told of each post.

    Returns:
        What was written.

    Raises:
        FolderNotEmpty: `out` has a file that is not of a corpus.
        ShelfError: The media cannot be read.
        MediaError: An item cannot be decoded.
    """
    shelf = read_shelf(media)
    holding = hold(shelf.items, settings.seed)
    entries = [_entry(post, shelf) for post in real_posts_of(holding, settings, *sections)]
    return write_folder(out, entries, seed=settings.seed, progress=progress)


def _entry(post: RealPost, shelf: Shelf) -> Entry:
    words = post.parts.get(Modality.TEXT)
    return Entry(
        role=post.role,
        trend=None if post.leaf is None else _as_id(post.leaf),
        copy=bool(post.edits),
        caption=None if words is None else words.text,
        section=post.section,
        family=post.family,
        group=post.group,
        has_sound=Modality.AUDIO in post.parts,
        write=partial(_write, post, shelf),
    )


def _as_id(leaf: str) -> str:
    """Return a leaf's name in the characters of ids; labels may have any."""
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "_.:-") else "-" for sign in leaf)[:128]


def _write(post: RealPost, shelf: Shelf, path: Path) -> None:
    sound = post.parts.get(Modality.AUDIO)
    track = None if sound is None else track_of(shelf, sound, post.camera)
    seen = post.parts.get(Modality.FRAMES)
    pictures = (_BLACK,) if seen is None else pictures_of(shelf, seen)
    length = round(post.camera.seconds * FRAME_RATE)
    shares = [number / length for number in range(length)]
    frames = film_pictures(pictures, post.camera, shares, post.edits)
    write_clip(path, frames, FRAME_RATE, track, RATE_HZ, post.camera.crf)
