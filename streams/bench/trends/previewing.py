"""How long `ebr trend preview` takes, as a moderator waits for it."""

import json
import subprocess
import sys
import time
from pathlib import Path

import msgspec

from streams.bench.errors import BenchFailed
from streams.demo.workers import where_variables
from streams.settings import Settings, environment_with

_TIMEOUT_SECONDS = 120.0


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a draft, from the start of the process to its end.

    Attributes:
        words_seconds: Without a picture.
        picture_seconds: With the picture, frames of seeds in it; the held videos were never files.
        hits: That it tells of.
    """

    words_seconds: float
    picture_seconds: float
    hits: int


class _Preview(msgspec.Struct):
    """What is read of its JSON."""

    complete: bool
    hits: int


def look(settings: Settings, trend_id: str, posts: Path, picture: Path) -> Looked:
    """Give the command twice, without and with a picture.

    Args:
        settings: Where the topics are.
        trend_id: A draft.
        posts: Where its seeds lie.
        picture: To be drawn.

    Raises:
        BenchFailed: it failed, or was partial; the message holds what it wrote.
    """
    words, found = _preview(settings, posts, trend_id, "--no-picture")
    whole, _ = _preview(settings, posts, trend_id, "--out", str(picture))
    return Looked(words_seconds=words, picture_seconds=whole, hits=found.hits)


def _preview(settings: Settings, posts: Path, *words: str) -> tuple[float, _Preview]:
    roots = {"EBR_MEDIA__ALLOWED_ROOTS": json.dumps([str(posts.resolve())])}
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "streams.cli.main", "trend", "preview", *words, "--json"],
        env=environment_with(where_variables(settings) | roots),
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=_TIMEOUT_SECONDS,
        check=False,
    )
    seconds = time.perf_counter() - begun
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise BenchFailed(f"ebr trend preview {' '.join(words)} ended with {done.returncode}: {said}")
    return seconds, msgspec.json.decode(done.stdout, type=_Preview)
