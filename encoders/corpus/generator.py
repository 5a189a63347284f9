"""The generator: a plan becomes a folder of media files with sidecar captions."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encoders.corpus.damage import spoil
from encoders.corpus.edits import retouch
from encoders.corpus.folder import clear, write_caption
from encoders.corpus.plan import Recipe, plan
from encoders.corpus.scene import render
from encoders.corpus.sound import play
from encoders.corpus.summary import CorpusSummary
from encoders.corpus.truth import Truth, write_truth
from encoders.media.writer import write_clip


def generate(
    out: Path,
    *,
    posts: int = 160,
    trends: int = 4,
    seed: int = 7,
    progress: Callable[[int, int], None] | None = None,
) -> CorpusSummary:
    """Write a corpus of posts: `ID.mp4`, `ID.txt` where there is a caption, and `truth.jsonl` last.

    The same arguments give the same bytes. A folder without `truth.jsonl` is not a whole corpus.

    Args:
        out: The folder, made if it is not there. It may hold an earlier corpus, which is replaced, and nothing else.
        posts: How many posts in all; at least 4 and 8 for each trend.
        trends: How many trends.
        seed: Root of every random number, 0 or more.
        progress: Called after each post with posts written and posts in all.

    Returns:
        What was written.

    Raises:
        FolderNotEmpty: `out` has a file that is not of a generated corpus.
        ValueError: There are too few posts for so many trends, or too many trends.
    """
    recipes = plan(posts, trends, seed)
    clear(out)
    truths: list[Truth] = []
    for number, recipe in enumerate(recipes, start=1):
        truths.append(_write_post(out, f"post-{number:04d}", recipe))
        if progress is not None:
            progress(number, posts)
    return _summary(out, write_truth(out, truths), truths, recipes)


def _write_post(out: Path, post: str, recipe: Recipe) -> Truth:
    path = out / f"{post}.mp4"
    waveform = play(recipe.programme.sound, recipe.take) if recipe.take.has_sound else None
    write_clip(path, _frames(recipe), recipe.take.frame_rate, waveform, recipe.take.audio_rate_hz, recipe.take.crf)
    if recipe.damage is not None:
        rng = np.random.default_rng((recipe.take.chance, 3))
        path.write_bytes(spoil(recipe.damage, path.read_bytes(), rng))
    write_caption(out, post, recipe.caption)
    return Truth(
        id=post,
        path=path.name,
        caption=recipe.caption,
        role=recipe.role,
        trend=recipe.trend,
        copy=recipe.edit is not None,
    )


def _frames(recipe: Recipe) -> Iterator[NDArray[np.uint8]]:
    for frame in render(recipe.programme, recipe.take):
        yield frame if recipe.edit is None else retouch(recipe.edit, frame)


def _summary(out: Path, truth: Path, truths: list[Truth], recipes: tuple[Recipe, ...]) -> CorpusSummary:
    return CorpusSummary(
        folder=out,
        truth=truth,
        posts=len(truths),
        trends=tuple(sorted({record.trend for record in truths if record.trend is not None})),
        roles=dict(Counter(record.role for record in truths)),
        copies=sum(record.copy for record in truths),
        without_sound=sum(not recipe.take.has_sound for recipe in recipes if recipe.damage is None),
        without_caption=sum(record.caption is None for record in truths),
        media_bytes=sum((out / record.path).stat().st_size for record in truths),
    )
