"""What `ebr produce` reads: folders, files, JSON lines; each fault names the place."""

import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.cli.main import main
from streams.cli.posts import Post, caption_of, clean_id, json_lines, media_files, published
from streams.errors import UserError
from streams.wire.codec import decode_json
from streams.wire.video import VideoPublished


def lines(*texts: str) -> list[Post]:
    """Return the posts of JSON lines."""
    return list(json_lines(io.BytesIO("\n".join(texts).encode()), "events.jsonl"))


def deleted(**fields: object) -> str:
    """Return the JSON line of a deletion."""
    whole = {"type": "VideoDeleted", "schema_version": 1, "video_id": "v1", "revision": 2}
    return json.dumps(whole | fields)


def folder_of(folder: Path, names: Sequence[str]) -> Path:
    """Fill a folder with empty files; whether they are media is for DECODE to say."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_a_folder_gives_a_video_a_media_file(tmp_path: Path) -> None:
    """In the order of paths, subfolders too; sidecars and others are no videos."""
    folder_of(tmp_path, ["b.MP4", "a.mp4", "sub/c.webm", "a.txt", "truth.jsonl", "readme.md"])
    (tmp_path / "a.txt").write_text(" Grüße aus Wien \n", encoding="utf-8")

    posts = published(media_files(tmp_path), revision=3)

    assert [post.video_id for post in posts] == ["a", "b", "c"]
    event = decode_json(posts[0].value, VideoPublished)
    assert (event.revision, event.caption) == (3, "Grüße aus Wien")
    assert event.media_uri == (tmp_path / "a.mp4").resolve().as_uri()
    assert decode_json(posts[1].value, VideoPublished).caption is None


def test_a_uri_is_absolute_whatever_was_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers run in other folders."""
    folder_of(tmp_path, ["my clip.mp4"])
    monkeypatch.chdir(tmp_path)

    (post,) = published(media_files(Path("my clip.mp4")), revision=1)

    assert post.video_id == "my_clip"
    assert decode_json(post.value, VideoPublished).media_uri.endswith("/my%20clip.mp4")


@given(st.text(min_size=1, max_size=128))
def test_a_stem_becomes_an_id_or_is_refused(stem: str) -> None:
    """Never anything that the contract would refuse later."""
    try:
        cleaned = clean_id(stem)
    except UserError:
        return
    event = {"type": "VideoPublished", "schema_version": 1, "video_id": cleaned, "revision": 1, "media_uri": "x"}

    assert decode_json(json.dumps(event).encode(), VideoPublished).video_id == cleaned


@pytest.mark.parametrize(("stem", "word"), [("___", "rename"), ("日本", "rename"), ("x" * 129, "128")])
def test_a_stem_that_is_no_id_is_refused(stem: str, word: str) -> None:
    """The message says what to do."""
    with pytest.raises(UserError, match=word):
        clean_id(stem)


def test_two_files_of_one_id_are_refused(tmp_path: Path) -> None:
    """The second would be dropped as the same revision."""
    folder_of(tmp_path, ["a b.mp4", "a_b.mp4"])

    with pytest.raises(UserError, match=r"a b\.mp4.*a_b\.mp4|a_b\.mp4.*a b\.mp4"):
        published(media_files(tmp_path), revision=1)


def test_a_folder_without_media_is_refused(tmp_path: Path) -> None:
    """Zero events published would look like success."""
    folder_of(tmp_path, ["a.txt"])

    with pytest.raises(UserError, match="no media file"):
        media_files(tmp_path)


@pytest.mark.parametrize("name", ["notes.txt", "clip", "photo.png"])
def test_a_file_that_is_no_medium_by_its_suffix_is_refused(tmp_path: Path, name: str) -> None:
    """A single file is judged like one of a folder; the answer names what would do."""
    (tmp_path / name).touch()

    with pytest.raises(UserError, match=r"no media file by its suffix.*\.mp4"):
        media_files(tmp_path / name)


def test_a_suffix_counts_in_any_case(tmp_path: Path) -> None:
    """Cameras shout."""
    (tmp_path / "CLIP.MP4").touch()

    assert media_files(tmp_path / "CLIP.MP4") == [tmp_path / "CLIP.MP4"]


def test_a_caption_must_be_utf8(tmp_path: Path) -> None:
    """Guessing would put garbage into embeddings."""
    (tmp_path / "a.txt").write_bytes(b"caf\xe9")

    with pytest.raises(UserError, match="UTF-8"):
        caption_of(tmp_path / "a.mp4")


def test_a_caption_that_is_too_long_names_file_with_limit(tmp_path: Path) -> None:
    """Before anything is sent."""
    folder_of(tmp_path, ["a.mp4"])
    (tmp_path / "a.txt").write_text("x" * 10_001)

    with pytest.raises(UserError, match=r"a\.mp4.*caption.*10000"):
        published(media_files(tmp_path), revision=1)


def test_lines_are_passed_on_as_they_are() -> None:
    """Fields that we do not know must reach readers that do."""
    (post,) = lines("", deleted(from_the_future=1), "  ")

    assert (post.video_id, json.loads(post.value)["from_the_future"]) == ("v1", 1)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "malformed|truncated|Input"),
        (deleted(revision=0), "revision"),
        (deleted(video_id="a b"), "video_id"),
        (deleted(type="VideoBurnt"), "type"),
        (deleted(x="y" * 1_100_000), "bytes"),
    ],
    ids=["syntax", "revision", "id", "type", "size"],
)
def test_a_bad_line_names_its_number(line: str, words: str) -> None:
    """In a file of a million lines that is what one needs."""
    with pytest.raises(UserError, match=rf"events\.jsonl:2: .*({words})"):
        lines(deleted(), line)


def test_a_dry_run_prints_every_event_without_a_cluster(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The first thing to try on a real archive."""
    folder_of(tmp_path, ["a.mp4", "b.mp4"])

    assert main(["produce", str(tmp_path), "--dry-run"]) == 0

    captured = capfd.readouterr()
    assert [json.loads(line)["video_id"] for line in captured.out.splitlines()] == ["a", "b"]
    assert "none was sent" in captured.err
    assert "EBR_MEDIA__ALLOWED_ROOTS" in captured.err


def test_a_bad_line_keeps_the_whole_file_back(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Half a file published would be hard to repeat: it fails before the cluster is even looked for."""
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join([deleted(), deleted(revision=-1)]))

    assert main(["produce", str(path)]) == 2
    assert f"{path}:2" in capfd.readouterr().err


def test_standard_input_is_read_as_json_lines(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Pipes from other systems."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(deleted().encode())))

    assert main(["produce", "-", "--dry-run", "--json"]) == 0
    assert json.loads(capfd.readouterr().out.splitlines()[-1]) == {"events": 1, "sent": 0}
