"""The manifest of a corpus: what each post is, one JSON line a post."""

import re
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path, PurePosixPath

import msgspec

from encoders.corpus.errors import TruthError

TRUTH_NAME = "truth.jsonl"
# The ids of the public messages: a post's id becomes a video id, its trend a trend id.
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_MOST_CAPTION_CHARACTERS = 10_000
# Fields that stand in every line, be they null.
_ALWAYS = ("id", "path", "caption", "role", "copy")


class Role(StrEnum):
    """What a post is in its corpus."""

    SEED = "seed"
    POSITIVE = "positive"
    HARD_NEGATIVE = "hard_negative"
    BACKGROUND = "background"
    DAMAGED = "damaged"


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """One post and what it is.

    Attributes:
        id: Name of the post within the corpus.
        path: The media file, relative to the folder of the manifest, with forward slashes.
        caption: The post's words, or None when it has none.
        role: What the post is.
        trend: The trend it is a seed, a positive or a hard negative of; None for the others.
        copy: Whether it is a near copy, an edit of a seed.
        section: What it is for in a corpus of trends; None elsewhere, as are the next two.
        family: The level above its trend.
        group: What it shares a scene, a recording or an original with; groups never cross a split.
    """

    id: str
    path: str
    role: Role
    caption: str | None = None
    trend: str | None = None
    copy: bool = False
    section: str | None = None
    family: str | None = None
    group: str | None = None


def write_truth(folder: Path, truths: Iterable[Truth]) -> Path:
    """Write the manifest of a corpus.

    Args:
        folder: The corpus.
        truths: One record a post, in the order in which the posts are to be published.

    Returns:
        The file written, `truth.jsonl` in the folder.
    """
    path = folder / TRUTH_NAME
    path.write_bytes(b"".join(_line(truth) for truth in truths))
    return path


def read_truth(path: Path) -> list[Truth]:
    """Read the manifest of a corpus, ours or foreign.

    Fields that we do not know are ignored; `caption`, `trend` and `copy` may be absent.

    Args:
        path: The folder of the corpus, or its manifest.

    Returns:
        The records in the order of the file, at least one; every id is there once, every media file exists.

    Raises:
        TruthError: There is no manifest, or a line is no such record, or names a file outside the folder or none.
    """
    manifest = path / TRUTH_NAME if path.is_dir() else path
    try:
        lines = manifest.read_bytes().splitlines()
    except OSError as error:
        raise TruthError(manifest, None, f"no manifest to read ({error.strerror or error})") from error
    truths: dict[str, Truth] = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            truth = _parse(line, manifest, number)
            if truth.id in truths:
                raise TruthError(manifest, number, f"id {truth.id!r} is there twice")
            truths[truth.id] = truth
    if not truths:
        raise TruthError(manifest, None, "it has no posts")
    return list(truths.values())


def _line(truth: Truth) -> bytes:
    fields = msgspec.to_builtins(truth)
    order = ("id", "path", "caption", "role", "trend", "copy", "section", "family", "group")
    kept = [name for name in order if name in _ALWAYS or fields[name] is not None]
    return msgspec.json.encode({name: fields[name] for name in kept}) + b"\n"


def _parse(line: bytes, manifest: Path, number: int) -> Truth:
    try:
        truth = msgspec.json.decode(line, type=Truth)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise TruthError(manifest, number, str(error)) from error
    reason = _fault(truth, manifest.parent)
    if reason is not None:
        raise TruthError(manifest, number, reason)
    return truth


def _fault(truth: Truth, folder: Path) -> str | None:
    """Return what is wrong with a record, or None."""
    for name, value in (("id", truth.id), ("trend", truth.trend)):
        if value is not None and not _ID.fullmatch(value):
            return f"{name} {value[:140]!r} must be 1 to 128 characters of A-Z a-z 0-9 _ . : -"
    if truth.role in (Role.SEED, Role.POSITIVE) and truth.trend is None:
        return f"a {truth.role} needs a trend"
    if truth.caption is not None and len(truth.caption) > _MOST_CAPTION_CHARACTERS:
        return f"the caption has more than {_MOST_CAPTION_CHARACTERS} characters"
    place = PurePosixPath(truth.path)
    if place.is_absolute() or ".." in place.parts:
        return f"path {truth.path!r} leaves the folder"
    if not (folder / place).is_file():
        return f"there is no file {truth.path!r} in the folder"
    return None
