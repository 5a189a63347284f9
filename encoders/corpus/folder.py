"""A corpus as a folder of media files with sidecar captions, its manifest last."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from encoders.corpus.errors import FolderNotEmpty
from encoders.corpus.summary import CorpusSummary
from encoders.corpus.truth import TRUTH_NAME, Role, Truth, write_truth

Progress = Callable[[int, int], None]
"""Called after each post with posts written and posts in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A post that can be written.

    Attributes:
        role: What it is.
        trend: The leaf that it is, or is nearly; None for background.
        copy: Whether it is a near copy.
        caption: Its words, or None.
        section: What it is for.
        family: The family of its leaf, or None.
        group: What it shares a scene, a recording or an original with.
        has_sound: Whether the file has an audio stream.
        write: Writes the file.
    """

    role: Role
    trend: str | None
    copy: bool
    caption: str | None
    section: str
    family: str | None
    group: str
    has_sound: bool
    write: Callable[[Path], None]


def write_folder(out: Path, entries: Sequence[Entry], *, seed: int, progress: Progress | None = None) -> CorpusSummary:
    """Write posts in a shuffled order: `ID.mp4`, `ID.txt` where there is a caption, and `truth.jsonl` last.

    Args:
        out: The folder, made if it is not there. It may hold an earlier corpus, which is replaced, and nothing else.
        entries: The posts; the ids count them in the order in which they are written.
        seed: Of the order.
        progress: Told of each post.

    Returns:
        What was written.

    Raises:
        FolderNotEmpty: `out` has a file that is not of a corpus.
    """
    clear(out)
    truths: list[Truth] = []
    for number, place in enumerate(np.random.default_rng((seed, 20)).permutation(len(entries)), start=1):
        entry, post = entries[int(place)], f"post-{number:05d}"
        path = out / f"{post}.mp4"
        entry.write(path)
        write_caption(out, post, entry.caption)
        truths.append(_truth(post, path.name, entry))
        if progress is not None:
            progress(number, len(entries))
    return CorpusSummary(
        folder=out,
        truth=write_truth(out, truths),
        posts=len(truths),
        trends=tuple(sorted({entry.trend for entry in entries if entry.trend is not None})),
        roles=dict(Counter(entry.role for entry in entries)),
        copies=sum(entry.copy for entry in entries),
        without_sound=sum(not entry.has_sound for entry in entries),
        without_caption=sum(entry.caption is None for entry in entries),
        media_bytes=sum((out / truth.path).stat().st_size for truth in truths),
    )


def clear(out: Path) -> None:
    """Make the folder and take an earlier corpus out of it, the manifest first.

    Raises:
        FolderNotEmpty: It has a file that is not of a corpus.
    """
    out.mkdir(parents=True, exist_ok=True)
    names = sorted(entry.name for entry in out.iterdir())
    for name in names:
        stem, _, suffix = name.rpartition(".")
        ours = name == TRUTH_NAME or (stem.startswith("post-") and stem[5:].isdigit() and suffix in ("mp4", "txt"))
        if not ours:
            raise FolderNotEmpty(out, name)
    for name in sorted(names, reverse=True):
        (out / name).unlink()


def write_caption(out: Path, post: str, caption: str | None) -> None:
    """Write the words of a post beside it, if it has some."""
    if caption is not None:
        (out / f"{post}.txt").write_text(caption + "\n", encoding="utf-8", newline="\n")


def _truth(post: str, path: str, entry: Entry) -> Truth:
    return Truth(
        id=post,
        path=path,
        caption=entry.caption,
        role=entry.role,
        trend=entry.trend,
        copy=entry.copy,
        section=entry.section,
        family=entry.family,
        group=entry.group,
    )
