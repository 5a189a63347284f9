"""`ebr produce`: video events into the topic `video-events`."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from streams.cli.cluster import run
from streams.cli.options import dry_run_option, json_option
from streams.cli.output import note, progress, say, say_json
from streams.cli.posts import Post, clean_id, json_lines, media_files, published
from streams.cli.sending import one_line, send
from streams.errors import UserError
from streams.settings import load_settings
from streams.wire.record import Outgoing
from streams.wire.topics import Topic

_STDIN = Path("-")


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--revision",
    type=click.IntRange(1, 2**63 - 1),
    default=1,
    show_default=True,
    help="Revision of the videos of a folder; JSON lines have their own.",
)
@dry_run_option
@json_option
def produce(path: Path, revision: int, dry_run: bool, as_json: bool) -> None:
    """Publish videos.

    PATH is a folder of media, a media file, JSON lines (*.jsonl), or - for JSON lines from standard input.

    A file's stem becomes its video_id (signs that ids may not have become _); its caption is what STEM.txt beside it
    says. Workers read the files where they lie: EBR_MEDIA__ALLOWED_ROOTS must have their folder. JSON lines are
    VideoPublished, VideoEdited or VideoDeleted messages as in docs/asyncapi.yaml. All is checked before the first event
    is sent.

    \b
    Examples:
      ebr produce my-videos/
      ebr produce clip.mp4 --revision 2
      ebr produce events.jsonl --dry-run
      echo '{"type":"VideoDeleted","schema_version":1,"video_id":"v1","revision":3}' | ebr produce -
    """
    posts, total = _posts(path, revision)
    if dry_run:
        count = sum(1 for _ in _shown(posts))
    else:
        with progress("publishing", total) as advance:
            count = run(lambda settings: send(settings, _records(posts), advance))
    if as_json:
        say_json({"events": count, "sent": 0 if dry_run else count})
    else:
        note(f"{count} events are right; none was sent") if dry_run else say(f"{count} events published")


def _posts(path: Path, revision: int) -> tuple[Iterable[Post], int]:
    """Return the events, all checked, with their number."""
    if path == _STDIN:
        read = list(json_lines(sys.stdin.buffer, "standard input"))
        return read, len(read)
    if not path.exists():
        raise UserError(f"{path}: no such file or folder")
    if path.is_file() and path.suffix.lower() in {".jsonl", ".ndjson"}:
        return _file_lines(path), sum(1 for _ in _file_lines(path))
    files = media_files(path)
    posts = published(files, revision)
    for file in files:
        if clean_id(file.stem) != file.stem:
            note(f"{file.name} becomes video {clean_id(file.stem)}")
    _warn_about_roots(path)
    return posts, len(posts)


def _warn_about_roots(path: Path) -> None:
    """Say what the workers will refuse; the settings of this process are likely, not surely, theirs."""
    folder = path.resolve() if path.is_dir() else path.resolve().parent
    if not any(folder.is_relative_to(root.resolve()) for root in load_settings().media.allowed_roots):
        note(f"workers will only read these files with EBR_MEDIA__ALLOWED_ROOTS='[\"{folder}\"]' in their environment")


def _file_lines(path: Path) -> Iterator[Post]:
    with path.open("rb") as lines:
        yield from json_lines(lines, str(path))


def _records(posts: Iterable[Post]) -> Iterator[Outgoing]:
    return (Outgoing(topic=Topic.VIDEO_EVENTS, key=post.video_id.encode(), value=post.value) for post in posts)


def _shown(posts: Iterable[Post]) -> Iterator[Post]:
    for post in posts:
        say(one_line(post.value))
        yield post
