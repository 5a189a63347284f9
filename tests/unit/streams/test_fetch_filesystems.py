"""Objects of other stores, opened through pyarrow."""

import os
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pytest
from pyarrow import fs

from streams.errors import PoisonError
from streams.fetch import Deadline, Fetcher
from streams.settings import MediaSettings


class Store:
    """A store of objects in a folder, under a scheme of its own."""

    def __init__(self, folder: Path, wait_seconds: float = 0.0, error: Exception | None = None) -> None:
        self._folder, self._wait_seconds, self._error = folder, wait_seconds, error

    def open(self, uri: str) -> tuple[Any, str]:
        """Open it as `FileSystem.from_uri` would."""
        time.sleep(self._wait_seconds)
        if self._error is not None:
            raise self._error
        parts = urlsplit(uri)
        return fs.SubTreeFileSystem(str(self._folder), fs.LocalFileSystem()), parts.netloc + parts.path


def fetcher(tmp_path: Path, **store: Any) -> Fetcher:
    """Return a fetcher of a store with one object, `corp://bucket/v.mp4`."""
    bucket = tmp_path / "store" / "bucket"
    bucket.mkdir(parents=True)
    (bucket / "v.mp4").write_bytes(b"video")
    (tmp_path / "downloads").mkdir()
    media = MediaSettings(allowed_filesystems=["corp"], max_bytes=5)
    opener = Store(tmp_path / "store", **store).open
    return Fetcher(media, tmp_path / "downloads", open_filesystem=opener)


def refusal(source: Fetcher, uri: str, seconds: float = 5.0) -> PoisonError:
    """Return why a URI is not fetched."""
    with pytest.raises(PoisonError) as caught, source.fetch(uri, Deadline.after(seconds)):
        pass
    return caught.value


def test_an_object_is_copied_for_as_long_as_it_is_needed(tmp_path: Path) -> None:
    """The decoder reads files of this machine only."""
    with fetcher(tmp_path).fetch("corp://bucket/v.mp4", Deadline.after(5)) as path:
        assert path.read_bytes() == b"video"
        assert path.parent == tmp_path / "downloads"

    assert not path.exists()


@pytest.mark.parametrize(
    ("uri", "reason", "replayable"),
    [
        ("corp://bucket/none.mp4", "source_not_found", True),
        ("corp://bucket", "path_not_allowed", False),
        ("corp://bucket/../v.mp4", "path_not_allowed", False),
        ("corp://key:s3cret@bucket/v.mp4", "bad_uri", False),
        ("corp://bucket/v.mp4?endpoint_override=s3cret", "bad_uri", False),
        ("corp://bucket/v.mp4#x", "bad_uri", False),
        ("corp://[::1/v.mp4", "bad_uri", False),
        ("corp2://bucket/v.mp4", "scheme_not_allowed", False),
    ],
)
def test_what_cannot_be_fetched_has_a_reason(tmp_path: Path, uri: str, reason: str, replayable: bool) -> None:
    """Options of a URI could name another endpoint, so they are refused; nothing secret is told."""
    error = refusal(fetcher(tmp_path), uri)

    assert (error.reason, error.replayable) == (reason, replayable)
    assert "s3cret" not in str(error)


def test_an_object_beyond_the_limit_is_too_large(tmp_path: Path) -> None:
    """The limit is for every source."""
    source = fetcher(tmp_path)
    (tmp_path / "store" / "bucket" / "v.mp4").write_bytes(b"video!")

    assert refusal(source, "corp://bucket/v.mp4").reason == "source_too_large"


def test_a_store_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    """Some stores try again for a quarter of an hour by themselves."""
    error = refusal(fetcher(tmp_path, wait_seconds=2.0), "corp://bucket/v.mp4", seconds=0.05)

    assert (error.reason, error.replayable) == ("source_timeout", True)


@pytest.mark.parametrize("fault", [OSError("key s3cret refused"), ValueError("s3cret"), pa.ArrowKeyError("s3cret")])
def test_a_store_that_fails_is_unreachable(tmp_path: Path, fault: Exception) -> None:
    """Its words may quote credentials; they are not repeated."""
    error = refusal(fetcher(tmp_path, error=fault), "corp://bucket/v.mp4")

    assert (error.reason, error.replayable) == ("source_unreachable", True)
    assert "s3cret" not in str(error)


def test_pyarrow_opens_a_store_by_its_uri(tmp_path: Path) -> None:
    """Without an opener of ours the real one is used."""
    source = Fetcher(MediaSettings(allowed_filesystems=["mock"]), tmp_path)

    assert refusal(source, "mock:///bucket/v.mp4").reason == "source_not_found"


def test_downloads_of_killed_workers_are_removed(tmp_path: Path) -> None:
    """A worker that is killed again and again must not fill the disk; a fetch under way is left alone."""
    for name, age_seconds in (("ebr-fetch-old", 7_200), ("ebr-fetch-new", 10), ("other", 7_200)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time.time() - age_seconds,) * 2)

    Fetcher(MediaSettings(), tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["ebr-fetch-new", "other"]
