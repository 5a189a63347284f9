"""Video events out of a folder of media, a media file, or JSON lines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from streams.errors import BadMessage, UserError
from streams.wire.codec import decode_json, encode_json
from streams.wire.topics import MESSAGE_BYTES
from streams.wire.video import VideoEvent, VideoPublished

MEDIA_SUFFIXES = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".3gp", ".flv", ".ogv"}
    | {".mp3", ".m4a", ".aac", ".ogg", ".opus", ".wav", ".flac"}
)
ID_LENGTH = 128

# Room for headers and Kafka's own bytes below the topic's limit.
_LARGEST_BYTES = MESSAGE_BYTES - 4_096
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_.:-]+")


@dataclass(frozen=True, slots=True)
class Post:
    """One video event, checked.

    Attributes:
        video_id: Of the event.
        value: The bytes to be sent; fields that we do not know are still in them.
    """

    video_id: str
    value: bytes


def media_files(path: Path) -> list[Path]:
    """Return a media file itself, or all media files under a folder by their path.

    Raises:
        UserError: there are none, or the file's suffix is not that of a medium.
    """
    if path.is_file():
        if path.suffix.lower() not in MEDIA_SUFFIXES:
            allowed = " ".join(sorted(MEDIA_SUFFIXES))
            raise UserError(f"{path}: no media file by its suffix, nor JSON lines (*.jsonl); media are {allowed}")
        return [path]
    found = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in MEDIA_SUFFIXES)
    if not found:
        raise UserError(f"{path}: no media file in this folder (looked for {' '.join(sorted(MEDIA_SUFFIXES))})")
    return found


def published(files: list[Path], revision: int) -> list[Post]:
    """Return a `VideoPublished` for each media file; `<stem>.txt` beside it is its caption.

    Raises:
        UserError: two files have one id, or a caption breaks the contract.
    """
    owners: dict[str, Path] = {}
    posts: list[Post] = []
    for file in files:
        video_id = clean_id(file.stem)
        if video_id in owners:
            raise UserError(f"{file} and {owners[video_id]} would both be video {video_id!r}: rename one")
        owners[video_id] = file
        event = VideoPublished(
            schema_version=1,
            video_id=video_id,
            revision=revision,
            media_uri=file.resolve().as_uri(),
            caption=caption_of(file),
        )
        posts.append(_checked(encode_json(event), str(file)))
    return posts


def clean_id(stem: str) -> str:
    """Return a file's stem as an id: each run of signs that ids may not have becomes one `_`.

    Raises:
        UserError: nothing is left, or it is longer than an id may be.
    """
    cleaned = _NOT_IN_IDS.sub("_", stem)
    if not cleaned.strip("_"):
        raise UserError(f"the file name {stem!r} has no sign that an id may have (A-Z a-z 0-9 _ . : -): rename it")
    if len(cleaned) > ID_LENGTH:
        raise UserError(f"the file name {stem!r} is longer than an id may be ({ID_LENGTH} characters): rename it")
    return cleaned


def caption_of(file: Path) -> str | None:
    """Return what the sidecar `<stem>.txt` says; None without one.

    Raises:
        UserError: it is not UTF-8.
    """
    sidecar = file.with_suffix(".txt")
    try:
        return sidecar.read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise UserError(f"{sidecar}: a caption must be UTF-8 text ({error.reason} at byte {error.start})") from error


def json_lines(lines: IO[bytes], name: str) -> Iterator[Post]:
    """Yield the video event of each line that is not blank.

    Raises:
        UserError: a line breaks the contract; the message names line, path and limit.
    """
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _checked(line.strip(), f"{name}:{number}")


def _checked(value: bytes, where: str) -> Post:
    if len(value) > _LARGEST_BYTES:
        raise UserError(f"{where}: {len(value):,} bytes are more than a message may have ({_LARGEST_BYTES:,})")
    try:
        event = decode_json(value, VideoEvent)
    except BadMessage as error:
        raise UserError(f"{where}: {error.path}: {error.detail}") from error
    return Post(event.video_id, value)


def located(media: str) -> tuple[str, str | None]:
    """Return the URI of a seed with its sidecar's words.

    Raises:
        UserError: it names no file, nor a URI.
    """
    if "://" in media or media.startswith("file:"):
        return media, None
    path = Path(media)
    if not path.is_file():
        raise UserError(f"{media}: no such file, nor a URI")
    return path.resolve().as_uri(), caption_of(path)
