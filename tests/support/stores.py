"""A store of made-up posts, small enough to be drawn in a second: trends are told by what is said, seen and heard."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from encoders.corpus.store import RATE_HZ, Row, Store, create_store
from encoders.modality import Modality
from encoders.samples import Caption, Frames, Sample, Samples, Waveform

POSITIVES, COPIES, HARD, BACKGROUND, BANK = 14, 4, 8, 30, 24
TRENDS = {"development": ("dev-one", "dev-two"), "test": ("one", "two", "three")}
KINDS = ("text", "audio", "visual")
DIGEST = "made-up"


def small_store(folder: Path, *, draw: bool = True) -> Store:
    """Make a store with bank, development and test sections.

    Args:
        folder: Where.
        draw: Whether samples are there.
    """
    rows = list(_rows())
    store = create_store(folder, [row for row, _ in rows], DIGEST)
    if draw:
        for place, (row, number) in enumerate(rows):
            store.put(place, samples(row, number, place))
    return store


def _rows() -> Iterator[tuple[Row, int | None]]:
    for number in range(BANK):
        yield _row(f"bank-{number}", "bank", "background", None), None
    for section, leaves in TRENDS.items():
        for number, leaf in enumerate(leaves):
            names = [f"{leaf}-{place}" for place in range(POSITIVES)]
            for name in names:
                yield _row(name, section, "positive", leaf, number), number
            for place in range(COPIES):
                copy = _row(f"{leaf}-copy-{place}", section, "positive", leaf, number, group=names[place])
                yield copy, number
            for place in range(HARD):
                yield _row(f"{leaf}-hard-{place}", section, "hard-negative", leaf, number), None
        for place in range(BACKGROUND):
            yield _row(f"{section}-{place}", section, "background", None), None


def _row(name: str, section: str, role: str, leaf: str | None, number: int = 0, group: str | None = None) -> Row:
    sign = abs(hash_of(group or name))
    words = [f"word{sign % 97}", f"thing{sign % 89}", f"place{sign % 83}"]
    if role == "positive" and sign % 5:
        words = [f"slogan{number}", f"chorus{number}", words[0]]
    return Row(
        id=name,
        section=section,
        role=role,
        leaf=leaf,
        kind=None if leaf is None else KINDS[number],
        family=None if leaf is None else f"family-{number}",
        known=leaf is not None and number < 2,
        group=group or name,
        copy=group is not None,
        words=" ".join(words),
        licences=("Apache-2.0",),
        labels={},
    )


def hash_of(text: str) -> int:
    """Return a number that is the same in every process."""
    return int.from_bytes(text.encode(), "big") % 1_000_003


def samples(row: Row, number: int | None, place: int) -> Samples:
    """Return what a post says; two positives in three of a trend look and sound alike."""
    alike = number is not None and place % 3 > 0
    rng = np.random.default_rng((number + 1, 5) if number is not None and alike else (0, place))
    noise = np.random.default_rng((9, place))
    patches = np.clip(rng.integers(0, 255, (4, 4, 3)) + noise.integers(-40, 40, (4, 4, 3)), 0, 255)
    picture = patches.astype(np.uint8).repeat(16, axis=0).repeat(16, axis=1)
    tone = np.sin(np.arange(RATE_HZ // 4) * rng.uniform(0.05, 0.6)) * 0.3 + noise.normal(0, 0.02, RATE_HZ // 4)
    out: dict[Modality, Sample] = {Modality.FRAMES: Frames((picture, np.roll(picture, 8, axis=1)))}
    if place % 7:
        out[Modality.AUDIO] = Waveform(tone.astype(np.float32), RATE_HZ)
    if row.words is not None:
        out[Modality.TEXT] = Caption(row.words)
    return out
